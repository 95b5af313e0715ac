//! Reading JSON bodies and query strings, with answers that say what is wrong and where.

use axum::{
    body::Bytes,
    extract::{FromRequest, FromRequestParts, Query, Request, rejection::BytesRejection},
};
use http::{StatusCode, header, request::Parts};
use serde::de::DeserializeOwned;

use crate::problem::Problem;

/// A JSON body of a known shape.
pub(crate) struct Json<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let content_type = request.headers().get(header::CONTENT_TYPE).map(|value| value.as_bytes().to_vec());
        if !content_type.as_deref().is_some_and(is_json) {
            let detail = "Send a JSON body with the header content-type: application/json.";
            return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, detail));
        }
        let bytes = Bytes::from_request(request, state).await.map_err(|rejection| unreadable(&rejection))?;
        parse(&bytes).map(Self)
    }
}

fn is_json(content_type: &[u8]) -> bool {
    let essence = content_type.split(|byte| *byte == b';').next().unwrap_or_default().trim_ascii();
    essence.eq_ignore_ascii_case(b"application/json")
}

fn unreadable(rejection: &BytesRejection) -> Problem {
    if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
        let detail = format!("The body is larger than {} bytes.", crate::MAX_BODY_BYTES);
        return Problem::new(StatusCode::PAYLOAD_TOO_LARGE, detail);
    }
    Problem::new(StatusCode::BAD_REQUEST, "The body could not be read to its end.")
}

fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    if let Err(error) = std::str::from_utf8(bytes) {
        let detail = format!("The body is not UTF-8: byte {} is the first wrong one.", error.valid_up_to());
        return Err(Problem::new(StatusCode::BAD_REQUEST, detail));
    }
    serde_json::from_slice(bytes).map_err(|error| match error.classify() {
        serde_json::error::Category::Data => {
            Problem::new(StatusCode::UNPROCESSABLE_ENTITY, format!("The body has a wrong shape: {error}."))
        }
        _ => Problem::new(StatusCode::BAD_REQUEST, format!("The body is not JSON: {error}.")),
    })
}

/// A query string of a known shape.
pub(crate) struct Parameters<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Parameters<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match Query::from_request_parts(parts, state).await {
            Ok(Query(parameters)) => Ok(Self(parameters)),
            Err(rejection) => {
                Err(Problem::new(StatusCode::BAD_REQUEST, format!("{}.", rejection.body_text())))
            }
        }
    }
}
