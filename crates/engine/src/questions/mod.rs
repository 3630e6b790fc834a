//! Questions of researchers about single rows, answered with noise.
//!
//! What a question may say, what it costs and how it is bounded are
//! [`safeground_privacy::query`]'s; here are the lake, the ledger and the
//! answers on disk. [`schema()`] tells what may be asked, [`ask()`] answers,
//! [`remaining`] tells what is left to spend.
//!
//! The way of a question, each step durable before the next:
//! 1. the schema is made from places, code lists and the day of the last load,
//!    never from a row about a child; the question is checked against it;
//! 2. an answer that was kept is given again, free;
//! 3. the accounts of its years are opened, and ε is reserved in the ledger;
//! 4. the rows are read, bounded and added up, and the noise is drawn;
//! 5. the answer is kept, and noted in the ledger as told.
//!
//! A run that stops in between leaves ε spent; asked again, it costs nothing
//! more and gives the same bytes.
//!
//! Tables without a child's pseudonym are not offered, since nothing could be
//! bounded by child, nor are H3 cells, which cut through places: where both
//! are grouped by, the pieces are finer than any level of the policy.
//! Deliberately absent: SQL from users; all that reaches the session is made
//! of constants.

mod ask;
mod kept;
mod offered;
mod read;
mod surface;

pub use ask::{
    Asked, QuestionReached, QuestionRequest, QuestionStep, YearBudget, ask, ask_reaching, left_out,
    remaining, schema,
};

/// Name of the questions' account in a lake's ledger, beside that of the
/// public draws.
pub const QUESTIONS: &str = "questions";
