use super::*;

fn chaos(rules: &str, seed: u64) -> Chaos {
    let chaos = Chaos::default();
    chaos.set(&Plan { rules: read(rules).unwrap(), seed });
    chaos
}

/// Which of a hundred calls are hit.
fn hits(chaos: &Chaos, called: Called<'_>, kinds: &[Kind]) -> Vec<bool> {
    (0..100).map(|_| !chaos.throw(called, kinds).is_empty()).collect()
}

const ERROR: &[Kind] = &[Kind::Error];
const GET: Called<'_> = Called::Service(Service::Dynamodb, "GetItem", "velox-sessions");
const PUT: Called<'_> = Called::Service(Service::Dynamodb, "PutItem", "velox-sessions");

#[test]
fn the_same_seed_and_calls_give_the_same_faults() {
    let of = |seed| hits(&chaos("dynamodb:error@30%", seed), GET, ERROR);
    assert_eq!(of(7), of(7));
    assert_ne!(of(7), of(8));
    let again = chaos("dynamodb:error@30%", 7);
    let first = hits(&again, GET, ERROR);
    again.set(&again.plan());
    assert_eq!(hits(&again, GET, ERROR), first, "setting the plan again replays it");
}

#[test]
fn what_goes_on_elsewhere_does_not_disturb_a_sequence() {
    let alone = hits(&chaos("dynamodb:error@30%", 7), GET, ERROR);
    let busy = chaos("web-home:error; dynamodb:error@30%,throttle@50%; sqs:error", 7);
    let mixed: Vec<_> = (0..100)
        .map(|_| {
            busy.throw(PUT, &[Kind::Error, Kind::Throttle]);
            busy.throw(Called::Function("web-home"), ERROR);
            let hit = !busy.throw(GET, ERROR).is_empty();
            busy.throw(GET, &[Kind::Throttle]);
            hit
        })
        .collect();
    assert_eq!(mixed, alone);
}

#[test]
fn only_what_a_rule_names_is_disturbed() {
    let chaos = chaos("dynamodb.GetItem:error; web-*:error", 1);
    let struck = |called| !chaos.throw(called, ERROR).is_empty();
    assert!(struck(GET) && !struck(PUT));
    assert!(struck(Called::Function("web-home")) && !struck(Called::Function("api-list-users")));
    assert!(chaos.throw(GET, &[Kind::Latency]).is_empty());
    chaos.set(&Plan::default());
    assert!(!chaos.is_on() && !struck(GET));
}

#[test]
fn calls_and_faults_are_counted_by_rule() {
    let chaos = chaos("dynamodb:error@1/4; s3:error", 1);
    for _ in 0..8 {
        for hit in chaos.throw(GET, ERROR) {
            chaos.note(&hit, Whose::Nobody, "refused".into());
        }
    }
    let ledger = chaos.ledger();
    let counts: Vec<_> = ledger.counts.iter().map(|count| (count.calls, count.injected)).collect();
    assert_eq!((counts, ledger.total()), (vec![(8, 2), (0, 0)], 2));
    let calls: Vec<_> = ledger.latest.iter().map(|injected| injected.call).collect();
    assert_eq!(calls[0], calls[1] + 4, "the latest first");
    assert_eq!(ledger.latest[0].called, "dynamodb.GetItem velox-sessions");
}
