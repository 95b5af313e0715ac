//! Importing real files, once and for all, whatever happens in between.

use chrono::TimeDelta;
use domain::{
    ImportId,
    audit::Origin,
    customers::{ListCustomers, count_customers, list_customers},
    imports::{
        Import, ImportStatus, Outcome, StartImport, expire_imports, file_of, find_import, import_errors,
        run_import, start_import,
    },
};

use crate::world::{Tenant, World};

fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(format!("{}/../fixtures/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

async fn start(world: &World, tenant: Tenant, name: &str, file: &[u8]) -> ImportId {
    let mut tx = world.tx(tenant).await;
    let upload = StartImport::check(&tx, name, file).unwrap();
    start_import(&mut tx, &upload, tenant.owner, &Origin::system()).await.unwrap();
    let _messages = tx.commit().await.unwrap();
    upload.id
}

async fn find(world: &World, tenant: Tenant, id: ImportId) -> Import {
    find_import(&mut world.tx(tenant).await, id).await.unwrap().unwrap()
}

async fn customers(world: &World, tenant: Tenant) -> i64 {
    count_customers(&mut world.tx(tenant).await).await.unwrap()
}

#[tokio::test]
async fn ten_thousand_rows_become_ten_thousand_customers() {
    let world = World::new().await;
    let tenant = world.tenant("acme").await;
    let file = fixture("customers-10k.csv");
    let id = start(&world, tenant, "customers-10k.csv", &file).await;
    assert!(matches!(find(&world, tenant, id).await.status, ImportStatus::Queued));
    let outcome = run_import(&world.db, tenant.organization, id, &file).await.unwrap();
    assert_eq!(outcome, Outcome::Completed { imported: 10_000, total: 10_000 });
    assert_eq!(customers(&world, tenant).await, 10_000);
    let import = find(&world, tenant, id).await;
    assert_eq!((import.status.clone(), import.rejected()), (ImportStatus::Completed, 0));
    assert_eq!(file_of(&world.db, tenant.organization, id).await.unwrap(), None);
}

#[tokio::test]
async fn awkward_rows_come_back_with_reasons_and_the_others_go_in_as_they_are() {
    let world = World::new().await;
    let tenant = world.tenant("acme").await;
    let file = fixture("customers-messy.csv");
    let id = start(&world, tenant, "customers-messy.csv", &file).await;
    run_import(&world.db, tenant.organization, id, &file).await.unwrap();
    let import = find(&world, tenant, id).await;
    assert_eq!((import.total, import.imported, import.rejected()), (Some(40), 32, 8));
    let errors = import_errors(&mut world.tx(tenant).await, id, 100).await.unwrap();
    let found: Vec<_> = errors.errors.iter().map(|error| (error.row, error.field.as_str())).collect();
    let expected = [
        (4, "email"),
        (6, "email"),
        (8, "name"),
        (10, "country"),
        (12, "currency"),
        (14, "payment_terms_days"),
        (16, "payment_terms_days"),
        (24, "name"),
    ];
    assert_eq!(found, expected);
    let list = ListCustomers { search: "hyperlink".into(), limit: 5, ..ListCustomers::default() };
    let page = list_customers(&mut world.tx(tenant).await, &list).await.unwrap();
    assert_eq!(page.customers[0].name, r#"=HYPERLINK("http://evil.example","x")"#);
}

#[tokio::test]
async fn the_same_file_again_imports_nothing_twice() {
    let world = World::new().await;
    let tenant = world.tenant("acme").await;
    let file = fixture("customers-ragged.csv");
    for imported in [8, 0] {
        let id = start(&world, tenant, "customers-ragged.csv", &file).await;
        let outcome = run_import(&world.db, tenant.organization, id, &file).await.unwrap();
        assert_eq!(outcome, Outcome::Completed { imported, total: 10 });
        assert_eq!(find(&world, tenant, id).await.rejected(), 10 - imported);
    }
    assert_eq!(customers(&world, tenant).await, 8);
}

#[tokio::test]
async fn a_file_that_is_no_csv_fails_with_words_and_without_customers() {
    let world = World::new().await;
    let tenant = world.tenant("acme").await;
    for name in ["customers-binary.csv", "customers-header-only.csv"] {
        let file = fixture(name);
        let id = start(&world, tenant, name, &file).await;
        assert_eq!(run_import(&world.db, tenant.organization, id, &file).await.unwrap(), Outcome::Failed);
        let ImportStatus::Failed(reason) = find(&world, tenant, id).await.status else { panic!("{name}") };
        assert!(reason.contains("header") || reason.contains("first line"), "{reason}");
    }
    assert_eq!(customers(&world, tenant).await, 0);
}

#[tokio::test]
async fn a_run_that_is_cut_off_anywhere_is_resumed_to_exactly_the_right_rows() {
    let world = World::new().await;
    let tenant = world.tenant("acme").await;
    let file = fixture("customers-10k.csv");
    let id = start(&world, tenant, "customers-10k.csv", &file).await;
    let mut interrupted = 0;
    // The future is dropped after growing times: in the middle of a chunk, a commit, or between two.
    for milliseconds in (20..).step_by(35) {
        let run = run_import(&world.db, tenant.organization, id, &file);
        let limit = std::time::Duration::from_millis(milliseconds);
        if tokio::time::timeout(limit, run).await.is_ok() {
            break;
        }
        interrupted += 1;
    }
    assert!(interrupted > 0, "nothing was cut off");
    assert_eq!(customers(&world, tenant).await, 10_000);
    let import = find(&world, tenant, id).await;
    assert_eq!((import.processed, import.imported), (10_000, 10_000));
    let again = run_import(&world.db, tenant.organization, id, &file).await.unwrap();
    assert_eq!(again, Outcome::AlreadyFinished);
}

#[tokio::test]
async fn two_deliveries_at_the_same_time_count_each_row_once() {
    let world = World::new().await;
    let tenant = world.tenant("acme").await;
    let file = fixture("customers-10k.csv");
    let id = start(&world, tenant, "customers-10k.csv", &file).await;
    let run = || run_import(&world.db, tenant.organization, id, &file);
    let (first, second) = tokio::join!(run(), run());
    first.unwrap();
    second.unwrap();
    let import = find(&world, tenant, id).await;
    assert_eq!((import.imported, customers(&world, tenant).await), (10_000, 10_000));
    assert_eq!(import_errors(&mut world.tx(tenant).await, id, 10).await.unwrap().total, 0);
}

#[tokio::test]
async fn an_import_without_progress_for_a_day_is_given_up_and_says_so() {
    let world = World::new().await;
    let tenant = world.tenant("acme").await;
    let id = start(&world, tenant, "lost.csv", b"x").await;
    for (wait, expected) in [(TimeDelta::hours(23), 0), (TimeDelta::hours(1), 1), (TimeDelta::hours(1), 0)] {
        world.pass(wait);
        let mut tx = world.operator.across_tenants().await.unwrap();
        assert_eq!(expire_imports(&mut tx, world.now()).await.unwrap(), expected);
        tx.commit().await.unwrap();
    }
    assert!(matches!(find(&world, tenant, id).await.status, ImportStatus::Failed(_)));
}

#[tokio::test]
async fn an_upload_that_is_empty_or_too_large_is_refused_before_it_is_stored() {
    let world = World::new().await;
    let tenant = world.tenant("acme").await;
    let tx = world.tx(tenant).await;
    for file in [vec![], vec![b'x'; domain::imports::MAX_FILE_BYTES + 1]] {
        assert!(StartImport::check(&tx, "a.csv", &file).is_err());
    }
    let upload = StartImport::check(&tx, "C:\\Users\\me\\kunden\u{7}.csv", b"x").unwrap();
    assert_eq!(upload.file_name, "kunden.csv");
}
