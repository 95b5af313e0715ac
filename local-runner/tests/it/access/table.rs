//! The table: a row per route. Whoever adds a route says here who may use it.

/// The order of a row's statuses.
pub(super) const ROLES: [&str; 5] = ["owner", "admin", "accountant", "member", "viewer"];

/// What a route answers, by who asks.
pub(super) struct Row {
    pub(super) function: &'static str,
    /// Not signed in.
    pub(super) nobody: u16,
    /// Whether that leads to the login.
    pub(super) login: bool,
    /// By [`ROLES`]: of a page, to who asks for it; of a form that is sent empty, or about nothing that exists.
    pub(super) roles: [u16; 5],
    /// The owner of another organization. Where the path has an id it is one of ours.
    pub(super) elsewhere: u16,
    /// A program with a key; none where programs have no business.
    pub(super) api_key: Option<u16>,
}

const ALL: [bool; 5] = [true; 5];
const EDITORS: [bool; 5] = [true, true, true, true, false];
const OWNER: [bool; 5] = [true, false, false, false, false];
const ADMINS: [bool; 5] = [true, true, false, false, false];

/// Everybody gets the same.
const fn public(function: &'static str, status: u16) -> Row {
    Row { function, nobody: status, login: false, roles: [status; 5], elsewhere: status, api_key: None }
}

/// These roles get this, in any organization of theirs; the others 403.
const fn role(function: &'static str, may: [bool; 5], status: u16) -> Row {
    let mut roles = [403; 5];
    let mut at = 0;
    while at < roles.len() {
        if may[at] {
            roles[at] = status;
        }
        at += 1;
    }
    Row { function, nobody: 303, login: true, roles, elsewhere: status, api_key: None }
}

/// The same where the path has an id: of another organization there is no such thing.
const fn about(function: &'static str, may: [bool; 5], status: u16) -> Row {
    Row { elsewhere: 404, ..role(function, may, status) }
}

/// For programs with a key alone.
const fn program(function: &'static str, status: u16) -> Row {
    Row { api_key: Some(status), ..public(function, 401) }
}

/// For staff alone: no session of a customer opens it.
const fn staff(function: &'static str) -> Row {
    Row { login: true, ..public(function, 303) }
}

#[rustfmt::skip]
pub(super) const ROWS: &[Row] = &[
    // Everybody's
    Row { nobody: 200, ..public("web-home", 303) },
    public("web-sign-up-form", 200),
    public("web-sign-up", 422),
    public("web-login-form", 200),
    public("web-login", 422),
    public("web-confirm-sign-up-form", 404),
    public("web-confirm-sign-up", 404),
    Row { login: true, ..public("web-second-factor-form", 303) },
    Row { login: true, ..public("web-second-factor", 303) },
    public("web-passkey-login-form", 200),
    public("web-passkey-login", 200),
    public("web-reset-password-form", 200),
    public("web-reset-password", 422),
    public("web-choose-password-form", 404),
    public("web-choose-password", 404),
    public("web-confirm-email-form", 404),
    public("web-confirm-email", 404),
    public("web-confirm-new-email-form", 404),
    public("web-confirm-new-email", 404),
    // With a ticket of the staff's console alone.
    public("web-impersonation", 404),
    public("web-impersonate", 404),
    public("web-assets", 200),
    public("web-fallback", 404),
    // A member's
    role("web-dashboard", ALL, 200),
    role("web-customers", ALL, 200),
    role("web-imports", ALL, 200),
    role("web-import-form", EDITORS, 200),
    role("web-start-import", EDITORS, 400),
    about("web-import", ALL, 200),
    // Setting up
    role("web-welcome", ALL, 200),
    role("web-skip-task", ADMINS, 422),
    role("web-load-samples", EDITORS, 303),
    role("web-company", ADMINS, 200),
    role("web-update-company", ADMINS, 422),
    // One's own account, in every role
    role("web-account", ALL, 200),
    role("web-change-password", ALL, 422),
    role("web-change-email", ALL, 422),
    role("web-sessions", ALL, 200),
    role("web-end-session", ALL, 303),
    role("web-passkeys", ALL, 200),
    role("web-add-passkey", ALL, 422),
    role("web-remove-passkey", ALL, 404),
    role("web-delete-account-form", ALL, 200),
    role("web-delete-account", ALL, 422),
    role("web-two-factor", ALL, 200),
    role("web-turn-on-two-factor", ALL, 422),
    role("web-turn-off-two-factor", ALL, 422),
    role("web-recovery-codes", ALL, 422),
    // Programs and their networks
    role("web-api-keys", ADMINS, 200),
    role("web-create-api-key", ADMINS, 422),
    about("web-revoke-api-key", ADMINS, 404),
    role("web-allow-list", ADMINS, 200),
    role("web-update-allow-list", ADMINS, 303),
    // Members and invitations
    role("web-members", ALL, 200),
    about("web-member", ADMINS, 200),
    about("web-change-role", ADMINS, 404),
    about("web-remove-member", ADMINS, 404),
    about("web-transfer-ownership", OWNER, 404),
    about("web-invite-again", ADMINS, 404),
    about("web-revoke-invitation", ADMINS, 404),
    role("web-invite", ADMINS, 422),
    public("web-invitation", 404),
    Row { nobody: 303, login: true, ..public("web-accept-invitation", 404) },
    public("web-join", 404),
    // One's own organizations, whatever the role
    role("web-organizations", ALL, 200),
    role("web-create-organization", ALL, 422),
    // Of an organization to which one does not belong there is none to switch to.
    about("web-switch-organization", ALL, 404),
    // The end of an organization
    role("web-deletion", OWNER, 200),
    role("web-delete-organization", OWNER, 422),
    role("web-closed", ALL, 303),
    Row { roles: [409, 403, 403, 403, 403], ..role("web-restore-organization", OWNER, 409) },
    Row { roles: [409, 403, 403, 403, 403], ..role("web-make-export", OWNER, 409) },
    Row { roles: [404, 403, 403, 403, 403], ..role("web-export", OWNER, 404) },
    // The log
    role("web-audit", ADMINS, 200),
    role("web-audit-file", ADMINS, 200),
    // The API
    program("api-create-user", 400),
    program("api-list-users", 200),
    program("api-create-customer", 400),
    program("api-list-customers", 200),
    public("api-fallback", 404),
    // Staff's
    public("admin-login-form", 200),
    public("admin-login", 422),
    staff("admin-organizations"),
    staff("admin-organization"),
    staff("admin-impersonation"),
    staff("admin-impersonate"),
    public("admin-assets", 200),
    public("admin-fallback", 404),
    // These end what asks with, so they come last. The only owner stays; who left finds that out.
    Row { roles: [409, 303, 303, 303, 303], ..role("web-leave", ALL, 409) },
    // Sessions go on under tokens that this test does not keep.
    role("web-end-other-sessions", ALL, 303),
    public("web-logout", 303),
    public("admin-logout", 303),
];
