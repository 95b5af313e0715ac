//! The only place that reads the environment. All that is missing is told at once.

use catalog::{DatabaseRole, Function, Head, environment as key};

/// What a function is told by its environment.
#[derive(Debug, Clone)]
pub struct Configuration {
    /// The catalogue's entry.
    pub function: &'static Function,
    /// Connection string of the function's role; none for functions without a database.
    pub database_url: Option<String>,
    /// DynamoDB table.
    pub sessions_table: String,
    /// DynamoDB table.
    pub tokens_table: String,
    /// DynamoDB table.
    pub throttles_table: String,
    /// S3 bucket.
    pub files_bucket: String,
    /// `<prefix><function>` is a queue's URL.
    pub queue_url_prefix: String,
    /// Public base URL of the pages.
    pub app_url: String,
    /// Public base URL of the API.
    pub api_url: String,
    /// Where mail goes; only for functions that send it.
    pub smtp_url: Option<String>,
    /// Sender of all mail.
    pub mail_from: Option<String>,
    /// Keys for secrets in the database; only for pages of customers.
    pub sealing_keys: Option<String>,
    /// `local`, `dev`, `staging` or `prod`.
    pub environment: String,
    /// Log filter.
    pub log: String,
    /// Whether the local runner wants to know where time goes.
    pub spans: bool,
}

/// Variables that are not set.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{function} needs these environment variables, which are not set: {}", missing.join(", "))]
pub struct ConfigurationError {
    function: &'static str,
    missing: Vec<&'static str>,
}

impl Configuration {
    /// Reads the process's environment.
    ///
    /// # Errors
    /// When variables are missing.
    #[expect(clippy::disallowed_methods, reason = "this is the module that reads the environment")]
    pub fn from_environment(function: &'static Function) -> Result<Self, ConfigurationError> {
        Self::read(function, |key| std::env::var(key).ok())
    }

    fn read(
        function: &'static Function,
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, ConfigurationError> {
        let mut missing = Vec::new();
        let mut required = |key: &'static str| {
            variable(key).filter(|value| !value.is_empty()).unwrap_or_else(|| {
                missing.push(key);
                String::new()
            })
        };
        let configuration = Self {
            function,
            database_url: key::database_url(function.database_role).map(&mut required),
            sessions_table: required(key::SESSIONS_TABLE),
            tokens_table: required(key::TOKENS_TABLE),
            throttles_table: required(key::THROTTLES_TABLE),
            files_bucket: required(key::FILES_BUCKET),
            queue_url_prefix: required(key::QUEUE_URL_PREFIX),
            app_url: required(key::APP_URL),
            api_url: required(key::API_URL),
            smtp_url: function.sends_mail.then(|| required(key::SMTP_URL)),
            mail_from: function.sends_mail.then(|| required(key::MAIL_FROM)),
            sealing_keys: (function.head == Head::Web).then(|| required(key::SEALING_KEYS)),
            environment: required(key::ENVIRONMENT),
            log: variable(key::LOG).unwrap_or_else(|| "info".to_owned()),
            spans: variable(key::SPANS).is_some_and(|value| value == "1"),
        };
        let stateless = function.database_role == DatabaseRole::None;
        if missing.is_empty() || stateless {
            Ok(configuration)
        } else {
            Err(ConfigurationError { function: function.name, missing })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_missing_variables_are_told_together() {
        let function = catalog::find("web-customers").unwrap();
        let error =
            Configuration::read(function, |key| (key == "APP_URL").then(|| "x".to_owned())).unwrap_err();
        let text = error.to_string();
        for key in [
            "DATABASE_URL",
            "SEALING_KEYS",
            "SESSIONS_TABLE",
            "TOKENS_TABLE",
            "FILES_BUCKET",
            "QUEUE_URL_PREFIX",
        ] {
            assert!(text.contains(key), "{text}");
        }
        assert!(!text.contains("APP_URL") && !text.contains("SMTP_URL"), "{text}");
    }

    #[test]
    fn a_function_without_state_starts_without_an_environment() {
        assert!(Configuration::read(catalog::find("web-assets").unwrap(), |_| None).is_ok());
    }
}
