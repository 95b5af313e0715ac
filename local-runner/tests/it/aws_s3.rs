//! S3: buckets, objects, ranges and lists.

use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{BucketLocationConstraint, CreateBucketConfiguration, Delete, ObjectIdentifier};

use crate::aws_conformance::{conformance, error_code};
use crate::aws_world::{Clients, unique};

conformance! {
    a_bucket_is_created_found_and_deleted_once_empty,
    an_object_keeps_its_content_type_and_metadata,
    an_object_streamed_from_a_file_arrives_whole,
    an_object_is_replaced_and_deleted,
    a_range_of_an_object_is_read,
    keys_may_nest_and_hold_any_character,
    a_list_comes_in_pages_and_rolls_up_what_shares_a_prefix,
    several_objects_are_deleted_at_once,
    a_put_on_condition_of_absence_happens_once,
    what_is_not_there_has_the_codes_of_aws,
}

pub(crate) async fn bucket(clients: &Clients) -> String {
    let name = unique("bucket");
    let place = BucketLocationConstraint::EuCentral1;
    let place = CreateBucketConfiguration::builder().location_constraint(place).build();
    clients.s3.create_bucket().bucket(&name).create_bucket_configuration(place).send().await.unwrap();
    name
}

pub(crate) async fn put(clients: &Clients, bucket: &str, key: &str, content: &'static str) {
    let body = ByteStream::from_static(content.as_bytes());
    clients.s3.put_object().bucket(bucket).key(key).body(body).send().await.unwrap();
}

pub(crate) async fn get(clients: &Clients, bucket: &str, key: &str) -> Vec<u8> {
    let object = clients.s3.get_object().bucket(bucket).key(key).send().await.unwrap();
    object.body.collect().await.unwrap().to_vec()
}

async fn a_bucket_is_created_found_and_deleted_once_empty(clients: Clients) {
    let name = bucket(&clients).await;
    clients.s3.head_bucket().bucket(&name).send().await.unwrap();
    let listed = clients.s3.list_buckets().send().await.unwrap();
    assert!(listed.buckets().iter().any(|bucket| bucket.name() == Some(&name)));
    put(&clients, &name, "k", "x").await;
    assert_eq!(error_code!(clients.s3.delete_bucket().bucket(&name).send().await), "BucketNotEmpty");
    clients.s3.delete_object().bucket(&name).key("k").send().await.unwrap();
    clients.s3.delete_bucket().bucket(&name).send().await.unwrap();
    let gone = clients.s3.head_bucket().bucket(&name).send().await;
    assert!(gone.unwrap_err().into_service_error().is_not_found());
}

async fn an_object_keeps_its_content_type_and_metadata(clients: Clients) {
    let bucket = bucket(&clients).await;
    let put = clients.s3.put_object().bucket(&bucket).key("list.csv").body(ByteStream::from_static(b"a,b"));
    let put = put.content_type("text/csv; charset=utf-8").metadata("import", "42").cache_control("no-store");
    let etag = put.content_disposition("attachment; filename=\"list.csv\"").send().await.unwrap().e_tag;
    assert_eq!(etag.as_deref(), Some("\"b345e1dc09f20fdefdea469f09167892\""));
    let head = clients.s3.head_object().bucket(&bucket).key("list.csv").send().await.unwrap();
    assert_eq!(head.content_type(), Some("text/csv; charset=utf-8"));
    assert_eq!(head.metadata().unwrap()["import"], "42");
    assert_eq!((head.cache_control(), head.content_length()), (Some("no-store"), Some(3)));
    assert_eq!(head.e_tag, etag);
    let object = clients.s3.get_object().bucket(&bucket).key("list.csv").send().await.unwrap();
    assert_eq!(object.content_disposition(), Some("attachment; filename=\"list.csv\""));
    assert_eq!(object.content_type(), Some("text/csv; charset=utf-8"));
    assert_eq!(object.body.collect().await.unwrap().to_vec(), b"a,b");
}

async fn an_object_streamed_from_a_file_arrives_whole(clients: Clients) {
    let bucket = bucket(&clients).await;
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("big");
    let content: Vec<u8> = (0..3_000_001_u32).map(|n| (n % 251) as u8).collect();
    std::fs::write(&path, &content).unwrap();
    let body = ByteStream::from_path(&path).await.unwrap();
    clients.s3.put_object().bucket(&bucket).key("big").body(body).send().await.unwrap();
    assert!(get(&clients, &bucket, "big").await == content);
}

async fn an_object_is_replaced_and_deleted(clients: Clients) {
    let bucket = bucket(&clients).await;
    put(&clients, &bucket, "k", "first").await;
    put(&clients, &bucket, "k", "").await;
    assert_eq!(get(&clients, &bucket, "k").await, b"");
    let delete = clients.s3.delete_object().bucket(&bucket).key("k");
    delete.clone().send().await.unwrap();
    delete.send().await.expect("deleting what is not there is no error");
}

async fn a_range_of_an_object_is_read(clients: Clients) {
    let bucket = bucket(&clients).await;
    put(&clients, &bucket, "k", "0123456789").await;
    let read = |range: &str| clients.s3.get_object().bucket(&bucket).key("k").range(range).send();
    for (range, content, told) in [
        ("bytes=0-3", "0123", "bytes 0-3/10"),
        ("bytes=7-", "789", "bytes 7-9/10"),
        ("bytes=-2", "89", "bytes 8-9/10"),
        ("bytes=5-99", "56789", "bytes 5-9/10"),
    ] {
        let part = read(range).await.unwrap();
        assert_eq!(part.content_range(), Some(told));
        assert_eq!(part.body.collect().await.unwrap().to_vec(), content.as_bytes());
    }
    assert_eq!(error_code!(read("bytes=10-").await), "InvalidRange");
}

async fn keys_may_nest_and_hold_any_character(clients: Clients) {
    let bucket = bucket(&clients).await;
    let keys = ["a", "a/b", "a//b", "ä & <ö>?#%20+ .csv", "../up", "trailing/"];
    for key in keys {
        put(&clients, &bucket, key, "x").await;
        assert_eq!(get(&clients, &bucket, key).await, b"x", "{key}");
    }
    let listed = clients.s3.list_objects_v2().bucket(&bucket).send().await.unwrap();
    let mut found: Vec<_> = listed.contents().iter().map(|object| object.key().unwrap()).collect();
    found.sort_unstable();
    let mut expected = keys;
    expected.sort_unstable();
    assert_eq!(found, expected);
}

async fn a_list_comes_in_pages_and_rolls_up_what_shares_a_prefix(clients: Clients) {
    let bucket = bucket(&clients).await;
    for key in ["in/1", "in/2", "in/sub/1", "in/sub/2", "in/z", "out"] {
        put(&clients, &bucket, key, "x").await;
    }
    let (mut entries, mut token) = (Vec::new(), None);
    loop {
        let list = clients.s3.list_objects_v2().bucket(&bucket).prefix("in/").delimiter("/").max_keys(1);
        let page = list.set_continuation_token(token).send().await.unwrap();
        assert_eq!(page.key_count(), Some(1));
        entries.extend(page.contents().iter().map(|object| object.key().unwrap().to_owned()));
        entries.extend(page.common_prefixes().iter().map(|prefix| prefix.prefix().unwrap().to_owned()));
        token = page.next_continuation_token;
        assert_eq!(page.is_truncated, Some(token.is_some()));
        if token.is_none() {
            break;
        }
    }
    assert_eq!(entries, ["in/1", "in/2", "in/sub/", "in/z"]);
    let rest = clients.s3.list_objects_v2().bucket(&bucket).start_after("in/sub/2").send().await.unwrap();
    assert_eq!(
        rest.contents().iter().map(|object| object.key().unwrap()).collect::<Vec<_>>(),
        ["in/z", "out"]
    );
}

async fn several_objects_are_deleted_at_once(clients: Clients) {
    let bucket = bucket(&clients).await;
    for key in ["a", "b", "c"] {
        put(&clients, &bucket, key, "x").await;
    }
    let object = |key: &str| ObjectIdentifier::builder().key(key).build().unwrap();
    let delete =
        Delete::builder().objects(object("a")).objects(object("b")).objects(object("none")).build().unwrap();
    let done = clients.s3.delete_objects().bucket(&bucket).delete(delete).send().await.unwrap();
    assert_eq!(done.deleted().len(), 3);
    let left = clients.s3.list_objects_v2().bucket(&bucket).send().await.unwrap();
    assert_eq!(left.contents().len(), 1);
}

async fn a_put_on_condition_of_absence_happens_once(clients: Clients) {
    let bucket = bucket(&clients).await;
    let put = || {
        let put = clients.s3.put_object().bucket(&bucket).key("k").if_none_match("*");
        put.body(ByteStream::from_static(b"x")).send()
    };
    put().await.unwrap();
    assert_eq!(error_code!(put().await), "PreconditionFailed");
}

async fn what_is_not_there_has_the_codes_of_aws(clients: Clients) {
    let bucket = bucket(&clients).await;
    let get = |bucket: &str| clients.s3.get_object().bucket(bucket).key("none").send();
    assert_eq!(error_code!(get(&bucket).await), "NoSuchKey");
    assert_eq!(error_code!(get(&unique("none")).await), "NoSuchBucket");
    let head = clients.s3.head_object().bucket(&bucket).key("none").send().await;
    assert!(head.unwrap_err().into_service_error().is_not_found());
    let list = clients.s3.list_objects_v2().bucket(unique("none")).send().await;
    assert_eq!(error_code!(list), "NoSuchBucket");
}
