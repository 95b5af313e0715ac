//! The dashboard: everything that the runner knows and can do, as pages. They work without JavaScript and follow
//! what happens with it.
//!
//! It reads the cloud through AWS's own protocols wherever they tell, so that it shows what functions would see.
//! Only on loopback, only under the names that browsers resolve to it, and no other page can make it do something:
//! [`guard`] says how.

mod assets;
mod cloud;
mod code;
mod context;
mod elsewhere;
mod flash;
mod forms;
mod guard;
mod live;
mod page;
mod pages;
pub mod recorder;
mod redact;
mod server;
mod storm;
mod words;

pub use context::{Setting, Sources};
pub use server::Dashboard;
