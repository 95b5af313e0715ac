//! What a form or an address carries: names and values, each as text.

use std::collections::BTreeMap;

use axum::{
    extract::{Form, FromRequest, Query, Request},
    response::{IntoResponse, Response},
};

use super::page::{PageError, Place};

/// The fields of a form that was posted.
#[derive(Debug)]
pub(super) struct Fields(BTreeMap<String, String>);

impl Fields {
    /// A field as it was sent; empty if it was not.
    pub(super) fn raw(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }

    /// A field without white space around it.
    pub(super) fn text(&self, name: &str) -> &str {
        self.raw(name).trim()
    }
}

impl<S: Send + Sync> FromRequest<S> for Fields {
    type Rejection = Response;

    async fn from_request(request: Request, state: &S) -> Result<Self, Response> {
        match Form::<Vec<(String, String)>>::from_request(request, state).await {
            // Browsers send line breaks of text fields as CR LF.
            Ok(Form(pairs)) => {
                Ok(Self(pairs.into_iter().map(|(name, value)| (name, value.replace("\r\n", "\n"))).collect()))
            }
            Err(error) => Err(PageError::Failed(Place::Overview, error.to_string()).into_response()),
        }
    }
}

/// What follows the question mark.
pub(super) type Asked = Query<BTreeMap<String, String>>;
