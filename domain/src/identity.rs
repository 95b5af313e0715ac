//! People: their accounts, how they sign up and sign in, and to which organizations they belong.

mod account;
mod change;
mod create_user;
mod delete_account;
mod email;
mod impersonation;
mod list_users;
mod passkeys;
mod password;
mod session_epoch;
mod sign_in;
mod sign_up;
mod staff;
mod two_factor;

pub use account::{Account, account, find_account};
pub use change::{ChangeError, change_email, confirm_email, request_email_change, set_password};
pub use create_user::{CreateUserError, NewUser, create_user, create_verified_user};
pub use delete_account::{DeleteAccountError, delete_account};
pub use email::{Email, EmailError};
pub use impersonation::{
    Impersonation, ImpersonationError, Impersonator, allow_impersonation, begin_impersonation,
    impersonation_goes_on, note_end_of_impersonation,
};
pub use list_users::{User, list_users};
pub use passkeys::{
    Ceremony, Passkey, PasskeyError, RelyingParty, begin_login, begin_registration, passkeys, register,
    remove_passkey, sign_in_with_passkey,
};
pub use password::{PasswordError, PasswordHash, hash};
pub use session_epoch::{SessionEpoch, end_sessions};
pub use sign_in::{
    RightPassword, SignInError, check_password, is_password_of, note_sign_in, note_sign_in_burst,
};
pub use sign_up::{SignUp, sign_up};
pub use staff::{StaffMember, grant_staff, sign_in_staff, staff_member};
pub use two_factor::{
    TotpSecret, TwoFactor, TwoFactorError, renew_recovery_codes, turn_off, turn_on, two_factor, use_code,
};
