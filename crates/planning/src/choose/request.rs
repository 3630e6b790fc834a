//! What the planner asks for.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::cost::Pace;
use super::decay::Decay;
use super::distance::DistanceTable;
use super::place::{DemandPoint, LatLng};

/// What a good choice is.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub enum Objective {
    /// Most benefit at the chosen places themselves under the budget.
    WeightedBenefit,
    /// Most benefit within reach of a chosen place: the maximal covering
    /// location problem, here with costs. Church & `ReVelle` (1974), *The
    /// maximal covering location problem*.
    MaximumCoverage {
        /// Demand this near to a chosen place is served.
        service_radius_km: f64,
    },
    /// Least distance of the worst served from the nearest chosen place.
    /// Hakimi (1964), *Optimum locations of switching centers and the absolute
    /// centers and medians of a graph*. Benefits and earlier visits play no
    /// part in it: every point counts.
    PCenter,
}

impl Objective {
    /// Name for messages and files.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::WeightedBenefit => "weighted benefit",
            Self::MaximumCoverage { .. } => "maximum coverage",
            Self::PCenter => "p-center",
        }
    }
}

/// Which number of the benefit is summed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub enum Measure {
    /// The posterior mean: best on average.
    #[default]
    Mean,
    /// The lower bound: prefers places of which the score is sure.
    Lower,
}

/// Equity floors.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Floors {
    /// Chosen places that each block gets at least. A block that lies wholly
    /// in the territory of partners who do not take part is theirs to serve
    /// and has no floor.
    pub least_per_block: usize,
    /// Blocks with a floor of their own instead.
    pub least_in_block: BTreeMap<String, usize>,
    /// Share of the chosen places, 0 to 1, that are under-observed.
    pub under_observed_share: f64,
}

/// Where the people are who should be served.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Demand {
    /// At the candidate places, as much as their benefit.
    #[default]
    AtPlaces,
    /// At these points.
    Points(Vec<DemandPoint>),
}

/// How far demand is from a place.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Distances {
    /// Great circle.
    #[default]
    GreatCircle,
    /// The user's table, rows in the order of the demand, columns in the order
    /// of the places.
    Table(DistanceTable),
}

/// A question to the planner. [`super::Problem::new`] checks it.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// What a good choice is.
    pub objective: Objective,
    /// Which number of the benefit is summed.
    pub measure: Measure,
    /// Team-days that all visits together may cost.
    pub budget_team_days: f64,
    /// Most places, whatever they cost: the p of the p-center problem.
    pub most_places: Option<usize>,
    /// Pace for costs stated in households.
    pub pace: Option<Pace>,
    /// Where teams set out; none means that travel is not counted.
    pub bases: Vec<LatLng>,
    /// Team-days available at each of `bases`; empty means that the bases have
    /// no limits of their own. Each candidate place belongs to the base stated
    /// for it ([`Place::base`](super::Place::base)), else to its nearest by
    /// great circle (of bases within a millimetre of the nearest, to the
    /// first); the whole cost of its visit, also one stated in team-days, is
    /// paid from the days of that base and from the budget.
    pub base_team_days: Vec<f64>,
    /// How earlier visits lower the benefit; none means that they do not.
    pub decay: Option<Decay>,
    /// Identifiers of places that must be chosen.
    pub musts: Vec<String>,
    /// Identifiers of places that must not be chosen. Their people may still
    /// be served from a place nearby.
    pub must_nots: Vec<String>,
    /// Partners whose teams take part. A place in the territory of another
    /// partner is left to that partner: it is not chosen, and its people are
    /// not counted as served by this plan.
    pub partners: BTreeSet<String>,
    /// Equity floors.
    pub floors: Floors,
    /// Where the people are.
    pub demand: Demand,
    /// How far they are.
    pub distances: Distances,
}

impl Request {
    /// A question with only an objective and a budget: everything else is
    /// absent, and no partner takes part.
    #[must_use]
    pub fn new(objective: Objective, budget_team_days: f64) -> Self {
        Self {
            objective,
            measure: Measure::default(),
            budget_team_days,
            most_places: None,
            pace: None,
            bases: Vec::new(),
            base_team_days: Vec::new(),
            decay: None,
            musts: Vec::new(),
            must_nots: Vec::new(),
            partners: BTreeSet::new(),
            floors: Floors::default(),
            demand: Demand::default(),
            distances: Distances::default(),
        }
    }
}
