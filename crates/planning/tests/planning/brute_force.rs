//! All methods against all sets of places.

use std::time::Duration;

use safeground_planning::PlanningError;
use safeground_planning::checker::check_choice;
use safeground_planning::choose::{
    ExactParams, Fault, FoundBy, GreedyParams, Method, Objective, Place, Problem, Remedy, Request,
    Stopped,
};

use crate::harness::{best_worth, exact, greedy, limited_problem, random_problem};
use crate::known_optima::solvers;

const CASES: u64 = 600;

/// Makes the problem of a seed, of so many places at most.
type Maker = fn(u64, usize) -> (Vec<Place>, Request);

#[test]
fn the_exact_plan_is_the_best_of_all_sets_and_the_greedy_one_within_its_bound() {
    let tried = compare_with_all_sets(random_problem);
    assert!(tried.feasible > 200, "{tried:?}");
    assert!(tried.centers > 60, "{tried:?}");
}

#[test]
fn with_team_days_of_bases_the_exact_plan_is_the_best_of_all_sets_too() {
    let tried = compare_with_all_sets(limited_problem);
    assert!(tried.feasible > 150, "{tried:?}");
    assert!(tried.centers > 60, "{tried:?}");
    assert!(tried.guaranteed > 10, "{tried:?}");
}

#[derive(Debug, Default)]
struct Tried {
    feasible: u32,
    centers: u32,
    guaranteed: u32,
}

fn compare_with_all_sets(maker: Maker) -> Tried {
    let mut tried = Tried::default();
    for seed in 0..CASES {
        let (places, request) = maker(seed, 9);
        let Some(best) = best_worth(&places, &request) else {
            continue;
        };
        let Ok(problem) = Problem::new(places.clone(), request.clone()) else {
            continue;
        };
        tried.feasible += 1;
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
                tried.centers += 1;
            } else {
                assert!(plan.bound >= best - close, "seed {seed}: {plan:?} {best}");
                assert!(plan.value <= best + close, "seed {seed}");
                if let Some(guarantee) = plan.guarantee {
                    assert!(plan.value >= guarantee * best - close, "seed {seed}");
                    tried.guaranteed += 1;
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
    tried
}

#[test]
fn a_search_cut_short_says_so_and_its_bound_still_holds() {
    let cut = cut_searches_short(random_problem);
    assert!(cut > 20, "only {cut} searches were cut short");
}

#[test]
fn with_team_days_of_bases_the_bound_of_a_search_cut_short_holds_too() {
    let cut = cut_searches_short(limited_problem);
    assert!(cut > 5, "only {cut} searches were cut short");
}

fn cut_searches_short(maker: Maker) -> u32 {
    let mut cut = 0;
    for seed in 0..300 {
        let (places, request) = maker(seed, 12);
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
    cut
}

/// `request` changed as a remedy says.
fn mended(request: &Request, remedy: &Remedy) -> Request {
    let mut request = request.clone();
    match remedy {
        Remedy::RaiseBudget { to_team_days } => request.budget_team_days = *to_team_days,
        Remedy::RaiseBases { bases, fewest, .. } => {
            assert!(fewest, "{remedy}");
            for raise in bases {
                request.base_team_days[raise.base] = raise.to_team_days;
            }
        }
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
        Remedy::RaiseBases {
            bases,
            fewest,
            least_added_team_days,
        } => {
            let mut bases = bases.clone();
            bases[0].to_team_days -= 1e-6;
            Some(Remedy::RaiseBases {
                bases,
                fewest: *fewest,
                least_added_team_days: *least_added_team_days,
            })
        }
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
    let (refused, remedies_tried, _) = compare_remedies(random_problem);
    assert!(refused > 60, "only {refused} refused cases");
    assert!(remedies_tried > 60, "only {remedies_tried} remedies");
}

#[test]
fn with_team_days_of_bases_refusals_and_remedies_are_exact_too() {
    let (refused, remedies_tried, raises) = compare_remedies(limited_problem);
    assert!(refused > 120, "only {refused} refused cases");
    assert!(remedies_tried > 120, "only {remedies_tried} remedies");
    assert!(raises > 40, "only {raises} raises of bases");
}

/// How many problems were refused, how many remedies tried, and how many of
/// these raise team-days of bases.
fn compare_remedies(maker: Maker) -> (u32, u32, u32) {
    let (mut refused, mut remedies_tried, mut raises) = (0, 0, 0);
    for seed in 0..CASES {
        let (places, request) = maker(seed, 9);
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
                raises += u32::from(matches!(remedy, Remedy::RaiseBases { .. }));
                let feasible =
                    |remedy: &Remedy| best_worth(&places, &mended(&request, remedy)).is_some();
                assert!(feasible(&remedy), "seed {seed}: {remedy}");
                if let Some(smaller) = smaller(&remedy) {
                    assert!(!feasible(&smaller), "seed {seed}: {smaller}");
                }
            }
        }
    }
    (refused, remedies_tried, raises)
}
