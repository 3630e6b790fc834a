//! Team-days of bases: what each pays, and what is said where it cannot.

use safeground_planning::PlanningError;
use safeground_planning::checker::{Violation, check_choice};
use safeground_planning::choose::{
    BaseRaise, Constraint, Effort, ExplorationParams, Fault, GreedyParams, LatLng, LeftOut, Method,
    Objective, Place, Plan, Problem, Remedy, Request, RolloutParams,
};

use crate::harness::{best_worth, exact, greedy, limited_problem, place};
use crate::many::{objectives, request, scattered};

fn at(latitude: f64, longitude: f64) -> LatLng {
    LatLng {
        latitude,
        longitude,
    }
}

/// Four villages near a western base, worth more, and four near an eastern
/// one; each costs two team-days.
fn two_valleys() -> (Vec<Place>, Request) {
    let mut places: Vec<Place> = (0..8u32)
        .map(|number| {
            let (east, step) = (f64::from(number / 4), f64::from(number % 4));
            place(
                &format!("village:{number}"),
                25.0 + 0.01 * step,
                85.0 + east,
                100.0 - 80.0 * east + step,
                2.0,
            )
        })
        .collect();
    for (number, place) in places.iter_mut().enumerate() {
        place.block = format!("block:{}", number % 2);
    }
    let mut request = Request::new(Objective::WeightedBenefit, 8.0);
    request.bases = vec![at(25.0, 85.0), at(25.0, 86.0)];
    (places, request)
}

fn faults(places: Vec<Place>, request: Request) -> Vec<Fault> {
    match Problem::new(places, request) {
        Err(PlanningError::Faults(faults)) => faults,
        other => panic!("expected faults, found {other:?}"),
    }
}

#[test]
fn without_team_days_of_bases_the_best_villages_are_all_around_one_base() {
    let (places, mut request) = two_valleys();
    let problem = Problem::new(places.clone(), request.clone()).unwrap();
    assert_eq!(problem.choose(&greedy()).chosen, [0, 1, 2, 3]);
    assert_eq!(problem.base(0), None);
    request.base_team_days = vec![4.0, 5.0];
    let problem = Problem::new(places.clone(), request.clone()).unwrap();
    for method in [greedy(), exact()] {
        let plan = problem.choose(&method);
        assert_eq!(plan.chosen, [2, 3, 6, 7]);
        assert_eq!(check_choice(&places, &request, &plan), []);
        let paid: Vec<f64> = problem
            .base_use(&plan)
            .iter()
            .map(|b| b.team_days)
            .collect();
        assert_eq!(paid, [4.0, 4.0]);
        let why = problem.why(&plan);
        assert_eq!(why[0].base, Some(0));
        assert_eq!(why[3].base, Some(1));
        assert!(matches!(
            problem.left_out(&plan)[0],
            (
                0,
                LeftOut::BaseSpent {
                    base: 0,
                    left_team_days: 0.0,
                    benefit: 100.0,
                    benefit_per_team_day: Some(50.0),
                }
            )
        ));
    }
}

#[test]
fn a_place_is_paid_by_the_base_stated_for_it() {
    let (mut places, mut request) = two_valleys();
    request.base_team_days = vec![4.0, 5.0];
    // The two best of the western valley are reached from the east.
    places[2].base = Some(1);
    places[3].base = Some(1);
    let problem = Problem::new(places.clone(), request.clone()).unwrap();
    assert_eq!((problem.base(2), problem.base(1)), (Some(1), Some(0)));
    for method in [greedy(), exact()] {
        let plan = problem.choose(&method);
        assert_eq!(plan.chosen, [0, 1, 2, 3]);
        assert_eq!(check_choice(&places, &request, &plan), []);
        // By great circle the western base pays for all four, and cannot.
        let mut nearest = places.clone();
        for place in &mut nearest {
            place.base = None;
        }
        assert_ne!(check_choice(&nearest, &request, &plan), []);
    }
    places[2].base = Some(2);
    let expected = Fault::UnknownBase {
        place: "village:2".to_owned(),
        base: 2,
        bases: 2,
    };
    assert_eq!(faults(places, request), [expected]);
}

#[test]
fn a_place_dearer_than_its_base_has_left_beside_the_musts_is_beyond_it() {
    let (mut places, mut request) = two_valleys();
    places[4].effort = Effort::TeamDays(4.5);
    request.base_team_days = vec![4.0, 5.0];
    request.musts = vec!["village:7".to_owned()];
    let problem = Problem::new(places, request).unwrap();
    let plan = problem.choose(&greedy());
    assert!(problem.left_out(&plan).contains(&(
        4,
        LeftOut::BeyondBase {
            base: 1,
            left_team_days: 3.0
        }
    )));
}

#[test]
fn figures_that_do_not_go_with_the_bases_are_named() {
    let (places, mut request) = two_valleys();
    request.base_team_days = vec![4.0, -1.0, 3.0];
    assert_eq!(
        faults(places, request),
        [
            Fault::BaseFigures {
                figures: 3,
                bases: 2
            },
            Fault::BaseTeamDays {
                base: 1,
                team_days: -1.0
            },
        ]
    );
}

#[test]
fn musts_beyond_a_base_name_it_and_the_days_to_add() {
    let (places, mut request) = two_valleys();
    request.base_team_days = vec![8.0, 3.0];
    request.musts = vec!["village:4".to_owned(), "village:5".to_owned()];
    let found = faults(places, request);
    assert_eq!(
        found,
        [Fault::Infeasible {
            constraint: Constraint::MustsOfBase {
                base: 1,
                places: 2,
                team_days: 4.0,
                base_team_days: 3.0,
            },
            remedies: vec![
                Remedy::RaiseBases {
                    bases: vec![BaseRaise {
                        base: 1,
                        to_team_days: 4.0,
                        added_team_days: 1.0,
                    }],
                    fewest: true,
                    least_added_team_days: 1.0,
                },
                Remedy::DropMusts {
                    places: vec!["village:4".to_owned()]
                },
            ],
        }]
    );
    assert_eq!(
        found[0].to_string(),
        "the 2 musts of base number 1 cost 4 team-days; it has 3; raise base number 1 to 4 \
         team-days (1 more), or drop the musts `village:4`"
    );
}

#[test]
fn floors_beyond_the_bases_name_the_fewest_days_to_add() {
    let (mut places, mut request) = two_valleys();
    for (number, place) in places.iter_mut().enumerate() {
        place.block = format!("block:{}", number / 4);
    }
    request.floors.least_per_block = 2;
    request.base_team_days = vec![3.5, 2.0];
    assert_eq!(
        faults(places, request),
        [Fault::Infeasible {
            constraint: Constraint::FloorsOfBases {
                base: 0,
                team_days: 4.0,
                base_team_days: 3.5,
            },
            remedies: vec![
                Remedy::RaiseBases {
                    bases: vec![
                        BaseRaise {
                            base: 0,
                            to_team_days: 4.0,
                            added_team_days: 0.5,
                        },
                        BaseRaise {
                            base: 1,
                            to_team_days: 4.0,
                            added_team_days: 2.0,
                        }
                    ],
                    fewest: true,
                    least_added_team_days: 2.5,
                },
                Remedy::CapFloors { to: 1 },
            ],
        }]
    );
}

#[test]
fn bases_that_pay_for_no_place_name_the_one_that_lacks_least() {
    let (places, mut request) = two_valleys();
    request.base_team_days = vec![1.0, 1.5];
    assert_eq!(
        faults(places, request)[0].to_string(),
        "no base has the team-days for any of its places within the budget; least is lacking at \
         base number 1, which has 1.5: place `village:4` costs 2; raise base number 1 to 2 \
         team-days (0.5 more)"
    );
}

#[test]
fn floors_that_only_one_way_of_sharing_out_can_pay_are_met() {
    // The partition problem: of each block one of two equal places, at either
    // base, so that both bases come out even. The cheapest choice overdraws the
    // first base, and so do many others.
    let costs = [7.0, 5.0, 5.0, 4.0, 3.0, 3.0, 2.0, 1.0];
    let mut places = Vec::new();
    for (block, cost) in costs.into_iter().enumerate() {
        for (base, longitude) in [85.0, 86.0].into_iter().enumerate() {
            let id = format!("village:{block}:{base}");
            let mut place = place(&id, 25.0, longitude, 1.0, cost);
            place.block = format!("block:{block}");
            places.push(place);
        }
    }
    let mut request = Request::new(Objective::WeightedBenefit, 30.0);
    request.bases = vec![at(25.0, 85.0), at(25.0, 86.0)];
    request.base_team_days = vec![15.0, 15.0];
    request.floors.least_per_block = 1;
    let problem = Problem::new(places.clone(), request.clone()).unwrap();
    for method in [greedy(), exact()] {
        let plan = problem.choose(&method);
        assert_eq!(check_choice(&places, &request, &plan), []);
        let paid: Vec<f64> = problem
            .base_use(&plan)
            .iter()
            .map(|b| b.team_days)
            .collect();
        assert_eq!(paid, [15.0, 15.0]);
    }
    request.base_team_days = vec![14.9, 15.1];
    let Fault::Infeasible {
        constraint,
        remedies,
    } = &faults(places, request)[0]
    else {
        panic!("expected a constraint");
    };
    assert!(
        matches!(constraint, Constraint::FloorsOfBases { .. }),
        "{constraint}"
    );
    let Remedy::RaiseBases { bases, fewest, .. } = &remedies[0] else {
        panic!("expected a raise, found {remedies:?}");
    };
    let added: f64 = bases.iter().map(|raise| raise.added_team_days).sum();
    assert!(*fewest && (added - 0.1).abs() < 1e-9, "{bases:?}");
}

#[test]
fn exploration_of_random_problems_is_paid_base_by_base() {
    let (mut explored, mut feasible) = (0, 0);
    for seed in 0..600 {
        let (places, request) = limited_problem(seed, 14);
        let Ok(problem) = Problem::new(places.clone(), request.clone()) else {
            continue;
        };
        feasible += 1;
        let params = ExplorationParams::new(0.25, seed).unwrap();
        let plan = match problem.choose_with_exploration(&greedy(), &params) {
            Ok(plan) => plan,
            Err(PlanningError::ExplorationBases { .. } | PlanningError::ExplorationRoom { .. }) => {
                continue;
            }
            Err(other) => panic!("{other}"),
        };
        let plan = problem.with_rollout(plan, &RolloutParams::new(3, 2, seed).unwrap());
        let violations = check_choice(&places, &request, &plan);
        assert_eq!(violations, [], "seed {seed}: {plan:?}");
        explored += usize::from(!plan.exploration.unwrap().drawn.is_empty());
    }
    assert!(explored > 60, "only {explored} of {feasible} explored");
}

#[test]
fn team_days_of_bases_rise_with_the_budget_of_the_curve() {
    let mut points_with_plan = 0;
    for seed in 0..150 {
        let (places, request) = limited_problem(seed, 9);
        let Ok(problem) = Problem::new(places.clone(), request.clone()) else {
            continue;
        };
        let budgets = [0.3, 0.8, 1.0, 1.7].map(|times| times * request.budget_team_days);
        let params = GreedyParams::default();
        let curve = problem.marginal_curve(&budgets, &params).unwrap();
        let mut before: Option<f64> = None;
        for point in curve {
            let scale = point.budget_team_days / request.budget_team_days;
            let asked = Request {
                budget_team_days: point.budget_team_days,
                base_team_days: request.base_team_days.iter().map(|d| d * scale).collect(),
                ..request.clone()
            };
            let best = best_worth(&places, &asked);
            let Some(plan) = point.plan else {
                assert_eq!(best, None, "seed {seed}");
                continue;
            };
            points_with_plan += 1;
            assert_eq!(check_choice(&places, &asked, &plan), [], "seed {seed}");
            let best = best.unwrap();
            let sign = if request.objective == Objective::PCenter {
                -1.0
            } else {
                1.0
            };
            let close = 1e-6 * best.max(1.0);
            assert!(
                sign * (plan.bound - best) >= -close,
                "seed {seed}: {plan:?} {best}"
            );
            assert!(before.is_none_or(|before| sign * (plan.value - before) >= 0.0));
            before = Some(plan.value);
        }
    }
    assert!(points_with_plan > 150, "only {points_with_plan}");
}

/// Places around ten bases, each with less than a tenth of the budget.
fn ten_bases(places: &[Place], objective: Objective) -> Request {
    let mut asked = request(objective);
    asked.bases = places[..10].iter().map(|place| place.position).collect();
    asked.base_team_days = vec![7.0; 10];
    asked
}

#[test]
fn plans_for_ten_bases_pass_the_checker_with_a_small_gap_whatever_the_threads() {
    let places = scattered(1_000, 5);
    for (objective, most_gap) in objectives().into_iter().zip([0.05, 0.08, 0.5]) {
        let request = ten_bases(&places, objective);
        let answer = |threads: usize| -> Plan {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
            pool.build().unwrap().install(|| {
                let problem = Problem::new(places.clone(), request.clone()).unwrap();
                problem.choose(&Method::Greedy(GreedyParams::new(10, 100)))
            })
        };
        let plan = answer(1);
        assert_eq!(plan, answer(3));
        assert_eq!(check_choice(&places, &request, &plan), []);
        assert_eq!(plan.guarantee, None);
        assert!(plan.gap() < most_gap, "{objective:?}: {}", plan.gap());
    }
}

#[test]
fn a_plan_that_overdraws_a_base_is_found_out() {
    let (places, mut request) = two_valleys();
    let plan = Problem::new(places.clone(), request.clone())
        .unwrap()
        .choose(&greedy());
    request.base_team_days = vec![7.9, 8.0];
    assert_eq!(
        check_choice(&places, &request, &plan),
        [Violation::BaseTeamDays {
            base: 0,
            team_days: 8.0,
            base_team_days: 7.9,
        }]
    );
    // Of bases equally near the first pays.
    request.bases[1] = request.bases[0];
    request.base_team_days = vec![8.0, 0.0];
    assert_eq!(check_choice(&places, &request, &plan), []);
}

#[test]
fn tight_bases_are_planned_for_or_refused_with_a_raise_that_suffices() {
    let places = scattered(1_000, 6);
    let (mut planned, mut refused) = (0, 0);
    for tenths in [5, 8, 11, 14, 17, 20, 25] {
        let mut request = ten_bases(&places, Objective::WeightedBenefit);
        request.base_team_days = vec![f64::from(tenths) / 10.0; 10];
        request.floors.least_per_block = 2;
        let checked = |request: &Request| {
            let problem = Problem::new(places.clone(), request.clone())?;
            let plan = problem.choose(&Method::Greedy(GreedyParams::new(2, 10)));
            assert_eq!(check_choice(&places, request, &plan), []);
            Ok(())
        };
        let found = match checked(&request) {
            Ok(()) => {
                planned += 1;
                continue;
            }
            Err(PlanningError::Faults(found)) => found,
            Err(other) => panic!("{other}"),
        };
        refused += 1;
        let Fault::Infeasible { remedies, .. } = &found[0] else {
            panic!("expected a constraint, found {found:?}");
        };
        let raises = remedies.iter().find_map(|remedy| match remedy {
            Remedy::RaiseBases { bases, .. } => Some(bases),
            _ => None,
        });
        for raise in raises.unwrap() {
            request.base_team_days[raise.base] = raise.to_team_days;
        }
        checked(&request).unwrap();
    }
    assert!(planned > 0 && refused > 0, "{planned} {refused}");
}
