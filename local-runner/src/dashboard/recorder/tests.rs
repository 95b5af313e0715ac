use std::time::Duration;

use adapter::observer::ProcessChange;
use chrono::TimeDelta;

use super::*;
use crate::clock::ManualClock;

fn recorder() -> (Recorder, ManualClock) {
    let clock = ManualClock::new(DateTime::UNIX_EPOCH + TimeDelta::days(20_000));
    (Recorder::new(Arc::new(clock.clone())), clock)
}

fn direct(request_id: &str, failed: bool) -> InvocationRecord {
    InvocationRecord {
        function: "import".into(),
        source: InvocationSource::Direct,
        request_id: request_id.into(),
        batch_size: 1,
        failures: usize::from(failed),
        duration: Duration::from_millis(20),
        error: failed.then(|| "it broke".to_owned()),
    }
}

#[test]
fn what_is_told_of_one_request_comes_together_in_any_order() {
    let (recorder, _) = recorder();
    let span =
        r#"{"velox_span":1,"request_id":"r","span":{"kind":"sql","name":"SELECT","start_us":1,"us":2}}"#;
    assert!(recorder.output("import", OutputStream::Stderr, span));
    assert!(recorder.invocations().is_empty(), "it has not ended");
    let event = Bytes::from_static(b"{}");
    recorder.exchange(&Exchange {
        function: "import",
        request_id: "r",
        trace_id: "Root=1-a",
        event: &event,
        answer: Ok(Some(&event)),
        duration: Duration::from_millis(19),
    });
    recorder.job(&direct("r", false));
    let log = r#"{"level":"INFO","message":"late","spans":[{"request_id":"r"}]}"#;
    assert!(!recorder.output("import", OutputStream::Stderr, log));
    let seen = recorder.invocations();
    assert_eq!((seen.len(), seen[0].spans.len(), seen[0].lines.len()), (1, 1, 1));
    assert_eq!(seen[0].cause, Some(Cause::Direct));
    assert_eq!(seen[0].event.as_ref(), Some(&event));
}

#[test]
fn what_runs_is_known_until_it_has_ended_or_is_given_up() {
    let (recorder, _) = recorder();
    let begin = |request_id, trace_id| {
        recorder.begun(&Invoked { function: "import", request_id, trace_id });
    };
    begin("1", "Root=1-a;Parent=b");
    begin("2", "Root=1-c");
    assert_eq!((recorder.running().len(), recorder.invocations().len()), (2, 0));
    assert_eq!(recorder.running_in("Self=x;Root=1-a").as_deref(), Some("1"));
    assert_eq!(recorder.running_in("Root=1-d"), None);
    recorder.job(&direct("1", false));
    recorder.given_up("2");
    assert!(recorder.running().is_empty() && recorder.running_in("Root=1-a").is_none());
    begin("3", "Root=1-a;Parent=z");
    let third = recorder.invocation("3").unwrap();
    let same: Vec<_> = recorder.same_trace(&third).iter().map(|other| other.request_id.clone()).collect();
    assert_eq!(same, ["1"]);
}

#[test]
fn a_streamed_answer_is_kept_with_its_length() {
    let (recorder, _) = recorder();
    let answer = Bytes::from_static(b"beginning");
    recorder.streamed(&Streamed { request_id: "1", answer: &answer, length: 20, whole: true });
    let kept = recorder.invocation("1").unwrap();
    assert_eq!(kept.answer.as_ref(), Some(&answer));
    assert_eq!(kept.streamed, Some(StreamedAnswer { length: 20, whole: true }));
}

#[test]
fn functions_are_counted_with_their_latest_trouble() {
    let (recorder, clock) = recorder();
    recorder.job(&direct("1", false));
    clock.advance(TimeDelta::seconds(1));
    recorder.job(&direct("2", true));
    let of = recorder.function("import").unwrap();
    assert_eq!((of.calls, of.errors), (2, 1));
    assert_eq!(of.last_trouble.unwrap().text, "it broke");
    let ids: Vec<_> = recorder.invocations().iter().map(|i| i.request_id.clone()).collect();
    assert_eq!(ids, ["2", "1"], "the latest first");
}

#[test]
fn a_panic_is_kept_with_its_message_and_without_what_follows() {
    let (recorder, _) = recorder();
    let say = |text| recorder.output("import", OutputStream::Stderr, text);
    for text in ["thread 'main' panicked at src/a.rs:1:2:", "no such row", "note: run with RUST_BACKTRACE=1"]
    {
        say(text);
    }
    say(r#"{"level":"INFO","message":"going on"}"#);
    say("other words");
    let panic = recorder.function("import").unwrap().last_panic.unwrap();
    assert_eq!(panic.text, "thread 'main' panicked at src/a.rs:1:2:\nno such row");
}

#[test]
fn processes_are_known_from_their_start_to_their_end() {
    let (recorder, _) = recorder();
    let tell = |change| recorder.process(&ProcessEvent { function: "import", pid: Some(7), change });
    tell(ProcessChange::Started);
    tell(ProcessChange::Ready(Duration::from_millis(9)));
    let processes = recorder.function("import").unwrap().processes;
    assert_eq!(processes[&7].phase, Phase::Ready);
    tell(ProcessChange::Stopped);
    assert!(recorder.function("import").unwrap().processes.is_empty());
}

#[test]
fn percentiles_are_durations_that_were_seen() {
    let mut of = FunctionRecord::default();
    assert_eq!(of.percentile(50), None);
    (1..=100).for_each(|ms| of.called(Duration::from_millis(ms), false, DateTime::UNIX_EPOCH));
    let seen = [50, 99, 100].map(|percent| of.percentile(percent).unwrap().as_millis());
    assert_eq!(seen, [50, 99, 100]);
}

#[test]
fn whoever_watches_hears_of_everything() {
    let (recorder, _) = recorder();
    let mut changes = recorder.changes();
    assert!(!changes.has_changed().unwrap());
    recorder.job(&direct("1", false));
    assert!(changes.has_changed().unwrap());
    changes.mark_unchanged();
    assert!(!changes.has_changed().unwrap());
}
