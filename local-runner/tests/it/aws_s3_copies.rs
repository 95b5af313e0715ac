//! S3: copies, and requests that depend on what is there.

use aws_sdk_s3::error::ProvideErrorMetadata as _;
use aws_sdk_s3::operation::get_object::builders::GetObjectFluentBuilder;
use aws_sdk_s3::primitives::{ByteStream, DateTime};
use aws_sdk_s3::types::MetadataDirective;

use crate::aws_conformance::{conformance, error_code};
use crate::aws_s3::{bucket, get, put};
use crate::aws_world::Clients;

conformance! {
    a_copy_takes_content_and_metadata_along,
    a_copy_onto_itself_has_to_change_the_metadata,
    a_copy_depends_on_its_source,
    a_read_depends_on_etag_and_time,
    the_older_list_has_markers,
}

async fn a_copy_takes_content_and_metadata_along(clients: Clients) {
    let (from, to) = (bucket(&clients).await, bucket(&clients).await);
    let body = ByteStream::from_static(b"content");
    let put = clients.s3.put_object().bucket(&from).key("a b/ü").body(body).content_type("text/x");
    put.metadata("m", "1").send().await.unwrap();
    let copy = || clients.s3.copy_object().copy_source(format!("{from}/a%20b/%C3%BC")).bucket(&to);
    let told = copy().key("same").send().await.unwrap().copy_object_result.unwrap();
    let head = clients.s3.head_object().bucket(&to).key("same").send().await.unwrap();
    assert_eq!((head.content_type(), head.e_tag()), (Some("text/x"), told.e_tag()));
    assert_eq!(head.metadata().unwrap()["m"], "1");
    assert_eq!(get(&clients, &to, "same").await, b"content");
    let replaced = copy().key("other").metadata_directive(MetadataDirective::Replace).metadata("n", "2");
    replaced.content_type("text/y").send().await.unwrap();
    let head = clients.s3.head_object().bucket(&to).key("other").send().await.unwrap();
    assert_eq!((head.content_type(), head.metadata().unwrap().len()), (Some("text/y"), 1));
    let missing =
        clients.s3.copy_object().copy_source(format!("{from}/none")).bucket(&to).key("k").send().await;
    assert_eq!(error_code!(missing), "NoSuchKey");
}

async fn a_copy_onto_itself_has_to_change_the_metadata(clients: Clients) {
    let bucket = bucket(&clients).await;
    put(&clients, &bucket, "k", "x").await;
    let copy = || clients.s3.copy_object().copy_source(format!("{bucket}/k")).bucket(&bucket).key("k");
    assert_eq!(error_code!(copy().send().await), "InvalidRequest");
    copy().metadata_directive(MetadataDirective::Replace).metadata("v", "2").send().await.unwrap();
    assert_eq!(get(&clients, &bucket, "k").await, b"x");
}

async fn a_copy_depends_on_its_source(clients: Clients) {
    let bucket = bucket(&clients).await;
    put(&clients, &bucket, "k", "x").await;
    let etag = clients.s3.head_object().bucket(&bucket).key("k").send().await.unwrap().e_tag.unwrap();
    let copy = || clients.s3.copy_object().copy_source(format!("{bucket}/k")).bucket(&bucket).key("to");
    copy().copy_source_if_match(&etag).send().await.unwrap();
    let changed = copy().copy_source_if_match("\"0123\"").send().await;
    assert_eq!(error_code!(changed), "PreconditionFailed");
    let same = copy().copy_source_if_none_match(&etag).send().await;
    assert_eq!(error_code!(same), "PreconditionFailed");
}

/// The status of a read.
async fn status(read: GetObjectFluentBuilder) -> u16 {
    match read.send().await {
        Ok(_) => 200,
        Err(error) => {
            let status = error.raw_response().unwrap().status().as_u16();
            if status == 412 {
                assert_eq!(error.code(), Some("PreconditionFailed"));
            }
            status
        }
    }
}

async fn a_read_depends_on_etag_and_time(clients: Clients) {
    let bucket = bucket(&clients).await;
    put(&clients, &bucket, "k", "x").await;
    let head = clients.s3.head_object().bucket(&bucket).key("k").send().await.unwrap();
    let (etag, modified) = (head.e_tag.unwrap(), head.last_modified.unwrap());
    let before = DateTime::from_secs(modified.secs() - 10);
    let read = || clients.s3.get_object().bucket(&bucket).key("k");
    for (expected, request) in [
        (200, read().if_match(&etag)),
        (412, read().if_match("\"0123\"")),
        (304, read().if_none_match(&etag)),
        (200, read().if_none_match("\"0123\"")),
        (304, read().if_modified_since(modified)),
        (200, read().if_modified_since(before)),
        (200, read().if_unmodified_since(modified)),
        (412, read().if_unmodified_since(before)),
        (200, read().if_match(&etag).if_unmodified_since(before)),
    ] {
        let shown = format!("{request:?}");
        assert_eq!(status(request).await, expected, "{shown}");
    }
    let head = clients.s3.head_object().bucket(&bucket).key("k").if_none_match(&etag).send().await;
    assert_eq!(head.unwrap_err().raw_response().unwrap().status().as_u16(), 304);
}

async fn the_older_list_has_markers(clients: Clients) {
    let bucket = bucket(&clients).await;
    for key in ["a", "b", "c"] {
        put(&clients, &bucket, key, "x").await;
    }
    let list = clients.s3.list_objects().bucket(&bucket).marker("a").max_keys(1).send().await.unwrap();
    assert_eq!(list.contents()[0].key(), Some("b"));
    assert_eq!(list.is_truncated(), Some(true));
}
