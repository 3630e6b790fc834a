//! A plan written down for its readers.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use safeground_handover::document::{
    Area, Asked, Audience, BenefitUnit, CheckerVerdict, CurvePoint, Explored, Figure, Floors,
    LeftOut, LeftOutReason, Measure, Month, Pace, PlanDocument, Reason, RoadsAsked, Role, Rollout,
    SCHEMA_VERSION, ScorePart, Source, Span, Status, Summary, TeamAsked, Unplannable,
    UnplannableReason, Village, from_schedule,
};
use safeground_planning::choose::{Objective, Plan, great_circle_km};
use safeground_schema::Status as Known;
use sha2::{Digest as _, Sha256};

use crate::ask::MeasureAsk;
use crate::benefit::Part;
use crate::candidates::{Candidates, LastVisit, Missing};
use crate::choice::Around;
use crate::make::Planned;
use crate::{Ask, CampaignError};

/// Most near misses listed.
const MOST_LEFT_OUT: usize = 100;

/// Most villages listed that cannot be planned; their number is told in any case.
const MOST_UNPLANNABLE: usize = 10_000;

/// Identifier of the plan that answers a request on a release: the same for the
/// same two, and another for any other.
#[must_use]
pub fn plan_id(ask: &Ask, release_id: &str) -> String {
    let text = serde_json::to_vec(ask).expect("a request has text keys alone");
    let mut hash = Sha256::new();
    hash.update(release_id.as_bytes());
    hash.update([0]);
    hash.update(&text);
    let digest = hash.finalize();
    let digits: String = digest[..8]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("plan-{digits}")
}

/// Writes a plan down.
///
/// The benefit told is that of what is scheduled, of each village the share of
/// its households that are visited; the bound is that of the whole budget, as
/// if days had no ends. `made_on` is the day to print.
///
/// # Errors
/// [`CampaignError::Document`] if the parts contradict each other.
pub fn document(
    ask: &Ask,
    candidates: &Candidates,
    planned: &Planned,
    around: &Around,
    made_on: NaiveDate,
) -> Result<PlanDocument, CampaignError> {
    let writer = Writer {
        ask,
        candidates,
        planned,
        around,
    };
    let request = planned.problem.request();
    let (routes, unscheduled) =
        from_schedule(request, &planned.schedule).map_err(|error| document_error(&error))?;
    let spans =
        |label: &str, from, until, stops: &Option<std::collections::BTreeSet<String>>| Span {
            label: label.to_owned(),
            from,
            until,
            place_ids: stops.as_ref().map(|ids| ids.iter().cloned().collect()),
        };
    let mut unplannable = writer.unplannable();
    let unplannable_villages = unplannable.len() as u64;
    unplannable.truncate(MOST_UNPLANNABLE);
    let document = PlanDocument {
        schema_version: SCHEMA_VERSION,
        plan_id: plan_id(ask, &candidates.tables.release_id),
        release_id: candidates.tables.release_id.clone(),
        audience: Audience::Planning,
        area: writer.area(),
        title: writer.title(),
        made_on,
        asked: writer.asked(),
        summary: writer.summary(),
        villages: writer.villages()?,
        left_out: writer.left_out()?,
        unplannable,
        unplannable_villages,
        curve: around.curve.iter().map(CurvePoint::from).collect(),
        routes,
        unscheduled,
        blackouts: request
            .blackouts
            .iter()
            .map(|span| spans(&span.label, span.from, span.until, &span.stops))
            .collect(),
        priorities: request
            .priorities
            .iter()
            .map(|span| spans(&span.label, span.from, span.until, &span.stops))
            .collect(),
    };
    document.check().map_err(|faults| CampaignError::Document {
        faults: faults.iter().map(ToString::to_string).collect(),
    })?;
    Ok(document)
}

fn document_error(error: &dyn std::error::Error) -> CampaignError {
    CampaignError::Document {
        faults: vec![error.to_string()],
    }
}

struct Writer<'a> {
    ask: &'a Ask,
    candidates: &'a Candidates,
    planned: &'a Planned,
    around: &'a Around,
}

impl Writer<'_> {
    fn plan(&self) -> &Plan {
        &self.planned.choice.plan
    }

    fn area(&self) -> Area {
        let tables = &self.candidates.tables;
        let areas = &self.candidates.areas;
        let names: Vec<&str> = areas
            .iter()
            .map(|area| tables.places[*area].name.as_str())
            .collect();
        Area {
            name: names.join(", "),
            place_ids: areas
                .iter()
                .map(|area| tables.places[*area].id.clone())
                .collect(),
        }
    }

    fn title(&self) -> String {
        let title = self.ask.title.trim();
        if title.is_empty() {
            self.area().name
        } else {
            title.to_owned()
        }
    }

    fn asked(&self) -> Asked {
        let ask = self.ask;
        let request = self.planned.problem.request();
        Asked {
            teams: request
                .teams
                .iter()
                .zip(&ask.teams)
                .map(|(team, asked)| TeamAsked::from_planning(team, &asked.name))
                .collect(),
            budget_team_days: crate::choice::budget(ask),
            from: ask.from,
            until: ask.until(),
            weeks: ask.weeks,
            objective: self.plan().objective.into(),
            lower_bound: ask.measure == MeasureAsk::Lower,
            pace: Some(Pace {
                households_per_team_day: ask.pace.households_per_team_day,
                least_visit_team_days: ask.pace.minutes_per_visit / 60.0 / ask.pace.hours_per_day,
            }),
            floors: Floors {
                least_per_block: u32::try_from(ask.floors.least_per_block).unwrap_or(u32::MAX),
                under_observed_share: ask.floors.not_observed_share,
            },
            exploration: ask.exploration_share.map(|share| Explored {
                share,
                seed: ask.seed,
            }),
            roads: self.roads(),
            seed: ask.seed,
        }
    }

    fn roads(&self) -> RoadsAsked {
        let road_factor = self.ask.pace.road_factor;
        let chosen = &self.plan().chosen;
        let bases: Vec<_> = self
            .planned
            .problem
            .request()
            .teams
            .iter()
            .map(|team| team.base)
            .collect();
        match crate::visits::roads(self.ask, self.candidates, chosen, &bases) {
            Ok((_, Some(pairs))) => RoadsAsked::Matrix {
                told_pairs: pairs.told,
                filled_pairs: pairs.filled,
                road_factor,
            },
            _ => RoadsAsked::GreatCircle { road_factor },
        }
    }

    fn summary(&self) -> Summary {
        let is_center = self.plan().objective == Objective::PCenter;
        let benefit = self.benefit();
        let bound = self.planned.bound_of_whole_budget;
        let gap = if is_center {
            self.plan().gap()
        } else if bound > 0.0 {
            ((bound - benefit) / bound).clamp(0.0, 1.0)
        } else {
            0.0
        };
        let chosen: Vec<usize> = self.plan().chosen.clone();
        let chosen = chosen
            .iter()
            .map(|number| self.candidates.known[*number].place);
        Summary {
            benefit_unit: if is_center {
                BenefitUnit::Kilometres
            } else {
                BenefitUnit::ChildrenAtRisk
            },
            benefit,
            area_benefit: if is_center {
                Figure::absent(Status::NoData)
            } else {
                Figure::exact(self.area_benefit())
            },
            bound,
            gap,
            team_days: self.plan().team_days,
            benefit_without_exploration: self
                .plan()
                .exploration
                .as_ref()
                .map(|exploration| exploration.value_without),
            population_chosen: self.population(chosen),
            population_area: self.population(self.all_places()),
            checker: CheckerVerdict::Passed,
            rollout: self.plan().rollout.as_ref().map(|rollout| Rollout {
                steps: u32::try_from(rollout.steps).unwrap_or(u32::MAX),
                bands: u32::try_from(rollout.bands).unwrap_or(u32::MAX),
                seed: rollout.seed,
            }),
            imbalance: Some(self.planned.schedule.imbalance),
        }
    }

    /// Benefit of what is scheduled. For coverage, of all villages within reach
    /// of one that is visited at all; for the p-center the kilometres.
    fn benefit(&self) -> f64 {
        let problem = &self.planned.choice.problem;
        match self.plan().objective {
            Objective::PCenter => self.plan().value,
            Objective::WeightedBenefit => self.planned.scheduled_benefit(),
            Objective::MaximumCoverage { service_radius_km } => {
                let visited: Vec<usize> = self
                    .planned
                    .households()
                    .into_iter()
                    .filter(|(_, households)| *households > 0)
                    .map(|(place, _)| place)
                    .collect();
                let places = &self.candidates.places;
                let is_served = |point: &usize| {
                    let near = |at: &usize| {
                        great_circle_km(places[*at].position, places[*point].position)
                            <= service_radius_km
                    };
                    visited.iter().any(near)
                };
                let points = (0..places.len()).filter(is_served);
                let ours = |place: &usize| {
                    let partner = places[*place].partner.as_ref();
                    partner.is_none_or(|partner| self.ask.partners.contains(partner))
                };
                points.filter(ours).map(|point| problem.score(point)).sum()
            }
        }
    }

    fn area_benefit(&self) -> f64 {
        let problem = &self.planned.choice.problem;
        let of_candidates: f64 = (0..self.candidates.places.len())
            .map(|place| problem.score(place))
            .sum();
        let of_others: f64 = self
            .candidates
            .unplannable
            .iter()
            .filter_map(|other| {
                let children = self.candidates.tables.places[other.place].children?;
                let expectation = &self.candidates.expectation;
                let parts = expectation.parts(&self.candidates.tables, other.place, children);
                let benefit = expectation.benefit(&parts);
                Some(match self.ask.measure {
                    MeasureAsk::Mean => benefit.mean,
                    MeasureAsk::Lower => benefit.lower,
                })
            })
            .sum();
        of_candidates + of_others
    }

    fn all_places(&self) -> impl Iterator<Item = usize> {
        let known = self.candidates.known.iter().map(|known| known.place);
        known.chain(self.candidates.unplannable.iter().map(|other| other.place))
    }

    /// People of these places; an open band where some are not known.
    fn population(&self, places: impl Iterator<Item = usize>) -> Figure {
        let (mut sum, mut unknown) = (0, 0usize);
        for place in places {
            match self.candidates.tables.places[place].population {
                Some(population) => sum += population,
                None => unknown += 1,
            }
        }
        match (sum, unknown) {
            (0, 1..) => Figure::absent(Status::NoData),
            (sum, 0) => Figure::exact(sum as f64),
            (sum, _) => Figure::band(sum as f64, None),
        }
    }

    fn villages(&self) -> Result<Vec<Village>, CampaignError> {
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

    fn left_out(&self) -> Result<Vec<LeftOut>, CampaignError> {
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
    fn unplannable(&self) -> Vec<Unplannable> {
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
            rows.push(row(Measure::ChildrenAtRisk, absent, None, "none"));
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
        let expected = Figure::estimate(part.mean, low, high);
        rows.push(row(
            Measure::ChildrenAtRisk,
            expected,
            borrowed,
            "rate_times_children",
        ));
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::choice::around;
    use crate::make::make;
    use crate::testing::{ask, release};

    fn written(ask: &Ask) -> PlanDocument {
        let made = release();
        let mut candidates =
            Candidates::new(ask, &made.manifest, &made.places, &made.scores).unwrap();
        let planned = make(ask, &mut candidates).unwrap();
        let around = around(ask, &candidates, &planned.choice).unwrap();
        let day = NaiveDate::from_ymd_opt(2025, 1, 2).unwrap();
        document(ask, &candidates, &planned, &around, day).unwrap()
    }

    #[test]
    fn a_plan_tells_where_each_rate_comes_from_and_shows_no_withheld_count() {
        let mut ask = ask();
        ask.musts = vec!["village:39".into()];
        ask.weeks = 3;
        let plan = written(&ask);
        let village = plan.village("village:39").expect("a must");
        let count = &village.scores[0];
        assert_eq!(count.figure, Figure::absent(Status::BelowThreshold));
        let rate = &village.scores[1];
        assert_eq!(rate.from_place_id.as_deref(), Some("district:2"));
        assert_eq!(rate.from_place.as_deref(), Some("Name of district:2"));
        assert_eq!(rate.figure.value, Some(120.0));
    }

    #[test]
    fn what_is_reached_is_told_against_all_people_of_the_area() {
        let plan = written(&ask());
        let all: u64 = (0..40).map(|village| 5 * (100 + 10 * village)).sum();
        assert_eq!(plan.summary.population_area, Figure::exact(all as f64));
        let area = plan.summary.area_benefit.value.unwrap();
        assert!(plan.summary.benefit < area);
        assert!(plan.summary.benefit <= plan.summary.bound * (1.0 + 1e-9));
        assert!(plan.summary.gap < 0.2, "{}", plan.summary.gap);
    }

    #[test]
    fn villages_too_far_from_every_base_are_listed_by_name_with_the_distance() {
        let mut ask = ask();
        ask.pace.most_km_per_day = 20.0;
        let plan = written(&ask);
        assert!(plan.unplannable_villages > 0);
        assert_eq!(plan.unplannable.len() as u64, plan.unplannable_villages);
        for village in &plan.unplannable {
            assert!(village.name.starts_with("Name of village:"), "{village:?}");
            assert!(plan.village(&village.place_id).is_none());
            let UnplannableReason::TooFar { base_distance_km } = village.reason else {
                panic!("{village:?}");
            };
            assert!(2.0 * base_distance_km * ask.pace.road_factor > 20.0);
        }
    }

    #[test]
    fn another_request_or_release_has_another_plan_id() {
        let one = plan_id(&ask(), "a");
        let mut other = ask();
        other.weeks += 1;
        assert_ne!(one, plan_id(&other, "a"));
        assert_ne!(one, plan_id(&ask(), "b"));
        assert_eq!(one, plan_id(&ask(), "a"));
    }

    #[test]
    fn every_objective_is_written_down() {
        let mut center = ask();
        center.objective = crate::ask::ObjectiveAsk::PCenter;
        assert_eq!(
            written(&center).summary.benefit_unit,
            BenefitUnit::Kilometres
        );
        let mut coverage = ask();
        coverage.objective = crate::ask::ObjectiveAsk::MaximumCoverage;
        coverage.service_radius_km = Some(3.0);
        let plan = written(&coverage);
        assert!(plan.summary.benefit <= plan.summary.bound * (1.0 + 1e-9));
        assert!(plan.summary.benefit > 0.0);
    }
}
