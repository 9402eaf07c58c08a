//! Futures of the SDK are too deep for the compiler where they are held by value.

use std::{future::Future, pin::Pin};

/// The same future, behind a pointer.
pub fn shallow<'a, T>(
    future: impl Future<Output = T> + Send + 'a,
) -> Pin<Box<dyn Future<Output = T> + Send + 'a>> {
    Box::pin(future)
}
