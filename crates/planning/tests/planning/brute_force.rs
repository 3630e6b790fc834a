//! All methods against all sets of places.

use std::time::Duration;

use safeground_planning::PlanningError;
use safeground_planning::checker::check_choice;
use safeground_planning::choose::{
    ExactParams, Fault, FoundBy, GreedyParams, Method, Objective, Problem, Remedy, Stopped,
};

use crate::harness::{best_worth, exact, greedy, random_problem};
use crate::known_optima::solvers;

const CASES: u64 = 600;

#[test]
fn the_exact_plan_is_the_best_of_all_sets_and_the_greedy_one_within_its_bound() {
    let (mut feasible, mut centers) = (0, 0);
    for seed in 0..CASES {
        let (places, request) = random_problem(seed, 9);
        let Some(best) = best_worth(&places, &request) else {
            continue;
        };
        let Ok(problem) = Problem::new(places.clone(), request.clone()) else {
            continue;
        };
        feasible += 1;
        for method in [greedy(), exact()] {
            let plan = problem.choose(&method);
            let violations = check_choice(&places, &request, &plan);
            assert!(
                violations.is_empty(),
                "seed {seed}: {violations:?} {plan:?}"
            );
            let close = 1e-6 * best.max(1.0);
            if request.objective == Objective::PCenter {
                assert!(plan.bound <= best + close, "seed {seed}: {plan:?} {best}");
                assert!(plan.value >= best - close, "seed {seed}");
                centers += 1;
            } else {
                assert!(plan.bound >= best - close, "seed {seed}: {plan:?} {best}");
                assert!(plan.value <= best + close, "seed {seed}");
                if let Some(guarantee) = plan.guarantee {
                    assert!(plan.value >= guarantee * best - close, "seed {seed}");
                }
            }
            if plan.stopped == Stopped::Proven {
                assert!(
                    (plan.value - best).abs() <= close,
                    "seed {seed}: {plan:?} {best}"
                );
            }
            if method == exact() {
                assert_eq!(plan.stopped, Stopped::Proven, "seed {seed}: {plan:?}");
            } else {
                assert_eq!(plan.found_by, FoundBy::Greedy);
            }
        }
    }
    assert!(feasible > 200, "only {feasible} feasible cases");
    assert!(centers > 60, "only {centers} plans of centers");
}

#[test]
fn a_search_cut_short_says_so_and_its_bound_still_holds() {
    let mut cut = 0;
    for seed in 0..300 {
        let (places, request) = random_problem(seed, 12);
        let Ok(problem) = Problem::new(places.clone(), request.clone()) else {
            continue;
        };
        let best = best_worth(&places, &request).unwrap();
        let close = 1e-6 * best.max(1.0);
        for solver in solvers() {
            for (time, nodes) in [(Some(Duration::ZERO), None), (None, Some(1))] {
                let start = GreedyParams::new(0, 0);
                let params = ExactParams::new(solver, time, nodes, start).unwrap();
                let plan = problem.choose(&Method::Exact(params));
                assert_eq!(check_choice(&places, &request, &plan), [], "seed {seed}");
                let (low, high) = match request.objective {
                    Objective::PCenter => (plan.bound, plan.value),
                    _ => (plan.value, plan.bound),
                };
                assert!(low <= best + close, "seed {seed}: {plan:?} {best}");
                assert!(high >= best - close, "seed {seed}: {plan:?} {best}");
                match plan.stopped {
                    Stopped::Proven => assert!((plan.value - best).abs() <= close),
                    Stopped::Limit => cut += 1,
                    other => panic!("seed {seed}: {other:?}"),
                }
            }
        }
    }
    assert!(cut > 20, "only {cut} searches were cut short");
}

/// `request` changed as a remedy says.
fn mended(
    request: &safeground_planning::choose::Request,
    remedy: &Remedy,
) -> safeground_planning::choose::Request {
    let mut request = request.clone();
    match remedy {
        Remedy::RaiseBudget { to_team_days } => request.budget_team_days = *to_team_days,
        Remedy::RaiseMostPlaces { to } => request.most_places = Some(*to),
        Remedy::DropMusts { places } => request.musts.retain(|must| !places.contains(must)),
        Remedy::LowerBlockFloor { block, to } => {
            request.floors.least_in_block.insert(block.clone(), *to);
        }
        Remedy::CapFloors { to } => request.floors.least_per_block = *to,
        Remedy::LowerShare { to } => request.floors.under_observed_share = *to,
        _ => panic!("an unknown remedy"),
    }
    request
}

/// `remedy` a little smaller; `None` where it cannot be.
fn smaller(remedy: &Remedy) -> Option<Remedy> {
    match remedy {
        Remedy::RaiseBudget { to_team_days } => Some(Remedy::RaiseBudget {
            to_team_days: to_team_days - 1e-6,
        }),
        Remedy::RaiseMostPlaces { to } => Some(Remedy::RaiseMostPlaces { to: to - 1 }),
        Remedy::DropMusts { places } if places.len() > 1 => Some(Remedy::DropMusts {
            places: places[1..].to_vec(),
        }),
        Remedy::CapFloors { to } => Some(Remedy::CapFloors { to: to + 1 }),
        Remedy::LowerShare { to } => Some(Remedy::LowerShare { to: to + 2e-4 }),
        _ => None,
    }
}

#[test]
fn a_refused_problem_has_no_feasible_set_and_each_remedy_is_the_smallest_of_its_kind() {
    let (mut refused, mut remedies_tried) = (0, 0);
    for seed in 0..CASES {
        let (places, request) = random_problem(seed, 9);
        let best = best_worth(&places, &request);
        let faults = match Problem::new(places.clone(), request.clone()) {
            Ok(_) => {
                assert!(best.is_some(), "seed {seed}: accepted");
                continue;
            }
            Err(PlanningError::Faults(faults)) => faults,
            Err(other) => panic!("{other}"),
        };
        for fault in faults {
            let Fault::Infeasible {
                constraint,
                remedies,
            } = fault
            else {
                continue;
            };
            assert!(best.is_none(), "seed {seed}: {constraint}");
            refused += 1;
            for remedy in remedies {
                // Other blocks may lack too, so one floor need not be all.
                if matches!(remedy, Remedy::LowerBlockFloor { .. }) {
                    continue;
                }
                remedies_tried += 1;
                let feasible =
                    |remedy: &Remedy| best_worth(&places, &mended(&request, remedy)).is_some();
                assert!(feasible(&remedy), "seed {seed}: {remedy}");
                if let Some(smaller) = smaller(&remedy) {
                    assert!(!feasible(&smaller), "seed {seed}: {smaller}");
                }
            }
        }
    }
    assert!(refused > 60, "only {refused} refused cases");
    assert!(remedies_tried > 60, "only {remedies_tried} remedies");
}
