//! The conformance suite: functions over the SDK's clients that hold on AWS. Each runs against the services here and,
//! when `VELOX_MOTO_URL` names one, against a moto server (`pip install 'moto[server]'`, `moto_server -p 5000`) as
//! well. Where moto differs, [`MOTO_DIFFERS`] says so, with the AWS page that decides; such a case has to fail there,
//! so that the table stays true.

use std::future::Future;

use crate::aws_world::{Clients, World};

/// Case, how moto differs, and the title of the AWS page that says what is right.
const MOTO_DIFFERS: &[(&str, &str, &str)] = &[
    (
        "an_update_creates_the_item_that_is_not_there",
        "UPDATED_NEW returns the key as well",
        "Amazon DynamoDB API reference, UpdateItem: returns only the updated attributes",
    ),
    (
        "a_broken_expression_is_a_validation_error",
        "it answers 500 without a code",
        "Amazon DynamoDB developer guide, Error handling with DynamoDB: ValidationException",
    ),
    (
        "a_batch_reports_each_entry",
        "it takes the character U+0001",
        "Amazon SQS API reference, SendMessage: valid unicode characters",
    ),
    (
        "bad_attributes_are_refused",
        "it takes values out of range",
        "Amazon SQS API reference, CreateQueue: the ranges of the attributes",
    ),
    (
        "bodies_that_are_empty_or_not_xml_characters_are_refused",
        "it takes an empty body",
        "Amazon SQS API reference, SendMessage: the minimum size is one character",
    ),
    (
        "a_message_received_too_often_goes_to_the_dead_letter_queue",
        "the buried message does not tell its source",
        "Amazon SQS API reference, ReceiveMessage: DeadLetterQueueSourceArn",
    ),
    (
        "an_older_handle_deletes_nothing_once_the_message_was_received_again",
        "it deletes by any handle",
        "Amazon SQS API reference, DeleteMessage: the most recently received receipt handle",
    ),
    (
        "a_batch_on_a_fifo_queue_keeps_its_order",
        "sequence numbers are random",
        "Amazon SQS API reference, SendMessage: SequenceNumber continues to increase for a particular MessageGroupId",
    ),
    (
        "a_duplicate_is_acknowledged_as_its_original_and_not_delivered",
        "a duplicate is told an id and a number of its own",
        "Amazon SQS developer guide, Using the message deduplication ID in Amazon SQS",
    ),
    (
        "a_fifo_delete_by_an_expired_handle_is_an_error",
        "it deletes by any handle",
        "Amazon SQS API reference, ReceiveMessage, ReceiveRequestAttemptId: when the visibility timeout expires, the delete fails with an error",
    ),
    (
        "a_fifo_message_needs_a_group_and_an_id_and_takes_no_delay",
        "it takes group ids with blanks",
        "Amazon SQS API reference, SendMessage: MessageGroupId can contain alphanumeric characters and punctuation",
    ),
    (
        "a_fifo_queue_is_made_by_attribute_and_name_together",
        "it takes the suffix without the attribute",
        "Amazon SQS API reference, CreateQueue: QueueName and FifoQueue",
    ),
    (
        "a_limit_per_group_needs_deduplication_per_group",
        "it takes the limit alone",
        "Amazon SQS API reference, SetQueueAttributes: FifoThroughputLimit",
    ),
    (
        "a_receive_can_be_repeated_under_its_attempt_id",
        "it does not know attempt ids",
        "Amazon SQS API reference, ReceiveMessage: ReceiveRequestAttemptId",
    ),
    (
        "an_id_counts_after_its_message_was_deleted",
        "it forgets the id with the message",
        "Amazon SQS developer guide, Exactly-once processing in Amazon SQS",
    ),
    (
        "an_id_may_count_in_its_group_only",
        "the scope messageGroup counts in the whole queue",
        "Amazon SQS API reference, CreateQueue: DeduplicationScope",
    ),
    (
        "the_dead_letters_of_a_fifo_queue_go_to_a_fifo_queue",
        "another error code",
        "Amazon SQS API reference, Common errors: InvalidParameterValue",
    ),
    (
        "a_bad_schedule_is_refused",
        "it takes expressions, zones and windows that AWS does not",
        "Amazon EventBridge Scheduler API reference, CreateSchedule: constraints of the members",
    ),
    (
        "a_repeated_request_under_its_client_token_is_answered_alike",
        "it does not know client tokens",
        "Amazon EventBridge Scheduler API reference, CreateSchedule: ClientToken",
    ),
    (
        "a_batch_too_large_or_with_duplicates_is_refused",
        "it takes one item twice",
        "Amazon DynamoDB API reference, BatchWriteItem: multiple operations on the same item",
    ),
    (
        "a_transaction_repeated_under_its_token_happens_once",
        "it does it again",
        "Amazon DynamoDB API reference, TransactWriteItems: ClientRequestToken",
    ),
    (
        "items_and_keys_have_their_limits",
        "its limit is lower than 400 KB",
        "Amazon DynamoDB developer guide, Quotas: maximum item size",
    ),
    (
        "an_update_appends_to_lists_and_takes_from_sets",
        "it takes paths that overlap",
        "Amazon DynamoDB developer guide, Update expressions: overlapping paths",
    ),
    (
        "filters_look_into_every_type",
        "it does not take a name inside of size()",
        "Amazon DynamoDB developer guide, Condition and filter expressions: size (path)",
    ),
    (
        "mistakes_in_queries_are_validation_errors",
        "it takes conditions that it should not",
        "Amazon DynamoDB developer guide, Key condition expressions",
    ),
    (
        "a_copy_depends_on_its_source",
        "it does not look at the conditions",
        "Amazon S3 API reference, CopyObject: x-amz-copy-source-if-match",
    ),
    (
        "a_read_depends_on_etag_and_time",
        "If-Unmodified-Since wins over If-Match",
        "Amazon S3 API reference, GetObject: If-Match true and If-Unmodified-Since false",
    ),
    (
        "a_wrong_list_of_parts_completes_nothing",
        "it looks at the sizes before the order",
        "Amazon S3 API reference, CompleteMultipartUpload: InvalidPartOrder",
    ),
    (
        "parts_become_one_object_with_the_etag_of_parts",
        "its ListParts has another root element",
        "Amazon S3 API reference, ListParts: response syntax",
    ),
    (
        "what_is_under_way_is_listed_and_aborted",
        "it aborts an upload that is not there",
        "Amazon S3 API reference, AbortMultipartUpload: NoSuchUpload",
    ),
    (
        "a_schedule_is_found_in_its_group_and_goes_with_it",
        "it makes a group twice",
        "Amazon EventBridge Scheduler API reference, CreateScheduleGroup: ConflictException",
    ),
    (
        "schedules_are_listed_in_pages",
        "in no order",
        "Amazon EventBridge Scheduler API reference, ListSchedules: NextToken",
    ),
    (
        "a_schedule_that_is_not_there_is_told",
        "it makes a schedule in a group that is not there",
        "Amazon EventBridge Scheduler API reference, CreateSchedule: ResourceNotFoundException",
    ),
    (
        "a_large_value_needs_the_advanced_tier",
        "it takes it",
        "AWS Systems Manager user guide, Managing parameter tiers",
    ),
    (
        "a_pattern_guards_the_value",
        "it does not look at patterns",
        "AWS Systems Manager API reference, PutParameter: AllowedPattern",
    ),
    (
        "a_secret_is_shown_on_demand_only",
        "it shows the secret",
        "AWS Systems Manager API reference, GetParameter: WithDecryption",
    ),
    (
        "bad_names_of_parameters_are_refused",
        "it takes names with characters that are not allowed",
        "AWS Systems Manager user guide, Understanding parameter name requirements",
    ),
    (
        "parameters_are_described_by_filter",
        "its pages have ten entries at least",
        "AWS Systems Manager API reference, DescribeParameters: MaxResults",
    ),
    (
        "what_belongs_to_fifo_queues_is_refused_by_standard_ones",
        "it sets ContentBasedDeduplication on a standard queue",
        "Amazon SQS API reference, SetQueueAttributes: applies only to FIFO queues",
    ),
    (
        "a_dead_letter_queue_takes_only_from_those_that_it_allows",
        "it does not enforce RedriveAllowPolicy",
        "Amazon SQS API reference, SetQueueAttributes: RedriveAllowPolicy",
    ),
    (
        "a_dead_letter_queue_tells_its_sources",
        "it knows no pages of them",
        "Amazon SQS API reference, ListDeadLetterSourceQueues: MaxResults",
    ),
    (
        "a_message_that_came_from_nowhere_fails_the_task_and_stays",
        "it answers 500 to StartMessageMoveTask",
        "Amazon SQS API reference, StartMessageMoveTask",
    ),
    (
        "a_policy_about_dead_letters_has_to_make_sense",
        "it keeps any RedriveAllowPolicy",
        "Amazon SQS API reference, SetQueueAttributes: RedriveAllowPolicy",
    ),
    (
        "a_task_needs_a_dead_letter_queue_and_a_queue_to_go_to",
        "it answers 500 to StartMessageMoveTask",
        "Amazon SQS API reference, StartMessageMoveTask",
    ),
    (
        "dead_letters_go_back_to_where_they_came_from",
        "it answers 500 to StartMessageMoveTask",
        "Amazon SQS API reference, StartMessageMoveTask",
    ),
    (
        "dead_letters_go_to_a_queue_of_choice",
        "it answers 500 to StartMessageMoveTask",
        "Amazon SQS API reference, StartMessageMoveTask",
    ),
    (
        "queues_are_listed_by_the_page",
        "it takes a MaxResults of more than 1000",
        "Amazon SQS API reference, ListQueues: maximum MaxResults is 1000",
    ),
    (
        "the_name_of_a_deleted_queue_is_free_after_a_minute_only",
        "the name is free at once",
        "Amazon SQS API reference, CreateQueue: QueueDeletedRecently",
    ),
    (
        "values_out_of_their_ranges_are_refused",
        "it takes most of them",
        "Amazon SQS API reference, SetQueueAttributes: valid values",
    ),
    (
        "a_fifo_group_is_done_in_its_order_also_when_messages_fail_at_first",
        "messages of a group whose visibility timeouts ran out come back in another order",
        "Amazon SQS developer guide, FIFO queue delivery logic: the order within a message group",
    ),
];

/// Runs one case everywhere.
pub(crate) async fn hold<F, C>(name: &str, case: C)
where
    F: Future<Output = ()> + Send + 'static,
    C: Fn(Clients) -> F,
{
    let world = World::start().await;
    case(world.clients.clone()).await;
    world.services.shutdown().await;

    let Ok(moto) = std::env::var("VELOX_MOTO_URL") else { return };
    let outcome = tokio::spawn(case(Clients::of(&moto))).await;
    let difference = MOTO_DIFFERS.iter().find(|(case, ..)| *case == name);
    match (outcome, difference) {
        (Ok(()), None) => {}
        (Ok(()), Some(_)) => panic!("moto no longer differs in {name}: take it off the table"),
        (Err(_), Some((_, how, page))) => println!("moto differs in {name}: {how} (AWS: {page})"),
        (Err(error), None) => std::panic::resume_unwind(error.into_panic()),
    }
}

/// Makes a test of each function, named after it.
macro_rules! conformance {
    ($($case:ident),* $(,)?) => {
        mod conformance {
            $(
                #[tokio::test]
                async fn $case() {
                    $crate::aws_conformance::hold(stringify!($case), super::$case).await;
                }
            )*
        }
    };
}
pub(crate) use conformance;

/// The code of the error that a call to a service has ended in.
macro_rules! error_code {
    ($outcome:expr) => {{
        use aws_sdk_sqs::error::ProvideErrorMetadata as _;
        let error = $outcome.expect_err("the service should refuse this").into_service_error();
        error.code().unwrap_or_default().to_owned()
    }};
}
pub(crate) use error_code;
