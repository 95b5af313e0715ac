//! The published JSON Schema of a manifest says what the manifest's reader does.

use std::{fs, path::Path, process::Command};

use adapter::Manifest;
use serde_json::{Map, Value, json};

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/manifest.schema.json");

/// With `ADAPTER_TEST_WRITE=1` it writes the file instead.
#[test]
fn the_schema_in_the_repository_is_that_of_the_program() {
    let printed = Command::new(env!("CARGO_BIN_EXE_adapter")).arg("schema").output().unwrap();
    let printed = String::from_utf8(printed.stdout).unwrap();
    if std::env::var_os("ADAPTER_TEST_WRITE").is_some() {
        fs::write(FILE, &printed).unwrap();
    }
    // Not `assert_eq`, which would print both.
    let is_that = fs::read_to_string(FILE).unwrap() == printed;
    assert!(
        is_that,
        "manifest.schema.json is not what `adapter schema` prints; ADAPTER_TEST_WRITE=1 writes it anew"
    );
    let schema: Value = serde_json::from_str(&printed).unwrap();
    assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
}

/// Enough of draft 2020-12 for this schema; a keyword that is not known fails the test.
fn matches(root: &Value, schema: &Value, value: &Value) -> bool {
    let Some(schema) = schema.as_object() else { return schema.as_bool().unwrap() };
    schema.iter().all(|(keyword, rule)| match keyword.as_str() {
        "$schema" | "title" | "description" | "default" | "format" | "$defs" => true,
        "additionalProperties" => value.as_object().is_none_or(|object| {
            let known = |name: &String| schema.get("properties").is_some_and(|p| p.get(name).is_some());
            object.iter().all(|(name, value)| known(name) || matches(root, rule, value))
        }),
        "$ref" => matches(root, root.pointer(rule.as_str().unwrap().trim_start_matches('#')).unwrap(), value),
        "type" => match rule {
            Value::Array(types) => types.iter().any(|t| is_a(t.as_str().unwrap(), value)),
            rule => is_a(rule.as_str().unwrap(), value),
        },
        "properties" => value.as_object().is_none_or(|object| {
            object.iter().all(|(name, value)| rule.get(name).is_none_or(|rule| matches(root, rule, value)))
        }),
        "required" => value.as_object().is_none_or(|object| {
            rule.as_array().unwrap().iter().all(|name| object.contains_key(name.as_str().unwrap()))
        }),
        "items" => value.as_array().is_none_or(|items| items.iter().all(|item| matches(root, rule, item))),
        "minItems" => value.as_array().is_none_or(|items| items.len() as u64 >= rule.as_u64().unwrap()),
        "anyOf" => rule.as_array().unwrap().iter().any(|rule| matches(root, rule, value)),
        "oneOf" => rule.as_array().unwrap().iter().filter(|rule| matches(root, rule, value)).count() == 1,
        "enum" => rule.as_array().unwrap().contains(value),
        "const" => rule == value,
        "minimum" => value.as_f64().is_none_or(|number| number >= rule.as_f64().unwrap()),
        "maximum" => value.as_f64().is_none_or(|number| number <= rule.as_f64().unwrap()),
        // Told by the reader; the patterns are few and simple.
        "pattern" => value.is_string(),
        other => panic!("the schema says `{other}`, which this test does not know"),
    })
}

fn is_a(kind: &str, value: &Value) -> bool {
    match kind {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "null" => value.is_null(),
        other => panic!("{other}"),
    }
}

fn readme() -> Vec<Value> {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap();
    let blocks = text.split("```json").skip(1).map(|rest| rest.split("```").next().unwrap());
    blocks.map(|block| serde_json::from_str(block).unwrap()).collect()
}

#[test]
fn the_schema_takes_the_manifests_of_the_readme() {
    let schema = Manifest::json_schema();
    let manifests = readme();
    assert!(manifests.len() >= 2);
    for manifest in manifests {
        assert!(matches(&schema, &schema, &manifest), "{manifest}");
    }
}

/// Everything that is written out by the reader is in the schema, and everything in the schema is written out.
#[test]
fn every_field_of_a_manifest_is_in_the_schema_and_the_other_way_round() {
    let text = json!({ "functions": [{ "name": "a", "command": "/a",
        "routes": [{ "method": "GET", "path": "/" }], "queues": [{ "url": "http://q/1/q" }] }] });
    let written = serde_json::to_value(Manifest::from_json(&text.to_string()).unwrap()).unwrap();
    let schema = Manifest::json_schema();
    assert!(matches(&schema, &schema, &written));
    same_fields(&schema, &schema, &written, "manifest");
}

fn same_fields(root: &Value, schema: &Value, value: &Value, path: &str) {
    let schema = match schema.get("$ref") {
        Some(to) => root.pointer(to.as_str().unwrap().trim_start_matches('#')).unwrap(),
        None => schema,
    };
    match value {
        Value::Object(object) => {
            let Some(properties) = schema.get("properties").and_then(Value::as_object) else { return };
            let names =
                |map: &Map<String, Value>| map.keys().cloned().collect::<std::collections::BTreeSet<_>>();
            assert_eq!(names(properties), names(object), "{path}");
            for (name, value) in object {
                same_fields(root, &properties[name], value, &format!("{path}.{name}"));
            }
        }
        Value::Array(items) => {
            items.iter().for_each(|item| same_fields(root, &schema["items"], item, path));
        }
        _ => {}
    }
}

#[test]
fn what_the_schema_refuses_the_reader_refuses_too() {
    let schema = Manifest::json_schema();
    let base = readme().swap_remove(1);
    let mut tried = 0;
    for (pointer, wrong) in [
        ("/listne", json!("127.0.0.1:1")),
        ("/max_header_bytes", json!(8191)),
        ("/shutdown_delay_ms", json!(300_001)),
        ("/functions/0/timeout_ms", json!(0)),
        ("/functions/0/timeout_ms", json!(900_001)),
        ("/functions/0/memory_mib", json!("128")),
        ("/functions/0/concurrency", json!(1_001)),
        ("/functions/0/processes/max", json!(0)),
        ("/functions/0/processes/most", json!(1)),
        ("/functions/0/idle_ms", json!(0)),
        ("/functions/0/routes/0/event", json!("v1")),
        ("/functions/1/queues/0/batch_size", json!(0)),
        ("/functions/1/queues/0/visibility_timeout_s", json!(43_201)),
        ("/functions/1/queues/0/payload", json!("xml")),
    ] {
        let mut manifest = base.clone();
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        manifest.pointer_mut(parent).unwrap()[name] = wrong;
        assert!(!matches(&schema, &schema, &manifest), "the schema takes {pointer}");
        assert!(Manifest::from_json(&manifest.to_string()).is_err(), "the reader takes {pointer}");
        tried += 1;
    }
    assert_eq!(tried, 14);
}

#[test]
fn check_says_everything_that_is_wrong_and_where() {
    let file = std::env::temp_dir().join(format!("adapter-check-{}.json", std::process::id()));
    let check = |manifest: Value| {
        fs::write(&file, manifest.to_string()).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_adapter"));
        let output = command.arg("check").arg("--manifest").arg(&file).output().unwrap();
        (output.status.success(), String::from_utf8([output.stdout, output.stderr].concat()).unwrap())
    };
    let (fine, said) = check(json!({ "functions": [{ "name": "a", "command": "/a" }] }));
    assert!(fine && said.ends_with("fine, 1 function\n"), "{said}");
    let (fine, said) =
        check(json!({ "shutdown_delay_ms": 400_000, "functions": [{ "name": "a b", "command": "a" }] }));
    assert!(!fine);
    let paths: Vec<_> = said.lines().map(|line| line.split(':').next().unwrap()).collect();
    assert_eq!(paths, ["shutdown_delay_ms", "functions[0].name", "functions[0].command"], "{said}");
    fs::remove_file(file).unwrap();
}
