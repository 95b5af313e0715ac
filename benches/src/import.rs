//! An import side by side with its limit: the same file through `COPY` and one `INSERT … SELECT`, with no check of
//! any row. Run by hand, results in `benches/README.md`:
//! `target/release/local-runner postgres --ephemeral -- target/release/bench-import`

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a program to be looked at"
)]

use std::{
    env,
    fmt::Write,
    time::{Duration, Instant},
};

use domain::{
    Clock, Database, OrganizationId,
    database::Pool,
    identity::{SignUp, sign_up},
    imports::{StartImport, run_import, start_import},
};
use sqlx::{Connection, Executor, PgConnection};

const ROWS: [usize; 2] = [10_000, 100_000];
const RUNS: usize = 5;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let owner_url = env::var("VELOX_TEST_DATABASE_URL").expect("run under local-runner postgres --ephemeral");
    let app_url =
        env::var("VELOX_TEST_APP_DATABASE_URL").expect("run under local-runner postgres --ephemeral");
    domain::migrations::migrate(&owner_url).await.unwrap();
    let pool = Pool { url: app_url.clone(), max_connections: 2, application_name: "bench".to_owned() };
    let db = Database::new(&pool, Clock::system()).unwrap();
    for rows in ROWS {
        let file = file(rows);
        let mut ratios = Vec::new();
        for run in 0..RUNS {
            let import = import(&db, &format!("import-{rows}-{run}"), &file).await;
            let limit = copy(&db, &app_url, &owner_url, &format!("copy-{rows}-{run}"), &file).await;
            println!(
                "{rows} rows: import {} rows/s, COPY {} rows/s",
                per_second(rows, import),
                per_second(rows, limit)
            );
            ratios.push(import.as_secs_f64() / limit.as_secs_f64());
        }
        ratios.sort_by(f64::total_cmp);
        println!(
            "{rows} rows: an import takes {:.1} times as long as COPY (median of {RUNS})",
            ratios[RUNS / 2]
        );
    }
}

fn per_second(rows: usize, took: Duration) -> u64 {
    u64::try_from(rows as u128 * 1_000_000 / took.as_micros().max(1)).unwrap()
}

fn file(rows: usize) -> String {
    let mut text = String::from(
        "name,email,vat_number,address_line1,postal_code,city,country,currency,payment_terms_days,reference\n",
    );
    for row in 0..rows {
        writeln!(
            text,
            "\"Quiroga Studio, Ltd {row}\",quiroga.{row}@example.com,DE{row:09},161 Elm Ave,10115,Berlin,DE,EUR,14,C-{row:07}"
        )
        .unwrap();
    }
    text
}

async fn tenant(db: &Database, name: &str) -> (OrganizationId, domain::UserId) {
    let email = format!("owner@{name}.example");
    let checked = SignUp::check(name, "Olga Owner", &email, "a good long password").await.unwrap();
    sign_up(db, &checked, None).await.unwrap()
}

/// What the job does, from bytes to the last commit.
async fn import(db: &Database, name: &str, file: &str) -> Duration {
    let (organization, owner) = tenant(db, name).await;
    let mut tx = db.tenant(organization).await.unwrap();
    let upload = StartImport::check(&tx, "bench.csv", b"x").unwrap();
    start_import(&mut tx, &upload, owner, &domain::audit::Origin::system()).await.unwrap();
    let _messages = tx.commit().await.unwrap();
    let started = Instant::now();
    run_import(db, organization, upload.id, file.as_bytes()).await.unwrap();
    started.elapsed()
}

/// The same rows, indexes and policies, without looking at any row.
async fn copy(db: &Database, app_url: &str, owner_url: &str, name: &str, file: &str) -> Duration {
    let (organization, _) = tenant(db, name).await;
    let mut owner = PgConnection::connect(owner_url).await.unwrap();
    let staging = "CREATE TABLE IF NOT EXISTS bench_staging (name text, email text, vat_number text,
                       address_line1 text, postal_code text, city text, country text, currency text,
                       payment_terms_days smallint, reference text);
                   GRANT ALL ON bench_staging TO velox_app; TRUNCATE bench_staging";
    owner.execute(staging).await.unwrap();
    let mut app = PgConnection::connect(app_url).await.unwrap();
    sqlx::query("SELECT set_config('velox.organization_id', $1, false)")
        .bind(organization.to_string())
        .execute(&mut app)
        .await
        .unwrap();
    let started = Instant::now();
    let mut rows = app.copy_in_raw("COPY bench_staging FROM STDIN (FORMAT csv, HEADER)").await.unwrap();
    rows.send(file.as_bytes()).await.unwrap();
    rows.finish().await.unwrap();
    app.execute(
        "INSERT INTO customers (id, organization_id, name, email, vat_number, address_line1, postal_code, city,
                                country, currency, payment_terms_days, reference, created_at)
         SELECT gen_random_uuid(), current_organization(), name, email, vat_number, address_line1, postal_code,
                city, country, currency, payment_terms_days, reference, now() FROM bench_staging",
    )
    .await
    .unwrap();
    started.elapsed()
}
