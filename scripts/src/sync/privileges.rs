//! The role of a service allows what its code calls, and its code calls what the role allows: the catalogue's entries
//! compared with the sources, both ways.
//!
//! Handlers reach AWS through the stores of `functions/bootstrap` alone (`resources.sessions.find(…)`), so there are two
//! questions: does a head call what its functions may, and does a store's method make the calls of its [`Access`]?

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use catalog::{Access, Head, access::CONSUME, deployment};

use crate::project::Project;

/// What a method of a store is. A method that is not here is a new kind of access.
const METHODS: [(&str, &str, Access); 19] = [
    ("sessions", "find", Access::FindSession),
    ("sessions", "begin", Access::ChangeSession),
    ("sessions", "begin_impersonated", Access::ChangeSession),
    ("sessions", "rotate", Access::ChangeSession),
    ("sessions", "end", Access::ChangeSession),
    ("sessions", "of", Access::ListSessions),
    ("sessions", "end_one", Access::ListSessions),
    ("sessions", "end_all", Access::ListSessions),
    ("tokens", "issue", Access::IssueToken),
    ("tokens", "peek", Access::TakeToken),
    ("tokens", "take", Access::TakeToken),
    ("throttles", "attempt", Access::Throttle),
    ("throttles", "forget", Access::Throttle),
    ("throttles", "give_back", Access::Throttle),
    ("files", "get", Access::ReadFile),
    ("files", "is_there", Access::ReadFile),
    ("files", "presigned", Access::ReadFile),
    ("files", "put", Access::WriteFile),
    ("files", "delete", Access::DeleteFile),
];
/// These two are told from others of their name by what they are called on.
const OTHERS: [(&str, &str, Access); 2] =
    [("files", "delete_all", Access::DeleteFiles), ("queues", "send", Access::SendJobs)];

fn methods() -> impl Iterator<Item = (&'static str, &'static str, Access)> {
    METHODS.into_iter().chain(OTHERS)
}

#[test]
fn a_role_allows_what_its_head_calls_and_nothing_else() {
    let project = Project::find().unwrap();
    for head in Head::ALL {
        let source = source(&project.path(format!("functions/{}/src", head.name())));
        let allowed = deployment::served(head).flat_map(|f| f.access).copied().collect();
        let (missing, idle) = differences(&source, &allowed);
        let name = head.name();
        assert!(missing.is_empty(), "{name} calls {missing:?}: say so with `.may(…)` in its catalogue entry");
        assert!(idle.is_empty(), "{name} may {idle:?} and never does: take it out of its catalogue entries");
    }
}

#[test]
fn a_call_that_is_not_allowed_is_found_and_so_is_an_access_that_nobody_uses() {
    let of = |source: &str, allowed: &[Access]| differences(source, &allowed.iter().copied().collect());
    let source = "resources.sessions.find(id).await";
    assert_eq!(of(source, &[Access::FindSession]), (vec![], vec![]));
    assert_eq!(of(source, &[]), (vec![Access::FindSession], vec![]));
    let too_much = [Access::FindSession, Access::SendJobs];
    assert_eq!(of(source, &too_much), (vec![], vec![Access::SendJobs]));
    assert_eq!(of("resources.commit(transaction)", &[]), (vec![Access::SendJobs], vec![]));
}

#[test]
fn every_method_of_a_store_makes_the_calls_that_its_access_is_allowed() {
    let project = Project::find().unwrap();
    let folder = project.path("functions/bootstrap/src");
    let mut used = BTreeMap::new();
    for store in ["sessions", "tokens", "throttles", "files", "queues"] {
        let mut text = fs::read_to_string(folder.join(format!("{store}.rs"))).unwrap();
        text += &source(&folder.join(store));
        add_actions(store, &without_tests(&text), &mut used);
    }
    for access in Access::ALL {
        assert_eq!(
            used.get(&access),
            Some(&actions_of(access)),
            "{access:?}: calls of the code, actions of the role"
        );
    }
}

#[test]
fn an_operation_that_a_store_does_newly_or_no_longer_is_found() {
    let used = |operations: &[&str]| {
        let calls: Vec<_> =
            operations.iter().map(|name| format!("        client.{name}().send();\n")).collect();
        let text = format!("    pub async fn issue(&self) {{\n{}    }}\n", calls.concat());
        let mut used = BTreeMap::new();
        add_actions("tokens", &text, &mut used);
        used.remove(&Access::IssueToken).unwrap()
    };
    assert_eq!(used(&["put_item"]), actions_of(Access::IssueToken));
    assert_ne!(used(&["put_item", "delete_item"]), actions_of(Access::IssueToken));
    assert_ne!(used(&[]), actions_of(Access::IssueToken));
}

/// What is compared above would say nothing of a head that has a client of its own.
#[test]
fn heads_have_no_client_of_aws_but_their_stores() {
    let project = Project::find().unwrap();
    let folders = Head::ALL.map(|head| format!("functions/{}", head.name())).into_iter();
    for folder in folders.chain(["domain".to_owned()]) {
        let manifest = fs::read_to_string(project.path(&folder).join("Cargo.toml")).unwrap();
        assert!(!manifest.contains("aws-sdk-") && !manifest.contains("aws-config"), "{folder}");
    }
}

/// Accesses that the source makes and may not; accesses that it may and does not make.
fn differences(source: &str, allowed: &BTreeSet<Access>) -> (Vec<Access>, Vec<Access>) {
    let called = methods().filter(|(store, method, _)| calls(source, store, method));
    let mut called: BTreeSet<_> = called.map(|(_, _, access)| access).collect();
    // A commit sends the jobs that the transaction made necessary.
    if ["commit(", "commit_for_person(", "send("].iter().any(|method| calls(source, "resources", method)) {
        called.insert(Access::SendJobs);
    }
    if source.contains("Attempt::count(") {
        called.insert(Access::Throttle);
    }
    let of = |one: &BTreeSet<Access>, other| one.difference(other).copied().collect();
    (of(&called, allowed), of(allowed, &called))
}

/// Adds the actions of a store's public methods, by the access that each is.
fn add_actions(store: &str, text: &str, used: &mut BTreeMap<Access, BTreeSet<String>>) {
    let bodies = bodies(text);
    for name in bodies.values().filter(|body| body.public).map(|body| body.name.as_str()) {
        let known = methods().find(|(of, method, _)| *of == store && *method == name);
        let (_, _, access) = known.unwrap_or_else(|| panic!("{store}.{name}: which access is it?"));
        used.entry(access).or_default().extend(actions(&bodies, name, store));
    }
}

fn actions_of(access: Access) -> BTreeSet<String> {
    access.grants().iter().flat_map(|(_, actions)| *actions).map(ToString::to_string).collect()
}

#[test]
fn the_adapter_calls_what_it_is_allowed_on_a_queue() {
    let project = Project::find().unwrap();
    // Locks are taken in a table that a manifest names, and ours names none.
    let sources = fs::read_dir(project.path("adapter/src/queue")).unwrap().map(|entry| entry.unwrap().path());
    let sources = sources.filter(|path| path.is_file() && !path.ends_with("lock.rs"));
    let source: String = sources.map(|path| without_tests(&fs::read_to_string(path).unwrap())).collect();
    let calls: BTreeSet<_> = operations(&source).map(|operation| action("sqs", &operation)).collect();
    assert_eq!(calls, CONSUME.iter().map(ToString::to_string).collect());
}

/// A function of a store.
struct Body {
    name: String,
    public: bool,
    text: String,
}

/// The functions of a file by name. Ours are formatted: a method begins with four spaces and its name.
fn bodies(text: &str) -> BTreeMap<String, Body> {
    let mut bodies = BTreeMap::new();
    let mut current: Option<Body> = None;
    for line in text.lines() {
        let start = ["    pub async fn ", "    async fn "].iter().find(|start| line.starts_with(**start));
        if let Some(start) = start {
            let name: String =
                line[start.len()..].chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            let body = Body { name, public: start.contains("pub"), text: String::new() };
            bodies.extend(current.replace(body).map(|body| (body.name.clone(), body)));
        }
        if let Some(body) = &mut current {
            body.text += line.trim();
        }
    }
    bodies.extend(current.map(|body| (body.name.clone(), body)));
    bodies
}

/// The actions of a method, with those of the methods that it calls.
fn actions(bodies: &BTreeMap<String, Body>, name: &str, store: &str) -> BTreeSet<String> {
    let (mut open, mut seen, mut found) = (vec![name], BTreeSet::new(), BTreeSet::new());
    let service = match store {
        "files" => "s3",
        "queues" => "sqs",
        _ => "dynamodb",
    };
    while let Some(name) = open.pop() {
        let Some(body) = bodies.get(name).filter(|_| seen.insert(name)) else { continue };
        found.extend(operations(&body.text).map(|operation| action(service, &operation)));
        let called =
            bodies.keys().filter(|other| body.text.replace("::<P>", "").contains(&format!("self.{other}(")));
        open.extend(called.map(String::as_str));
    }
    found
}

/// `get_item` of `client.get_item()`.
fn operations(text: &str) -> impl Iterator<Item = String> {
    let dense: String = text.split_whitespace().collect();
    let calls: Vec<_> = dense.split("client.").skip(1).map(str::to_owned).collect();
    calls.into_iter().filter_map(|rest| rest.split_once("()").map(|(name, _)| name.to_owned())).filter(
        |name| name.contains('_') && name.chars().all(|c| c.is_alphanumeric() || c == '_') || name == "query",
    )
}

/// The action of IAM that an operation of the SDK asks for.
fn action(service: &str, operation: &str) -> String {
    match operation {
        "list_objects_v2" => "s3:ListBucket".to_owned(),
        "head_object" => "s3:GetObject".to_owned(),
        _ => {
            let words = operation.trim_end_matches("_batch").split('_');
            let pascal: String =
                words.map(|word| format!("{}{}", word[..1].to_uppercase(), &word[1..])).collect();
            format!("{service}:{pascal}")
        }
    }
}

fn calls(source: &str, store: &str, method: &str) -> bool {
    let method = method.trim_end_matches('(');
    source.contains(&format!("{store}.{method}("))
}

/// All sources below a folder without their tests and without white space, so that a call stands on one line.
fn source(folder: &Path) -> String {
    let mut text = String::new();
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            text += &source(&path);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            text += &without_tests(&fs::read_to_string(&path).unwrap());
        }
    }
    if folder.components().any(|part| part.as_os_str() == "bootstrap") {
        text
    } else {
        text.split_whitespace().collect()
    }
}

fn without_tests(text: &str) -> String {
    text.split("#[cfg(test)]").next().unwrap_or_default().to_owned()
}
