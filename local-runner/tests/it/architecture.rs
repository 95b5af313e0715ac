//! The rules of the house, checked against the source tree: who may import whom, and that the catalogue, the
//! handler tables, the binaries and the sample events tell of the same functions. `ARCHITECTURE.md` says why.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use cargo_metadata::MetadataCommand;
use catalog::{FUNCTIONS, Head};

use crate::runner::project;

/// Crates of ours and what of ours each may import, in tests as well.
const MAY_IMPORT: [(&str, &[&str]); 13] = [
    ("domain", &[]),
    ("catalog", &[]),
    ("look", &[]),
    ("adapter", &[]),
    ("lambda-conformance", &["adapter"]),
    ("bootstrap", &["catalog", "domain"]),
    ("web", &["bootstrap", "catalog", "domain", "look"]),
    ("admin", &["bootstrap", "catalog", "domain", "look"]),
    ("api", &["bootstrap", "catalog", "domain"]),
    ("jobs", &["bootstrap", "catalog", "domain"]),
    ("local-runner", &["adapter", "catalog", "look"]),
    ("scripts", &["catalog"]),
    ("benches", &["adapter", "domain", "local-runner"]),
];

/// Longest file in lines.
const MAX_LINES: usize = 400;

/// Names of modules that become drawers for leftovers.
const DRAWERS: [&str; 6] = ["util", "utils", "common", "helper", "helpers", "misc"];

fn names<'a>(names: impl IntoIterator<Item = &'a str>) -> BTreeSet<String> {
    names.into_iter().map(str::to_owned).collect()
}

#[test]
fn crates_import_only_what_the_house_allows() {
    let manifest = project().join("Cargo.toml");
    let metadata = MetadataCommand::new().manifest_path(manifest).no_deps().exec().unwrap();
    let rules: BTreeMap<_, _> = MAY_IMPORT.into_iter().collect();
    for package in &metadata.packages {
        let name = package.name.as_str();
        let Some(allowed) = rules.get(name) else {
            panic!("{name} is new: say in architecture.rs and ARCHITECTURE.md what it may import")
        };
        for dependency in package.dependencies.iter().filter(|dependency| dependency.path.is_some()) {
            assert!(
                allowed.contains(&dependency.name.as_str()),
                "{name} imports {}, which the house does not allow: {name} may import {allowed:?}; move what you \
                 need to a crate that both may import, or pass it in",
                dependency.name,
            );
        }
    }
    assert_eq!(
        names(rules.into_keys()),
        names(metadata.packages.iter().map(|package| package.name.as_str()))
    );
}

#[test]
fn every_entry_of_the_catalogue_has_a_binary_and_every_binary_an_entry() {
    for head in Head::ALL {
        let entries = entries(head);
        let mut binaries = stems(&head_folder(head).join("src/bin"));
        assert!(binaries.remove(head.name()), "{0} has no bundle: functions/{0}/src/bin/{0}.rs", head.name());
        if let Some(entry) = entries.difference(&binaries).next() {
            panic!(
                "{entry} is in the catalogue and has no binary: add functions/{}/src/bin/{entry}.rs",
                head.name()
            );
        }
        if let Some(binary) = binaries.difference(&entries).next() {
            panic!(
                "functions/{}/src/bin/{binary}.rs is in no catalogue: add an entry or remove it",
                head.name()
            );
        }
    }
}

#[test]
fn every_binary_serves_the_function_of_its_name_and_is_declared_without_a_test_harness() {
    for head in Head::ALL {
        let folder = head_folder(head);
        let manifest = fs::read_to_string(folder.join("Cargo.toml")).unwrap();
        for entry in entries(head) {
            let source = fs::read_to_string(folder.join(format!("src/bin/{entry}.rs"))).unwrap();
            let call = format!("{}::HEAD.serve(\"{entry}\")", head.name());
            assert!(source.contains(&call), "src/bin/{entry}.rs of {} does not call {call}", head.name());
            let declared =
                manifest.split("[[bin]]").find(|table| table.contains(&format!("name = \"{entry}\"")));
            let declared =
                declared.unwrap_or_else(|| panic!("{entry} is no [[bin]] of functions/{}", head.name()));
            assert!(declared.contains("test = false"), "{entry}: add `test = false` to its [[bin]]");
        }
    }
}

#[test]
fn the_handler_tables_hold_the_catalogue() {
    for head in Head::ALL {
        let library = fs::read_to_string(head_folder(head).join("src/lib.rs")).unwrap();
        let table = library.split("endpoints: &[").nth(1).expect("lib.rs has a table of endpoints");
        // Strings of the table that stand where a name stands.
        let registered: BTreeSet<String> = table
            .split('(')
            .filter_map(|entry| entry.trim_start().strip_prefix('"')?.split('"').next().map(str::to_owned))
            .collect();
        let entries = entries(head);
        if let Some(entry) = entries.difference(&registered).next() {
            panic!(
                "{entry} is in the catalogue and not in the table of functions/{}/src/lib.rs",
                head.name()
            );
        }
        if let Some(name) = registered.difference(&entries).next() {
            panic!("{name} is in the table of functions/{}/src/lib.rs and not in the catalogue", head.name());
        }
    }
}

#[test]
fn every_function_has_a_sample_event_and_every_event_a_function() {
    let folder = project().join("events");
    let events: BTreeSet<String> = fs::read_dir(&folder)
        .unwrap()
        .flatten()
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().to_str().unwrap().to_owned())
        .collect();
    let entries = names(FUNCTIONS.iter().map(|function| function.name));
    for entry in &entries {
        let file = folder.join(entry).join("event.json");
        let text = fs::read(&file)
            .unwrap_or_else(|_| panic!("{entry} has no sample: add events/{entry}/event.json"));
        let event = serde_json::from_slice::<serde_json::Value>(&text);
        assert!(event.is_ok(), "events/{entry}/event.json is not JSON: {event:?}");
    }
    if let Some(event) = events.difference(&entries).next() {
        panic!("events/{event} belongs to no function: remove it, or add the function to the catalogue");
    }
}

#[test]
fn files_have_one_reason_to_exist() {
    for file in sources(&project()) {
        let shown = file.strip_prefix(project()).unwrap().display();
        let stem = file.file_stem().unwrap().to_str().unwrap();
        let lines = fs::read_to_string(&file).unwrap().lines().count();
        assert!(
            lines <= MAX_LINES,
            "{shown} has {lines} lines and {MAX_LINES} is the limit: part it by concern"
        );
        let inside = |drawer: &str| file.iter().any(|part| part == drawer) || stem == drawer;
        if let Some(drawer) = DRAWERS.into_iter().find(|drawer| inside(drawer)) {
            panic!("{shown}: `{drawer}` says nothing about what belongs there; name it for what it is about");
        }
    }
}

#[test]
fn every_module_says_why_it_exists() {
    for file in sources(&project()).into_iter().filter(|file| file.iter().any(|part| part == "src")) {
        // Three lines that name their function, and tests beside what they test, explain themselves.
        let explains_itself = file.iter().any(|part| part == "bin") || file.ends_with("tests.rs");
        let text = fs::read_to_string(&file).unwrap();
        let shown = file.strip_prefix(project()).unwrap().display();
        let stem = file.file_stem().unwrap().to_str().unwrap();
        if !explains_itself && !stem.ends_with("_tests") {
            assert!(text.starts_with("//!"), "{shown} starts without a `//!` that says why it exists");
        }
    }
}

fn head_folder(head: Head) -> PathBuf {
    project().join("functions").join(head.name())
}

fn entries(head: Head) -> BTreeSet<String> {
    names(FUNCTIONS.iter().filter(|function| function.head == head).map(|function| function.name))
}

fn stems(folder: &Path) -> BTreeSet<String> {
    let files = fs::read_dir(folder).unwrap().flatten().map(|entry| entry.path());
    files.map(|file| file.file_stem().unwrap().to_str().unwrap().to_owned()).collect()
}

/// All Rust files of the workspace.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap().flatten() {
        let (path, name) = (entry.path(), entry.file_name());
        let hidden = name.to_str().is_some_and(|name| name.starts_with('.'));
        if path.is_dir() && !hidden && name != "target" {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found
}
