//! The developer's settings: the process's environment and the `.env` files of the checkout, the nearer before the
//! farther, in the order that dotenv programs agree on. Remembers where each value came from and shows none.

use std::{collections::BTreeMap, fmt, fs, io, path::Path};

/// The environment that runs on this machine alone.
pub const LOCAL: &str = "local";

/// Settings by name. What they hold is not told by `Debug`.
#[derive(Clone)]
pub struct Cascade {
    name: String,
    values: BTreeMap<String, (String, Source)>,
    /// What the environment's own files set.
    own: BTreeMap<String, String>,
}

/// Where a value came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// The environment that the runner was started in.
    Process,
    /// A file of the checkout, by its name.
    File(String),
}

/// What may be told about a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// The variable.
    pub name: String,
    /// Where its value came from.
    pub source: Source,
    /// Whether its value must not be shown.
    pub is_secret: bool,
}

/// Why the files cannot be used. Never holds a value.
#[derive(Debug, thiserror::Error)]
pub enum CascadeError {
    /// It names files, so it may hold nothing else.
    #[error("--env {0:?}: a name has lower-case letters, digits and hyphens")]
    BadName(String),
    /// A file cannot be read.
    #[error("{file}: {source}")]
    Unreadable {
        /// Its name.
        file: String,
        /// Why.
        source: io::Error,
    },
    /// A line is not understood.
    #[error("{file}, line {line}: expected KEY=VALUE; values with spaces or # stand in quotes")]
    Malformed {
        /// The file's name.
        file: String,
        /// Counted from 1.
        line: usize,
    },
    /// Nobody has set up this environment.
    #[error(
        "--env {name}: there is neither .env.{name} nor .env.{name}.local; copy .env.example.{name}, if it is there"
    )]
    Unknown {
        /// Its name.
        name: String,
    },
}

impl Cascade {
    /// Reads the files of environment `name` in `project`. `process` is asked for each variable that a file or
    /// `known` names, and wins.
    ///
    /// # Errors
    /// [`CascadeError`].
    pub fn read(
        project: &Path,
        name: &str,
        known: &[&str],
        process: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, CascadeError> {
        let is_name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if name.is_empty() || !name.chars().all(is_name) {
            return Err(CascadeError::BadName(name.to_owned()));
        }
        let own = [format!(".env.{name}.local"), format!(".env.{name}")];
        let is_set_up = name == LOCAL || own.iter().any(|file| project.join(file).exists());
        if !is_set_up {
            return Err(CascadeError::Unknown { name: name.to_owned() });
        }
        let mut values: BTreeMap<String, (String, Source)> = BTreeMap::new();
        let [own_local, own] = own;
        let mut of_own_files = BTreeMap::new();
        for file in [".env".to_owned(), own.clone(), ".env.local".to_owned(), own_local.clone()] {
            let text = match fs::read_to_string(project.join(&file)) {
                Ok(text) => text,
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(source) => return Err(CascadeError::Unreadable { file, source }),
            };
            for (number, line) in text.lines().enumerate() {
                let pair = parse(line)
                    .map_err(|Malformed| CascadeError::Malformed { file: file.clone(), line: number + 1 })?;
                if let Some((key, value)) = pair {
                    if file == own || file == own_local {
                        of_own_files.insert(key.clone(), value.clone());
                    }
                    values.insert(key, (value, Source::File(file.clone())));
                }
            }
        }
        let named: Vec<_> = values.keys().cloned().chain(known.iter().map(|key| (*key).to_owned())).collect();
        for key in named {
            if let Some(value) = process(&key) {
                values.insert(key, (value, Source::Process));
            }
        }
        // Set to nothing is not set: so a file can take back what a farther one says.
        values.retain(|_, (value, _)| !value.is_empty());
        of_own_files.retain(|_, value: &mut String| !value.is_empty());
        Ok(Self { name: name.to_owned(), values, own: of_own_files })
    }

    /// The environment's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether functions work on what others use as well.
    #[must_use]
    pub fn is_remote(&self) -> bool {
        self.name != LOCAL
    }

    /// A variable's value.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&str> {
        self.values.get(key).map(|(value, _)| value.as_str())
    }

    /// A variable's value if a file of this environment alone sets it, whatever else does: `.env.<name>` or
    /// `.env.<name>.local`, the latter before the former.
    #[must_use]
    pub fn own(&self, key: &str) -> Option<&str> {
        self.own.get(key).map(String::as_str)
    }

    /// All of [`Cascade::own`].
    pub fn own_values(&self) -> impl Iterator<Item = (String, String)> {
        self.own.iter().map(|(key, value)| (key.clone(), value.clone()))
    }

    /// Where a variable's value came from.
    #[must_use]
    pub fn source(&self, key: &str) -> Option<&Source> {
        self.values.get(key).map(|(_, source)| source)
    }

    /// All values, by name.
    pub fn values(&self) -> impl Iterator<Item = (&str, &str)> {
        self.values.iter().map(|(key, (value, _))| (key.as_str(), value.as_str()))
    }

    /// Where each value came from, by name.
    #[must_use]
    pub fn origins(&self) -> Vec<Origin> {
        let origin = |(name, (value, source)): (&String, &(String, Source))| Origin {
            name: name.clone(),
            source: source.clone(),
            is_secret: is_secret(name, value),
        };
        self.values.iter().map(origin).collect()
    }
}

impl fmt::Debug for Cascade {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cascade").field("name", &self.name).field("origins", &self.origins()).finish()
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Process => f.write_str("your environment"),
            Self::File(file) => f.write_str(file),
        }
    }
}

struct Malformed;

/// A line: nothing, or `KEY=value`, with `export` in front or not, the value bare, in double or in single quotes.
fn parse(line: &str) -> Result<Option<(String, String)>, Malformed> {
    let line = line.trim();
    if line.is_empty() || line.starts_with('#') {
        return Ok(None);
    }
    let line = line.strip_prefix("export ").unwrap_or(line);
    let (key, value) = line.split_once('=').ok_or(Malformed)?;
    let (key, value) = (key.trim(), value.trim());
    let is_key = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if key.is_empty() || key.starts_with(|c: char| c.is_ascii_digit()) || !key.chars().all(is_key) {
        return Err(Malformed);
    }
    Ok(Some((key.to_owned(), unquoted(value)?)))
}

fn unquoted(value: &str) -> Result<String, Malformed> {
    match value.chars().next() {
        Some(quote @ ('"' | '\'')) => {
            let mut text = String::new();
            let mut rest = value[1..].chars();
            loop {
                match rest.next().ok_or(Malformed)? {
                    c if c == quote => break,
                    '\\' if quote == '"' => text.push(match rest.next().ok_or(Malformed)? {
                        'n' => '\n',
                        other => other,
                    }),
                    c => text.push(c),
                }
            }
            let after = rest.as_str().trim();
            if after.is_empty() || after.starts_with('#') { Ok(text) } else { Err(Malformed) }
        }
        _ => {
            let bare = value.split(" #").next().unwrap_or_default().trim();
            if bare.contains(char::is_whitespace) { Err(Malformed) } else { Ok(bare.to_owned()) }
        }
    }
}

/// By its name, or because it is a URL with a password in it.
pub(crate) fn is_secret(name: &str, value: &str) -> bool {
    const WORDS: [&str; 6] = ["SECRET", "PASSWORD", "TOKEN", "KEY", "CREDENTIAL", "DSN"];
    let authority =
        value.split_once("://").map(|(_, rest)| rest.split(['/', '?']).next().unwrap_or_default());
    let has_password = authority.and_then(|a| a.rsplit_once('@')).is_some_and(|(user, _)| user.contains(':'));
    WORDS.iter().any(|word| name.to_ascii_uppercase().contains(word)) || has_password
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scratch::Scratch;

    fn read(scratch: &Scratch, name: &str, process: &[(&str, &str)]) -> Result<Cascade, CascadeError> {
        let find =
            |key: &str| process.iter().find(|(name, _)| *name == key).map(|(_, value)| (*value).to_owned());
        Cascade::read(scratch.path(), name, &["KNOWN"], find)
    }

    #[test]
    fn the_nearer_wins_and_where_it_came_from_is_known() {
        let scratch = Scratch::new("cascade");
        let all = ["A", "B", "C", "D", "E"];
        for (file, sets) in [(".env", 5), (".env.dev", 4), (".env.local", 3), (".env.dev.local", 2)] {
            let text: String = all[..sets].iter().map(|key| format!("{key}={file}\n")).collect();
            fs::write(scratch.path().join(file), text).unwrap();
        }
        let cascade = read(&scratch, "dev", &[("A", "process"), ("KNOWN", "k"), ("PATH", "/bin")]).unwrap();
        let values: Vec<_> = cascade.values().collect();
        let expected = [
            ("A", "process"),
            ("B", ".env.dev.local"),
            ("C", ".env.local"),
            ("D", ".env.dev"),
            ("E", ".env"),
            ("KNOWN", "k"),
        ];
        assert_eq!(values, expected);
        assert_eq!(cascade.origins()[0].source, Source::Process);
        assert_eq!(cascade.origins()[3].source, Source::File(".env.dev".into()));
        let local = read(&scratch, LOCAL, &[]).unwrap();
        assert_eq!(
            (local.get("A"), local.get("D"), local.is_remote()),
            (Some(".env.local"), Some(".env"), false)
        );
    }

    #[test]
    fn values_stand_bare_or_in_quotes() {
        let scratch = Scratch::new("quotes");
        let text = "# a comment\n\nexport A=1 # one\nB=\"two words # kept\\n\"\nC='$raw \\n'\nD=\nE=a#b\n";
        fs::write(scratch.path().join(".env"), text).unwrap();
        let cascade = read(&scratch, LOCAL, &[]).unwrap();
        let values: Vec<_> = cascade.values().collect();
        assert_eq!(values, [("A", "1"), ("B", "two words # kept\n"), ("C", "$raw \\n"), ("E", "a#b")]);
    }

    #[test]
    fn a_line_that_is_not_understood_is_named_and_not_quoted() {
        for line in ["s3cret", "1A=s3cret", "A=\"s3cret", "A=s3cret and more", "A=\"x\" s3cret"] {
            let scratch = Scratch::new("malformed");
            fs::write(scratch.path().join(".env"), format!("X=1\n{line}\n")).unwrap();
            let said = read(&scratch, LOCAL, &[]).unwrap_err().to_string();
            assert!(said.starts_with(".env, line 2:") && !said.contains("s3cret"), "{said}");
        }
    }

    #[test]
    fn an_environment_that_nobody_set_up_is_refused() {
        let scratch = Scratch::new("unknown");
        let said = read(&scratch, "staging", &[]).unwrap_err().to_string();
        assert!(said.contains(".env.staging") && said.contains(".env.example.staging"), "{said}");
        assert!(matches!(read(&scratch, "../etc", &[]), Err(CascadeError::BadName(_))));
    }

    #[test]
    fn secrets_are_known_and_never_shown() {
        let scratch = Scratch::new("secrets");
        let text = "DATABASE_URL=postgres://u:s3cret@h/d\nAPI_TOKEN=s3cret\nAPP_URL=https://app.test/a@b:c\n";
        fs::write(scratch.path().join(".env"), text).unwrap();
        let cascade = read(&scratch, LOCAL, &[]).unwrap();
        let secret: Vec<_> = cascade.origins().into_iter().map(|origin| origin.is_secret).collect();
        assert_eq!(secret, [true, false, true]);
        assert!(!format!("{cascade:?}").contains("s3cret"));
    }
}
