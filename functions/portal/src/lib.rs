//! The portal: people sign in here at the provider of their tenant or of the installation, and get tokens of ours.
//!
//! # Guarantees
//! A tenant's provider gives tokens of that tenant and of no other. The function writes rows of sign-ins and sessions and nothing
//! else, and has no right in any tenant's account. No token and no secret of a provider is in a log or in a page. The command
//! line gets nothing before the person has agreed. Nobody is sent on to an address that a request names, but to the command line on the
//! loopback of the machine where the browser runs.

#![cfg_attr(not(test), warn(unused_crate_dependencies))]

// Used by the binary alone.
#[cfg(not(test))]
use lambda_runtime as _;

mod app;
mod authorize;
mod begin;
mod boxed;
mod callback;
mod consent;
mod device;
mod error;
mod forms;
mod issue;
mod key_set;
mod pages;
mod reply;
mod request;
mod routes;
mod sessions;
mod settings;
mod token;

pub use app::App;
pub use routes::{ROUTES, handle, handle_at};
pub use settings::{Operators, Settings};
