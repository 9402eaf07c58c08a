//! A directory for kept worlds, removed in the end.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

static LAST: AtomicU64 = AtomicU64::new(0);

/// A directory that is removed when dropped.
#[derive(Debug)]
pub struct Directory(PathBuf);

impl Directory {
    /// A new one, below the system's directory for passing files.
    ///
    /// # Errors
    /// It cannot be made.
    pub fn new() -> std::io::Result<Self> {
        let number = LAST.fetch_add(1, Ordering::Relaxed);
        let name = format!("tenantry-trial-{}-{number}", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path)?;
        Ok(Self(path))
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        // What cannot be removed lies among the passing files, where the system clears up.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
