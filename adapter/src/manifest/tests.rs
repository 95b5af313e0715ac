//! The README shows manifests; they have to be right ones.

use super::Manifest;

#[test]
fn the_manifests_in_the_readme_are_right() {
    let readme = include_str!("../../README.md");
    let blocks: Vec<&str> =
        readme.split("```json").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    assert_eq!(blocks.len(), 2);
    for block in blocks {
        Manifest::from_json(block).unwrap_or_else(|error| panic!("{error}\n{block}"));
    }
}
