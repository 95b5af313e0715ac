//! `POST /login`: begins a session.

use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use bootstrap::{
    Audience, Device, Resources,
    browser::{self, Form, Refusal},
};
use domain::identity::{SignInError, sign_in};
use http::{StatusCode, header::SET_COOKIE};
use look::Errors;

use super::login_form::{Fields, draw};

pub(crate) async fn login(
    State(resources): State<Resources>,
    device: Device,
    Form(fields): Form<Fields>,
) -> Result<Response, Refusal> {
    let signed_in =
        sign_in(&resources.database, &fields.email, &fields.password, Some(device.address.clone())).await;
    let signed_in = match signed_in {
        Err(SignInError::WrongCredentials) => return Ok(wrong(&fields)),
        other => other?,
    };
    let token = resources
        .sessions
        .begin(Audience::App, signed_in.user, Some(signed_in.organization), &device)
        .await?;
    Ok(([(SET_COOKIE, browser::set(&token))], Redirect::to(own_page(&fields.next))).into_response())
}

fn wrong(fields: &Fields) -> Response {
    let errors = Errors::new().form("The e-mail address or the password is wrong. Check both and try again.");
    (StatusCode::UNPROCESSABLE_ENTITY, draw(fields, &errors, None)).into_response()
}

/// A path of this host, never another one: `//host` and `/\host` are addresses elsewhere to a browser.
fn own_page(next: &str) -> &str {
    let own = next.starts_with('/') && !next.starts_with("//") && !next.contains(['\\', '\r', '\n', '\t']);
    if own && next.is_ascii() { next } else { "/dashboard" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_login_leads_to_no_other_host() {
        assert_eq!(own_page("/customers?search=a%20b"), "/customers?search=a%20b");
        for elsewhere in ["", "//evil.example", "/\\evil.example", "https://evil.example", "/\t/evil.example"]
        {
            assert_eq!(own_page(elsewhere), "/dashboard", "{elsewhere}");
        }
    }
}
