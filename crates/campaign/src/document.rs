//! A plan written down for its readers.

use chrono::NaiveDate;
use safeground_handover::document::{
    Area, Asked, Audience, BenefitUnit, CheckerVerdict, CurvePoint, Explored, Figure, Floors, Pace,
    PlanDocument, RoadsAsked, Rollout, SCHEMA_VERSION, Span, Status, Summary, TeamAsked,
    from_schedule,
};
use safeground_planning::choose::{Objective, Plan, great_circle_km};
use sha2::{Digest as _, Sha256};

use crate::ask::{CountsAsk, MeasureAsk};
use crate::benefit::Inhabitants;
use crate::candidates::Candidates;
use crate::choice::Around;
use crate::make::Planned;
use crate::{Ask, CampaignError};

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

pub(crate) fn document_error(error: &dyn std::error::Error) -> CampaignError {
    CampaignError::Document {
        faults: vec![error.to_string()],
    }
}

/// A plan in the hands of whoever writes it down.
pub(crate) struct Writer<'a> {
    pub(crate) ask: &'a Ask,
    pub(crate) candidates: &'a Candidates,
    pub(crate) planned: &'a Planned,
    pub(crate) around: &'a Around,
}

impl Writer<'_> {
    pub(crate) fn plan(&self) -> &Plan {
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
                match self.ask.counts {
                    CountsAsk::Children => BenefitUnit::ChildrenAtRisk,
                    CountsAsk::Households => BenefitUnit::HouseholdsAtRisk,
                }
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
                let row = &self.candidates.tables.places[other.place];
                let households = match self.ask.counts {
                    CountsAsk::Children => row.households.unwrap_or_default(),
                    CountsAsk::Households => row.households?,
                };
                let living = Inhabitants {
                    children: row.children?,
                    households,
                };
                let expectation = &self.candidates.expectation;
                let parts = expectation.parts(&self.candidates.tables, other.place, living);
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
}

#[cfg(test)]
mod tests {
    use safeground_handover::document::{Measure, UnplannableReason};

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
        let mut households = ask();
        households.counts = CountsAsk::Households;
        let plan = written(&households);
        assert_eq!(plan.summary.benefit_unit, BenefitUnit::HouseholdsAtRisk);
        let expected = &plan.villages[0].scores.last().unwrap();
        assert_eq!(expected.measure, Measure::HouseholdsAtRisk);
        let mut coverage = ask();
        coverage.objective = crate::ask::ObjectiveAsk::MaximumCoverage;
        coverage.service_radius_km = Some(3.0);
        let plan = written(&coverage);
        assert!(plan.summary.benefit <= plan.summary.bound * (1.0 + 1e-9));
        assert!(plan.summary.benefit > 0.0);
    }
}
