//! What each format accepts as an answer.

use super::*;

fn parsed_as(json: &str, format: EventFormat) -> Result<Response<Bytes>, InvalidResponse> {
    parse(&Bytes::copy_from_slice(json.as_bytes()), format)
}

fn parsed(json: &str) -> Result<Response<Bytes>, InvalidResponse> {
    parsed_as(json, EventFormat::HttpApi)
}

fn all<'r>(response: &'r Response<Bytes>, name: &str) -> Vec<&'r str> {
    response.headers().get_all(name).iter().map(|v| v.to_str().unwrap()).collect()
}

#[test]
fn status_headers_cookies_and_body_become_a_response() {
    let response = parsed(
        r#"{"statusCode":201,"headers":{"X-A":"1","x-n":2,"x-t":true,"x-null":null,"Connection":"close"},
            "cookies":["a=1; Path=/","b=2"],"body":"h\"i\u00e9"}"#,
    )
    .unwrap();
    assert_eq!(response.status(), 201);
    assert_eq!(
        (all(&response, "x-a"), all(&response, "x-n"), all(&response, "x-t")),
        (vec!["1"], vec!["2"], vec!["true"])
    );
    assert_eq!(all(&response, "set-cookie"), ["a=1; Path=/", "b=2"]);
    assert!(response.headers().get("connection").is_none() && response.headers().get("x-null").is_none());
    assert_eq!(response.body(), "h\"ié");
}

#[test]
fn headers_are_read_from_the_fields_of_the_format_and_no_others() {
    let answer = r#"{"statusCode":200,"statusDescription":"200 OK","headers":{"x-a":"one","x-b":"1"},
        "multiValueHeaders":{"x-b":["2","3"]},"cookies":["c=1"]}"#;
    for (format, a, b, cookies) in [
        (EventFormat::HttpApi, vec!["one"], vec!["1"], vec!["c=1"]),
        (EventFormat::RestApi, vec!["one"], vec!["2", "3"], vec![]),
        (EventFormat::Alb, vec![], vec!["2", "3"], vec![]),
        (EventFormat::AlbSingleValue, vec!["one"], vec!["1"], vec![]),
    ] {
        let response = parsed_as(answer, format).unwrap();
        let seen = (all(&response, "x-a"), all(&response, "x-b"), all(&response, "set-cookie"));
        assert_eq!(seen, (a, b, cookies), "{format:?}");
    }
}

#[test]
fn only_payload_format_2_has_a_shorthand() {
    for format in [EventFormat::RestApi, EventFormat::Alb, EventFormat::AlbSingleValue] {
        for answer in [r#"{"message":"hi"}"#, r#""hi""#, "null", r#"{"body":"hi"}"#] {
            let error = parsed_as(answer, format).unwrap_err().to_string();
            assert!(error.ends_with("`statusCode` is missing"), "{error}");
        }
    }
}

#[test]
fn a_base64_body_is_decoded() {
    let response = parsed(r#"{"statusCode":"200","body":"/wA=","isBase64Encoded":true}"#).unwrap();
    assert_eq!(response.body(), &[0xff, 0][..]);
}

#[test]
fn json_without_a_status_is_the_body_itself() {
    for (answer, body) in [
        (r#"{"message": "hi"}"#, r#"{"message": "hi"}"#),
        (r#""hi""#, "hi"),
        ("[1, 2]", "[1, 2]"),
        ("null", "null"),
    ] {
        let response = parsed(answer).unwrap();
        assert_eq!(response.body(), body);
        assert_eq!(response.headers()["content-type"], "application/json");
    }
}

#[test]
fn a_prelude_may_leave_out_its_status_and_repeat_a_header() {
    let json = br#"{"headers":{"x-a":["1","2"]},"multiValueHeaders":{"x-b":["3","4"]},"cookies":["c=1"]}"#;
    let head = prelude(&Bytes::from_static(json)).unwrap().map(|()| Bytes::new());
    assert_eq!(head.status(), 200);
    assert_eq!((all(&head, "x-a"), all(&head, "x-b")), (vec!["1", "2"], vec!["3", "4"]));
    assert_eq!(all(&head, "set-cookie"), ["c=1"]);
    for json in ["", "[]", r#""x""#, r#"{"statusCode":7}"#, r#"{"headers":{"a":["\n"]}}"#] {
        assert!(prelude(&Bytes::from_static(json.as_bytes())).is_err(), "{json}");
    }
}

#[test]
fn what_is_no_response_is_refused() {
    for answer in [
        "",
        "{",
        r#"{"statusCode":null}"#,
        r#"{"statusCode":99}"#,
        r#"{"statusCode":101}"#,
        r#"{"statusCode":70000}"#,
        r#"{"statusCode":200,"body":{}}"#,
        r#"{"statusCode":200,"body":"*","isBase64Encoded":true}"#,
        r#"{"statusCode":200,"headers":[]}"#,
        r#"{"statusCode":200,"headers":{"a b":"1"}}"#,
        r#"{"statusCode":200,"headers":{"a":"1\r\nx: y"}}"#,
        r#"{"statusCode":200,"cookies":"a=1"}"#,
    ] {
        assert!(parsed(answer).is_err(), "{answer}");
    }
}

#[test]
fn an_error_names_the_field() {
    for (answer, field) in [
        (r#"{"statusCode":99}"#, "`statusCode` is 99"),
        (r#"{"statusCode":{}}"#, "`statusCode` is not a number"),
        (r#"{"statusCode":200,"body":{}}"#, "`body` is not a string"),
        (r#"{"statusCode":200,"body":"","isBase64Encoded":1}"#, "`isBase64Encoded` is not a boolean"),
        (r#"{"statusCode":200,"headers":[]}"#, "`headers` is not an object"),
        (r#"{"statusCode":200,"headers":{"a b":"1"}}"#, "`a b` is no header name"),
        (r#"{"statusCode":200,"headers":{"a":"\n"}}"#, "the value of `a` is no header value"),
        (r#"{"statusCode":200,"multiValueHeaders":{"a":"b"}}"#, "multiValueHeaders.a is not a list"),
        (r#"{"statusCode":200,"multiValueHeaders":[]}"#, "`multiValueHeaders` is not an object"),
    ] {
        let error = parsed_as(answer, EventFormat::RestApi).unwrap_err().to_string();
        assert!(error.ends_with(field), "{error}");
    }
    assert!(
        parsed(r#"{"statusCode":200,"cookies":[1]}"#)
            .unwrap_err()
            .to_string()
            .ends_with("a cookie is not a string")
    );
}
