//! The jobs head: queues, schedules and one-off tasks, one operation a file.

mod expire_imports;
mod export_organization;
mod grant_staff;
mod import_customers;
mod migrate;
mod purge_organizations;
mod relay_outbox;
mod seed_demo;
mod send_mail;

use bootstrap::jobs::{Endpoint, Head};

/// The jobs by the names of the catalogue.
pub static HEAD: Head = Head {
    endpoints: &[
        ("import-customers", Endpoint::Message(import_customers::run)),
        ("send-mail", Endpoint::Message(send_mail::run)),
        ("relay-outbox", Endpoint::Schedule(relay_outbox::run)),
        ("expire-imports", Endpoint::Schedule(expire_imports::run)),
        ("export-organization", Endpoint::Message(export_organization::run)),
        ("purge-organizations", Endpoint::Schedule(purge_organizations::run)),
        ("migrate", Endpoint::Owner(migrate::run)),
        ("grant-staff", Endpoint::Owner(grant_staff::run)),
        ("seed-demo", Endpoint::Direct(seed_demo::run)),
    ],
};
