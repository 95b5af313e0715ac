//! In which traces the messages of a batch were sent (X-Ray developer guide, "Amazon SQS and AWS X-Ray"): the invocation
//! itself runs in one of them.

use serde::Deserialize;

/// With what the event of a batch begins, so that other events cost nothing.
const BEGINS: &[u8] = b"{\"Records\":";

#[derive(Deserialize)]
struct Batch {
    #[serde(rename = "Records")]
    records: Vec<Record>,
}

#[derive(Deserialize)]
struct Record {
    attributes: Attributes,
}

#[derive(Deserialize)]
struct Attributes {
    #[serde(rename = "AWSTraceHeader")]
    trace: Option<String>,
}

/// The headers that the senders gave, each once.
pub(super) fn of(event: &[u8]) -> Vec<String> {
    if !event.starts_with(BEGINS) {
        return Vec::new();
    }
    let Ok(batch) = serde_json::from_slice::<Batch>(event) else { return Vec::new() };
    let mut senders: Vec<_> =
        batch.records.into_iter().filter_map(|record| record.attributes.trace).collect();
    senders.sort_unstable();
    senders.dedup();
    senders
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_tells_the_traces_of_all_its_senders() {
        let record = |trace: &str| format!(r#"{{"body":"{{}}","attributes":{{{trace}}}}}"#);
        let traces = [r#""AWSTraceHeader":"Root=1-b""#, "", r#""AWSTraceHeader":"Root=1-a""#];
        let event = format!("{{\"Records\":[{}]}}", traces.map(record).join(","));
        assert_eq!(of(event.as_bytes()), ["Root=1-a", "Root=1-b"]);
        assert!(of(br#"{"Records":[{"s3":{}}]}"#).is_empty() && of(b"{}").is_empty());
    }
}
