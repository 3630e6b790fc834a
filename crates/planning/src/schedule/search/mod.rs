//! Routes of all teams.
//!
//! `team` routes each team within its area on the model of `vrp-core`; from
//! there `exchange` moves visits between days and teams. `model` holds days and
//! visits in plain lists, `route` a day, `state` a plan that can go back a
//! step, `ruin`, `recreate` and `anneal` the steps, `groups` who exchanges with
//! whom, `piece` what is theirs.

mod anneal;
mod exchange;
mod groups;
mod model;
mod piece;
mod recreate;
mod route;
mod ruin;
mod state;
mod team;

pub(super) use exchange::{Task, route};

/// Minutes and kilometres up to which a limit is still met: far above
/// rounding, and below what [`super::day::walk`] lets pass.
const SAME: f64 = 1e-7;
