//! `docs/permissions.md` says what the table of permissions says.

use std::{env, fs, path::Path};

use domain::organizations::permissions_document;

#[test]
fn the_page_about_permissions_is_written_from_the_table() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/permissions.md");
    if env::var_os("VELOX_WRITE_DOCS").is_some() {
        fs::write(&file, permissions_document()).unwrap();
    }
    let page = fs::read_to_string(&file).unwrap();
    assert_eq!(
        page,
        permissions_document(),
        "run `VELOX_WRITE_DOCS=1 cargo test --package domain --test it permissions`"
    );
}
