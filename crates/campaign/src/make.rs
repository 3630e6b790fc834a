//! From a request to a plan that fits into its days.

use std::collections::BTreeMap;

use safeground_planning::choose::LatLng;
use safeground_planning::schedule::{Schedule, ScheduleProblem};

use crate::bases::middles;
use crate::candidates::Candidates;
use crate::choice::{Choice, budget, choose};
use crate::visits;
use crate::{Ask, CampaignError};

/// Most choices tried until all chosen villages find room in the days.
const MOST_ROUNDS: usize = 5;

/// Villages chosen and scheduled, both checked independently.
#[derive(Debug)]
pub struct Planned {
    /// Villages.
    pub choice: Choice,
    /// The schedule's problem.
    pub problem: ScheduleProblem,
    /// Teams and days.
    pub schedule: Schedule,
    /// Team-days that the villages were chosen for: the budget, or less where
    /// the days could not be filled.
    pub used_budget_team_days: f64,
    /// No plan of the whole budget reaches more (for the p-center: less), even
    /// if days had no ends.
    pub bound_of_whole_budget: f64,
    /// Choices tried.
    pub rounds: usize,
}

impl Planned {
    /// Households planned at a chosen village, by its number among the
    /// candidates.
    #[must_use]
    pub fn households(&self) -> BTreeMap<usize, u64> {
        let mut households: BTreeMap<usize, u64> = self
            .choice
            .plan
            .chosen
            .iter()
            .map(|place| (*place, 0))
            .collect();
        for (_, day) in self.schedule.days() {
            for visit in &day.visits {
                let place = self.choice.plan.chosen[visit.stop];
                *households.entry(place).or_default() += u64::from(visit.households);
            }
        }
        households
    }

    /// Benefit of what is scheduled: of each village the share of its
    /// households that are visited.
    #[must_use]
    pub fn scheduled_benefit(&self) -> f64 {
        self.households()
            .into_iter()
            .map(|(place, planned)| {
                let stop = self.choice.plan.chosen.binary_search(&place);
                let all = stop.map_or(1, |stop| self.problem.request().stops[stop].households);
                self.choice.problem.score(place) * planned as f64 / f64::from(all)
            })
            .sum()
    }
}

/// Chooses villages and schedules teams.
///
/// Days have ends: a village that takes a day and a half may not find its half.
/// 1. Teams without a base get one in the middle of a first choice
///    ([`crate::bases`]). Villages are chosen for the whole budget and scheduled.
/// 2. Where households are left over, the budget of the choice is lowered by
///    their share, and both are done again, five times at most.
/// 3. Of all rounds the plan with the most scheduled benefit is taken; what
///    its days still leave over is listed with what would let it in.
///
/// # Errors
/// Faults of the request, [`CampaignError::Check`].
pub fn make(ask: &Ask, candidates: &mut Candidates) -> Result<Planned, CampaignError> {
    let bases = settle_bases(ask, candidates)?;
    candidates.set_out_from(ask, bases.clone());
    candidates.settled = true;
    candidates.check_ways(ask)?;
    let candidates = &*candidates;
    let mut best: Option<Planned> = None;
    let mut budget_team_days = budget(ask);
    let mut bound = None;
    for round in 1..=MOST_ROUNDS {
        let mut planned = match once(ask, candidates, &bases, budget_team_days, round) {
            Ok(planned) => planned,
            // Floors and musts may not allow less.
            Err(error) if best.is_none() => return Err(error),
            Err(_) => break,
        };
        planned.bound_of_whole_budget = *bound.get_or_insert(planned.choice.plan.bound);
        let all: u64 = planned
            .problem
            .request()
            .stops
            .iter()
            .map(|stop| u64::from(stop.households))
            .sum();
        let scheduled = planned.schedule.households();
        let is_better = best
            .as_ref()
            .is_none_or(|best| planned.scheduled_benefit() > best.scheduled_benefit());
        if is_better {
            best = Some(planned);
        }
        if scheduled >= all {
            break;
        }
        budget_team_days *= (scheduled as f64 / all as f64).clamp(0.5, 0.98);
    }
    best.ok_or_else(|| CampaignError::NoCandidates {
        remedy: "ask for at least one round".to_owned(),
    })
}

/// A base for every team: the stated one, or the middle of a part of what would
/// be chosen if teams could set out anywhere.
fn settle_bases(ask: &Ask, candidates: &Candidates) -> Result<Vec<LatLng>, CampaignError> {
    let without = candidates
        .stated
        .iter()
        .filter(|base| base.is_none())
        .count();
    if without == 0 {
        return Ok(candidates.stated.iter().flatten().copied().collect());
    }
    let first = choose(ask, candidates, budget(ask))?;
    let points: Vec<(LatLng, f64)> = first
        .plan
        .chosen
        .iter()
        .map(|place| {
            let team_days = first.problem.cost(*place).team_days();
            (candidates.places[*place].position, team_days)
        })
        .collect();
    let mut settled = middles(&points, without)
        .into_iter()
        .map(|point| points[point].0);
    let bases = candidates
        .stated
        .iter()
        .map(|base| base.or_else(|| settled.next()));
    Ok(bases.flatten().collect())
}

fn once(
    ask: &Ask,
    candidates: &Candidates,
    bases: &[LatLng],
    budget_team_days: f64,
    rounds: usize,
) -> Result<Planned, CampaignError> {
    let choice = choose(ask, candidates, budget_team_days)?;
    let steps: Vec<(usize, usize)> = choice
        .plan
        .rollout
        .iter()
        .flat_map(|rollout| rollout.assignments.iter().map(|at| (at.place, at.step)))
        .collect();
    let problem = visits::problem(ask, candidates, &choice.plan.chosen, &steps, bases)?;
    let schedule = visits::schedule(ask, &problem)?;
    Ok(Planned {
        bound_of_whole_budget: choice.plan.bound,
        choice,
        problem,
        schedule,
        used_budget_team_days: budget_team_days,
        rounds,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{ask, release};

    #[test]
    fn what_is_chosen_fits_into_the_days() {
        let made = release();
        let ask = ask();
        let mut candidates =
            Candidates::new(&ask, &made.manifest, &made.places, &made.scores).unwrap();
        let planned = make(&ask, &mut candidates).unwrap();
        let all: u64 = planned
            .problem
            .request()
            .stops
            .iter()
            .map(|s| u64::from(s.households))
            .sum();
        let share = planned.schedule.households() as f64 / all as f64;
        assert!(share > 0.95, "{share} in {} rounds", planned.rounds);
        assert!(planned.used_budget_team_days <= 24.0);
    }

    #[test]
    fn the_same_request_has_the_same_plan() {
        let made = release();
        let ask = ask();
        let mut candidates =
            Candidates::new(&ask, &made.manifest, &made.places, &made.scores).unwrap();
        let (one, other) = (
            make(&ask, &mut candidates).unwrap(),
            make(&ask, &mut candidates).unwrap(),
        );
        assert_eq!(one.choice.plan, other.choice.plan);
        assert_eq!(one.schedule, other.schedule);
    }

    #[test]
    fn teams_without_a_base_set_out_from_villages_of_their_work() {
        let made = release();
        let mut ask = ask();
        for team in &mut ask.teams {
            team.base = None;
        }
        let mut candidates =
            Candidates::new(&ask, &made.manifest, &made.places, &made.scores).unwrap();
        let planned = make(&ask, &mut candidates).unwrap();
        for team in &planned.problem.request().teams {
            let is_village = candidates
                .places
                .iter()
                .any(|place| place.position == team.base);
            assert!(is_village, "{:?}", team.base);
        }
        let works = planned
            .schedule
            .teams
            .iter()
            .all(|team| !team.days.is_empty());
        assert!(works, "a team stays at home");
    }
}
