//! Which statements and plans may run: an allow-list, checked before and after planning.
//!
//! Four walls, each of which names what it refuses ([`crate::Refusal`]):
//!
//! 1. [`check_text`]: bytes, characters, tokens and parentheses, before
//!    anything recursive reads the text. It needs time in proportion to the
//!    text and no stack, so it may run anywhere.
//! 2. [`parse`]: exactly one statement.
//! 3. [`check_statement`]: an allow-list over the parsed statement. A variant
//!    that is not named in it is refused, and so is what a later version of
//!    the parser adds.
//! 4. [`check_plan`]: an allow-list over the steps and expressions of the
//!    plan, for what planning makes out of an innocent statement.
//!
//! Walls 2 to 4 recurse over what the user wrote and belong into a worker.

mod expression;
mod limits;
mod names;
mod plan;
mod statement;
mod table;
mod text;
mod walk;

pub use limits::GateLimits;
pub(crate) use names::CATALOG;
pub use names::{BUILT_IN_FUNCTIONS, Catalog, TABLE_FUNCTIONS};
pub use plan::check_plan;
pub use statement::{check_statement, parse};
pub use text::check_text;
