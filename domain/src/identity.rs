//! People: their accounts, how they sign up and sign in, and to which organizations they belong.

mod account;
mod create_user;
mod email;
mod list_users;
mod password;
mod sign_in;
mod sign_up;
mod staff;

pub use account::{Account, account, find_account};
pub use create_user::{CreateUserError, NewUser, create_user, create_verified_user};
pub use email::{Email, EmailError};
pub use list_users::{User, list_users};
pub use password::{PasswordError, PasswordHash, hash};
pub use sign_in::{SignInError, SignedIn, sign_in};
pub use sign_up::{SignUp, sign_up};
pub use staff::{StaffMember, grant_staff, sign_in_staff, staff_member};
