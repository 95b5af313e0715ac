//! `import-customers`: reads an uploaded file and creates its customers.

use bootstrap::{
    FileStoreError, Resources,
    jobs::{JobError, Run},
};
use domain::{
    imports::{self, Outcome},
    outbox::Job,
};
use serde_json::{Value, json};

pub(crate) fn run(resources: &Resources, message: Value) -> Run<'_> {
    Box::pin(import(resources, message))
}

async fn import(resources: &Resources, message: Value) -> Result<Value, JobError> {
    let job = serde_json::from_value(message)
        .map_err(|error| JobError::Retry(format!("unknown message: {error}")))?;
    let Job::ImportCustomers { organization_id: organization, import_id: import } = job else {
        return Err(JobError::Retry("this is a job of another queue".to_owned()));
    };
    let key = imports::file_of(&resources.database, organization, import).await;
    let Some(key) = key.map_err(|error| JobError::from_failure(&error))? else {
        return Ok(json!({ "import": import, "already_finished": true }));
    };
    let file = resources.files.get(&key).await.map_err(|error| match error {
        FileStoreError::NotFound(_) => JobError::Discard(error.to_string()),
        FileStoreError::Unavailable(_) => JobError::Retry(error.to_string()),
    })?;
    let outcome = imports::run_import(&resources.database, organization, import, &file).await;
    match outcome.map_err(|error| JobError::from_failure(&error))? {
        Outcome::Completed { imported, total } => {
            tracing::info!(%import, imported, total, "import completed");
            Ok(json!({ "import": import, "imported": imported, "total": total }))
        }
        Outcome::Failed => Ok(json!({ "import": import, "failed": true })),
        Outcome::AlreadyFinished => Ok(json!({ "import": import, "already_finished": true })),
    }
}
