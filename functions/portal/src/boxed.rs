//! Futures of the SDK, boxed: they are too deep for the compiler where they are held by value.

use std::{future::Future, pin::Pin};

/// The same future, behind a pointer.
pub fn boxed<'a, T>(
    future: impl Future<Output = T> + Send + 'a,
) -> Pin<Box<dyn Future<Output = T> + Send + 'a>> {
    Box::pin(future)
}
