//! Ports of resource kinds, each used by every component that declares the kind.

mod switch;

pub(crate) use switch::{SwitchPort, switch_port};
