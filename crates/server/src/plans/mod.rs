//! Campaign plans: who asked for which, which are being made, what came out.
//!
//! A [`Desk`] holds the plans of all tokens in memory. [`work_off`] makes the
//! next of them on threads of their own: a plan takes seconds to minutes of a
//! processor, and cannot be stopped once it has begun. What bounds it are the
//! limits of [`safeground_campaign::Ask::check`] and of
//! [`crate::Config::plan_limits`].
//!
//! A plan belongs to the token that asked for it: another token that asks the
//! same has a plan of its own, so that how long an answer takes tells nobody
//! what others ask.

mod desk;
mod fault;
mod files;
mod words;
mod work;

pub(crate) use desk::{Desk, DeskLimits, Finished, Outcome, Progress, Seen, Work};
pub(crate) use fault::{Fault, Mend, outcome_of, unreadable};
pub(crate) use files::PlanFile;
pub(crate) use words::PlanWords;
pub(crate) use work::work_off;
