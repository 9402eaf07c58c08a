//! Something to wait for.

/// Something to wait for, as data. The pass ends and comes back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wait {
    /// What is waited for, in words.
    pub waiting_for: String,
    /// Check again after this many seconds.
    pub after_secs: u32,
}
