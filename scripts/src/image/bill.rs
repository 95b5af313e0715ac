//! The software bill of materials of an image: which crates its programs were made of, as CycloneDX 1.5 (ECMA-424).

use std::collections::BTreeSet;

use serde_json::{Value, json};

/// All packages that these are linked with, themselves included, as indexes into the packages that `cargo metadata`
/// lists.
pub(super) fn closure<'m>(metadata: &'m Value, roots: &[&str]) -> Vec<&'m Value> {
    let packages = || list(&metadata["packages"]);
    let nodes = || list(&metadata["resolve"]["nodes"]);
    let is_root = |package: &&Value| {
        package["source"].is_null() && package["name"].as_str().is_some_and(|name| roots.contains(&name))
    };
    let mut open: Vec<&str> =
        packages().filter(is_root).filter_map(|package| package["id"].as_str()).collect();
    let mut found = BTreeSet::new();
    while let Some(id) = open.pop() {
        if !found.insert(id) {
            continue;
        }
        let node = nodes().find(|node| node["id"] == id);
        let linked = |dependency: &&Value| list(&dependency["dep_kinds"]).any(|kind| kind["kind"].is_null());
        let dependencies = node.into_iter().flat_map(|node| list(&node["deps"])).filter(linked);
        open.extend(dependencies.filter_map(|dependency| dependency["pkg"].as_str()));
    }
    packages().filter(|package| package["id"].as_str().is_some_and(|id| found.contains(id))).collect()
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

/// The bill for a service of this name. It has no serial number and no time: the same crates make the same bill.
pub(super) fn bill(service: &str, packages: &[&Value]) -> Value {
    let components: Vec<_> = packages
        .iter()
        .map(|package| {
            let (name, version) = (&package["name"], &package["version"]);
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            let purl = format!("pkg:cargo/{}@{}", text(name), text(version));
            let mut component =
                json!({ "type": "library", "bom-ref": purl, "name": name, "version": version, "purl": purl });
            if let Some(license) = package["license"].as_str() {
                // Older crates write the alternatives with a slash.
                component["licenses"] = json!([{ "expression": license.replace('/', " OR ") }]);
            }
            component
        })
        .collect();
    json!({
        "bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1,
        "metadata": { "component": { "type": "application", "name": service } },
        "components": components,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_linked_is_in_the_bill_and_what_only_tests_or_builds_is_not() {
        let package = |id: &str, source: Value| json!({ "id": id, "name": id, "version": "1.0.0", "source": source, "license": "MIT/Apache-2.0" });
        let edge = |id: &str, kind: Value| json!({ "pkg": id, "dep_kinds": [{ "kind": kind }] });
        let node = |id: &str, deps: Value| json!({ "id": id, "deps": deps });
        let metadata = json!({
            "packages": [package("web", Value::Null), package("serde", json!("registry")),
                package("insta", json!("registry")), package("cc", json!("registry")), package("api", Value::Null)],
            "resolve": { "nodes": [
                node("web", json!([edge("serde", Value::Null), edge("insta", json!("dev")), edge("cc", json!("build"))])),
                node("serde", json!([])), node("api", json!([edge("cc", Value::Null)])),
            ]},
        });
        let found = closure(&metadata, &["web"]);
        let bill = bill("web", &found);
        let purls: Vec<_> =
            bill["components"].as_array().unwrap().iter().map(|c| c["purl"].as_str().unwrap()).collect();
        assert_eq!(purls, ["pkg:cargo/web@1.0.0", "pkg:cargo/serde@1.0.0"]);
        assert_eq!(bill["components"][0]["licenses"][0]["expression"], "MIT OR Apache-2.0");
    }
}
