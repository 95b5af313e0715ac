//! A shared environment that functions of this machine work on: `--env dev`, `--env staging`.
//!
//! What is shared is only ever named by the environment's own file, never by `.env`, `.env.local` or a variable that
//! happens to be exported: none of these is about that environment. Nothing of it is created, migrated, polled or
//! fired from here, and there is no production.

use std::{collections::BTreeMap, fmt, path::Path};

use catalog::{Function, Trigger, environment as key, names};

use super::cascade::Cascade;

/// A variable that the file has to set, and what it is.
const NEEDED: [(&str, &str); 8] = [
    (key::DATABASE_URL, "Postgres, role velox_app"),
    (key::OPERATOR_DATABASE_URL, "Postgres, role velox_operator"),
    (key::SESSIONS_TABLE, "DynamoDB table of web sessions"),
    (key::TOKENS_TABLE, "DynamoDB table of one-time tokens"),
    (key::THROTTLES_TABLE, "DynamoDB table of failed attempts"),
    (key::SEALING_KEYS, "keys that secrets in the database are sealed under"),
    (key::FILES_BUCKET, "S3 bucket of files"),
    (key::QUEUE_URL_PREFIX, "SQS: a queue's URL without the function's name"),
];

const REGION: &str = "AWS_REGION";

/// See the module. `Debug` shows no connection string and no credentials.
#[derive(Clone)]
pub struct Remote {
    name: String,
    values: BTreeMap<&'static str, String>,
    aws: BTreeMap<String, String>,
    smtp: Option<String>,
    own_queues: Option<String>,
}

/// Why an environment cannot be worked on. Never holds a value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RemoteError {
    /// Nobody works on production from a laptop.
    #[error(
        "--env {0}: production is not worked on from a laptop. `--env staging` has the same shape; for production \
         itself there are the staff's console and the pipeline"
    )]
    Production(String),
    /// A value names production.
    #[error("{file}: {key} names production, which is not worked on from a laptop")]
    NamesProduction {
        /// The environment's file.
        file: String,
        /// The variable.
        key: String,
    },
    /// All that is not set.
    #[error(
        "--env {name} needs more settings. Write them into {file} (git ignores it; .env.example.dev shows all):{}",
        listed(missing)
    )]
    Missing {
        /// The environment.
        name: String,
        /// Its file, with the path.
        file: String,
        /// The variables.
        missing: Vec<&'static str>,
    },
    /// Queues of one's own that are everybody's.
    #[error(
        "--own-queues: these are the queues of {0} itself, whose messages belong to its own functions. Give a prefix of \
         queues that you made for yourself"
    )]
    SharedQueues(String),
    /// There is nothing shared to keep apart from.
    #[error("--own-queues is for --env dev or staging: everything here is your own already")]
    Local,
}

fn listed(missing: &[&'static str]) -> String {
    let meaning = |key: &str| NEEDED.iter().find(|(name, _)| *name == key).map_or("", |(_, meaning)| meaning);
    missing.iter().map(|key| format!("\n  {key:<22} {}", meaning(key))).collect()
}

impl Remote {
    /// Whether an environment may not even be named.
    ///
    /// # Errors
    /// For production, however it is written.
    pub fn admit(name: &str) -> Result<(), RemoteError> {
        if names_production(name) { Err(RemoteError::Production(name.to_owned())) } else { Ok(()) }
    }

    /// Reads what the environment's own files say; none for the local one. `own_queues` is a prefix of queues that
    /// the developer made for themselves and wants to be polled.
    ///
    /// # Errors
    /// [`RemoteError`].
    pub fn read(
        cascade: &Cascade,
        project: &Path,
        own_queues: Option<&str>,
        process: impl Fn(&str) -> Option<String>,
    ) -> Result<Option<Self>, RemoteError> {
        Self::admit(cascade.name())?;
        if !cascade.is_remote() {
            return if own_queues.is_some() { Err(RemoteError::Local) } else { Ok(None) };
        }
        let (name, file) = (cascade.name().to_owned(), format!(".env.{}", cascade.name()));
        let missing: Vec<_> =
            NEEDED.iter().map(|(key, _)| *key).filter(|key| cascade.own(key).is_none()).collect();
        if !missing.is_empty() {
            let file = project.join(file).display().to_string();
            return Err(RemoteError::Missing { name, file, missing });
        }
        let of = |key| cascade.own(key).unwrap_or_default().to_owned();
        let values: BTreeMap<_, _> = NEEDED.iter().map(|(key, _)| (*key, of(key))).collect();
        if let Some((key, _)) = values.iter().find(|(_, value)| names_production(value)) {
            return Err(RemoteError::NamesProduction { file, key: (*key).to_owned() });
        }
        if own_queues
            .is_some_and(|own| own.trim_end_matches('-') == of(key::QUEUE_URL_PREFIX).trim_end_matches('-'))
        {
            return Err(RemoteError::SharedQueues(name));
        }
        let mut aws: BTreeMap<_, _> =
            cascade.own_values().filter(|(key, _)| key.starts_with("AWS_")).collect();
        let region = || process(REGION).or_else(|| process("AWS_DEFAULT_REGION"));
        aws.entry(REGION.to_owned()).or_insert_with(|| region().unwrap_or_else(|| names::REGION.to_owned()));
        let smtp = cascade.own(key::SMTP_URL).map(str::to_owned);
        Ok(Some(Self { name, values, aws, smtp, own_queues: own_queues.map(str::to_owned) }))
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Connection string of the role that sees one tenant at a time.
    #[must_use]
    pub fn app_database(&self) -> &str {
        self.value(key::DATABASE_URL)
    }

    /// Connection string of the role that works across tenants.
    #[must_use]
    pub fn operator_database(&self) -> &str {
        self.value(key::OPERATOR_DATABASE_URL)
    }

    /// The region of its account.
    #[must_use]
    pub fn region(&self) -> &str {
        self.aws.get(REGION).map_or(names::REGION, String::as_str)
    }

    /// Another endpoint than AWS's own.
    #[must_use]
    pub fn endpoint(&self) -> Option<&str> {
        self.aws.get("AWS_ENDPOINT_URL").map(String::as_str)
    }

    /// Where mail goes; none when it is kept in a mailbox of this machine.
    #[must_use]
    pub fn smtp(&self) -> Option<&str> {
        self.smtp.as_deref()
    }

    /// Where jobs are sent: the environment's queues, or one's own.
    #[must_use]
    pub fn queue_url_prefix(&self) -> &str {
        self.own_queues.as_deref().unwrap_or_else(|| self.value(key::QUEUE_URL_PREFIX))
    }

    /// The S3 bucket that functions use.
    #[must_use]
    pub fn files_bucket(&self) -> &str {
        self.value(key::FILES_BUCKET)
    }

    /// What the names of its resources begin with, `velox-dev`: as those of its queues, and the name of its group of
    /// schedules.
    #[must_use]
    pub fn resources(&self) -> &str {
        let prefix = self.value(key::QUEUE_URL_PREFIX);
        prefix.rsplit('/').next().unwrap_or(prefix).trim_end_matches('-')
    }

    /// The path below which its parameters are: `/velox/dev`.
    #[must_use]
    pub fn parameters(&self) -> String {
        format!("/{}", self.resources().replacen('-', "/", 1))
    }

    /// The DynamoDB tables that functions use.
    pub fn tables(&self) -> impl Iterator<Item = &str> {
        [key::SESSIONS_TABLE, key::TOKENS_TABLE, key::THROTTLES_TABLE].into_iter().map(|key| self.value(key))
    }

    /// Whether messages for a function are taken from its queue: from queues of one's own and nowhere else. A
    /// schedule's messages belong to whom fires it.
    #[must_use]
    pub fn polls(&self, function: &Function) -> bool {
        self.own_queues.is_some() && matches!(function.trigger, Trigger::Queue(_))
    }

    /// Whether there are queues of one's own.
    #[must_use]
    pub fn polls_any(&self) -> bool {
        self.own_queues.is_some()
    }

    /// Whether a function may be invoked by hand: neither what owns the schema or makes demo data, nor what a
    /// schedule fires.
    #[must_use]
    pub fn invokes(&self, function: &Function) -> bool {
        !matches!(function.trigger, Trigger::Direct | Trigger::Schedule(_))
    }

    /// What functions get in place of the local cloud.
    pub(super) fn variables(&self) -> impl Iterator<Item = (String, String)> {
        let names = [
            key::SESSIONS_TABLE,
            key::TOKENS_TABLE,
            key::THROTTLES_TABLE,
            key::SEALING_KEYS,
            key::FILES_BUCKET,
        ];
        let names = names.map(|key| (key.to_owned(), self.value(key).to_owned()));
        let queues = (key::QUEUE_URL_PREFIX.to_owned(), self.queue_url_prefix().to_owned());
        let aws = self.aws.iter().map(|(key, value)| (key.clone(), value.clone()));
        names.into_iter().chain([queues]).chain(aws)
    }

    /// Whose data it is, in a few words without secrets: host and name of the database.
    #[must_use]
    pub fn target(&self) -> String {
        let url = self.app_database();
        let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
        let place = rest.split('?').next().unwrap_or_default();
        place.rsplit('@').next().unwrap_or_default().to_owned()
    }

    /// Why something is not done here, and what to do.
    #[must_use]
    pub fn refusal(&self, what: &str) -> String {
        let name = &self.name;
        format!(
            "{what}: not from here. This runner works on {name}, which others use as well: what is destroyed there is \
             gone for everybody. Try it in a cloud of your own (`cargo velox dev` without --env), or use {name}'s own \
             tools: its pipeline, the AWS console or CLI."
        )
    }

    fn value(&self, key: &str) -> &str {
        self.values.get(key).map(String::as_str).unwrap_or_default()
    }
}

impl fmt::Debug for Remote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Remote")
            .field("name", &self.name)
            .field("target", &self.target())
            .finish_non_exhaustive()
    }
}

/// A name, host, bucket or prefix with `prod` or the like as one of its words.
fn names_production(text: &str) -> bool {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric()).map(str::to_ascii_lowercase);
    words.into_iter().any(|word| ["prod", "prd", "production", "live"].contains(&word.as_str()))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::scratch::Scratch;

    const ALL: &str = "DATABASE_URL=postgres://velox_app:s3cret@db.dev.example:5432/velox?sslmode=require\n\
                       OPERATOR_DATABASE_URL=postgres://velox_operator:s3cret@db.dev.example/velox\n\
                       SESSIONS_TABLE=velox-dev-sessions\n\
                       TOKENS_TABLE=velox-dev-tokens\nTHROTTLES_TABLE=velox-dev-throttles\n\
                       VELOX_SEALING_KEYS=dev:secret\nFILES_BUCKET=velox-dev-files\n\
                       QUEUE_URL_PREFIX=https://sqs.eu-central-1.amazonaws.com/1/velox-dev-\n";

    fn read(files: &[(&str, &str)], name: &str, own: Option<&str>) -> Result<Option<Remote>, RemoteError> {
        let scratch = Scratch::new("remote");
        files.iter().for_each(|(file, text)| fs::write(scratch.path().join(file), text).unwrap());
        let cascade = Cascade::read(scratch.path(), name, &[], |_| None).unwrap();
        Remote::read(&cascade, scratch.path(), own, |_| None)
    }

    #[test]
    fn all_that_is_missing_is_told_together_with_the_file_to_write_it_into() {
        let elsewhere = (".env.local", "DATABASE_URL=postgres://localhost/velox\n");
        let error = read(&[(".env.dev", "FILES_BUCKET=b\n"), elsewhere], "dev", None).unwrap_err();
        let text = error.to_string();
        for key in
            ["DATABASE_URL ", "OPERATOR_DATABASE_URL", "SESSIONS_TABLE", "QUEUE_URL_PREFIX", "/.env.dev "]
        {
            assert!(text.contains(key), "no {key} in {text}");
        }
        assert!(!text.contains("FILES_BUCKET"), "{text}");
    }

    #[test]
    fn production_is_no_environment_by_name_or_by_what_it_names() {
        for name in ["prod", "production", "prod-eu", "eu-prod", "live"] {
            assert!(Remote::admit(name).is_err(), "{name}");
        }
        assert!(["dev", "staging", "reproduction"].iter().all(|name| Remote::admit(name).is_ok()));
        let text = ALL.replace("velox-dev-files", "velox-prod-files");
        let error = read(&[(".env.dev", &text)], "dev", None).unwrap_err();
        let expected = RemoteError::NamesProduction { file: ".env.dev".into(), key: "FILES_BUCKET".into() };
        assert_eq!(error, expected);
    }

    #[test]
    fn only_queues_of_ones_own_are_polled_and_schedules_never() {
        let job = catalog::find("import-customers").unwrap();
        let schedule = catalog::find("relay-outbox").unwrap();
        let shared = read(&[(".env.dev", ALL)], "dev", None).unwrap().unwrap();
        assert!(!shared.polls(job) && !shared.invokes(schedule) && shared.invokes(job));
        assert_eq!(shared.target(), "db.dev.example:5432/velox");
        let own = "https://sqs.eu-central-1.amazonaws.com/1/velox-dev-anna-";
        let mine = read(&[(".env.dev", ALL)], "dev", Some(own)).unwrap().unwrap();
        assert!(mine.polls(job) && !mine.polls(schedule));
        assert_eq!(mine.queue_url_prefix(), own);
        let theirs = "https://sqs.eu-central-1.amazonaws.com/1/velox-dev-";
        assert!(matches!(read(&[(".env.dev", ALL)], "dev", Some(theirs)), Err(RemoteError::SharedQueues(_))));
        assert!(!format!("{mine:?}").contains("s3cret"));
    }
}
