//! Which places to visit under a budget.
//!
//! [`Problem::new`] checks candidates ([`Place`]) and question ([`Request`]);
//! a problem has at least one feasible plan of a place or more. Its methods
//! answer: `choose`, `choose_with_exploration`, `with_rollout`, `firmness`,
//! `marginal_curve`, `why`, `left_out`, `base_use`. Plans name places by their
//! number among the candidates.
//!
//! Inside, `instance` is the problem as numbers, `base` who pays, `tally` the
//! sums that the constraints are about, `payable` (on `spread`) whether they
//! can be met, `fitting` (on `reserve`, where bases are limited) what they
//! leave room for, `coverage` who covers whom; `greedy`, `local_search` (on
//! `gains`), `bound` (on `priced`), `exact` (on `milp`) and `p_center` (on
//! `farthest_first` and `center_search`) solve it.

mod base;
mod base_prices;
mod bound;
mod center_search;
mod check;
mod cost;
mod coverage;
mod curve;
mod decay;
mod diagnosis;
mod distance;
mod exact;
mod exploration;
mod farthest_first;
mod fault;
mod fitting;
mod gains;
mod greedy;
mod instance;
mod local_search;
mod milp;
mod p_center;
mod payable;
mod place;
mod plan;
mod priced;
mod problem;
mod random;
mod request;
mod reserve;
mod rollout;
mod solve;
mod spread;
mod tally;
mod uncertainty;
mod why;

pub use base::BaseUse;
pub use cost::{Cost, Pace, PaceSettings};
pub use curve::CurvePoint;
pub use decay::Decay;
pub use distance::{DistanceTable, great_circle_km};
pub use exploration::{Drawn, Exploration, ExplorationParams, Stratum};
pub use fault::{BaseRaise, Constraint, Fault, Remedy};
pub use milp::Solver;
pub use place::{Benefit, DemandPoint, Effort, LatLng, Place, Visit};
pub use plan::{FoundBy, Plan, Stopped};
pub use problem::{Problem, Standing};
pub(crate) use random::{shuffle, stream};
pub use request::{Demand, Distances, Floors, Measure, Objective, Request};
pub use rollout::{Assignment, Rollout, RolloutParams};
pub use solve::{ExactParams, GreedyParams, Method};
pub use uncertainty::{Draws, Firmness};
pub use why::{LeftOut, Reason, Why};
