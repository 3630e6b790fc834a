//! Which villages: the request in the planner's numbers, and its answer.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use safeground_planning::checker::check_choice;
use safeground_planning::choose::{
    CurvePoint, Decay, Draws, ExactParams, ExplorationParams, Firmness, Floors, GreedyParams,
    Measure, Method, Objective, Place, Plan, Problem, Request, RolloutParams, Solver,
};
use safeground_planning::schedule::working_dates;

use crate::ask::{MeasureAsk, ObjectiveAsk, SolverAsk};
use crate::candidates::Candidates;
use crate::{Ask, CampaignError};

/// Villages chosen, checked independently.
#[derive(Debug)]
pub struct Choice {
    /// The problem, for reasons and costs.
    pub problem: Problem,
    /// The answer.
    pub plan: Plan,
}

/// What else is said of a choice.
#[derive(Debug)]
pub struct Around {
    /// How often each village is chosen across draws of the posterior; absent
    /// for the p-center, which knows no benefits, and where no draws were
    /// asked for.
    pub firmness: Option<Firmness>,
    /// What fewer and more teams would reach.
    pub curve: Vec<CurvePoint>,
}

/// Days on which every team works.
#[must_use]
pub fn working_days(ask: &Ask) -> Vec<NaiveDate> {
    working_dates(ask.from, ask.until(), &ask.weekdays, &ask.holidays)
}

/// Team-days to spend.
#[must_use]
pub fn budget(ask: &Ask) -> f64 {
    ask.budget_team_days
        .unwrap_or_else(|| (working_days(ask).len() * ask.teams.len()) as f64)
}

/// Chooses villages.
///
/// 1. The request becomes a [`Problem`], or all its faults, each with the
///    smallest change that mends it.
/// 2. It is solved exactly by branch and bound where the model is small enough
///    and nodes were allowed, else by lazy greedy with local search and a
///    bound; a share is drawn by lot, and an order by lot added, where asked.
/// 3. The independent checker looks at the answer before anything else does.
///
/// # Errors
/// Faults of the request, and [`CampaignError::Check`].
pub fn choose(
    ask: &Ask,
    candidates: &Candidates,
    budget_team_days: f64,
) -> Result<Choice, CampaignError> {
    if candidates.known.iter().all(|known| known.too_far) {
        return Err(CampaignError::NoCandidates {
            remedy: "every village is farther from a base than a day's way: move a base there, \
                     leave it out so that one is found, or raise pace.most_km_per_day"
                .to_owned(),
        });
    }
    let request = request(ask, candidates, budget_team_days)?;
    let places = paid_by_bases(candidates, &request);
    let problem = Problem::new(places, request)?;
    let method = if ask.search.exact_nodes == 0 {
        Method::Greedy(GreedyParams::default())
    } else {
        Method::Exact(ExactParams::new(
            solver(ask)?,
            None,
            Some(ask.search.exact_nodes),
            GreedyParams::default(),
        )?)
    };
    let mut plan = match ask.exploration_share {
        None => problem.choose(&method),
        Some(share) => {
            problem.choose_with_exploration(&method, &ExplorationParams::new(share, ask.seed)?)?
        }
    };
    if let Some(rollout) = &ask.rollout {
        let params = RolloutParams::new(rollout.steps, rollout.bands, ask.seed)?;
        plan = problem.with_rollout(plan, &params);
    }
    let violations = check_choice(problem.places(), problem.request(), &plan);
    if !violations.is_empty() {
        return Err(CampaignError::Check {
            violations: violations.iter().map(ToString::to_string).collect(),
        });
    }
    Ok(Choice { problem, plan })
}

/// The villages, each paid by the base with the quickest way where ways are
/// told; else the planner takes the nearest.
fn paid_by_bases(candidates: &Candidates, request: &Request) -> Vec<Place> {
    let mut places = candidates.places.clone();
    if candidates.settled && candidates.ways.is_some() {
        for (place, known) in places.iter_mut().zip(&candidates.known) {
            let point = candidates.bases.get(known.base);
            place.base = request.bases.iter().position(|base| Some(base) == point);
        }
    }
    places
}

/// The exact solver that was asked for.
fn solver(ask: &Ask) -> Result<Solver, CampaignError> {
    match ask.search.solver {
        SolverAsk::Microlp => Ok(Solver::Microlp),
        #[cfg(feature = "highs")]
        SolverAsk::Highs => Ok(Solver::Highs),
        #[cfg(not(feature = "highs"))]
        SolverAsk::Highs => Err(CampaignError::Setting {
            field: "search.solver".to_owned(),
            value: "highs".to_owned(),
            expected: "microlp: this program was built without HiGHS; leave the field out, or \
                       build it with `--features highs` (needs cmake, a C++ compiler and \
                       libclang)",
        }),
    }
}

/// Which picks are firm, and what fewer and more teams would reach.
///
/// # Errors
/// Those of the planner.
pub fn around(
    ask: &Ask,
    candidates: &Candidates,
    choice: &Choice,
) -> Result<Around, CampaignError> {
    let problem = &choice.problem;
    let has_benefit = ask.objective != ObjectiveAsk::PCenter;
    let firmness = if has_benefit && ask.search.draws > 0 {
        let parts: Vec<_> = candidates.known.iter().map(|c| c.parts.clone()).collect();
        let draws = candidates
            .expectation
            .draws(&parts, ask.search.draws, ask.seed);
        let draws = Draws::new(draws, candidates.places.len())?;
        Some(problem.firmness(&choice.plan, &draws, &GreedyParams::new(3, 0))?)
    } else {
        None
    };
    let budget = problem.request().budget_team_days;
    let budgets = budgets(budget, ask.teams.len());
    let curve = problem.marginal_curve(&budgets, &GreedyParams::default())?;
    Ok(Around { firmness, curve })
}

/// Budgets of one team up to three more than asked for, twelve at most, the
/// budget asked for among them.
fn budgets(budget: f64, teams: usize) -> Vec<f64> {
    let of_team = budget / teams as f64;
    let step = (teams + 3).div_ceil(12);
    let mut counts: BTreeSet<usize> = (1..=teams + 3).step_by(step).collect();
    counts.extend([teams, teams + 1]);
    counts
        .into_iter()
        .map(|count| {
            if count == teams {
                budget
            } else {
                count as f64 * of_team
            }
        })
        .collect()
}

fn request(
    ask: &Ask,
    candidates: &Candidates,
    budget_team_days: f64,
) -> Result<Request, CampaignError> {
    let objective = match (ask.objective, ask.service_radius_km) {
        (ObjectiveAsk::MaximumCoverage, Some(service_radius_km)) => {
            Objective::MaximumCoverage { service_radius_km }
        }
        (ObjectiveAsk::PCenter, _) => Objective::PCenter,
        _ => Objective::WeightedBenefit,
    };
    let mut request = Request::new(objective, budget_team_days);
    request.measure = match ask.measure {
        MeasureAsk::Mean => Measure::Mean,
        MeasureAsk::Lower => Measure::Lower,
    };
    request.most_places = ask.most_villages;
    if candidates.settled {
        // Teams at one point share their days.
        let part = budget_team_days / budget(ask);
        let days = working_days(ask).len() as f64 * part.min(1.0);
        for base in &candidates.bases {
            match request.bases.iter().position(|known| known == base) {
                Some(known) => request.base_team_days[known] += days,
                None => {
                    request.bases.push(*base);
                    request.base_team_days.push(days);
                }
            }
        }
    }
    request.decay = Some(Decay::new(
        ask.earlier.half_life_days,
        ask.earlier.strength,
    )?);
    let ids = |field: &str, villages: &[String]| -> Result<Vec<String>, CampaignError> {
        villages
            .iter()
            .map(|village| {
                let number = candidates.find(field, village)?;
                Ok(candidates.places[number].id.clone())
            })
            .collect()
    };
    request.musts = ids("musts", &ask.musts)?;
    for (number, must) in ask.musts.iter().enumerate() {
        if candidates.known[candidates.find("musts", must)?].too_far {
            return Err(CampaignError::Setting {
                field: format!("musts[{number}]"),
                value: must.clone(),
                expected: "a village within a day's way of a team's base; move a base, or raise \
                           pace.most_km_per_day or pace.hours_per_day",
            });
        }
    }
    request.must_nots = ids("must_nots", &ask.must_nots)?;
    request.partners.clone_from(&ask.partners);
    request.floors = Floors {
        least_per_block: ask.floors.least_per_block,
        least_in_block: ask.floors.least_in_block.clone(),
        under_observed_share: ask.floors.not_observed_share,
    };
    Ok(request)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{ask, release};
    use safeground_planning::choose::Stopped;

    fn chosen(ask: &Ask) -> Result<Choice, CampaignError> {
        let made = release();
        let candidates = Candidates::new(ask, &made.manifest, &made.places, &made.scores)?;
        choose(ask, &candidates, budget(ask))
    }

    #[test]
    fn the_villages_with_most_for_their_team_days_are_chosen_within_the_budget() {
        let choice = chosen(&ask()).unwrap();
        assert!((budget(&ask()) - 24.0).abs() < 1e-12);
        assert!(choice.plan.team_days <= 24.0);
        assert!(choice.plan.gap() < 0.05, "{}", choice.plan.gap());
        // Shown with nine times the rate of others, though visited last year.
        assert!(choice.plan.chosen.contains(&13));
    }

    #[test]
    fn one_more_team_adds_what_the_curve_says() {
        let made = release();
        let ask = ask();
        let candidates = Candidates::new(&ask, &made.manifest, &made.places, &made.scores).unwrap();
        let choice = choose(&ask, &candidates, budget(&ask)).unwrap();
        let around = around(&ask, &candidates, &choice).unwrap();
        let budgets: Vec<f64> = around.curve.iter().map(|p| p.budget_team_days).collect();
        assert_eq!(budgets, [12.0, 24.0, 36.0, 48.0, 60.0]);
        assert!(around.curve[2].gained.unwrap() > 0.0);
        // Shown with nine times the rate of others.
        assert!(around.firmness.unwrap().selection_probabilities[13] > 0.9);
    }

    #[test]
    fn musts_and_must_nots_hold_and_contradict_with_their_names() {
        let mut ask = ask();
        ask.musts = vec!["Name of village:0".into()];
        ask.must_nots = vec!["village:13".into()];
        let choice = chosen(&ask).unwrap();
        assert!(choice.plan.chosen.contains(&0));
        assert!(!choice.plan.chosen.contains(&13));
        ask.must_nots = vec!["village:0".into()];
        let error = chosen(&ask).unwrap_err().to_string();
        assert!(error.contains("both a must and a must-not"), "{error}");
    }

    #[test]
    fn bases_too_far_from_every_village_are_told_as_such() {
        let mut ask = ask();
        for team in &mut ask.teams {
            team.base = Some(crate::ask::BaseAsk::Point {
                latitude: 10.0,
                longitude: 77.0,
            });
        }
        let error = chosen(&ask).unwrap_err().to_string();
        assert!(error.contains("farther from a base"), "{error}");
    }

    #[test]
    fn highs_plans_where_it_is_built_in_and_is_named_where_it_is_not() {
        let mut ask = ask();
        ask.search.solver = SolverAsk::Highs;
        let choice = chosen(&ask);
        if cfg!(feature = "highs") {
            assert_eq!(choice.unwrap().plan.stopped, Stopped::Proven);
        } else {
            let error = choice.unwrap_err().to_string();
            assert!(error.contains("--features highs"), "{error}");
        }
    }

    #[test]
    fn a_budget_too_small_is_answered_with_the_least_that_suffices() {
        let mut ask = ask();
        ask.budget_team_days = Some(0.1);
        let error = chosen(&ask).unwrap_err().to_string();
        assert!(error.contains("raise the budget to"), "{error}");
    }
}
