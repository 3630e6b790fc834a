//! The audit log of a lake: who did what, with what, and when.
//!
//! A chain of entries, each written and made durable before the act that it
//! tells of. An entry names what was acted on and the hash of what was used. It
//! never holds a value, a row, a count, a text that somebody typed about the
//! data, or a secret: whoever may read the log learns who did what, and nothing
//! about a child.
//!
//! Pure rules; keeping the entries is the engine's part. The chain shows an
//! entry that was changed, taken out or put in. It cannot show that its end was
//! cut off: for that, somebody outside keeps a hash ([`Trail::holds`]).

mod act;
mod entry;
mod error;
mod trail;

pub use act::Act;
pub use entry::{Author, Entry};
pub use error::AuditError;
pub use trail::Trail;
