//! The mails about an organization.

use bootstrap::{Resources, jobs::JobError};
use domain::{
    InvitationId, OrganizationId, UserId,
    mail::{self, Mail},
    organizations::{deletion_notice, write_invitation},
};

pub(super) async fn invitation(
    resources: &Resources,
    organization: OrganizationId,
    id: InvitationId,
    mailing: i32,
) -> Result<Option<Mail>, JobError> {
    let letter = write_invitation(&resources.database, organization, id, mailing).await;
    let letter = letter.map_err(|error| JobError::from_failure(&error))?;
    let app = &resources.configuration.app_url;
    Ok(letter.map(|letter| {
        let url = format!("{app}/invitation?token={}", letter.token.expose());
        mail::invitation(&letter, &url)
    }))
}

pub(super) async fn deleted(
    resources: &Resources,
    organization: OrganizationId,
    owner: UserId,
) -> Result<Option<Mail>, JobError> {
    let notice = async {
        let mut tx = resources.database.tenant(organization).await?;
        deletion_notice(&mut tx, owner).await
    };
    let notice = notice.await.map_err(|error| JobError::from_failure(&error))?;
    // Whoever works in another organization meanwhile comes to this one first.
    let url = format!("{}/closed", resources.configuration.app_url);
    Ok(notice.map(|notice| mail::organization_deleted(&notice, &url)))
}
