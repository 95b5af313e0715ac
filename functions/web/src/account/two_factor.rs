//! `GET /account/two-factor`: sets an authenticator app up, or says how it stands. [`set_up`] and [`standing`] are
//! also what the forms show when something is wrong.

use axum::extract::State;
use bootstrap::{Resources, browser, browser::Refusal};
use domain::{
    identity::{Account, TotpSecret, TwoFactor, two_factor},
    seal::SealError,
};
use look::{Button, Card, Errors, Field, Form, Notice, Snippet, disclosure, plural};
use maud::{Markup, html};
use qrcode::{Color, QrCode};
use serde::Deserialize;

use super::{
    frame::{self, Place},
    sealing,
};
use crate::person::Person;

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Parameters {
    off: Option<String>,
}

pub(crate) async fn show(
    State(resources): State<Resources>,
    mut person: Person,
    browser::Parameters(parameters): browser::Parameters<Parameters>,
) -> Result<Markup, Refusal> {
    let standing_now = two_factor(&mut person.tx).await?;
    if standing_now.is_on {
        return Ok(standing(&person.who, standing_now, &Errors::new()));
    }
    let notice = parameters.off.map(|_| Notice::success("Two-factor sign-in is off."));
    Ok(set_up(&resources, &person.who, &TotpSecret::generate(), &Errors::new(), notice)?)
}

/// The secret travels with the form, sealed for this person: nothing is stored before the app has shown a code.
pub(super) fn set_up(
    resources: &Resources,
    who: &Account,
    secret: &TotpSecret,
    errors: &Errors<'_>,
    notice: Option<Notice<'_>>,
) -> Result<Markup, SealError> {
    let sealed = hex(&secret.sealed(&sealing(resources)?, who.user)?);
    let form = Form::post("/account/two-factor").hidden("sealed", sealed).body(html! {
        (Field::text("code", "Code").hint("The six digits that the app shows.").autocomplete("one-time-code")
            .code().narrow().errors(errors))
        (Field::password("password", "Your password").errors(errors))
        (Button::submit("Turn on"))
    });
    Ok(frame::page(who, "Two-factor sign-in", Place::TwoFactor)
        .lead("After your password we ask for a code of an app on your phone. Who knows the password alone stays outside.")
        .errors(errors)
        .notice(notice)
        .body(Card::new().title("Set up an app").body(html! {
            p { "Scan this with an authenticator app, then type the code that it shows." }
            (picture(&secret.uri(&who.email)))
            (disclosure("Type it in instead", html! { (Snippet::new("Key", secret.base32())) }))
            (form)
        })))
}

/// How it stands, and the ways to change it.
pub(super) fn standing(who: &Account, now: TwoFactor, errors: &Errors<'_>) -> Markup {
    let left = u64::try_from(now.recovery_codes).unwrap_or_default();
    let form = html! {
        form.form method="post" action="/account/two-factor/off" novalidate {
            (Field::password("password", "Your password").errors(errors))
            (Form::buttons(html! {
                (Button::submit("Turn off").danger())
                button.button.button-secondary type="submit" formaction="/account/two-factor/recovery-codes" {
                    "New recovery codes"
                }
            }))
        }
    };
    frame::page(who, "Two-factor sign-in", Place::TwoFactor).errors(errors).body(html! {
        (Card::new().title("It is on").body(html! {
            p { "After your password we ask for a code of your app. You have "
                (plural(left, "recovery code", "recovery codes")) " left for when the app is not at hand." }
            (form)
        }))
    })
}

/// The QR code as SVG, dark on light whatever the theme: cameras need that. The margin is four modules wide
/// (ISO/IEC 18004).
fn picture(text: &str) -> Markup {
    let Ok(code) = QrCode::new(text.as_bytes()) else { return html! {} };
    let (width, colors) = (code.width(), code.to_colors());
    let mut path = String::new();
    for (index, color) in colors.iter().enumerate() {
        if *color == Color::Dark {
            path.push_str(&format!("M{} {}h1v1h-1z", index % width + 4, index / width + 4));
        }
    }
    let size = width + 8;
    html! {
        svg.qr-code xmlns="http://www.w3.org/2000/svg" viewBox=(format!("0 0 {size} {size}")) width="220" height="220"
            role="img" aria-label="QR code for the authenticator app" shape-rendering="crispEdges" {
            rect width=(size) height=(size) fill="#ffffff" {}
            path d=(path) fill="#000000" {}
        }
    }
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub(super) fn from_hex(text: &str) -> Option<Vec<u8>> {
    let pairs = text.as_bytes().chunks(2);
    pairs.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_brings_back_what_it_was_given() {
        assert_eq!(from_hex(&hex(b"\x00\xffabc")).unwrap(), b"\x00\xffabc");
        assert_eq!(from_hex("zz"), None);
    }

    #[test]
    fn the_picture_is_square_with_a_margin() {
        let svg = picture("otpauth://totp/Velox:a@b.example?secret=ABC").into_string();
        assert!(svg.contains("M4 4h1v1h-1z"), "the first finder pattern begins after the margin");
    }
}
