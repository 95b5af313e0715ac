//! SQS: what is said of queues: tags, permissions, policies about dead letters, deletion, pages.

use std::sync::Arc;

use aws_sdk_sqs::types::QueueAttributeName;
use chrono::{DateTime, TimeDelta};
use local_runner::clock::ManualClock;

use crate::aws_conformance::{conformance, error_code};
use crate::aws_world::{Clients, World, unique};

conformance! {
    tags_are_set_listed_and_taken_away,
    a_permission_is_a_statement_of_the_policy_until_it_is_removed,
    only_actions_that_an_owner_can_share_are_permitted,
    a_dead_letter_queue_tells_its_sources,
    a_dead_letter_queue_takes_only_from_those_that_it_allows,
    a_policy_about_dead_letters_has_to_make_sense,
    the_name_of_a_deleted_queue_is_free_after_a_minute_only,
    queues_are_listed_by_the_page,
    values_out_of_their_ranges_are_refused,
}

async fn arn(clients: &Clients, url: &str) -> String {
    let read =
        clients.sqs.get_queue_attributes().queue_url(url).attribute_names(QueueAttributeName::QueueArn);
    read.send().await.unwrap().attributes.unwrap().remove(&QueueAttributeName::QueueArn).unwrap()
}

fn redrive_to(arn: &str) -> String {
    format!(r#"{{"deadLetterTargetArn":"{arn}","maxReceiveCount":1}}"#)
}

async fn tags_are_set_listed_and_taken_away(clients: Clients) {
    let create = clients.sqs.create_queue().queue_name(unique("q")).tags("from", "creation");
    let url = create.send().await.unwrap().queue_url.unwrap();
    clients.sqs.tag_queue().queue_url(&url).tags("a", "1").tags("b", "").send().await.unwrap();
    clients.sqs.untag_queue().queue_url(&url).tag_keys("a").tag_keys("never there").send().await.unwrap();
    let mut tags: Vec<_> = clients
        .sqs
        .list_queue_tags()
        .queue_url(&url)
        .send()
        .await
        .unwrap()
        .tags
        .unwrap()
        .into_iter()
        .collect();
    tags.sort();
    assert_eq!(tags, [("b".into(), String::new()), ("from".into(), "creation".into())]);
    let many = (0..51).map(|n| (n.to_string(), String::new())).collect();
    let tag = clients.sqs.tag_queue().queue_url(&url).set_tags(Some(many)).send().await;
    assert_eq!(error_code!(tag), "InvalidParameterValue");
}

async fn a_permission_is_a_statement_of_the_policy_until_it_is_removed(clients: Clients) {
    let url = clients.queue(&[]).await;
    let add = clients.sqs.add_permission().queue_url(&url).label("share").aws_account_ids("111122223333");
    let add = add.actions("SendMessage").actions("ReceiveMessage");
    add.clone().send().await.unwrap();
    let read =
        || clients.sqs.get_queue_attributes().queue_url(&url).attribute_names(QueueAttributeName::Policy);
    let policy = read().send().await.unwrap().attributes.unwrap()[&QueueAttributeName::Policy].clone();
    let policy: serde_json::Value = serde_json::from_str(&policy).unwrap();
    let statement = &policy["Statement"][0];
    assert_eq!((&statement["Sid"], &statement["Effect"]), (&"share".into(), &"Allow".into()));
    assert!(statement["Action"].to_string().contains("SQS:SendMessage"), "{statement}");
    assert!(statement["Principal"].to_string().contains("arn:aws:iam::111122223333:root"), "{statement}");
    assert_eq!(error_code!(add.send().await), "InvalidParameterValue");
    let remove = || clients.sqs.remove_permission().queue_url(&url).label("share").send();
    remove().await.unwrap();
    assert_eq!(error_code!(remove().await), "InvalidParameterValue");
}

async fn only_actions_that_an_owner_can_share_are_permitted(clients: Clients) {
    let url = clients.queue(&[]).await;
    let add = || clients.sqs.add_permission().queue_url(&url).label("l").aws_account_ids("111122223333");
    assert_eq!(error_code!(add().actions("CreateQueue").send().await), "InvalidParameterValue");
    let eight = ["SendMessage"; 8].map(str::to_owned).to_vec();
    assert_eq!(error_code!(add().set_actions(Some(eight)).send().await), "OverLimit");
}

async fn a_dead_letter_queue_tells_its_sources(clients: Clients) {
    let dead = clients.queue(&[]).await;
    let policy = redrive_to(&arn(&clients, &dead).await);
    let mut sources = Vec::new();
    for _ in 0..3 {
        sources.push(clients.queue(&[("RedrivePolicy", &policy)]).await);
    }
    let list = || clients.sqs.list_dead_letter_source_queues().queue_url(&dead);
    let mut listed = list().send().await.unwrap().queue_urls;
    listed.sort();
    sources.sort();
    assert_eq!(listed, sources);
    let page = list().max_results(2).send().await.unwrap();
    assert_eq!(page.queue_urls.len(), 2);
    let rest = list().max_results(2).next_token(page.next_token.unwrap()).send().await.unwrap();
    assert_eq!((rest.queue_urls.len(), rest.next_token), (1, None));
}

async fn a_dead_letter_queue_takes_only_from_those_that_it_allows(clients: Clients) {
    let friend = clients.queue(&[]).await;
    let by_queue = format!(
        r#"{{"redrivePermission":"byQueue","sourceQueueArns":["{}"]}}"#,
        arn(&clients, &friend).await
    );
    let dead = clients.queue(&[("RedriveAllowPolicy", &by_queue)]).await;
    let policy = redrive_to(&arn(&clients, &dead).await);
    let redrive = |url: &str| {
        let set = clients.sqs.set_queue_attributes().queue_url(url);
        set.attributes(QueueAttributeName::RedrivePolicy, &policy).send()
    };
    redrive(&friend).await.unwrap();
    let stranger = clients.queue(&[]).await;
    assert_eq!(error_code!(redrive(&stranger).await), "InvalidParameterValue");
    let nobody = clients.queue(&[("RedriveAllowPolicy", r#"{"redrivePermission":"denyAll"}"#)]).await;
    let create = clients.sqs.create_queue().queue_name(unique("q"));
    let policy = redrive_to(&arn(&clients, &nobody).await);
    let create = create.attributes(QueueAttributeName::RedrivePolicy, policy).send().await;
    assert_eq!(error_code!(create), "InvalidParameterValue");
}

async fn a_policy_about_dead_letters_has_to_make_sense(clients: Clients) {
    let url = clients.queue(&[]).await;
    let set =
        |name, value: &str| clients.sqs.set_queue_attributes().queue_url(&url).attributes(name, value).send();
    for policy in ["not JSON", r#"{"redrivePermission":"some"}"#, r#"{"redrivePermission":"byQueue"}"#] {
        let outcome = set(QueueAttributeName::RedriveAllowPolicy, policy).await;
        assert_eq!(error_code!(outcome), "InvalidParameterValue", "{policy}");
    }
    let arn = arn(&clients, &url).await;
    for count in ["0", "1001", r#""x""#] {
        let policy = format!(r#"{{"deadLetterTargetArn":"{arn}","maxReceiveCount":{count}}}"#);
        let outcome = set(QueueAttributeName::RedrivePolicy, &policy).await;
        assert_eq!(error_code!(outcome), "InvalidParameterValue", "{policy}");
    }
}

async fn the_name_of_a_deleted_queue_is_free_after_a_minute_only(clients: Clients) {
    let name = unique("q");
    let create = || clients.sqs.create_queue().queue_name(&name).send();
    let url = create().await.unwrap().queue_url.unwrap();
    clients.sqs.delete_queue().queue_url(url).send().await.unwrap();
    assert_eq!(error_code!(create().await), "AWS.SimpleQueueService.QueueDeletedRecently");
}

async fn queues_are_listed_by_the_page(clients: Clients) {
    let prefix = unique("page");
    for n in 0..5 {
        clients.sqs.create_queue().queue_name(format!("{prefix}-{n}")).send().await.unwrap();
    }
    let list = || clients.sqs.list_queues().queue_name_prefix(&prefix).max_results(2);
    let (mut found, mut token) = (Vec::new(), None);
    loop {
        let page = list().set_next_token(token).send().await.unwrap();
        assert!(page.queue_urls().len() <= 2);
        found.extend(page.queue_urls.unwrap_or_default());
        token = page.next_token;
        if token.is_none() {
            break;
        }
    }
    assert_eq!(found.len(), 5);
    assert!(found.is_sorted());
    let too_many = clients.sqs.list_queues().max_results(1001).send().await;
    assert_eq!(error_code!(too_many), "InvalidParameterValue");
}

async fn values_out_of_their_ranges_are_refused(clients: Clients) {
    let url = clients.queue(&[]).await;
    for (name, value) in [
        (QueueAttributeName::VisibilityTimeout, "43201"),
        (QueueAttributeName::DelaySeconds, "901"),
        (QueueAttributeName::MessageRetentionPeriod, "59"),
        (QueueAttributeName::ReceiveMessageWaitTimeSeconds, "21"),
        (QueueAttributeName::MaximumMessageSize, "1023"),
        (QueueAttributeName::MaximumMessageSize, "1048577"),
        (QueueAttributeName::KmsDataKeyReusePeriodSeconds, "59"),
        (QueueAttributeName::Policy, "not JSON"),
    ] {
        let set = clients.sqs.set_queue_attributes().queue_url(&url).attributes(name.clone(), value);
        assert_eq!(error_code!(set.send().await), "InvalidAttributeValue", "{name} {value}");
    }
    let unknown = clients.sqs.set_queue_attributes().queue_url(&url).attributes("Colour".into(), "red");
    assert_eq!(error_code!(unknown.send().await), "InvalidAttributeName");
}

#[tokio::test]
async fn tags_and_the_minute_after_a_deletion_or_a_purge_survive_a_restart() {
    let clock = ManualClock::new(DateTime::from_timestamp(1_800_000_000, 0).unwrap());
    let world = World::with_clock(Arc::new(clock.clone())).await;
    let tagged = world.clients.sqs.create_queue().queue_name("tagged").tags("k", "v");
    let tagged = tagged.send().await.unwrap().queue_url.unwrap();
    world.clients.sqs.purge_queue().queue_url(&tagged).send().await.unwrap();
    let gone = world.clients.queue(&[]).await;
    world.clients.sqs.delete_queue().queue_url(&gone).send().await.unwrap();

    let world = world.restarted_by(Arc::new(clock.clone())).await;
    let name = gone.rsplit('/').next().unwrap();
    let create = || world.clients.sqs.create_queue().queue_name(name).send();
    let purge = || world.clients.sqs.purge_queue().queue_url(&tagged).send();
    let tags = world.clients.sqs.list_queue_tags().queue_url(&tagged).send().await.unwrap().tags.unwrap();
    assert_eq!(tags["k"], "v");
    clock.advance(TimeDelta::seconds(59));
    assert_eq!(error_code!(create().await), "AWS.SimpleQueueService.QueueDeletedRecently");
    assert_eq!(error_code!(purge().await), "AWS.SimpleQueueService.PurgeQueueInProgress");
    clock.advance(TimeDelta::seconds(1));
    create().await.unwrap();
    purge().await.unwrap();
    world.services.shutdown().await;
}
