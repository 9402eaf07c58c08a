//! Who may do what: principals, roles, grants, and the decisions over them.

pub mod claims;

pub use claims::Claims;
