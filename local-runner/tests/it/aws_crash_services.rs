//! As [`crate::aws_crash`], for parameters, schedules and uploads in parts: killed at random moments under load, what
//! was acknowledged is there, and what was deleted is not.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{CompletedMultipartUpload, CompletedPart};
use aws_sdk_ssm::types::ParameterType;
use rand::Rng as _;

use crate::aws_crash::{kills, objects, spawn};
use crate::aws_scheduler::create;
use crate::aws_world::Clients;

/// What was last acknowledged and last attempted; 0 is absence.
#[derive(Debug, Clone, Copy, Default)]
struct Known {
    acknowledged: u64,
    attempted: u64,
}

/// By the name of a thing.
type Ledger = Arc<Mutex<BTreeMap<String, Known>>>;

fn attempt(ledger: &Ledger, name: &str, state: u64) {
    ledger.lock().unwrap().entry(name.into()).or_default().attempted = state;
}

fn acknowledge(ledger: &Ledger, name: &str) {
    let mut ledger = ledger.lock().unwrap();
    let known = ledger.get_mut(name).unwrap();
    known.acknowledged = known.attempted;
}

fn compare(ledger: &Ledger, kind: &str, found: &BTreeMap<String, u64>) {
    let mut ledger = ledger.lock().unwrap();
    for (name, known) in ledger.iter_mut().filter(|(name, _)| name.starts_with(kind)) {
        let present = found.get(name).copied().unwrap_or(0);
        assert!([known.acknowledged, known.attempted].contains(&present), "{name}: {present}, but {known:?}");
        *known = Known { acknowledged: present, attempted: present };
    }
    for name in found.keys() {
        assert!(ledger.contains_key(name), "{name} was never made");
    }
}

/// Puts and deletes a few secrets.
async fn work_on_parameters(clients: Clients, ledger: Ledger, writer: usize) -> Option<()> {
    for n in 1_u64.. {
        let name = format!("/p/{writer}/{}", n % 3);
        let state = if n.is_multiple_of(5) { 0 } else { n };
        attempt(&ledger, &name, state);
        if state == 0 {
            let deleted = clients.ssm.delete_parameters().names(&name).send().await;
            deleted.ok()?;
        } else {
            let put = clients.ssm.put_parameter().name(&name).value(state.to_string()).overwrite(true);
            put.r#type(ParameterType::SecureString).send().await.ok()?;
        }
        acknowledge(&ledger, &name);
    }
    None
}

/// Makes and deletes schedules that never fire.
async fn work_on_schedules(clients: Clients, ledger: Ledger, writer: usize) -> Option<()> {
    for n in 1_u64.. {
        let name = format!("s-{writer}-{}", n % 3);
        let known = ledger.lock().unwrap().get(&name).copied().unwrap_or_default();
        let state = if known.acknowledged == 0 { n } else { 0 };
        attempt(&ledger, &name, state);
        if state == 0 {
            clients.scheduler.delete_schedule().name(&name).send().await.ok()?;
        } else {
            let made = create(&clients, &name, "cron(0 0 1 1 ? 2199)").description(state.to_string());
            made.send().await.ok()?;
        }
        acknowledge(&ledger, &name);
    }
    None
}

/// Makes objects from a part each, over and over.
async fn work_on_uploads(clients: Clients, ledger: Ledger, writer: usize) -> Option<()> {
    for n in 1_u64.. {
        let key = format!("u/{writer}/{}", n % 3);
        let create = clients.s3.create_multipart_upload().bucket("crash").key(&key).send().await.ok()?;
        let id = create.upload_id.unwrap();
        let part = clients.s3.upload_part().bucket("crash").key(&key).upload_id(&id).part_number(1);
        // The number, again and again, so that half an object would show.
        let body = ByteStream::from(format!("{n},").repeat(2_000).into_bytes());
        let etag = part.body(body).send().await.ok()?.e_tag.unwrap();
        let parts = CompletedPart::builder().part_number(1).e_tag(etag).build();
        let parts = CompletedMultipartUpload::builder().parts(parts).build();
        attempt(&ledger, &key, n);
        let complete = clients.s3.complete_multipart_upload().bucket("crash").key(&key).upload_id(id);
        complete.multipart_upload(parts).send().await.ok()?;
        acknowledge(&ledger, &key);
    }
    None
}

async fn parameters(clients: &Clients) -> BTreeMap<String, u64> {
    let read = clients.ssm.get_parameters_by_path().path("/p").recursive(true).with_decryption(true);
    let pages = read.into_paginator().send().collect::<Result<Vec<_>, _>>().await.unwrap();
    let found = pages.into_iter().flat_map(|page| page.parameters.unwrap_or_default());
    found.map(|it| (it.name.unwrap(), it.value.unwrap().parse().unwrap())).collect()
}

async fn schedules(clients: &Clients) -> BTreeMap<String, u64> {
    let mut found = BTreeMap::new();
    for schedule in clients.scheduler.list_schedules().send().await.unwrap().schedules {
        let told = clients.scheduler.get_schedule().name(schedule.name.unwrap()).send().await.unwrap();
        found.insert(told.name.unwrap(), told.description.unwrap().parse().unwrap());
    }
    found
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn parameters_schedules_and_uploads_survive_kills() {
    let directory = tempfile::tempdir().unwrap();
    let ledger = Ledger::default();
    for round in 0..kills() {
        let (mut child, address) = spawn(directory.path()).await;
        let clients = Clients::of(&format!("http://{address}"));
        if round == 0 {
            clients.s3.create_bucket().bucket("crash").send().await.unwrap();
        }
        compare(&ledger, "/p", &parameters(&clients).await);
        compare(&ledger, "s-", &schedules(&clients).await);
        compare(&ledger, "u/", &objects(&clients).await);
        let mut load = tokio::task::JoinSet::new();
        for writer in 0..2 {
            load.spawn(work_on_parameters(clients.clone(), Arc::clone(&ledger), writer));
            load.spawn(work_on_schedules(clients.clone(), Arc::clone(&ledger), writer));
            load.spawn(work_on_uploads(clients.clone(), Arc::clone(&ledger), writer));
        }
        let pause = rand::rng().random_range(5..150);
        tokio::time::sleep(Duration::from_millis(pause)).await;
        child.kill().await.unwrap();
        load.join_all().await;
    }
    assert!(ledger.lock().unwrap().len() > 6, "there was hardly any load");
}
