//! `export-organization`: makes the export of an organization that is being deleted, and deletes it. A message that
//! comes twice makes the same file in the same place; one whose request was taken back changes nothing.

use std::io::{Cursor, Write};

use bootstrap::{
    Resources,
    jobs::{JobError, Run},
};
use domain::{
    organizations::{self, ExportFile},
    outbox::Job,
};
use serde_json::{Value, json};
use zip::{CompressionMethod, ZipWriter, result::ZipError, write::SimpleFileOptions};

pub(crate) fn run(resources: &Resources, message: Value) -> Run<'_> {
    Box::pin(export(resources, message))
}

async fn export(resources: &Resources, message: Value) -> Result<Value, JobError> {
    let job = serde_json::from_value(message)
        .map_err(|error| JobError::Retry(format!("unknown message: {error}")))?;
    let Job::ExportOrganization { organization_id: organization, requested_at } = job else {
        return Err(JobError::Retry("this is a job of another queue".to_owned()));
    };
    let failed = |error| JobError::from_failure(&error);
    let mut tx = resources.database.tenant(organization).await.map_err(failed)?;
    let closure = organizations::closure(&mut tx).await.map_err(failed)?;
    drop(tx);
    let open = closure.filter(|closure| closure.requested_at == requested_at && closure.deleted_at.is_none());
    if open.is_none() {
        return Ok(json!({ "organization": organization, "nothing_to_do": true }));
    }
    let files = organizations::export_files(&resources.database, organization).await.map_err(failed)?;
    let archive = archive(&files).map_err(|error| JobError::Retry(error.to_string()))?;
    let (key, bytes) = (organizations::export_key(organization, requested_at), archive.len());
    let put = resources.files.put(&key, "application/zip", archive.into()).await;
    put.map_err(|error| JobError::from_failure(&error))?;
    let mut tx = resources.database.tenant(organization).await.map_err(failed)?;
    let deleted = organizations::finish_deletion(&mut tx, requested_at, &key).await.map_err(failed)?;
    resources.commit(tx).await.map_err(failed)?;
    tracing::info!(%organization, bytes, deleted, "organization exported");
    Ok(json!({ "organization": organization, "bytes": bytes, "deleted": deleted }))
}

fn archive(files: &[ExportFile]) -> Result<Vec<u8>, ZipError> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    for file in files {
        archive.start_file(file.name, options)?;
        archive.write_all(&file.content)?;
    }
    Ok(archive.finish()?.into_inner())
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    #[test]
    fn the_archive_holds_each_file_as_it_was() {
        let content = "name\n".repeat(10_000).into_bytes();
        let files = [
            ExportFile { name: "customers.csv", content: content.clone() },
            ExportFile { name: "audit.csv", content: b"x".to_vec() },
        ];
        let bytes = archive(&files).unwrap();
        assert!(bytes.len() < content.len() / 10, "it is compressed: {}", bytes.len());
        let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
        assert_eq!(archive.len(), 2);
        let mut read = Vec::new();
        archive.by_name("customers.csv").unwrap().read_to_end(&mut read).unwrap();
        assert_eq!(read, content);
    }
}
