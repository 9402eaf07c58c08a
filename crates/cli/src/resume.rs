//! What to tell a person who interrupts a command: how to go on without doing anything twice.

use std::cell::RefCell;

/// The hint that holds at this moment; the command replaces it as it gets on.
#[derive(Debug, Default)]
pub struct Resume(RefCell<Option<String>>);

impl Resume {
    /// From now on, this is how to go on.
    pub fn set(&self, hint: String) {
        *self.0.borrow_mut() = Some(hint);
    }

    /// From now on nothing is under way.
    pub fn clear(&self) {
        *self.0.borrow_mut() = None;
    }

    /// How to go on; `None` when nothing has been asked for yet.
    pub fn hint(&self) -> Option<String> {
        self.0.borrow().clone()
    }
}
