//! Passwords of the local roles: random, made once, kept beside the cluster, readable by their owner alone.

use std::{fmt::Write as _, fs, io::Write as _, os::unix::fs::OpenOptionsExt, path::Path};

use serde::{Deserialize, Serialize};

use super::PostgresError;

/// One password per role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Passwords {
    pub(super) owner: String,
    pub(super) app: String,
    pub(super) operator: String,
}

const FILE: &str = "postgres-passwords.json";

/// The kept passwords; made and kept at the first call.
pub(super) fn keep(state_dir: &Path) -> Result<Passwords, PostgresError> {
    let path = state_dir.join(FILE);
    if let Ok(text) = fs::read(&path)
        && let Ok(passwords) = serde_json::from_slice(&text)
    {
        return Ok(passwords);
    }
    let passwords = Passwords { owner: random(), app: random(), operator: random() };
    let write = || {
        fs::create_dir_all(state_dir)?;
        let mut file =
            fs::OpenOptions::new().create(true).write(true).truncate(true).mode(0o600).open(&path)?;
        file.write_all(&serde_json::to_vec_pretty(&passwords)?)?;
        file.sync_all()
    };
    write().map_err(PostgresError::io(format!("writing {}", path.display())))?;
    Ok(passwords)
}

/// 128 random bits in hexadecimal: needs no quoting in SQL or in a connection string.
fn random() -> String {
    rand::random::<[u8; 16]>().iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;
    use crate::scratch::Scratch;

    #[test]
    fn passwords_are_made_once_and_readable_by_their_owner_alone() {
        let scratch = Scratch::new("passwords");
        let first = keep(scratch.path()).unwrap();
        assert_eq!(keep(scratch.path()).unwrap(), first);
        assert_ne!(first.app, first.operator);
        let mode = fs::metadata(scratch.path().join(FILE)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}
