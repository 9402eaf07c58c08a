//! People sign in at the portal, at a real OpenID provider on loopback, which can be told to misbehave.

#![allow(
    clippy::disallowed_methods,
    reason = "tests start programs, wait for them and choose the time"
)]

mod barrier;
mod browser;
mod command_line;
mod provider;
mod provider_routes;
mod raw_events;
mod site;
mod troubles;
mod ways_in;
