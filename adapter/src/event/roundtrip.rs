//! Any request → event → what `lambda_http` makes of it equals the request, as far as the format carries it.

use std::collections::{BTreeMap, HashSet};

use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, header, request::Parts};
use lambda_http::RequestExt;
use proptest::{collection::vec, prelude::*};

use super::{
    alb,
    http_request::{self, Circumstances},
    query, rest_api,
};

fn target() -> impl Strategy<Value = String> {
    let piece = prop_oneof!["[a-zA-Z0-9._~!$&'()*+,;=:@-]{0,6}", "(%[0-9A-F]{2}){1,3}", Just("é".to_owned())];
    let path = vec(piece.clone(), 0..5).prop_map(|segments| format!("/{}", segments.join("/")));
    let pair = (piece.clone(), proptest::option::of(piece)).prop_map(|(name, value)| match value {
        Some(value) => format!("{name}={value}"),
        None => name,
    });
    (path, vec(pair, 0..5))
        .prop_map(|(path, pairs)| if pairs.is_empty() { path } else { format!("{path}?{}", pairs.join("&")) })
}

fn headers() -> impl Strategy<Value = Vec<(String, Vec<u8>)>> {
    let name = "x-[a-z0-9-]{1,2}";
    let value = prop_oneof!["[!-~]{0,8}( [!-~]{1,8})?", Just("Zürich".to_owned())];
    vec((name, value.prop_map(String::into_bytes)), 0..6)
}

fn body() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![Just(Vec::new()), vec(any::<u8>(), 0..200), ".{0,80}".prop_map(String::into_bytes)]
}

fn method() -> impl Strategy<Value = Method> {
    prop_oneof!["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"]
        .prop_map(|name| name.parse().expect("a method"))
}

fn request() -> impl Strategy<Value = (Parts, Vec<u8>)> {
    let cookies = vec("[a-z]{1,5}=[!#-:<-~]{0,8}(;[a-z]{1,3}=1)?", 0..4);
    (method(), target(), headers(), cookies, body()).prop_filter_map("a request", |all| {
        let (method, target, headers, cookies, body) = all;
        let mut request = Request::builder().method(method).uri(&target);
        for (name, value) in &headers {
            request = request.header(name, HeaderValue::from_bytes(value).ok()?);
        }
        if !cookies.is_empty() {
            request = request.header(header::COOKIE, cookies.join("; "));
        }
        let request = request.header(header::HOST, "app.localhost:3000").body(()).ok()?;
        Some((request.into_parts().0, body))
    })
}

fn about() -> Circumstances<'static> {
    Circumstances {
        route_key: "ANY /{proxy+}",
        path_parameters: &[],
        host: "app.localhost",
        source_ip: [127, 0, 0, 1].into(),
        request_id: "r",
        account_id: "1",
        time: chrono::Utc::now(),
    }
}

/// Which of the values of a repeated header or parameter a handler sees.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Repeated {
    All,
    Joined,
    Last,
}

fn check(
    sent: &Parts,
    body: &[u8],
    event: &[u8],
    headers: Repeated,
) -> Result<lambda_http::Request, TestCaseError> {
    let seen = lambda_http::request::from_reader(event).expect("an event that lambda_http reads");
    prop_assert_eq!(seen.method(), &sent.method);
    prop_assert_eq!(seen.raw_http_path(), sent.uri.path());
    prop_assert_eq!(seen.body().as_ref(), body);
    let names: HashSet<&HeaderName> = sent.headers.keys().collect();
    prop_assert_eq!(seen.headers().keys().collect::<HashSet<_>>(), names.clone());
    for name in names {
        let of = |headers: &HeaderMap| -> Vec<Vec<u8>> {
            headers.get_all(name).iter().map(|value| value.as_bytes().to_vec()).collect()
        };
        let all = of(&sent.headers);
        let expected = match headers {
            Repeated::All => all,
            Repeated::Joined => vec![all.join(&b","[..])],
            Repeated::Last => all.into_iter().next_back().into_iter().collect(),
        };
        prop_assert_eq!(of(seen.headers()), expected, "{}", name);
    }
    Ok(seen)
}

/// A load balancer leaves names encoded, so it takes two spellings of one name for two names.
fn spells_each_name_alike(sent: &Parts) -> bool {
    let query = sent.uri.query().unwrap_or_default();
    let names = |pairs: Vec<query::Pair<'_>>| -> HashSet<String> {
        pairs.into_iter().map(|(name, _)| name.into_owned()).collect()
    };
    names(query::encoded(query)).len() == names(query::decoded(query)).len()
}

fn check_query(sent: &Parts, seen: &lambda_http::Request, repeated: Repeated) -> Result<(), TestCaseError> {
    let mut expected: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (name, value) in query::decoded(sent.uri.query().unwrap_or_default()) {
        let values = expected.entry(name.into_owned()).or_default();
        if repeated == Repeated::Last {
            values.clear();
        }
        values.push(value.into_owned());
    }
    let parameters = seen.query_string_parameters();
    for (name, values) in expected {
        let seen: Vec<_> = parameters.all(&name).unwrap_or_default();
        prop_assert_eq!(seen, values, "{}", name);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn payload_format_2_carries_a_request_with_its_query_byte_for_byte((sent, body) in request()) {
        let seen = check(&sent, &body, &http_request::event(&sent, &body, &about()), Repeated::Joined)?;
        prop_assert_eq!(seen.uri().query().unwrap_or_default(), sent.uri.query().unwrap_or_default());
        check_query(&sent, &seen, Repeated::All)?;
    }

    /// The event has all values of a header; `lambda_http` lets the last win.
    #[test]
    fn payload_format_1_carries_a_request_with_its_parameters_decoded((sent, body) in request()) {
        let event = rest_api::event(&sent, &body, &about());
        let seen = check(&sent, &body, &event, Repeated::Last)?;
        check_query(&sent, &seen, Repeated::All)?;
        let read: aws_lambda_events::apigw::ApiGatewayProxyRequest = serde_json::from_slice(&event).unwrap();
        for name in sent.headers.keys() {
            let all = |headers: &HeaderMap| headers.get_all(name).iter().cloned().collect::<Vec<_>>();
            prop_assert_eq!(all(&read.multi_value_headers), all(&sent.headers));
        }
    }

    #[test]
    fn a_load_balancers_event_carries_a_request_with_all_values((sent, body) in request()) {
        prop_assume!(spells_each_name_alike(&sent));
        let seen = check(&sent, &body, &alb::event(&sent, &body, "arn:x"), Repeated::All)?;
        check_query(&sent, &seen, Repeated::All)?;
    }

    #[test]
    fn without_multi_value_headers_it_carries_the_last_values((sent, body) in request()) {
        prop_assume!(spells_each_name_alike(&sent));
        let seen = check(&sent, &body, &alb::single_value_event(&sent, &body, "arn:x"), Repeated::Last)?;
        check_query(&sent, &seen, Repeated::Last)?;
    }
}
