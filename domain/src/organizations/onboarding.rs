//! What is left to set up. Where each task stands follows from what is there; only a skip is remembered.

use serde_json::json;

use super::company::company;
use crate::{
    StorageError, TenantTx,
    audit::{self, Origin, Subject},
    customers::{CreateCustomerError, count_customers, create_customer},
    demo,
};

/// A step of the set-up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Task {
    /// Enter the company's details.
    Company,
    /// Import customers, or load samples.
    Customers,
    /// Write the first invoice.
    Invoice,
}

impl Task {
    /// All, in the order in which they are done.
    pub const ALL: [Self; 3] = [Self::Company, Self::Customers, Self::Invoice];

    /// As stored.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Company => "company",
            Self::Customers => "customers",
            Self::Invoice => "invoice",
        }
    }

    /// The task of this name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|task| task.name() == name)
    }
}

/// Where a task stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// To be done.
    Open,
    /// Done.
    Done,
    /// Somebody does not want to be asked.
    Skipped,
    /// It cannot be done yet: invoices come later.
    NotYet,
}

/// The whole list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Onboarding(pub Vec<(Task, Standing)>);

impl Onboarding {
    /// Whether nothing is left that somebody could do now.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.0.iter().all(|(_, standing)| *standing != Standing::Open)
    }

    /// Tasks that are done, and all that can be done.
    #[must_use]
    pub fn progress(&self) -> (usize, usize) {
        let done = self.0.iter().filter(|(_, standing)| *standing == Standing::Done).count();
        (done, self.0.iter().filter(|(_, standing)| *standing != Standing::NotYet).count())
    }
}

/// Where the organization stands.
///
/// # Errors
/// When the database does not answer.
pub async fn onboarding(tx: &mut TenantTx) -> Result<Onboarding, StorageError> {
    let complete = company(tx).await?.is_complete();
    let customers = count_customers(tx).await? > 0;
    let organization = tx.organization();
    let skipped =
        sqlx::query_scalar!("SELECT task FROM onboarding_skips WHERE organization_id = $1", organization.0)
            .fetch_all(tx.conn())
            .await?;
    let standing = |task: Task| {
        let done = match task {
            Task::Company => complete,
            Task::Customers => customers,
            Task::Invoice => false,
        };
        match (done, task) {
            (true, _) => Standing::Done,
            (false, task) if skipped.iter().any(|name| name == task.name()) => Standing::Skipped,
            (false, Task::Invoice) => Standing::NotYet,
            (false, _) => Standing::Open,
        }
    };
    Ok(Onboarding(Task::ALL.map(|task| (task, standing(task))).to_vec()))
}

/// Takes a task off the list; skipping twice is skipping once.
///
/// # Errors
/// When the database does not answer.
pub async fn skip_task(tx: &mut TenantTx, task: Task, origin: &Origin) -> Result<(), StorageError> {
    let (organization, now) = (tx.organization(), tx.now());
    let done = sqlx::query!(
        "INSERT INTO onboarding_skips (organization_id, task, skipped_at) VALUES ($1, $2, $3)
         ON CONFLICT DO NOTHING",
        organization.0,
        task.name(),
        now,
    )
    .execute(tx.conn())
    .await?;
    if done.rows_affected() == 1 {
        let subject = Subject { kind: "organization", id: Some(organization.0) };
        audit::record(tx, origin, "onboarding.skipped", subject, json!({ "task": task.name() })).await?;
    }
    Ok(())
}

/// Puts a skipped task back on the list.
///
/// # Errors
/// When the database does not answer.
pub async fn resume_task(tx: &mut TenantTx, task: Task, origin: &Origin) -> Result<(), StorageError> {
    let organization = tx.organization();
    let done = sqlx::query!(
        "DELETE FROM onboarding_skips WHERE organization_id = $1 AND task = $2",
        organization.0,
        task.name(),
    )
    .execute(tx.conn())
    .await?;
    if done.rows_affected() == 1 {
        let subject = Subject { kind: "organization", id: Some(organization.0) };
        audit::record(tx, origin, "onboarding.resumed", subject, json!({ "task": task.name() })).await?;
    }
    Ok(())
}

/// Adds the customers of the demo, to look around with; none when there are customers already. Answers how many.
///
/// # Errors
/// When the database does not answer.
pub async fn add_sample_customers(tx: &mut TenantTx, origin: &Origin) -> Result<usize, CreateCustomerError> {
    if count_customers(tx).await? > 0 {
        return Ok(0);
    }
    let mut added = 0;
    for customer in demo::customers() {
        create_customer(tx, &customer, origin).await?;
        added += 1;
    }
    Ok(added)
}
