//! An independent check of plans and schedules.
//!
//! It shares the types of input and plan with the planner and nothing else:
//! costs, decay, distances and sums are computed anew, by other formulas where
//! there are any, and in the plainest way. What it cannot tell is whether a
//! better plan exists; the bound is only compared with the value.

mod choice;
mod design;
mod schedule;
mod schedule_violation;
mod violation;

pub use choice::check_choice;
pub use schedule::{check_replan, check_schedule};
pub use schedule_violation::ScheduleViolation;
pub use violation::Violation;
