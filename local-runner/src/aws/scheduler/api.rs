//! The REST JSON protocol of EventBridge Scheduler: paths, queries and bodies.

use std::borrow::Cow;

use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode};
use hyper::body::Incoming;
use percent_encoding::percent_decode_str;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::Scheduler;
use super::error::SchedulerError;
use super::groups::GroupSaid;
use super::manage::Wanted;
use crate::aws::answer::{AwsError, Body, json};
use crate::aws::server;

/// Whether a request is signed for this service: its paths alone could be those of buckets. (Amazon's own front door
/// has a host name for each service.)
pub(in crate::aws) fn is_for_scheduler(headers: &HeaderMap) -> bool {
    let authorization = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    authorization.is_some_and(|text| text.contains("/scheduler/aws4_request"))
}

impl Scheduler {
    /// Answers a request.
    pub(in crate::aws) async fn answer(&self, request: Request<Incoming>) -> Response<Body> {
        let (method, uri) = (request.method().clone(), request.uri().clone());
        let body = match server::read(request).await {
            Ok(body) => body,
            Err(error) => return error.into_response(),
        };
        let path: Vec<String> = uri.path().trim_matches('/').split('/').map(decoded).collect();
        let query = Query::read(uri.query().unwrap_or_default());
        let mut response = match self.route(&method, &path, &query, body).await {
            Ok(text) => json(StatusCode::OK, text),
            Err(error) => error.into_response(),
        };
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        response
    }

    async fn route(
        &self,
        method: &Method,
        path: &[String],
        query: &Query,
        body: Bytes,
    ) -> Result<Vec<u8>, AwsError> {
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        let outcome = match (method.as_str(), &path[..]) {
            ("GET", ["schedules"]) => self.list(&query.wanted()).and_then(told),
            ("POST", ["schedules", name]) => self.create((*name).into(), parse(&body)?).await.and_then(told),
            ("PUT", ["schedules", name]) => self.update((*name).into(), parse(&body)?).await.and_then(told),
            ("GET", ["schedules", name]) => self.get(query.get("groupName"), name).and_then(told),
            ("DELETE", ["schedules", name]) => self.delete(query.get("groupName"), name).await.and_then(told),
            ("GET", ["schedule-groups"]) => self.list_groups(&query.wanted()).and_then(told),
            ("POST", ["schedule-groups", name]) => {
                let said = if body.is_empty() { GroupSaid::default() } else { parse(&body)? };
                self.create_group(name, said).await.and_then(told)
            }
            ("GET", ["schedule-groups", name]) => self.get_group(name).and_then(told),
            ("DELETE", ["schedule-groups", name]) => self.delete_group(name).await.and_then(told),
            // The ARN has a slash, which some clients do not encode.
            ("GET", ["tags", arn @ ..]) => self.tags(&arn.join("/")).and_then(told),
            ("POST", ["tags", arn @ ..]) => self.tag(&arn.join("/"), parse(&body)?).await.and_then(told),
            ("DELETE", ["tags", arn @ ..]) => {
                self.untag(&arn.join("/"), &query.all("TagKeys")).await.and_then(told)
            }
            _ => {
                return Err(AwsError::not_served(&format!(
                    "EventBridge Scheduler: {method} {}",
                    path.join("/")
                )));
            }
        };
        outcome.map_err(SchedulerError::into_aws)
    }
}

fn decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8().map_or_else(|_| text.to_owned(), Cow::into_owned)
}

fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, AwsError> {
    let body = if body.is_empty() { b"{}" } else { body };
    serde_json::from_slice(body).map_err(|error| {
        SchedulerError::Validation(format!("1 validation error detected: {error}")).into_aws()
    })
}

fn told(answer: impl Serialize) -> Result<Vec<u8>, SchedulerError> {
    serde_json::to_vec(&answer).map_err(|error| SchedulerError::Internal(error.to_string()))
}

/// The parameters of a query, in order.
struct Query(Vec<(String, String)>);

impl Query {
    fn read(text: &str) -> Self {
        let pairs = text.split('&').filter(|pair| !pair.is_empty());
        Self(
            pairs
                .map(|pair| {
                    let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
                    (decoded(name), decoded(&value.replace('+', " ")))
                })
                .collect(),
        )
    }

    fn get(&self, name: &str) -> Option<String> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone())
    }

    fn all(&self, name: &str) -> Vec<String> {
        self.0.iter().filter(|(known, _)| known == name).map(|(_, value)| value.clone()).collect()
    }

    fn wanted(&self) -> Wanted {
        Wanted {
            group: self.get("ScheduleGroup"),
            name_prefix: self.get("NamePrefix"),
            state: self.get("State"),
            max_results: self.get("MaxResults"),
            next_token: self.get("NextToken"),
        }
    }
}
