//! What to tell a person who interrupts a command: how to continue without doing anything twice.

use std::cell::RefCell;

/// The current hint; the command replaces it as it proceeds.
#[derive(Debug, Default)]
pub struct Resume(RefCell<Option<String>>);

impl Resume {
    /// Sets the hint.
    pub fn set(&self, hint: String) {
        *self.0.borrow_mut() = Some(hint);
    }

    /// Removes the hint: nothing is in progress.
    pub fn clear(&self) {
        *self.0.borrow_mut() = None;
    }

    /// The hint; `None` when nothing has been requested yet.
    pub fn hint(&self) -> Option<String> {
        self.0.borrow().clone()
    }
}
