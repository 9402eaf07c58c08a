//! Asks the linker of a release build to keep one copy of functions whose code is the same: the SDKs are generated and hold many.

#![allow(
    clippy::disallowed_methods,
    reason = "cargo tells a build script of its target by the environment"
)]

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    let is = |name: &str, value: &str| std::env::var(name).as_deref() == Ok(value);
    // Rust links with LLD here unless told otherwise, as other ways to cross-compile do; GNU ld knows no such option.
    let lld = is("CARGO_CFG_TARGET_ARCH", "x86_64")
        && is("CARGO_CFG_TARGET_OS", "linux")
        && is("CARGO_CFG_TARGET_ENV", "gnu")
        && std::env::var_os("RUSTC_LINKER").is_none();
    if lld && is("PROFILE", "release") {
        println!("cargo:rustc-link-arg-bins=-Wl,--icf=all");
    }
}
