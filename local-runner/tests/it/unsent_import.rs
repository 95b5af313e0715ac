//! An import that only waits for its message: what a function does that is hosted elsewhere can be seen by it.

use std::fs;

use catalog::names;
use http::Method;
use serde_json::{Value, json};
use sqlx::{Connection, PgConnection};

use crate::{
    http::Client,
    runner::{Runner, project},
};

/// An import of the demo organization whose message went to nobody.
pub(crate) struct Import {
    id: String,
    organization: String,
    app_url: String,
}

impl Import {
    pub(crate) async fn without_message(runner: &Runner, fixture: &str) -> Self {
        let app_url = runner.running.database.app.clone();
        let mut connection = PgConnection::connect(&app_url).await.unwrap();
        let email = runner.running.demo.clone().unwrap().email;
        sqlx::query("SELECT set_config('velox.email', $1, false)")
            .bind(email)
            .execute(&mut connection)
            .await
            .unwrap();
        let user: uuid::Uuid =
            sqlx::query_scalar("SELECT id FROM users").fetch_one(&mut connection).await.unwrap();
        sqlx::query("SELECT set_config('velox.user_id', $1::text, false)")
            .bind(user.to_string())
            .execute(&mut connection)
            .await
            .unwrap();
        let organization: uuid::Uuid =
            sqlx::query_scalar("SELECT id FROM organizations").fetch_one(&mut connection).await.unwrap();
        let this =
            Self { id: uuid::Uuid::now_v7().to_string(), organization: organization.to_string(), app_url };
        let mut tenant = this.connect().await;
        sqlx::query(
            "INSERT INTO imports (id, organization_id, created_by, file_name, file_key, file_bytes, status,
                                  created_at, updated_at)
             VALUES ($1::uuid, $2::uuid, $3, 'messy.csv', 'messy.csv', 1, 'queued', now(), now())",
        )
        .bind(&this.id)
        .bind(&this.organization)
        .bind(user)
        .execute(&mut tenant)
        .await
        .unwrap();
        let file = fs::read(project().join("fixtures").join(fixture)).unwrap();
        let mut s3 = Client::new(&runner.running.urls.aws);
        let path = format!("/{}/messy.csv", names::FILES_BUCKET);
        let put = s3.send(Method::PUT, &path, Some("text/csv"), file.into()).await;
        assert!(put.status.is_success(), "{}", put.text());
        this
    }

    /// What its queue would have brought.
    pub(crate) fn message(&self) -> Value {
        json!({ "job": "import-customers", "organization_id": self.organization, "import_id": self.id })
    }

    async fn connect(&self) -> PgConnection {
        let mut connection = PgConnection::connect(&self.app_url).await.unwrap();
        sqlx::query("SELECT set_config('velox.organization_id', $1, false)")
            .bind(&self.organization)
            .execute(&mut connection)
            .await
            .unwrap();
        connection
    }

    /// Status, rows that are done, customers created.
    pub(crate) async fn state(&self) -> (String, i32, i32) {
        sqlx::query_as("SELECT status, processed_rows, imported_rows FROM imports WHERE id = $1::uuid")
            .bind(&self.id)
            .fetch_one(&mut self.connect().await)
            .await
            .unwrap()
    }
}
