//! What a plan can do wrong.

use serde::Serialize;

/// A rule that a plan breaks.
#[derive(Debug, Clone, PartialEq, Serialize, thiserror::Error)]
#[non_exhaustive]
pub enum Violation {
    /// The plan answers another question.
    #[error("the plan is for another objective or measure than the request")]
    OtherQuestion,
    /// A number that no candidate has.
    #[error("place number {place} is not among the {candidates} candidates")]
    NotACandidate {
        /// The number.
        place: usize,
        /// How many candidates there are.
        candidates: usize,
    },
    /// Places out of order or twice.
    #[error("place number {place} is out of order or chosen twice")]
    Order {
        /// The number.
        place: usize,
    },
    /// The visits cost more than the budget.
    #[error("the visits cost {team_days} team-days; the budget is {budget_team_days}")]
    Budget {
        /// Their cost.
        team_days: f64,
        /// The budget.
        budget_team_days: f64,
    },
    /// The visits of a base cost more than it has.
    #[error("the visits of base number {base} cost {team_days} team-days; it has {base_team_days}")]
    BaseTeamDays {
        /// Number of the base, from 0.
        base: usize,
        /// Their cost.
        team_days: f64,
        /// Team-days it has.
        base_team_days: f64,
    },
    /// The stated cost is wrong.
    #[error("the plan states {stated} team-days; the visits cost {found}")]
    TeamDays {
        /// Stated.
        stated: f64,
        /// Found.
        found: f64,
    },
    /// A cost in households without a pace.
    #[error("the cost of place `{place}` is not known")]
    UnknownCost {
        /// Identifier.
        place: String,
    },
    /// More places than allowed.
    #[error("{chosen} places are chosen; at most {most} are allowed")]
    MostPlaces {
        /// Chosen.
        chosen: usize,
        /// Allowed.
        most: usize,
    },
    /// A must is missing.
    #[error("must `{place}` is not chosen")]
    MustMissing {
        /// Identifier.
        place: String,
    },
    /// A barred place is chosen.
    #[error("must-not `{place}` is chosen")]
    MustNotChosen {
        /// Identifier.
        place: String,
    },
    /// A place of a partner who does not take part is chosen.
    #[error("`{place}` is chosen in the territory of partner `{partner}`, who does not take part")]
    PartnerTerritory {
        /// Identifier.
        place: String,
        /// The partner.
        partner: String,
    },
    /// A block below its floor.
    #[error("block `{block}` gets {chosen} places; its floor is {least}")]
    BlockFloor {
        /// The block.
        block: String,
        /// Its floor.
        least: usize,
        /// Chosen there.
        chosen: usize,
    },
    /// Too few under-observed places.
    #[error(
        "{under_observed} of {chosen} places are under-observed; the share asked for is {share}"
    )]
    UnderObservedShare {
        /// Under-observed places chosen.
        under_observed: usize,
        /// Places chosen.
        chosen: usize,
        /// Share asked for.
        share: f64,
    },
    /// The stated value is wrong.
    #[error("the plan states a value of {stated}; found is {least} to {most}")]
    Value {
        /// Stated.
        stated: f64,
        /// Least value within the precision of distances.
        least: f64,
        /// Greatest value within the precision of distances.
        most: f64,
    },
    /// A bound that the plan itself beats, or a proof with a gap.
    #[error("the bound of {bound} does not go with a value of {value}")]
    Bound {
        /// The bound.
        bound: f64,
        /// The value.
        value: f64,
    },
    /// The exploration is not what it claims.
    #[error("exploration, place number {place}: {what}")]
    Exploration {
        /// Number of the place.
        place: usize,
        /// What is wrong.
        what: &'static str,
    },
    /// Too few places were drawn.
    #[error("{drawn} of {chosen} places were drawn; the share asked for is {share}")]
    ExplorationShare {
        /// Places drawn.
        drawn: usize,
        /// Places chosen.
        chosen: usize,
        /// Share asked for.
        share: f64,
    },
    /// The rollout is not what it claims.
    #[error("rollout, place number {place}: {what}")]
    Rollout {
        /// Number of the place.
        place: usize,
        /// What is wrong.
        what: &'static str,
    },
    /// A band that does not follow the scores.
    #[error("rollout, band {band}: a score lies above those of the band before")]
    BandOrder {
        /// The band.
        band: usize,
    },
    /// Steps of a band of unequal size.
    #[error("rollout, band {band}: {least} to {most} places in a step")]
    UnevenSteps {
        /// The band.
        band: usize,
        /// Places in the smallest step.
        least: usize,
        /// Places in the largest step.
        most: usize,
    },
}
