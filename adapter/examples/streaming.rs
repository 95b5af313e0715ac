//! A function that streams: three pieces, or on `/breaks` an error after the first.

use std::time::Duration;

use lambda_http::{Error, Request, RequestExt, Response, run_with_streaming_response_concurrent, service_fn};
use lambda_runtime::streaming::{Body, channel};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    run_with_streaming_response_concurrent(service_fn(handle)).await
}

async fn handle(request: Request) -> Result<Response<Body>, Error> {
    let breaks = request.raw_http_path() == "/breaks";
    let (mut sender, body) = channel();
    tokio::spawn(async move {
        for piece in ["one,", "two,", "three"] {
            if sender.send_data(piece.into()).await.is_err() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
            if breaks {
                sender.abort();
                return;
            }
        }
    });
    Ok(Response::builder().status(201).header("x-kind", "streamed").header("set-cookie", "a=1").body(body)?)
}
