//! Reading forms.

use axum::extract::{Form as AxumForm, FromRequest, Request};
use http::StatusCode;
use serde::de::DeserializeOwned;

use super::Refusal;

/// A form of a known shape. Fields have defaults: what is missing is an error of the field, told on its page; a
/// body that is no form at all is refused here.
pub struct Form<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Form<T> {
    type Rejection = Refusal;

    async fn from_request(request: Request, state: &S) -> Result<Self, Refusal> {
        match AxumForm::from_request(request, state).await {
            Ok(AxumForm(form)) => Ok(Self(form)),
            Err(rejection) => {
                use axum::response::IntoResponse;
                let status = rejection.into_response().status();
                let detail = match status {
                    StatusCode::PAYLOAD_TOO_LARGE => "This is more than the form takes. Send less.",
                    _ => {
                        "This could not be read as a form. Open the page again and send the form from there."
                    }
                };
                Err(Refusal::new(status, detail))
            }
        }
    }
}
