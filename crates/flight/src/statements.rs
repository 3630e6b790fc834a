//! Prepared statements, kept for whoever prepared them.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;

/// How long a statement is kept after it was used last.
const KEPT: Duration = Duration::from_secs(600);

/// Statements of one caller at a time.
pub(crate) const MOST_OF_ONE: usize = 32;

/// Bytes of all statements of all callers.
const MOST_BYTES: usize = 64 << 20;

/// Bytes that keeping a statement takes beside its texts.
const BYTES_OF_ONE: usize = 512;

/// A handle: random, so that it cannot be guessed.
pub(crate) type Handle = [u8; 32];

/// A statement that was prepared.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Statement {
    /// Whose it is.
    pub(crate) owner: [u8; 32],
    /// The text.
    pub(crate) sql: String,
    /// Values for its placeholders, an Arrow stream of one row.
    pub(crate) row: Option<Bytes>,
}

impl Statement {
    fn bytes(&self) -> usize {
        let row = self.row.as_ref().map_or(0, Bytes::len);
        BYTES_OF_ONE + self.sql.len() + row
    }
}

/// Why a statement is not kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum StatementError {
    /// The caller has no such statement: another may have.
    #[error("there is no such prepared statement: prepare it again")]
    Unknown,
    /// Too many of one caller.
    #[error(
        "the number of prepared statements meets a limit: at most {MOST_OF_ONE} of one user at a \
         time; close some"
    )]
    TooManyOfOne,
    /// Too many altogether.
    #[error("too many statements are prepared: try again later")]
    Full,
}

#[derive(Debug, Default)]
struct Kept {
    statements: HashMap<Handle, (Statement, Instant)>,
    bytes: usize,
}

/// Prepared statements of all callers. Bounded in number and bytes.
#[derive(Debug, Default)]
pub(crate) struct Statements(Mutex<Kept>);

impl Statements {
    /// Keeps a statement under a handle.
    ///
    /// # Errors
    /// [`StatementError::TooManyOfOne`], [`StatementError::Full`].
    pub(crate) fn keep(
        &self,
        handle: Handle,
        statement: Statement,
        now: Instant,
    ) -> Result<(), StatementError> {
        let mut kept = self.lock();
        kept.drop_old(now);
        let of_one = kept.statements.values();
        let of_one = of_one.filter(|(other, _)| other.owner == statement.owner);
        if of_one.count() >= MOST_OF_ONE {
            return Err(StatementError::TooManyOfOne);
        }
        if kept.bytes + statement.bytes() > MOST_BYTES {
            return Err(StatementError::Full);
        }
        kept.bytes += statement.bytes();
        kept.statements.insert(handle, (statement, now));
        Ok(())
    }

    /// The statement of a handle, if it is the caller's.
    ///
    /// # Errors
    /// [`StatementError::Unknown`].
    pub(crate) fn of(
        &self,
        handle: &[u8],
        owner: &[u8; 32],
        now: Instant,
    ) -> Result<Statement, StatementError> {
        let mut kept = self.lock();
        kept.drop_old(now);
        let (statement, used) = kept.get_mut(handle, owner)?;
        *used = now;
        Ok(statement.clone())
    }

    /// Binds a row of values to a statement of the caller.
    ///
    /// # Errors
    /// [`StatementError::Unknown`], [`StatementError::Full`].
    pub(crate) fn bind(
        &self,
        handle: &[u8],
        owner: &[u8; 32],
        row: Bytes,
        now: Instant,
    ) -> Result<(), StatementError> {
        let mut kept = self.lock();
        kept.drop_old(now);
        let (statement, _) = kept.get_mut(handle, owner)?;
        let mut bound = statement.clone();
        bound.row = Some(row);
        let before = statement.bytes();
        let bytes = kept.bytes - before + bound.bytes();
        if bytes > MOST_BYTES {
            return Err(StatementError::Full);
        }
        *kept.get_mut(handle, owner)? = (bound, now);
        kept.bytes = bytes;
        Ok(())
    }

    /// Forgets a statement of the caller.
    ///
    /// # Errors
    /// [`StatementError::Unknown`].
    pub(crate) fn close(&self, handle: &[u8], owner: &[u8; 32]) -> Result<(), StatementError> {
        let mut kept = self.lock();
        kept.get_mut(handle, owner)?;
        if let Some((statement, _)) = kept.statements.remove(handle) {
            kept.bytes -= statement.bytes();
        }
        Ok(())
    }

    /// Whole at every moment the lock is free.
    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    fn get_mut(
        &mut self,
        handle: &[u8],
        owner: &[u8; 32],
    ) -> Result<&mut (Statement, Instant), StatementError> {
        let found = self.statements.get_mut(handle);
        let found = found.filter(|(statement, _)| statement.owner == *owner);
        found.ok_or(StatementError::Unknown)
    }

    fn drop_old(&mut self, now: Instant) {
        self.statements
            .retain(|_, (_, used)| now.saturating_duration_since(*used) < KEPT);
        let kept = self.statements.values();
        self.bytes = kept.map(|(statement, _)| statement.bytes()).sum();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn statement(owner: u8) -> Statement {
        Statement {
            owner: [owner; 32],
            sql: "SELECT $1".into(),
            row: None,
        }
    }

    #[test]
    fn a_handle_is_its_owners_alone_and_ends_when_unused() {
        let (statements, start) = (Statements::default(), Instant::now());
        let (handle, row) = ([7; 32], Bytes::from_static(b"row"));
        statements.keep(handle, statement(1), start).unwrap();
        assert_eq!(statements.of(&handle, &[1; 32], start).unwrap().row, None);
        let unknown = StatementError::Unknown;
        assert_eq!(statements.of(&handle, &[2; 32], start), Err(unknown));
        let bound = statements.bind(&handle, &[2; 32], row.clone(), start);
        assert_eq!(bound, Err(unknown));
        assert_eq!(statements.close(&handle, &[2; 32]), Err(unknown));
        assert_eq!(statements.of(&[8; 32], &[1; 32], start), Err(unknown));
        assert_eq!(statements.of(b"", &[1; 32], start), Err(unknown));
        statements
            .bind(&handle, &[1; 32], row.clone(), start)
            .unwrap();
        let later = start + KEPT / 2;
        let used = statements.of(&handle, &[1; 32], later).unwrap();
        assert_eq!(used.row, Some(row));
        assert!(statements.of(&handle, &[1; 32], start + KEPT).is_ok());
        let unused = later + 2 * KEPT;
        assert_eq!(statements.of(&handle, &[1; 32], unused), Err(unknown));
    }

    #[test]
    fn their_number_and_bytes_are_bounded_and_closing_makes_room() {
        let (statements, now) = (Statements::default(), Instant::now());
        for number in 0..MOST_OF_ONE {
            statements
                .keep([number as u8; 32], statement(1), now)
                .unwrap();
        }
        let more = statements.keep([99; 32], statement(1), now);
        assert_eq!(more, Err(StatementError::TooManyOfOne));
        statements.keep([100; 32], statement(2), now).unwrap();
        statements.close(&[0; 32], &[1; 32]).unwrap();
        statements.keep([99; 32], statement(1), now).unwrap();
        let large = Bytes::from(vec![0; MOST_BYTES]);
        let bound = statements.bind(&[99; 32], &[1; 32], large, now);
        assert_eq!(bound, Err(StatementError::Full));
        assert_eq!(statements.of(&[99; 32], &[1; 32], now).unwrap().row, None);
    }
}
