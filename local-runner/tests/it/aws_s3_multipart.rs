//! S3: objects that come in parts.

use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{CompletedMultipartUpload, CompletedPart};

use crate::aws_conformance::{conformance, error_code};
use crate::aws_s3::{bucket, get, put};
use crate::aws_world::{Clients, World};

conformance! {
    parts_become_one_object_with_the_etag_of_parts,
    a_part_can_be_sent_again_and_copied,
    what_is_under_way_is_listed_and_aborted,
    a_wrong_list_of_parts_completes_nothing,
}

const MIN_PART: usize = 5 * 1024 * 1024;

async fn create(clients: &Clients, bucket: &str, key: &str) -> String {
    let create = clients.s3.create_multipart_upload().bucket(bucket).key(key).content_type("text/x");
    create.send().await.unwrap().upload_id.unwrap()
}

async fn send(clients: &Clients, bucket: &str, id: &str, number: i32, content: Vec<u8>) -> CompletedPart {
    let part = clients.s3.upload_part().bucket(bucket).key("k").upload_id(id).part_number(number);
    let etag = part.body(ByteStream::from(content)).send().await.unwrap().e_tag.unwrap();
    CompletedPart::builder().part_number(number).e_tag(etag).build()
}

async fn complete(
    clients: &Clients,
    bucket: &str,
    id: &str,
    parts: Vec<CompletedPart>,
) -> Result<Option<String>, String> {
    let parts = CompletedMultipartUpload::builder().set_parts(Some(parts)).build();
    let complete = clients.s3.complete_multipart_upload().bucket(bucket).key("k").upload_id(id);
    match complete.multipart_upload(parts).send().await {
        Ok(done) => Ok(done.e_tag),
        failed => Err(error_code!(failed)),
    }
}

async fn parts_become_one_object_with_the_etag_of_parts(clients: Clients) {
    let bucket = bucket(&clients).await;
    let id = create(&clients, &bucket, "k").await;
    let second = send(&clients, &bucket, &id, 2, b"end".to_vec()).await;
    let first = send(&clients, &bucket, &id, 1, vec![b'a'; MIN_PART]).await;
    let told = clients.s3.list_parts().bucket(&bucket).key("k").upload_id(&id).send().await.unwrap();
    assert_eq!(told.parts().iter().map(|part| part.part_number().unwrap()).collect::<Vec<_>>(), [1, 2]);
    let missing = clients.s3.head_object().bucket(&bucket).key("k").send().await;
    assert!(missing.unwrap_err().into_service_error().is_not_found(), "not before it is complete");
    let etag = complete(&clients, &bucket, &id, vec![first, second]).await.unwrap();
    // The MD5 of the MD5s of both parts.
    assert_eq!(etag.as_deref(), Some("\"cc8f6f16b44b75adde6349ab98aee432-2\""));
    let content = get(&clients, &bucket, "k").await;
    assert_eq!((content.len(), &content[MIN_PART..]), (MIN_PART + 3, &b"end"[..]));
    let head = clients.s3.head_object().bucket(&bucket).key("k").send().await.unwrap();
    assert_eq!(head.content_type(), Some("text/x"));
    let again = complete(&clients, &bucket, &id, Vec::new()).await.unwrap_err();
    assert!(["NoSuchUpload", "MalformedXML"].contains(&again.as_str()), "{again}");
}

async fn a_part_can_be_sent_again_and_copied(clients: Clients) {
    let bucket = bucket(&clients).await;
    put(&clients, &bucket, "source", "0123456789").await;
    let id = create(&clients, &bucket, "k").await;
    send(&clients, &bucket, &id, 1, vec![b'x'; 10]).await;
    let first = send(&clients, &bucket, &id, 1, vec![b'a'; MIN_PART]).await;
    let copy = clients.s3.upload_part_copy().bucket(&bucket).key("k").upload_id(&id).part_number(2);
    let copy =
        copy.copy_source(format!("{bucket}/source")).copy_source_range("bytes=2-4").send().await.unwrap();
    let etag = copy.copy_part_result.unwrap().e_tag.unwrap();
    let second = CompletedPart::builder().part_number(2).e_tag(etag).build();
    complete(&clients, &bucket, &id, vec![first, second]).await.unwrap();
    assert_eq!(get(&clients, &bucket, "k").await[MIN_PART - 1..], *b"a234");
}

async fn what_is_under_way_is_listed_and_aborted(clients: Clients) {
    let bucket = bucket(&clients).await;
    let id = create(&clients, &bucket, "k").await;
    create(&clients, &bucket, "other").await;
    let list = || clients.s3.list_multipart_uploads().bucket(&bucket);
    assert_eq!(list().send().await.unwrap().uploads().len(), 2);
    let only = list().prefix("k").send().await.unwrap();
    assert_eq!(only.uploads()[0].upload_id(), Some(id.as_str()));
    let abort = || clients.s3.abort_multipart_upload().bucket(&bucket).key("k").upload_id(&id).send();
    abort().await.unwrap();
    assert_eq!(error_code!(abort().await), "NoSuchUpload");
    assert_eq!(list().send().await.unwrap().uploads().len(), 1);
    let part = clients.s3.upload_part().bucket(&bucket).key("k").upload_id(&id).part_number(1);
    let late = part.body(ByteStream::from_static(b"x")).send().await;
    assert_eq!(error_code!(late), "NoSuchUpload");
}

async fn a_wrong_list_of_parts_completes_nothing(clients: Clients) {
    let bucket = bucket(&clients).await;
    let id = create(&clients, &bucket, "k").await;
    let first = send(&clients, &bucket, &id, 1, b"small".to_vec()).await;
    let second = send(&clients, &bucket, &id, 2, b"end".to_vec()).await;
    let part = |number, etag: &str| CompletedPart::builder().part_number(number).e_tag(etag).build();
    let etag = first.e_tag().unwrap();
    for (parts, code) in [
        (vec![second.clone(), first.clone()], "InvalidPartOrder"),
        (vec![part(3, etag)], "InvalidPart"),
        (vec![part(2, etag)], "InvalidPart"),
        (vec![first.clone(), second], "EntityTooSmall"),
    ] {
        assert_eq!(complete(&clients, &bucket, &id, parts).await.unwrap_err(), code);
    }
    complete(&clients, &bucket, &id, vec![first]).await.expect("the last part may be small");
    assert_eq!(get(&clients, &bucket, "k").await, b"small");
}

#[tokio::test]
async fn an_upload_under_way_survives_a_restart() {
    let world = World::start().await;
    let bucket = bucket(&world.clients).await;
    let id = create(&world.clients, &bucket, "k").await;
    let first = send(&world.clients, &bucket, &id, 1, b"content".to_vec()).await;
    let world = world.restarted().await;
    complete(&world.clients, &bucket, &id, vec![first]).await.unwrap();
    assert_eq!(get(&world.clients, &bucket, "k").await, b"content");
    world.services.shutdown().await;
}
