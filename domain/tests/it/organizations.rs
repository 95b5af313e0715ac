//! The company's details, the steps of the set-up, and the log of all that.

use chrono::TimeDelta;
use domain::{
    Failure,
    audit::{Actor, AuditFilter, Origin, count_audit_events, export_audit_events, list_audit_events},
    organizations::{
        Company, Onboarding, Standing, Task, add_sample_customers, company, onboarding, resume_task,
        skip_task, update_company,
    },
};

use crate::world::{Tenant, World};

fn origin(tenant: Tenant) -> Origin {
    Origin::of(Actor::User(tenant.owner), Some("192.0.2.7".to_owned()))
}

fn acme() -> Company {
    Company {
        name: " Acme GmbH ".into(),
        address_line1: "Hafenstraße 1".into(),
        postal_code: "20457".into(),
        city: "Hamburg".into(),
        country: "de".into(),
        vat_number: "DE 136 695 976".into(),
        iban: "de89 3704 0044 0532 0130 00".into(),
    }
}

#[tokio::test]
async fn company_details_are_checked_normalized_and_replaced_as_a_whole() {
    let world = World::new().await;
    let tenant = world.tenant("acme").await;
    let mut tx = world.tx(tenant).await;
    assert_eq!(company(&mut tx).await.unwrap(), Company { name: "acme".into(), ..Company::default() });
    let wrong = Company { vat_number: "DE136695975".into(), ..acme() };
    let error = update_company(&mut tx, &wrong, &origin(tenant)).await.unwrap_err();
    assert_eq!(error.fields()[0].field, "vat_number");
    update_company(&mut tx, &acme(), &origin(tenant)).await.unwrap();
    let stored = company(&mut tx).await.unwrap();
    assert_eq!((stored.name.as_str(), stored.country.as_str()), ("Acme GmbH", "DE"));
    assert_eq!((stored.vat_number.as_str(), stored.iban.as_str()), ("DE136695976", "DE89370400440532013000"));
    update_company(&mut tx, &Company { iban: String::new(), ..acme() }, &origin(tenant)).await.unwrap();
    assert_eq!(company(&mut tx).await.unwrap().iban, "");
    let events = list_audit_events(&mut tx, &AuditFilter::default(), 0, 10).await.unwrap();
    assert!(events.iter().any(|event| event.detail == "changed: iban"), "{events:?}");
    assert!(!format!("{events:?}").contains("DE89"), "the log names no bank account");
}

#[tokio::test]
async fn the_set_up_follows_from_what_is_there_and_remembers_skips_only() {
    let world = World::new().await;
    let tenant = world.tenant("acme").await;
    let mut tx = world.tx(tenant).await;
    let standing = |list: &Onboarding, task| list.0.iter().find(|(other, _)| *other == task).unwrap().1;
    let list = onboarding(&mut tx).await.unwrap();
    assert_eq!(
        list.0.iter().map(|(_, standing)| *standing).collect::<Vec<_>>(),
        [Standing::Open, Standing::Open, Standing::NotYet]
    );
    for _ in 0..2 {
        skip_task(&mut tx, Task::Company, &origin(tenant)).await.unwrap();
    }
    let list = onboarding(&mut tx).await.unwrap();
    assert_eq!((standing(&list, Task::Company), list.is_over()), (Standing::Skipped, false));
    resume_task(&mut tx, Task::Company, &origin(tenant)).await.unwrap();
    update_company(&mut tx, &acme(), &origin(tenant)).await.unwrap();
    assert_eq!(add_sample_customers(&mut tx, &origin(tenant)).await.unwrap(), 5);
    assert_eq!(add_sample_customers(&mut tx, &origin(tenant)).await.unwrap(), 0, "never twice");
    let list = onboarding(&mut tx).await.unwrap();
    assert_eq!((list.is_over(), list.progress()), (true, (2, 2)));
    let skips = AuditFilter { action: "onboarding.skipped".into(), ..AuditFilter::default() };
    assert_eq!(count_audit_events(&mut tx, &skips).await.unwrap(), 1);
}

#[tokio::test]
async fn the_log_is_filtered_by_action_person_and_day() {
    let world = World::new().await;
    let tenant = world.tenant("acme").await;
    let first = world.now().date_naive();
    world.pass(TimeDelta::days(2));
    let mut tx = world.tx(tenant).await;
    update_company(&mut tx, &acme(), &origin(tenant)).await.unwrap();
    let second = world.now().date_naive();
    let all = AuditFilter::default();
    let of = |action: &str| AuditFilter { action: action.into(), ..AuditFilter::default() };
    for (filter, expected) in [
        (all.clone(), 3),
        (of("company.changed"), 1),
        (of("nothing.such"), 0),
        (AuditFilter { person: Some(tenant.owner), ..all.clone() }, 3),
        (AuditFilter { person: Some(domain::UserId::new(world.now())), ..all.clone() }, 0),
        (AuditFilter { to: Some(first), ..all.clone() }, 2),
        (AuditFilter { from: Some(second), ..all.clone() }, 1),
        (AuditFilter { from: Some(first), to: Some(second), ..all.clone() }, 3),
    ] {
        let found = list_audit_events(&mut tx, &filter, 0, 10).await.unwrap();
        assert_eq!(found.len(), expected, "{filter:?}");
        assert_eq!(count_audit_events(&mut tx, &filter).await.unwrap(), i64::try_from(expected).unwrap());
    }
    let newest = &list_audit_events(&mut tx, &all, 0, 1).await.unwrap()[0];
    assert_eq!((newest.actor.as_str(), newest.subject.as_str()), ("Olga Owner", "organization"));
    assert_eq!(newest.address.as_deref(), Some("192.0.2.7"));
    let next = &list_audit_events(&mut tx, &all, 1, 1).await.unwrap()[0];
    // These two are of one transaction and so of one time.
    assert!(["organization.created", "user.created"].contains(&next.action.as_str()), "{next:?}");
}

#[tokio::test]
async fn the_log_as_a_file_runs_no_formula_and_says_that_it_was_taken() {
    let world = World::new().await;
    let tenant = world.tenant("acme").await;
    world.pass(TimeDelta::seconds(1));
    let mut tx = world.tx(tenant).await;
    domain::api_keys::create_api_key(&mut tx, "=cmd|' /C calc'!A0", tenant.owner, None).await.unwrap();
    let _none = tx.commit().await.unwrap();
    world.pass(TimeDelta::seconds(1));
    let mut tx = world.tx(tenant).await;
    let file = export_audit_events(&mut tx, &AuditFilter::default(), &origin(tenant)).await.unwrap();
    let file = String::from_utf8(file).unwrap();
    let mut reader = csv::Reader::from_reader(file.as_bytes());
    let rows: Vec<_> = reader.records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), 3);
    assert_eq!(&rows[0][5], "'=cmd|' /C calc'!A0");
    let newest = &list_audit_events(&mut tx, &AuditFilter::default(), 0, 1).await.unwrap()[0];
    assert_eq!(newest.action, "audit.exported");
}
