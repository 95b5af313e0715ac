//! `POST /invitation/account`: makes the account of the invited address, joins, and signs in.

use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use bootstrap::{
    Audience, Device, Resources,
    browser::{self, Form, Refusal},
};
use domain::{
    Failure,
    identity::SessionEpoch,
    organizations::{AcceptError, InvitationToken, accept_as_new_account, open_invitation},
};
use http::{StatusCode, header::SET_COOKIE};
use serde::Deserialize;

use super::{refused, show, token};
use crate::page;

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Fields {
    token: String,
    name: String,
    password: String,
}

pub(crate) async fn join(
    State(resources): State<Resources>,
    device: Device,
    Form(fields): Form<Fields>,
) -> Result<Response, Refusal> {
    let token = match token(&fields.token) {
        Ok(token) => token,
        Err(error) => return refused(error),
    };
    let address = Some(device.address.clone());
    let accepted =
        accept_as_new_account(&resources.database, &token, &fields.name, &fields.password, address).await;
    match accepted {
        Ok(accepted) => {
            let organization = Some(accepted.organization);
            let new = (accepted.user, SessionEpoch::default());
            let begun = resources.sessions.begin(Audience::App, new, organization, &device).await?;
            Ok(([(SET_COOKIE, browser::set(&begun))], Redirect::to("/dashboard")).into_response())
        }
        Err(error @ AcceptError::Invalid(_)) => again(&resources, &token, &fields, error.fields()).await,
        // The account was made in another window: the page says to sign in.
        Err(AcceptError::HasAccount) => {
            let page = format!("/invitation?token={}", fields.token);
            Ok(Redirect::to(&page).into_response())
        }
        Err(error) => refused(error),
    }
}

async fn again(
    resources: &Resources,
    token: &InvitationToken,
    fields: &Fields,
    found: &[domain::FieldError],
) -> Result<Response, Refusal> {
    match open_invitation(&resources.database, token).await {
        Ok(invitation) => {
            let form = show::join(&invitation, &fields.token, &fields.name, &page::errors(found));
            Ok((StatusCode::UNPROCESSABLE_ENTITY, form).into_response())
        }
        Err(error) => refused(error),
    }
}
