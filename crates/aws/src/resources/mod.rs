//! Ports of resource kinds, each used by every component that declares the kind.

mod root_user;
mod switch;

pub(crate) use root_user::RootUserPort;
pub(crate) use switch::{SwitchPort, switch_port};
