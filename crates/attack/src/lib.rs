//! Attacks on what Safeground publishes, run as an outsider runs them.
//!
//! [`make_world`] makes a lake of the fictional state with canary children in
//! it, releases it for all audiences and serves it, by the `safeground` program
//! alone. Each [`Attack`] then reads what such a program gives away: the
//! service, the files of the releases, what commands print. It knows besides
//! what its adversary knows, and guesses; the harness knows the truth and tells
//! how often the guess was right.
//!
//! An attack counts only once it was seen to work: [`Control`] says against
//! what it must succeed, mostly a release without protection. One that does not
//! is a fault of its own, since a check that cannot fail checks nothing.
//!
//! Deliberately absent: any code of the engine, the server or the suppression.
//! Only attacks on the noise and the ledger themselves call the library.
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod attack;
mod attacks;
mod chance;
mod linear_program;
mod regression;
mod report;
mod run;
pub mod world;

pub use attack::{Attack, Control, Finding, Outcome};
pub use attacks::registry;
pub use report::{write_html, write_json};
pub use run::{Line, Report, Verdict, attack_all, judge};
pub use world::make::{MakeOptions, make_world};
