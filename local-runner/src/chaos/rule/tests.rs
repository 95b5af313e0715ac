use super::*;

fn shown(text: &str) -> Vec<String> {
    read(text).unwrap().iter().map(ToString::to_string).collect()
}

fn wrong(text: &str) -> String {
    read(text).unwrap_err().to_string()
}

#[test]
fn rules_are_written_as_they_are_read() {
    let text = "web-customers:latency=200ms@30%; sqs:duplicate@10%,error@1/20\n import-customers : crash=after @ 5% ;\n";
    let rules = [
        "web-customers:latency=200ms@30%",
        "sqs:duplicate@10%",
        "sqs:error@1/20",
        "import-customers:crash=after@5%",
    ];
    assert_eq!(shown(text), rules);
    assert_eq!(shown(&rules.join(";")), rules);
    assert_eq!(
        shown("web-*:error;*:latency=1s;dynamodb.GetItem:throttle"),
        ["web-*:error", "*:latency=1s", "dynamodb.GetItem:throttle"]
    );
    assert!(shown("").is_empty() && shown(" ; \n").is_empty());
}

#[test]
fn an_error_says_where_it_is_and_what_is_allowed_there() {
    for (text, says) in [
        (
            "sqss:duplicate",
            &["character 1, `sqss`", "Did you mean `sqs`?", "Services: sqs, dynamodb", "web-home"][..],
        ),
        (
            "sqs:duplicate; web-custmers:error",
            &["character 16, `web-custmers`", "Did you mean `web-customers`?"],
        ),
        (
            "sqs:dupplicate@10%",
            &["character 5, `dupplicate`", "no such fault of sqs", "Did you mean `duplicate`?"],
        ),
        ("postgres:latency=1s", &["`latency`", "no such fault of postgres", "There are: terminate"]),
        ("sqs:latency", &["character 5, `latency`", "write latency=200ms"]),
        ("sqs:latency=200", &["character 13, `200`", "a time like 200ms"]),
        ("sqs:error=1", &["character 11, `1`", "nothing"]),
        ("sqs:error@200%", &["character 11, `200%`", "a probability like 30%"]),
        ("web-home:crash=soon", &["`soon`", "before, after, or a time"]),
        ("dynamodb.GetItems:error", &["`dynamodb.GetItems`", "Did you mean `GetItem`?", "PutItem"]),
        ("sqs.SendMessage:duplicate", &["leave the operation out"]),
        ("smtp.DATA:error", &["no such operation of smtp: it has none"]),
        ("webb-*:error", &["no function's name begins with `webb-`"]),
        ("sqs", &["`sqs`", "a rule is a target, a colon"]),
        ("sqs:", &["character 5", "no such fault of sqs"]),
    ] {
        let error = wrong(text);
        for words in says {
            assert!(error.contains(words), "{text}: no {words:?} in {error}");
        }
    }
}

#[test]
fn places_are_counted_in_characters() {
    assert!(wrong("web-home:error;\n ü:error").contains("character 18, `ü`"));
}

#[test]
fn every_target_and_fault_that_is_offered_can_be_asked_for() {
    for name in targets() {
        let target = Service::named(name).map_or(super::super::target::OF_FUNCTIONS, Service::faults);
        for kind in target {
            let value = if *kind == Kind::Latency { "=5ms" } else { "" };
            let text = format!("{name}:{}{value}", kind.name());
            assert_eq!(shown(&text), [text.as_str()]);
        }
    }
}
