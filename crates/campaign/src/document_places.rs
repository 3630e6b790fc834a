//! The villages of a plan: chosen, left out, and such as no plan can hold.

use std::collections::BTreeMap;

use safeground_handover::document::{
    Figure, LeftOut, LeftOutReason, Measure, Month, Reason, Role, ScorePart, Source, Status,
    Unplannable, UnplannableReason, Village,
};
use safeground_schema::Status as Known;

use crate::CampaignError;
use crate::ask::CountsAsk;
use crate::benefit::Part;
use crate::candidates::{LastVisit, Missing};
use crate::document::{Writer, document_error};

/// Most near misses listed.
const MOST_LEFT_OUT: usize = 100;

impl Writer<'_> {
    pub(crate) fn villages(&self) -> Result<Vec<Village>, CampaignError> {
        let plan = self.plan();
        let problem = &self.planned.choice.problem;
        let drawn: BTreeMap<usize, f64> = plan
            .exploration
            .iter()
            .flat_map(|exploration| &exploration.drawn)
            .map(|drawn| (drawn.place, drawn.probability))
            .collect();
        let steps: BTreeMap<usize, usize> = plan
            .rollout
            .iter()
            .flat_map(|rollout| &rollout.assignments)
            .map(|at| (at.place, at.step))
            .collect();
        let musts = &problem.request().musts;
        let mut villages = Vec::with_capacity(plan.chosen.len());
        for why in problem.why(plan) {
            let number = why.place;
            let place = &self.candidates.places[number];
            let known = &self.candidates.known[number];
            let row = &self.candidates.tables.places[known.place];
            let reasons: Result<Vec<Reason>, _> =
                why.reasons.iter().map(Reason::try_from).collect();
            let role = match drawn.get(&number) {
                Some(probability) => Role::Explored {
                    probability: *probability,
                },
                None if musts.contains(&place.id) => Role::Must,
                None => Role::Chosen,
            };
            let firmness = self.around.firmness.as_ref();
            villages.push((
                why.score_rank,
                Village {
                    place_id: place.id.clone(),
                    lgd_code: row.lgd_code.clone(),
                    name: row.name.clone(),
                    block: self.name(known.place, "block"),
                    district: self.name(known.place, "district"),
                    position: place.position.into(),
                    population: published(row.population),
                    households: published(row.households),
                    scores: known
                        .parts
                        .iter()
                        .flat_map(|part| self.scores(part))
                        .collect(),
                    benefit: self.benefit_of(&known.parts, why.remaining),
                    remaining_share: why.remaining,
                    score_rank: Some(u32::try_from(why.score_rank).unwrap_or(u32::MAX)),
                    last_visit: last_visit(known.last_visit),
                    selection_probability: firmness
                        .map(|firmness| firmness.selection_probabilities[number]),
                    role,
                    rollout_step: steps
                        .get(&number)
                        .map(|step| u32::try_from(step + 1).unwrap_or(u32::MAX)),
                    base_distance_km: Some(known.base_km),
                    team_days: why.cost.team_days(),
                    reasons: reasons.map_err(|error| document_error(&error))?,
                },
            ));
        }
        villages.sort_by(|a, b| a.0.cmp(&b.0).then_with(|| a.1.place_id.cmp(&b.1.place_id)));
        Ok(villages.into_iter().map(|(_, village)| village).collect())
    }

    pub(crate) fn left_out(&self) -> Result<Vec<LeftOut>, CampaignError> {
        let problem = &self.planned.choice.problem;
        let mut left_out = Vec::new();
        let open = problem.left_out(self.plan()).into_iter();
        for (number, reason) in open.filter(|(number, _)| !self.candidates.known[*number].too_far) {
            let (reason, marginal_benefit) =
                LeftOutReason::from_planning(&reason).map_err(|error| document_error(&error))?;
            let place = &self.candidates.places[number];
            let at = self.candidates.known[number].place;
            let row = &self.candidates.tables.places[at];
            left_out.push(LeftOut {
                place_id: place.id.clone(),
                lgd_code: row.lgd_code.clone(),
                name: row.name.clone(),
                block: self.name(at, "block"),
                district: self.name(at, "district"),
                position: place.position.into(),
                population: published(row.population),
                marginal_benefit,
                team_days: problem.cost(number).team_days(),
                reason,
            });
        }
        let per_day =
            |left: &LeftOut| left.marginal_benefit.unwrap_or(-1.0) / left.team_days.max(1e-9);
        left_out.sort_by(|a, b| {
            per_day(b)
                .total_cmp(&per_day(a))
                .then_with(|| a.place_id.cmp(&b.place_id))
        });
        left_out.truncate(MOST_LEFT_OUT);
        Ok(left_out)
    }

    /// Villages that no plan could hold, by district, block and name.
    pub(crate) fn unplannable(&self) -> Vec<Unplannable> {
        let missing = self.candidates.unplannable.iter().map(|village| {
            let reason = match village.missing {
                Missing::Position => UnplannableReason::NoPosition,
                Missing::Households => UnplannableReason::NoHouseholds,
                Missing::Children => UnplannableReason::NoChildren,
            };
            (village.place, reason)
        });
        let known = self.candidates.known.iter();
        let too_far = known.filter(|known| known.too_far).map(|known| {
            let base_distance_km = known.base_km;
            (known.place, UnplannableReason::TooFar { base_distance_km })
        });
        let mut villages: Vec<Unplannable> = missing
            .chain(too_far)
            .map(|(place, reason)| {
                let row = &self.candidates.tables.places[place];
                Unplannable {
                    place_id: row.id.clone(),
                    lgd_code: row.lgd_code.clone(),
                    name: row.name.clone(),
                    block: self.name(place, "block"),
                    district: self.name(place, "district"),
                    population: published(row.population),
                    reason,
                }
            })
            .collect();
        villages.sort_by(|a, b| {
            let key = |village: &Unplannable| {
                let Unplannable {
                    district,
                    block,
                    name,
                    ..
                } = village;
                (district.clone(), block.clone(), name.clone())
            };
            key(a)
                .cmp(&key(b))
                .then_with(|| a.place_id.cmp(&b.place_id))
        });
        villages
    }

    fn name(&self, place: usize, layer: &str) -> String {
        let tables = &self.candidates.tables;
        let at = tables
            .ancestor(place, layer)
            .or(tables.places[place].parent);
        at.map_or_else(String::new, |at| tables.places[at].name.clone())
    }

    fn benefit_of(&self, parts: &[Part], remaining: f64) -> Figure {
        let expectation = &self.candidates.expectation;
        let mean = expectation.benefit(parts).mean;
        let (low, high) = expectation.interval(parts);
        if mean > 0.0 {
            Figure::estimate(mean * remaining, low * remaining, high * remaining)
        } else {
            Figure::absent(Status::NoData)
        }
    }

    /// The count of the village itself, the rate used, and what both make.
    fn scores(&self, part: &Part) -> Vec<ScorePart> {
        let theme = &self.candidates.expectation.themes[part.theme];
        let is_published = theme.per < 1_000.0;
        let source = if is_published {
            Source::Published
        } else {
            Source::Protected
        };
        let row = |measure, figure, from: Option<usize>, method: &str| ScorePart {
            measure,
            theme: Some(theme.code.clone()),
            figure,
            source,
            from_place_id: from.map(|place| self.candidates.tables.places[place].id.clone()),
            from_place: from.map(|place| self.candidates.tables.places[place].name.clone()),
            q_value: None,
            observations: None,
            method: method.to_owned(),
        };
        let (expected, how) = match self.candidates.expectation.counts {
            CountsAsk::Children => (Measure::ChildrenAtRisk, "rate_times_children"),
            CountsAsk::Households => (Measure::HouseholdsAtRisk, "households_with_a_child"),
        };
        let mut rows = Vec::new();
        if !is_published {
            let count = match part.count {
                Some((low, high)) => Figure::band(low as f64, high.map(|high| high as f64)),
                None => Figure::absent(status(part.status)),
            };
            rows.push(row(Measure::Count, count, None, "joint_suppression"));
        }
        let Some(from) = part.source else {
            let absent = Figure::absent(Status::NoData);
            rows.push(row(expected, absent, None, "none"));
            return rows;
        };
        let borrowed = (!from.own).then_some(from.place);
        let rate = match from.interval {
            Some((low, high)) if low <= from.rate && from.rate <= high => {
                Figure::estimate(from.rate, low, high)
            }
            _ => Figure {
                value: Some(from.rate),
                low: None,
                high: None,
                status: Status::Available,
            },
        };
        let (measure, method) = if is_published {
            (Measure::Prevalence, "published")
        } else {
            (Measure::SmoothedRate, "eb_rate")
        };
        rows.push(row(measure, rate, borrowed, method));
        let (low, high) = part.interval;
        let figure = Figure::estimate(part.mean, low, high);
        rows.push(row(expected, figure, borrowed, how));
        rows
    }
}

fn published(number: Option<u64>) -> Figure {
    number.map_or_else(
        || Figure::absent(Status::NoData),
        |number| Figure::exact(number as f64),
    )
}

/// A status of the release; a zero is withheld there, and here.
fn status(known: Known) -> Status {
    match known {
        Known::NoData => Status::NoData,
        Known::NotObserved => Status::NotObserved,
        Known::Available | Known::Zero | Known::BelowThreshold => Status::BelowThreshold,
    }
}

/// Month of the last visit, or its year: the release tells years alone, and a
/// month is not made up.
fn last_visit(known: LastVisit) -> Option<Month> {
    match known {
        LastVisit::Day(day) => day.format("%Y-%m").to_string().parse().ok(),
        LastVisit::Year(year) => year.to_string().parse().ok(),
        LastVisit::NotShown => None,
    }
}
