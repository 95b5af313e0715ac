//! SQS: the query protocol, byte by byte as SDKs from before 2023 send it, and who may call at all.

use http_body_util::{BodyExt as _, Full};
use hyper::body::Bytes;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;

use crate::aws_world::{Clients, World, unique};

const FORM: &str = "application/x-www-form-urlencoded; charset=utf-8";

/// Nobody checks the signature; moto finds the service in it.
const SIGNATURE: (&str, &str) = (
    "authorization",
    "AWS4-HMAC-SHA256 Credential=any/20261122/eu-central-1/sqs/aws4_request, SignedHeaders=host, Signature=0",
);

/// Posts and returns status and body.
async fn post(endpoint: &str, path: &str, headers: &[(&str, &str)], body: &str) -> (u16, String) {
    let mut request = http::Request::post(format!("{endpoint}{path}"));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(Full::new(Bytes::from(body.to_owned()))).unwrap();
    let client = Client::builder(TokioExecutor::new()).build_http();
    let response = client.request(request).await.unwrap();
    let status = response.status().as_u16();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

/// Acts by form on the given path and expects success.
async fn act(endpoint: &str, path: &str, form: &str) -> String {
    let form = format!("{form}&Version=2012-11-05");
    let (status, xml) = post(endpoint, path, &[("content-type", FORM), SIGNATURE], &form).await;
    assert_eq!(status, 200, "{xml}");
    xml
}

/// The content of the first element of this name.
fn element<'a>(xml: &'a str, name: &str) -> &'a str {
    let (_, rest) = xml.split_once(&format!("<{name}>")).unwrap_or_else(|| panic!("no {name} in {xml}"));
    rest.split_once(&format!("</{name}>")).unwrap().0
}

async fn expect_error(endpoint: &str, form: &str, code: &str) {
    let (status, xml) =
        post(endpoint, "/", &[("content-type", FORM), SIGNATURE], &format!("{form}&Version=2012-11-05"))
            .await;
    assert_eq!((status, element(&xml, "Code"), element(&xml, "Type")), (400, code, "Sender"), "{xml}");
    assert!(!element(&xml, "RequestId").is_empty());
}

mod conformance {
    use super::*;

    /// In the suite by its name: against ours, and against moto when that is there.
    #[tokio::test]
    async fn an_older_sdk_does_its_work_by_forms() {
        let world = World::start().await;
        super::an_older_sdk_does_its_work_by_forms(&world.services.endpoint_url()).await;
        world.services.shutdown().await;
        if let Ok(moto) = std::env::var("VELOX_MOTO_URL") {
            super::an_older_sdk_does_its_work_by_forms(&moto).await;
        }
    }
}

async fn an_older_sdk_does_its_work_by_forms(endpoint: &str) {
    let name = unique("old");
    let create = format!(
        "Action=CreateQueue&QueueName={name}&Attribute.1.Name=VisibilityTimeout&Attribute.1.Value=600&\
         Tag.1.Key=team&Tag.1.Value=a%20b"
    );
    let url = element(&act(endpoint, "/", &create).await, "QueueUrl").to_owned();
    let path = url.strip_prefix(endpoint).unwrap();
    let encoded = url.replace(':', "%3A").replace('/', "%2F");
    let xml =
        act(endpoint, "/", &format!("Action=GetQueueAttributes&QueueUrl={encoded}&AttributeName.1=All"))
            .await;
    assert!(xml.contains("<Attribute><Name>VisibilityTimeout</Name><Value>600</Value></Attribute>"), "{xml}");
    let xml = act(endpoint, "/", &format!("Action=ListQueueTags&QueueUrl={encoded}")).await;
    assert!(xml.contains("<Tag><Key>team</Key><Value>a b</Value></Tag>"), "{xml}");

    let send = format!(
        "Action=SendMessage&QueueUrl={encoded}&MessageBody=a%3C%26%3E+b&MessageAttribute.1.Name=n&\
         MessageAttribute.1.Value.DataType=String&MessageAttribute.1.Value.StringValue=v"
    );
    let sent = act(endpoint, "/", &send).await;
    assert_eq!(element(&sent, "MD5OfMessageBody"), "f3820e28c7dd52e44e5c4b4c973cc112");
    // The queue told by the path alone, as boto 2 does.
    let receive =
        "Action=ReceiveMessage&MaxNumberOfMessages=10&AttributeName.1=All&MessageAttributeName.1=All";
    let received = act(endpoint, path, receive).await;
    assert_eq!(element(&received, "Body"), "a&lt;&amp;&gt; b");
    assert_eq!(element(&received, "MD5OfBody"), element(&sent, "MD5OfMessageBody"));
    assert_eq!(element(&received, "MD5OfMessageAttributes"), element(&sent, "MD5OfMessageAttributes"));
    assert!(received.contains("<Name>ApproximateReceiveCount</Name><Value>1</Value>"), "{received}");
    assert!(element(&received, "MessageAttribute").contains("<StringValue>v</StringValue>"), "{received}");
    let handle =
        element(&received, "ReceiptHandle").replace('+', "%2B").replace('/', "%2F").replace('=', "%3D");
    act(
        endpoint,
        path,
        &format!("Action=ChangeMessageVisibility&ReceiptHandle={handle}&VisibilityTimeout=30"),
    )
    .await;
    act(endpoint, path, &format!("Action=DeleteMessage&ReceiptHandle={handle}")).await;

    let batch = "Action=SendMessageBatch&SendMessageBatchRequestEntry.1.Id=a&SendMessageBatchRequestEntry.1.MessageBody=1&\
                 SendMessageBatchRequestEntry.2.Id=b&SendMessageBatchRequestEntry.2.MessageBody=2";
    let sent = act(endpoint, path, batch).await;
    assert_eq!(sent.matches("<SendMessageBatchResultEntry>").count(), 2, "{sent}");
    let xml = act(endpoint, "/", &format!("Action=ListQueues&QueueNamePrefix={name}")).await;
    assert_eq!(element(&xml, "QueueUrl"), url);
    act(endpoint, path, "Action=PurgeQueue").await;
    act(endpoint, path, "Action=DeleteQueue").await;
    let gone = format!("Action=GetQueueUrl&QueueName={name}");
    expect_error(endpoint, &gone, "AWS.SimpleQueueService.NonExistentQueue").await;
}

#[tokio::test]
async fn errors_of_forms_are_xml_with_the_older_codes() {
    let world = World::start().await;
    let endpoint = world.services.endpoint_url();
    expect_error(&endpoint, "Action=CreateQueue", "MissingParameter").await;
    expect_error(&endpoint, "Action=CreateQueue&QueueName=a.b", "InvalidParameterValue").await;
    expect_error(&endpoint, "Action=Dance", "InvalidAction").await;
    let url = world.clients.queue(&[]).await;
    let path = url.rsplit('/').next().unwrap();
    let empty = format!("Action=SendMessageBatch&QueueUrl={path}");
    expect_error(&endpoint, &empty, "AWS.SimpleQueueService.EmptyBatchRequest").await;
    let other = "Action=Publish&Version=2010-03-31";
    let (status, xml) = post(&endpoint, "/", &[("content-type", FORM)], other).await;
    assert_eq!((status, element(&xml, "Code")), (400, "InvalidAction"));
    world.services.shutdown().await;
}

#[tokio::test]
async fn a_web_page_of_another_site_cannot_send_a_message() {
    let world = World::start().await;
    let (endpoint, clients) = (world.services.endpoint_url(), world.clients.clone());
    let url = clients.queue(&[]).await;
    let form = format!("Action=SendMessage&Version=2012-11-05&MessageBody=evil&QueueUrl={url}");
    let json = format!(r#"{{"QueueUrl":"{url}","MessageBody":"evil"}}"#);
    let target = ("x-amz-target", "AmazonSQS.SendMessage");
    for page in [
        ("origin", "https://evil.example"),
        ("origin", "null"),
        ("sec-fetch-site", "cross-site"),
        ("host", "evil.example"),
        ("host", "evil.example:80"),
    ] {
        let (status, answer) = post(&endpoint, "/", &[("content-type", FORM), page], &form).await;
        assert_eq!(status, 403, "{page:?} {answer}");
        let (status, answer) = post(&endpoint, "/", &[target, page], &json).await;
        assert_eq!(status, 403, "{page:?} {answer}");
        let (status, _) = post(&endpoint, "/2015-03-31/functions/f/invocations", &[page], "{}").await;
        assert_eq!(status, 403, "{page:?}");
        let (status, _) = post(&endpoint, "/bucket/key", &[page], "evil").await;
        assert_eq!(status, 403, "{page:?}");
    }
    assert!(bodies(&clients, &url).await.is_empty());
    let (status, _) = post(&endpoint, "/", &[target, ("host", "sqs.localhost:9")], &json).await;
    assert_eq!((status, bodies(&clients, &url).await.len()), (200, 1));
    world.services.shutdown().await;
}

async fn bodies(clients: &Clients, url: &str) -> Vec<String> {
    let received = clients.sqs.receive_message().queue_url(url).send().await.unwrap();
    received.messages.unwrap_or_default().into_iter().filter_map(|message| message.body).collect()
}
