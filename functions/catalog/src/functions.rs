//! The entries. One line each; sorted by head and then as a user meets them.

use crate::{
    Access::{
        self, ChangeSession, DeleteFile, DeleteFiles, FindSession, IssueToken, ListSessions, ReadFile,
        SendJobs, TakeToken, Throttle, WriteFile,
    },
    function::{DatabaseRole::Operator, DatabaseRole::Owner, Function, Head, Method, Schedule, Trigger},
};

/// Finds who asks; a form commits, which may send jobs.
const fn web(name: &'static str, method: Method, path: &'static str) -> Function {
    let access: &[Access] = if matches!(method, Get) { &[FindSession] } else { &[FindSession, SendJobs] };
    Function::route(Head::Web, name, method, path).may(access)
}

const fn api(name: &'static str, method: Method, path: &'static str) -> Function {
    let access: &[Access] = if matches!(method, Get) { &[] } else { &[SendJobs] };
    Function::route(Head::Api, name, method, path).may(access)
}

const fn admin(name: &'static str, method: Method, path: &'static str) -> Function {
    Function::route(Head::Admin, name, method, path).role(Operator).may(&[FindSession])
}

use Method::{Any, Get, Post};

/// Everything that Lambda, Fargate or the local runner can invoke.
pub static FUNCTIONS: &[Function] = &[
    // web
    web("web-home", Get, "/").stateless(),
    web("web-sign-up-form", Get, "/sign-up").stateless(),
    web("web-sign-up", Post, "/sign-up").may(&[IssueToken, SendJobs, Throttle]),
    web("web-login-form", Get, "/login").stateless(),
    web("web-login", Post, "/login").may(&[ChangeSession, IssueToken, SendJobs, Throttle]),
    web("web-logout", Post, "/logout").may(&[ChangeSession]),
    web("web-confirm-sign-up-form", Get, "/sign-up/confirm").may(&[TakeToken]),
    web("web-confirm-sign-up", Post, "/sign-up/confirm").may(&[ChangeSession, TakeToken]),
    web("web-second-factor-form", Get, "/login/second-factor").may(&[TakeToken]),
    web("web-second-factor", Post, "/login/second-factor").may(&[
        ChangeSession,
        SendJobs,
        TakeToken,
        Throttle,
    ]),
    web("web-passkey-login-form", Get, "/login/passkey").stateless(),
    web("web-passkey-login", Post, "/login/passkey").may(&[ChangeSession, IssueToken, TakeToken, Throttle]),
    web("web-passkeys", Get, "/account/passkeys"),
    web("web-add-passkey", Post, "/account/passkeys").may(&[
        ChangeSession,
        FindSession,
        IssueToken,
        SendJobs,
        TakeToken,
        Throttle,
    ]),
    web("web-remove-passkey", Post, "/account/passkeys/{id}/remove"),
    web("web-delete-account-form", Get, "/account/delete"),
    web("web-delete-account", Post, "/account/delete").may(&[FindSession, ListSessions, SendJobs, Throttle]),
    web("web-reset-password-form", Get, "/reset-password").stateless(),
    web("web-reset-password", Post, "/reset-password").may(&[SendJobs, Throttle]),
    web("web-choose-password-form", Get, "/reset-password/choose").may(&[TakeToken]),
    web("web-choose-password", Post, "/reset-password/choose").may(&[ListSessions, SendJobs, TakeToken]),
    web("web-confirm-email-form", Get, "/confirm-email").may(&[TakeToken]),
    web("web-confirm-email", Post, "/confirm-email").may(&[SendJobs, TakeToken]),
    web("web-confirm-new-email-form", Get, "/confirm-new-email").may(&[TakeToken]),
    web("web-confirm-new-email", Post, "/confirm-new-email").may(&[ListSessions, SendJobs, TakeToken]),
    web("web-account", Get, "/account"),
    web("web-change-password", Post, "/account/password").may(&[
        ChangeSession,
        FindSession,
        ListSessions,
        SendJobs,
        Throttle,
    ]),
    web("web-change-email", Post, "/account/email").may(&[FindSession, SendJobs, Throttle]),
    web("web-sessions", Get, "/account/sessions").may(&[FindSession, ListSessions]),
    web("web-end-session", Post, "/account/sessions/{id}/end").may(&[FindSession, ListSessions]),
    web("web-end-other-sessions", Post, "/account/sessions/end-others").may(&[
        ChangeSession,
        FindSession,
        ListSessions,
        SendJobs,
    ]),
    web("web-two-factor", Get, "/account/two-factor"),
    web("web-turn-on-two-factor", Post, "/account/two-factor").may(&[
        ChangeSession,
        FindSession,
        SendJobs,
        Throttle,
    ]),
    web("web-turn-off-two-factor", Post, "/account/two-factor/off").may(&[
        ChangeSession,
        FindSession,
        SendJobs,
        Throttle,
    ]),
    web("web-recovery-codes", Post, "/account/two-factor/recovery-codes").may(&[
        ChangeSession,
        FindSession,
        SendJobs,
        Throttle,
    ]),
    web("web-dashboard", Get, "/dashboard").open_to_support(),
    web("web-customers", Get, "/customers").open_to_support(),
    web("web-imports", Get, "/imports").open_to_support(),
    web("web-import-form", Get, "/imports/new").open_to_support(),
    web("web-start-import", Post, "/imports").may(&[FindSession, SendJobs, WriteFile]).open_to_support(),
    web("web-import", Get, "/imports/{id}").open_to_support(),
    web("web-api-keys", Get, "/settings/api-keys").open_to_support(),
    web("web-create-api-key", Post, "/settings/api-keys"),
    web("web-revoke-api-key", Post, "/settings/api-keys/{id}/revoke"),
    web("web-allow-list", Get, "/settings/allow-list").open_to_support(),
    web("web-update-allow-list", Post, "/settings/allow-list"),
    web("web-welcome", Get, "/welcome").open_to_support(),
    web("web-skip-task", Post, "/welcome/skip").open_to_support(),
    web("web-load-samples", Post, "/welcome/sample").open_to_support(),
    web("web-company", Get, "/settings/company").open_to_support(),
    web("web-update-company", Post, "/settings/company").open_to_support(),
    web("web-audit", Get, "/settings/audit").open_to_support(),
    web("web-audit-file", Get, "/settings/audit.csv").open_to_support(),
    web("web-members", Get, "/members").open_to_support(),
    web("web-member", Get, "/members/{id}"),
    web("web-change-role", Post, "/members/{id}/role"),
    web("web-remove-member", Post, "/members/{id}/remove"),
    web("web-transfer-ownership", Post, "/members/{id}/transfer"),
    web("web-leave", Post, "/members/leave"),
    web("web-invite", Post, "/members/invitations"),
    web("web-invite-again", Post, "/members/invitations/{id}/again"),
    web("web-revoke-invitation", Post, "/members/invitations/{id}/revoke"),
    web("web-invitation", Get, "/invitation"),
    web("web-accept-invitation", Post, "/invitation").may(&[ChangeSession, FindSession]),
    web("web-join", Post, "/invitation/account").may(&[ChangeSession]),
    web("web-organizations", Get, "/organizations"),
    web("web-create-organization", Post, "/organizations").may(&[ChangeSession, FindSession]),
    web("web-switch-organization", Post, "/organizations/{id}/switch").may(&[ChangeSession, FindSession]),
    web("web-deletion", Get, "/settings/deletion"),
    web("web-delete-organization", Post, "/settings/deletion"),
    web("web-closed", Get, "/closed").open_to_support(),
    web("web-restore-organization", Post, "/closed/restore").may(&[DeleteFile, FindSession, SendJobs]),
    web("web-export", Get, "/closed/export").may(&[FindSession, ReadFile, SendJobs]),
    web("web-make-export", Post, "/closed/export").may(&[FindSession, SendJobs]),
    web("web-impersonation", Get, "/support").may(&[TakeToken]),
    web("web-impersonate", Post, "/support").may(&[ChangeSession, SendJobs, TakeToken]),
    web("web-assets", Get, "/assets/{file}").stateless(),
    web("web-fallback", Any, "/{*path}").stateless(),
    // api
    api("api-create-user", Post, "/v1/users"),
    api("api-list-users", Get, "/v1/users"),
    api("api-create-customer", Post, "/v1/customers"),
    api("api-list-customers", Get, "/v1/customers"),
    api("api-fallback", Any, "/{*path}").stateless(),
    // admin
    admin("admin-login-form", Get, "/login").stateless(),
    admin("admin-login", Post, "/login").may(&[ChangeSession, SendJobs, Throttle]),
    admin("admin-logout", Post, "/logout").may(&[ChangeSession]),
    admin("admin-organizations", Get, "/"),
    admin("admin-organization", Get, "/organizations/{id}"),
    admin("admin-impersonation", Get, "/impersonate"),
    admin("admin-impersonate", Post, "/impersonate").may(&[FindSession, IssueToken]),
    admin("admin-assets", Get, "/assets/{file}").stateless(),
    admin("admin-fallback", Any, "/{*path}").stateless(),
    // jobs
    Function::job("import-customers", 120_000).may(&[ReadFile]),
    // One connection notes the run while the other reads what the mail says.
    Function::job("send-mail", 60_000).connections(2).sends_mail().may(&[IssueToken, TakeToken]),
    Function::schedule("relay-outbox", Schedule::EveryMinutes(1), 30_000).may(&[SendJobs]),
    Function::schedule("expire-imports", Schedule::EveryMinutes(60), 60_000),
    Function::job("export-organization", 300_000).may(&[SendJobs, WriteFile]),
    Function::schedule("purge-organizations", Schedule::EveryMinutes(24 * 60), 300_000)
        .may(&[DeleteFiles, SendJobs]),
    Function::direct("migrate", 300_000).role(Owner),
    Function::direct("grant-staff", 10_000).role(Owner),
    Function::direct("seed-demo", 60_000).local_only(),
];

/// The entry with this name.
#[must_use]
pub fn find(name: &str) -> Option<&'static Function> {
    FUNCTIONS.iter().find(|function| function.name == name)
}

/// The methods that a head's routes have for a path, `HEAD` included; none when there is no such path. Catch-all
/// routes do not count: this is what they answer from.
#[must_use]
pub fn methods_of(head: Head, path: &str) -> Vec<&'static str> {
    let mut methods = Vec::new();
    for function in FUNCTIONS.iter().filter(|function| function.head == head) {
        match function.trigger {
            Trigger::Http { method: Any, .. } => {}
            Trigger::Http { method, path: pattern } if matches(pattern, path) => {
                methods.push(method.token());
                methods.extend((method == Get).then_some("HEAD"));
            }
            _ => {}
        }
    }
    methods
}

fn matches(pattern: &str, path: &str) -> bool {
    let (mut expected, mut found) = (pattern.split('/'), path.split('/'));
    loop {
        match (expected.next(), found.next()) {
            (None, None) => return true,
            (Some(part), Some(segment)) if part == segment => {}
            (Some(part), Some(segment)) if part.starts_with('{') && !segment.is_empty() => {}
            _ => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::{DatabaseRole, names};

    #[test]
    fn names_are_unique_and_fit_lambda_sqs_and_a_file_name() {
        let mut seen = HashSet::new();
        for function in FUNCTIONS {
            let name = function.name;
            assert!(seen.insert(name), "{name} stands twice in the catalogue: rename one");
            let fits = name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
            assert!(fits && name.len() <= 50, "{name}: use a-z, 0-9 and -, 50 at most");
            let prefixed = name.starts_with(&format!("{}-", function.head.name()));
            assert_eq!(prefixed, function.head != Head::Jobs, "{name}: routes start with their head's name");
        }
    }

    #[test]
    fn the_methods_of_a_path_are_those_of_its_routes() {
        assert_eq!(methods_of(Head::Api, "/v1/customers"), ["POST", "GET", "HEAD"]);
        assert_eq!(methods_of(Head::Web, "/imports/0190"), ["GET", "HEAD"]);
        assert!(methods_of(Head::Api, "/v1/customers/").is_empty());
        assert!(methods_of(Head::Web, "/imports//").is_empty());
    }

    #[test]
    fn no_two_routes_of_a_host_collide() {
        let mut seen = HashSet::new();
        for function in FUNCTIONS {
            let Trigger::Http { method, path } = function.trigger else { continue };
            let shape: Vec<_> =
                path.split('/').map(|part| if part.starts_with('{') { "{}" } else { part }).collect();
            let key = (function.head, method, shape.join("/"));
            assert!(seen.insert(key), "{}: {method:?} {path} is taken by another entry", function.name);
            assert!(path.starts_with('/'), "{}: a path starts with /", function.name);
        }
    }

    #[test]
    fn all_pools_together_stay_below_what_the_database_allows() {
        let sum: u32 = FUNCTIONS
            .iter()
            .map(|f| {
                u32::from(f.database_connections) * u32::from(f.processes.max) * names::TASKS_PER_SERVICE
            })
            .sum();
        let limit = names::DATABASE_MAX_CONNECTIONS - names::DATABASE_RESERVED_CONNECTIONS;
        assert!(
            sum <= limit,
            "the functions may open {sum} connections and the database allows {limit}: \
             lower database_connections or processes in functions.rs, or raise the database's size"
        );
    }

    #[test]
    fn a_function_has_connections_exactly_when_it_has_a_role() {
        for f in FUNCTIONS {
            let has_role = f.database_role != DatabaseRole::None;
            assert_eq!(has_role, f.database_connections > 0, "{}: role and connections disagree", f.name);
        }
    }

    #[test]
    fn the_schema_owner_is_reachable_by_no_request_queue_or_schedule() {
        for f in FUNCTIONS.iter().filter(|f| f.database_role == Owner) {
            assert_eq!(f.trigger, Trigger::Direct, "{} must not hold the owner's role", f.name);
        }
    }
}
