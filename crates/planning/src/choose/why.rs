//! Why a place is in the plan, or not: reasons as data, to be put into words
//! in the planner's language.

use serde::Serialize;

use super::cost::Cost;
use super::distance::GlobeIndex;
use super::place::{Benefit, LatLng};
use super::plan::Plan;
use super::problem::{Problem, Standing};
use super::request::{Distances, Objective};
use super::tally::Tally;

/// A reason for a chosen place. Several may hold.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub enum Reason {
    /// The planner demands it.
    Must,
    /// It was drawn by lot, so that what the scores miss can be seen.
    Drawn {
        /// Probability that it was drawn.
        probability: f64,
    },
    /// Its block would fall below its floor without it.
    BlockFloor {
        /// Floor of the block.
        least: usize,
    },
    /// The under-observed places would fall below their share without it.
    UnderObservedShare {
        /// The share asked for.
        share: f64,
    },
    /// What the plan reaches only through it.
    ReachesAlone {
        /// Benefit lost without it, nothing put in its place.
        benefit: f64,
        /// The same for each team-day; `None` for a visit without cost.
        benefit_per_team_day: Option<f64>,
    },
    /// Whom it serves within the service radius.
    Serves {
        /// Demand points.
        points: usize,
        /// Their benefit, some of which other chosen places reach too.
        benefit: f64,
    },
    /// For whom it is the nearest chosen place.
    NearestFor {
        /// Demand points.
        points: usize,
        /// Distance of the farthest of them.
        farthest_km: f64,
    },
}

/// A chosen place with its figures and reasons.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Why {
    /// Number of the place.
    pub place: usize,
    /// People who live there, if known.
    pub population: Option<u64>,
    /// Benefit before decay, with its lower bound.
    pub benefit: Benefit,
    /// Share of the benefit that remains after earlier visits.
    pub remaining: f64,
    /// Days since the last visit, if there was one.
    pub last_visit_days_ago: Option<f64>,
    /// Measured benefit that remains.
    pub score: f64,
    /// Rank of the score among all places that may be chosen, 1 for the
    /// highest.
    pub score_rank: usize,
    /// Cost in parts, with the distance from the nearest base.
    pub cost: Cost,
    /// Base that pays it, where bases have team-days of their own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub base: Option<usize>,
    /// Reasons.
    pub reasons: Vec<Reason>,
}

/// Why a place is not in the plan: the first that holds.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub enum LeftOut {
    /// The planner bars it.
    MustNot,
    /// It lies in the territory of a partner who does not take part.
    LeftToPartner,
    /// It costs more than the whole budget leaves beside the musts.
    BeyondBudget {
        /// What is left.
        left_team_days: f64,
    },
    /// It costs more than all that its base has beside the musts.
    BeyondBase {
        /// Number of the base, from 0.
        base: usize,
        /// What is left there beside the musts.
        left_team_days: f64,
    },
    /// Everything it would serve is served already.
    ServedAlready,
    /// It would add benefit, but the chosen places leave too few of the
    /// team-days of its base. It was compared with places of that base only.
    BaseSpent {
        /// Number of the base, from 0.
        base: usize,
        /// What the plan leaves there.
        left_team_days: f64,
        /// Benefit it would add to the plan.
        benefit: f64,
        /// The same for each team-day; `None` for a visit without cost.
        benefit_per_team_day: Option<f64>,
    },
    /// It would add less than others that the budget pays for.
    AddsLess {
        /// Benefit it would add to the plan.
        benefit: f64,
        /// The same for each team-day; `None` for a visit without cost.
        benefit_per_team_day: Option<f64>,
    },
    /// For the p-center: it would not bring the worst served nearer enough for
    /// its cost.
    NotNearEnough,
}

impl Problem {
    /// Figures and reasons of each chosen place, by number of the place.
    ///
    /// O(n log n + coverage of the chosen places); for the p-center one nearest
    /// chosen place for each demand point.
    #[must_use]
    pub fn why(&self, plan: &Plan) -> Vec<Why> {
        let instance = self.instance();
        let mut scores: Vec<f64> = (0..self.places().len())
            .filter(|place| instance.open[*place])
            .map(|place| self.score(place))
            .collect();
        scores.sort_by(|a, b| b.total_cmp(a));
        let mut tally = Tally::new(instance);
        let mut covering = vec![0usize; instance.weights.len()];
        for place in &plan.chosen {
            if !tally.is_chosen(*place) {
                tally.add(*place);
            }
            for demand in instance.covers.row(*place) {
                covering[*demand as usize] += 1;
            }
        }
        let nearest = match plan.objective {
            Objective::PCenter => self.nearest_for(&plan.chosen),
            _ => Vec::new(),
        };
        let why = |(number, place): (usize, &usize)| {
            let mut reasons = self.constraint_reasons(plan, &tally, *place);
            if let Some((points, farthest_km)) = nearest.get(number) {
                reasons.push(Reason::NearestFor {
                    points: *points,
                    farthest_km: *farthest_km,
                });
            } else {
                let row = instance.covers.row(*place);
                let benefit = |alone: bool| -> f64 {
                    row.iter()
                        .map(|demand| *demand as usize)
                        .filter(|demand| !alone || covering[*demand] == 1)
                        .map(|demand| instance.weights[demand])
                        .sum()
                };
                let alone = benefit(true);
                reasons.push(Reason::ReachesAlone {
                    benefit: alone,
                    benefit_per_team_day: per_team_day(alone, instance.costs[*place]),
                });
                if matches!(plan.objective, Objective::MaximumCoverage { .. }) {
                    reasons.push(Reason::Serves {
                        points: row.len(),
                        benefit: benefit(false),
                    });
                }
            }
            let candidate = &self.places()[*place];
            let visits = candidate.visits.iter().map(|visit| visit.days_ago);
            let score = self.score(*place);
            Why {
                place: *place,
                population: candidate.population,
                benefit: candidate.benefit,
                remaining: self.remaining(*place),
                last_visit_days_ago: visits.min_by(f64::total_cmp),
                score,
                score_rank: 1 + scores.partition_point(|other| *other > score),
                cost: self.cost(*place),
                base: instance.base_of(*place),
                reasons,
            }
        };
        plan.chosen.iter().enumerate().map(why).collect()
    }

    /// Why each place that is not chosen was left out, by number of the place.
    #[must_use]
    pub fn left_out(&self, plan: &Plan) -> Vec<(usize, LeftOut)> {
        let instance = self.instance();
        let mut covered = vec![false; instance.weights.len()];
        for place in &plan.chosen {
            for demand in instance.covers.row(*place) {
                covered[*demand as usize] = true;
            }
        }
        let of_musts: f64 = instance
            .musts
            .iter()
            .map(|must| instance.costs[*must])
            .sum();
        let left_team_days = instance.budget - of_musts;
        let spent_by = |places: &[usize]| {
            let spent = instance.bases.map(|b| b.spent(instance.costs, places));
            spent.unwrap_or_default()
        };
        let (by_musts, by_plan) = (spent_by(instance.musts), spent_by(&plan.chosen));
        // Base of a place and what is left there, if that is too little.
        let too_little = |place: usize, spent: &[f64]| {
            let base = instance.base_of(place)?;
            let pays = instance.base_affords(base, spent[base] + instance.costs[place]);
            (!pays).then(|| {
                (
                    base,
                    instance.bases.map_or(0.0, |b| b.team_days[base]) - spent[base],
                )
            })
        };
        let reason = |place: usize| {
            match self.standing(place) {
                Standing::MustNot => return LeftOut::MustNot,
                Standing::LeftToPartner => return LeftOut::LeftToPartner,
                Standing::Free | Standing::Must => {}
            }
            if !instance.affords(of_musts + instance.costs[place]) {
                return LeftOut::BeyondBudget { left_team_days };
            }
            if let Some((base, left_team_days)) = too_little(place, &by_musts) {
                return LeftOut::BeyondBase {
                    base,
                    left_team_days,
                };
            }
            if plan.objective == Objective::PCenter {
                return LeftOut::NotNearEnough;
            }
            let row = instance.covers.row(place).iter();
            let benefit: f64 = row
                .filter(|demand| !covered[**demand as usize])
                .map(|demand| instance.weights[*demand as usize])
                .sum();
            if benefit <= 0.0 {
                return LeftOut::ServedAlready;
            }
            let benefit_per_team_day = per_team_day(benefit, instance.costs[place]);
            match too_little(place, &by_plan) {
                Some((base, left_team_days)) => LeftOut::BaseSpent {
                    base,
                    left_team_days,
                    benefit,
                    benefit_per_team_day,
                },
                None => LeftOut::AddsLess {
                    benefit,
                    benefit_per_team_day,
                },
            }
        };
        (0..self.places().len())
            .filter(|place| plan.chosen.binary_search(place).is_err())
            .map(|place| (place, reason(place)))
            .collect()
    }

    fn constraint_reasons(&self, plan: &Plan, tally: &Tally, place: usize) -> Vec<Reason> {
        let instance = self.instance();
        let mut reasons = Vec::new();
        if self.standing(place) == Standing::Must {
            reasons.push(Reason::Must);
        }
        if let Some(exploration) = &plan.exploration {
            let drawn = exploration.drawn.iter().find(|drawn| drawn.place == place);
            reasons.extend(drawn.map(|drawn| Reason::Drawn {
                probability: drawn.probability,
            }));
        }
        let block = tally.block_of(place);
        if instance.least[block] > 0 && tally.is_tight(block) {
            reasons.push(Reason::BlockFloor {
                least: instance.least[block],
            });
        }
        if instance.share > 0.0
            && instance.under_observed[place]
            && !instance.share_holds(tally.under_observed() - 1, tally.count() - 1)
        {
            reasons.push(Reason::UnderObservedShare {
                share: instance.share,
            });
        }
        reasons
    }

    /// For each chosen place the demand points it is nearest for, and the
    /// distance of the farthest. Equally near, the first serves.
    fn nearest_for(&self, chosen: &[usize]) -> Vec<(usize, f64)> {
        let points: Vec<LatLng> = chosen
            .iter()
            .map(|place| self.places()[*place].position)
            .collect();
        let index = GlobeIndex::new(&points);
        let mut served = vec![(0, 0.0f64); chosen.len()];
        for demand in (0..self.demand_points()).filter(|demand| self.serves(*demand)) {
            let nearest = match &self.request().distances {
                Distances::GreatCircle => index
                    .nearest_where(self.demand_position(demand), 1, &points, |_| true)
                    .first()
                    .copied(),
                Distances::Table(_) => chosen
                    .iter()
                    .map(|place| self.distance_km(demand, *place))
                    .enumerate()
                    .min_by(|a, b| a.1.total_cmp(&b.1)),
            };
            if let Some((number, distance_km)) = nearest {
                served[number].0 += 1;
                served[number].1 = served[number].1.max(distance_km);
            }
        }
        served
    }
}

fn per_team_day(benefit: f64, team_days: f64) -> Option<f64> {
    (team_days > 0.0).then(|| benefit / team_days)
}
