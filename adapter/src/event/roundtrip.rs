//! Any request → event → what `lambda_http` makes of it equals the request.

use http::{HeaderName, HeaderValue, Method, Request, header};
use lambda_http::RequestExt;
use proptest::{collection::vec, prelude::*};

use super::http_request::{Circumstances, event};

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

fn headers() -> impl Strategy<Value = Vec<(String, String)>> {
    let name = "x-[a-z0-9-]{1,4}";
    let value = prop_oneof!["[!-~]{0,8}( [!-~]{1,8})?", Just("Zürich".to_owned())];
    vec((name, value), 0..6)
}

fn body() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![Just(Vec::new()), vec(any::<u8>(), 0..200), ".{0,80}".prop_map(String::into_bytes)]
}

fn method() -> impl Strategy<Value = Method> {
    prop_oneof!["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"]
        .prop_map(|name| name.parse().expect("a method"))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn a_handler_sees_the_request_that_was_sent(
        method in method(),
        target in target(),
        headers in headers(),
        cookies in vec("[a-z]{1,5}=[!#-:<-~]{0,8}(;[a-z]{1,3}=1)?", 0..4),
        body in body(),
    ) {
        let mut request = Request::builder().method(method.clone()).uri(&target);
        for (name, value) in &headers {
            request = request.header(name, HeaderValue::from_bytes(value.as_bytes()).unwrap());
        }
        if !cookies.is_empty() {
            request = request.header(header::COOKIE, cookies.join("; "));
        }
        let Ok(request) = request.header(header::HOST, "app.localhost:3000").body(()) else {
            return Err(TestCaseError::reject("no request"));
        };
        let (sent, ()) = request.into_parts();
        let about = Circumstances {
            route_key: "ANY /{proxy+}",
            path_parameters: &[("proxy".to_owned(), "x".to_owned())],
            host: "app.localhost",
            source_ip: [127, 0, 0, 1].into(),
            request_id: "r",
            account_id: "1",
            time: chrono::Utc::now(),
        };
        let json = event(&sent, &body, &about);
        let seen = lambda_http::request::from_reader(json.as_slice()).expect("an event that lambda_http reads");

        prop_assert_eq!(seen.method(), &method);
        prop_assert_eq!(seen.raw_http_path(), sent.uri.path());
        prop_assert_eq!(seen.uri().query().unwrap_or_default(), sent.uri.query().unwrap_or_default());
        prop_assert_eq!(seen.body().as_ref(), body.as_slice());
        let names: std::collections::HashSet<&HeaderName> = sent.headers.keys().collect();
        prop_assert_eq!(seen.headers().keys().collect::<std::collections::HashSet<_>>(), names.clone());
        for name in names {
            let values: Vec<_> = sent.headers.get_all(name).iter().map(HeaderValue::as_bytes).collect();
            prop_assert_eq!(seen.headers()[name].as_bytes().to_vec(), values.join(&b","[..]), "{}", name);
        }
    }
}
