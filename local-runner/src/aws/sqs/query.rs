//! The AWS query protocol, which SDKs from before 2023 speak: a form with `Action` and `Version` comes in, XML goes out
//! (Amazon SQS API reference, "Making Query API requests"). Each request becomes the JSON of the same action.

mod form;
mod xml;

use serde_json::Value;

use super::super::answer::AwsError;
use super::Queues;
use super::error::SqsError;

/// The version of the API, which tells a form for SQS from one for another service.
const VERSION: &str = "2012-11-05";

/// The answer to a form: a status and XML.
pub(in super::super) struct QueryAnswer {
    pub(in super::super) status: u16,
    pub(in super::super) xml: String,
}

impl Queues {
    /// Answers a form that was posted to `path`, which may be a queue's URL. None if it is not for SQS.
    pub(in super::super) async fn answer_form(
        &self,
        body: &[u8],
        path: &str,
        host: &str,
    ) -> Option<QueryAnswer> {
        let form = form::Form::read(body);
        if form.text("Version").is_some_and(|version| version != VERSION) {
            return None;
        }
        let request_id = uuid::Uuid::new_v4().to_string();
        Some(match self.act_on(&form, path, host).await {
            Ok((action, answer)) => {
                QueryAnswer { status: 200, xml: xml::answer(&action, &answer, &request_id) }
            }
            Err(error) => {
                let status = if error.is_senders_fault() { 400 } else { 500 };
                QueryAnswer { status, xml: xml::error(&error, &request_id) }
            }
        })
    }

    async fn act_on(&self, form: &form::Form, path: &str, host: &str) -> Result<(String, Value), SqsError> {
        let action = form.text("Action").ok_or(SqsError::MissingParameter("Action"))?.to_owned();
        let request = form.to_json(&action, path)?.to_string();
        let answer = self.act(&action, request.as_bytes(), host).await?;
        let answer =
            serde_json::from_slice(&answer).map_err(|error| SqsError::Internal(error.to_string()))?;
        Ok((action, answer))
    }
}

/// What a form for another service is answered.
pub(in super::super) fn not_served() -> QueryAnswer {
    let error = AwsError::not_served("The AWS query protocol of services other than SQS");
    QueryAnswer { status: 400, xml: xml::other_error(&error) }
}
