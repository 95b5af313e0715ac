//! `send-mail`: writes a mail and sends it, once per key however often the message comes. Only a crash between the
//! mail server's yes and the commit sends it twice.

mod accounts;
mod organizations;

use bootstrap::{
    Resources,
    jobs::{JobError, Run},
};
use domain::{
    job_runs::OpenRun,
    mail::{Mail, MailJob, Mailer},
    outbox::Job,
};
use serde_json::{Value, json};

const JOB: &str = "send-mail";

pub(crate) fn run(resources: &Resources, message: Value) -> Run<'_> {
    Box::pin(send(resources, message))
}

async fn send(resources: &Resources, message: Value) -> Result<Value, JobError> {
    let job = serde_json::from_value(message)
        .map_err(|error| JobError::Retry(format!("unknown message: {error}")))?;
    let Job::SendMail { key, mail } = job else {
        return Err(JobError::Retry("this is a job of another queue".to_owned()));
    };
    let run = OpenRun::begin(&resources.database, JOB, key.to_string()).await;
    let Some(run) = run.map_err(|error| JobError::from_failure(&error))? else {
        return Ok(json!({ "key": key, "already_sent": true }));
    };
    let Some(mail) = compose(resources, mail).await? else {
        // What it was about is gone: nothing to say any more.
        run.finish(&json!({ "sent": false })).await.map_err(|error| JobError::from_failure(&error))?;
        return Ok(json!({ "key": key, "sent": false }));
    };
    mailer(resources)?.send(&mail).await.map_err(|error| JobError::from_failure(&error))?;
    run.finish(&json!({ "sent": true })).await.map_err(|error| JobError::from_failure(&error))?;
    tracing::info!(%key, subject = mail.subject, "mail sent");
    Ok(json!({ "key": key, "sent": true }))
}

fn mailer(resources: &Resources) -> Result<Mailer, JobError> {
    let configuration = &resources.configuration;
    let (url, from) = (configuration.smtp_url.as_deref(), configuration.mail_from.as_deref());
    Mailer::new(url.unwrap_or_default(), from.unwrap_or_default())
        .map_err(|error| JobError::Retry(error.to_string()))
}

/// The mail; none when there is nothing left to say.
async fn compose(resources: &Resources, mail: MailJob) -> Result<Option<Mail>, JobError> {
    match mail {
        MailJob::SignUp { pending } => accounts::sign_up(resources, &pending).await,
        MailJob::Invitation { organization_id, invitation_id, mailing } => {
            organizations::invitation(resources, organization_id, invitation_id, mailing).await
        }
        MailJob::OrganizationDeleted { organization_id, user_id } => {
            organizations::deleted(resources, organization_id, user_id).await
        }
        MailJob::ConfirmEmail { user_id } => accounts::confirm_email(resources, user_id).await,
        MailJob::ResetPassword { email } => accounts::reset_password(resources, &email).await,
        MailJob::ConfirmNewEmail { user_id, email } => {
            accounts::confirm_new_email(resources, user_id, &email).await
        }
        MailJob::EmailChanged { old, new } => accounts::email_changed(resources, &old, &new),
        MailJob::SecurityChanged { user_id, change } => {
            accounts::security_changed(resources, user_id, change).await
        }
        MailJob::SignInBurst { email, address } => accounts::sign_in_burst(resources, &email, address).await,
        MailJob::Impersonated { at, impersonation } => {
            accounts::impersonated(resources, &impersonation, at).await
        }
        MailJob::AccountDeleted { email } => accounts::deleted(&email),
    }
}
