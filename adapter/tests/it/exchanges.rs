//! Events and answers, told to an observer that wants them.

use std::sync::{Arc, Mutex};

use adapter::{
    Adapter, Launcher, Manifest, Options,
    observer::{Exchange, Observer},
};
use bytes::Bytes;
use serde_json::{Value, json};

use crate::world::{function, manifest};

/// Request id, event, and the answer or why there is none.
type Seen = (String, Value, Result<Option<Bytes>, String>);

#[derive(Default)]
struct Curious {
    seen: Mutex<Vec<Seen>>,
}

impl Observer for Curious {
    fn wants_exchanges(&self) -> bool {
        true
    }

    fn exchange(&self, exchange: &Exchange<'_>) {
        let event = serde_json::from_slice(exchange.event).unwrap();
        let answer = exchange.answer.map(Option::<&Bytes>::cloned).map_err(str::to_owned);
        self.seen.lock().unwrap().push((exchange.request_id.to_owned(), event, answer));
    }
}

#[tokio::test]
async fn an_observer_that_wants_them_sees_what_went_in_and_what_came_out() {
    let curious = Arc::new(Curious::default());
    let settings = manifest(&[function("f", json!({ "timeout_ms": 500, "processes": { "max": 1 } }))]);
    let settings = Manifest::from_json(&settings.to_string()).unwrap();
    let options = Options { launcher: Launcher::Direct, ..Options::default() };
    let adapter = Adapter::start_with(settings, Arc::clone(&curious) as _, options).await.unwrap();
    let event = |path: &str| {
        let http = json!({ "method": "GET", "path": path, "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1",
            "userAgent": "" });
        json!({ "version": "2.0", "routeKey": "$default", "rawPath": path, "rawQueryString": "", "headers": {},
            "requestContext": { "http": http, "timeEpoch": 0, "time": "", "requestId": "r", "stage": "$default",
            "accountId": "0", "apiId": "a", "domainName": "d", "domainPrefix": "d" }, "isBase64Encoded": false })
    };
    let pid = adapter.invoke("f", event("/pid").to_string().into()).await.unwrap();
    let crash = adapter.invoke("f", event("/exit").to_string().into()).await.unwrap();
    let seen = curious.seen.lock().unwrap().clone();
    assert_eq!(seen.len(), 2, "{seen:?}");
    assert_eq!((&seen[0].0, &seen[0].1), (&pid.request_id, &event("/pid")));
    assert_eq!(seen[0].2, Ok(Some(pid.payload)), "the answer is that of the function");
    assert_eq!(seen[1].0, crash.request_id);
    assert!(seen[1].2.as_ref().is_err_and(|why| why.contains("ended before it answered")), "{:?}", seen[1]);
    adapter.shutdown(std::time::Duration::from_secs(5)).await;
}
