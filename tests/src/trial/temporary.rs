//! A temporary directory for checkpoints.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

static LAST: AtomicU64 = AtomicU64::new(0);

/// A directory that is removed when dropped.
#[derive(Debug)]
pub struct TemporaryDirectory(PathBuf);

impl TemporaryDirectory {
    /// Creates one in the system's temporary directory.
    ///
    /// # Errors
    /// It cannot be created.
    pub fn new() -> std::io::Result<Self> {
        let number = LAST.fetch_add(1, Ordering::Relaxed);
        let name = format!("tenantry-trial-{}-{number}", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path)?;
        Ok(Self(path))
    }

    /// Its path.
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for TemporaryDirectory {
    fn drop(&mut self) {
        // What cannot be removed stays in the system's temporary directory, which the system clears.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
