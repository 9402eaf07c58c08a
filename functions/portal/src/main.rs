//! The function `portal`: the sign-in address of the installation and of every tenant.

fn main() {}
