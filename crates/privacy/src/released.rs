//! The wrapper that marks what may leave the lake.

use crate::Protection;

/// A value that went through protection and may be served.
///
/// It is made by sealing with the [`Protection`] that
/// [`crate::suppression::protect_jointly()`] or [`crate::noise::publish()`]
/// returns, by a question that was paid for, or by reopening a release folder
/// whose hashes were checked. Code that serves takes `Released<T>` and so cannot be handed a raw table:
///
/// ```compile_fail
/// use safeground_privacy::Released;
/// let raw = vec![1, 2, 3];
/// let released = Released { value: raw }; // the field is private
/// ```
///
/// ```compile_fail
/// use safeground_privacy::{Protection, Released};
/// let forged = Protection { threshold: 0 }; // so is the proof's
/// let released = Released::seal(vec![1], &forged);
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Released<T> {
    value: T,
}

impl<T> Released<T> {
    /// Seals a value that was computed from protected counts.
    #[must_use]
    pub fn seal(value: T, _proof: &Protection) -> Self {
        Self { value }
    }

    /// Reopens what an earlier run sealed and wrote down.
    ///
    /// `verify` must check that the bytes are those of a release, by the
    /// hashes of its manifest; its error is passed on. This is the reading
    /// side of the wall and belongs to the release module alone.
    ///
    /// # Errors
    /// Whatever `verify` returns.
    pub fn reopen<E>(value: T, verify: impl FnOnce(&T) -> Result<(), E>) -> Result<Self, E> {
        verify(&value)?;
        Ok(Self { value })
    }

    /// The value.
    #[must_use]
    pub fn get(&self) -> &T {
        &self.value
    }

    /// Derives another value from this one: a function of released data is
    /// released data.
    #[must_use]
    pub fn map<U>(self, derive: impl FnOnce(T) -> U) -> Released<U> {
        Released {
            value: derive(self.value),
        }
    }
}

impl<T, E> Released<Result<T, E>> {
    /// The value that was derived, or why it could not be.
    ///
    /// # Errors
    /// The error within.
    pub fn transpose(self) -> Result<Released<T>, E> {
        self.value.map(|value| Released { value })
    }
}
