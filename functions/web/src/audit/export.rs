//! `GET /settings/audit.csv`: what the page shows, as a file. It is bounded (`MOST_EXPORTED`, some 2 MB), because a
//! function's answer is.

use axum::{extract::State, response::IntoResponse};
use bootstrap::{
    Resources,
    browser::{self, Refusal},
};
use domain::audit::export_audit_events;
use http::header;

use super::Parameters;
use crate::member::Auditor;

pub(crate) async fn export(
    State(resources): State<Resources>,
    Auditor(mut member): Auditor,
    browser::Parameters(parameters): browser::Parameters<Parameters>,
) -> Result<impl IntoResponse, Refusal> {
    let origin = member.origin();
    let file = export_audit_events(&mut member.tx, &parameters.filter(), &origin).await?;
    let name = format!("attachment; filename=\"velox-audit-{}.csv\"", member.tx.now().format("%Y-%m-%d"));
    resources.commit(member.tx).await?;
    Ok((
        [(header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()), (header::CONTENT_DISPOSITION, name)],
        file,
    ))
}
