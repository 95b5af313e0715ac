//! The hosting program between request and function.

use std::sync::Arc;

use adapter::{
    Adapter, Launcher, Manifest, Options,
    intercept::{Intercept, Passage},
};
use bytes::Bytes;
use futures::future::BoxFuture;
use http::{HeaderValue, Response, StatusCode, header, request, response};
use http_body_util::{BodyExt, Full};
use hyper_util::{client::legacy::Client, rt::TokioExecutor};
use serde_json::{Value, json};
use tokio::sync::Semaphore;

use crate::world::{PATIENCE, Seen, function, manifest};

/// Holds requests back until it is told to let them go.
struct Barrier {
    waiting: Semaphore,
    open: Semaphore,
}

impl Intercept for Barrier {
    fn request<'a>(&'a self, _: &'a str, _: &'a request::Parts) -> Option<BoxFuture<'a, Passage>> {
        Some(Box::pin(async {
            self.waiting.add_permits(1);
            self.open.acquire().await.unwrap().forget();
            Passage::Free
        }))
    }

    fn wants(&self, answer: &response::Parts) -> bool {
        answer.status == StatusCode::NOT_FOUND
    }

    fn whole(&self, answer: &mut response::Parts, body: Bytes) -> Bytes {
        answer.headers.insert("x-seen", HeaderValue::from_static("yes"));
        Bytes::from([&body[..], b" (seen)"].concat())
    }
}

async fn start(functions: &[Value], intercept: Arc<Barrier>, options: Options) -> (Arc<Adapter>, Arc<Seen>) {
    let manifest = Manifest::from_json(&manifest(functions).to_string()).unwrap();
    let options = Options { launcher: Launcher::Direct, intercept: Some(intercept), ..options };
    let seen = Arc::new(Seen::default());
    let adapter = Adapter::start_with(manifest, Arc::clone(&seen) as _, options).await.unwrap();
    (Arc::new(adapter), seen)
}

async fn get(address: std::net::SocketAddr, path: &str) -> Response<Bytes> {
    let client = Client::builder(TokioExecutor::new()).build_http::<Full<Bytes>>();
    let asked = client.get(format!("http://{address}{path}").parse().unwrap());
    let (head, body) = tokio::time::timeout(PATIENCE, asked).await.unwrap().unwrap().into_parts();
    Response::from_parts(head, body.collect().await.unwrap().to_bytes())
}

fn barrier() -> Arc<Barrier> {
    Arc::new(Barrier { waiting: Semaphore::new(0), open: Semaphore::new(0) })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_was_held_goes_where_the_manifest_says_that_was_taken_over_meanwhile() {
    let barrier = barrier();
    let fallback = function("fallback", json!({}));
    let (adapter, seen) =
        start(std::slice::from_ref(&fallback), Arc::clone(&barrier), Options::default()).await;
    let address = adapter.local_addr();
    let asked = tokio::spawn(async move { get(address, "/echo").await });
    barrier.waiting.acquire().await.unwrap().forget();
    let route = json!([{ "host": "*", "method": "GET", "path": "/echo" }]);
    let more = manifest(&[fallback, function("echo", json!({ "routes": route }))]);
    adapter.reload(Manifest::from_json(&more.to_string()).unwrap()).await.unwrap();
    barrier.open.add_permits(1);
    assert_eq!(asked.await.unwrap().status(), StatusCode::OK);
    let told = seen.requests.lock().unwrap();
    assert_eq!(told[0].function.as_deref(), Some("echo"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_hosting_program_changes_whole_answers_that_it_wants_the_adapters_own_included() {
    let barrier = barrier();
    let route = json!([{ "host": "*", "method": "GET", "path": "/echo" }]);
    let only = [function("echo", json!({ "routes": route }))];
    let (adapter, _) = start(&only, Arc::clone(&barrier), Options::default()).await;
    barrier.open.add_permits(1);
    let unwanted = get(adapter.local_addr(), "/echo").await;
    assert!(unwanted.status() == StatusCode::OK && !unwanted.headers().contains_key("x-seen"));
    let missing = get(adapter.local_addr(), "/elsewhere").await;
    assert_eq!(missing.status(), StatusCode::NOT_FOUND);
    assert_eq!(missing.headers()["x-seen"], "yes");
    assert!(missing.body().ends_with(b" (seen)"), "{:?}", missing.body());
    assert_eq!(missing.headers()[header::CONTENT_LENGTH], missing.body().len().to_string());
}

#[tokio::test(flavor = "multi_thread")]
async fn who_connects_between_two_adapters_on_one_socket_waits_for_the_second() {
    let listener = Arc::new(std::net::TcpListener::bind("127.0.0.1:0").unwrap());
    let address = listener.local_addr().unwrap();
    let options = || Options { listener: Some(Arc::clone(&listener)), ..Options::default() };
    let barrier = barrier();
    barrier.open.add_permits(2);
    let only = [function("echo", json!({}))];
    let (first, _) = start(&only, Arc::clone(&barrier), options()).await;
    assert_eq!(first.local_addr(), address);
    assert_eq!(get(address, "/echo").await.status(), StatusCode::OK);
    first.shutdown(PATIENCE).await;
    drop(first);
    let asked = tokio::spawn(async move { get(address, "/echo").await });
    tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    assert!(!asked.is_finished(), "nobody is there to answer");
    let (second, _) = start(&only, barrier, options()).await;
    assert_eq!(asked.await.unwrap().status(), StatusCode::OK);
    second.shutdown(PATIENCE).await;
}
