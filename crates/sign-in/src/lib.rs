//! How a person is signed in: what is asked of an OpenID provider and verified of its answers, and our own tokens.
//!
//! # Guarantees
//! No AWS SDK and no clock: the time is passed in. What a provider says is used only after its signature, issuer, audience,
//! nonce and times were verified. A provider can be asked nothing but by public addresses, and can neither hold up nor fill up who
//! asks it: every answer has a limit of time and of size, and so have all answers together. Nothing is remembered for longer than ten
//! minutes, nor in more than some megabytes; that a provider failed or did not answer, for half a minute.

#![cfg_attr(not(test), warn(unused_crate_dependencies))]

pub mod addresses;
pub mod exchange;
pub mod fetch;
mod id_token;
pub mod person;
pub mod provider;
pub mod providers;
pub mod redirect;
pub mod refusal;
mod remembered;
pub mod secrets;
pub mod steps;
pub mod token;

pub use addresses::Reach;
pub use fetch::Fetcher;
pub use provider::Provider;
pub use providers::Providers;
pub use refusal::Refused;
