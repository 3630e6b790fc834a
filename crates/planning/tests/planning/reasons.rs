//! Why a village, and why not.

use safeground_planning::choose::{Decay, LeftOut, Objective, Problem, Reason, Request, Visit};

use crate::harness::{greedy, place, random_problem, worth};

#[test]
fn reasons_carry_the_parts_that_led_to_them() {
    // Two villages 2.2 km apart, one alone, one barred, one too dear.
    let mut places = vec![
        place("a", 25.00, 85.0, 30.0, 1.0),
        place("b", 25.02, 85.0, 20.0, 1.0),
        place("c", 25.50, 85.0, 8.0, 2.0),
        place("d", 25.90, 85.0, 9.0, 1.0),
        place("e", 26.30, 85.0, 500.0, 90.0),
    ];
    places[0].visits = vec![
        Visit {
            days_ago: 400.0,
            share_reached: 0.1,
        },
        Visit {
            days_ago: 100.0,
            share_reached: 1.0,
        },
    ];
    places[2].under_observed = true;
    let objective = Objective::MaximumCoverage {
        service_radius_km: 5.0,
    };
    let mut request = Request::new(objective, 3.0);
    request.decay = Some(Decay::new(100.0, 1.0).unwrap());
    request.must_nots = vec!["d".to_owned()];
    request.floors.under_observed_share = 0.5;
    let problem = Problem::new(places, request).unwrap();
    let plan = problem.choose(&greedy());
    assert_eq!(plan.chosen, [0, 2]);
    let why = problem.why(&plan);
    assert_eq!(why[0].last_visit_days_ago, Some(100.0));
    // Half of the last visit and a sixteenth of the tenth before it remain.
    assert!((why[0].remaining - 0.5 * (1.0 - 0.1 / 16.0)).abs() < 1e-12);
    assert_eq!(why[0].score_rank, 3);
    let both = 20.0 + 30.0 * why[0].remaining;
    assert_eq!(
        why[0].reasons,
        [
            Reason::ReachesAlone {
                benefit: both,
                benefit_per_team_day: Some(both)
            },
            Reason::Serves {
                points: 2,
                benefit: both
            },
        ]
    );
    assert_eq!(
        why[1].reasons[..2],
        [
            Reason::UnderObservedShare { share: 0.5 },
            Reason::ReachesAlone {
                benefit: 8.0,
                benefit_per_team_day: Some(4.0)
            },
        ]
    );
    assert_eq!(
        problem.left_out(&plan),
        [
            (1, LeftOut::ServedAlready),
            (3, LeftOut::MustNot),
            (
                4,
                LeftOut::BeyondBudget {
                    left_team_days: 3.0
                }
            ),
        ]
    );
}

#[test]
fn what_a_place_reaches_alone_is_what_the_plan_loses_without_it() {
    let mut compared = 0;
    for seed in 0..200 {
        let (places, mut request) = random_problem(seed, 9);
        request.musts.clear();
        request.floors = Default::default();
        let Ok(problem) = Problem::new(places.clone(), request.clone()) else {
            continue;
        };
        let plan = problem.choose(&greedy());
        if plan.objective == Objective::PCenter {
            let served: usize = problem
                .why(&plan)
                .iter()
                .flat_map(|why| &why.reasons)
                .map(|reason| match reason {
                    Reason::NearestFor { points, .. } => *points,
                    _ => 0,
                })
                .sum();
            assert!(served <= problem.demand_points());
            continue;
        }
        for why in problem.why(&plan) {
            let others: Vec<usize> = plan
                .chosen
                .iter()
                .copied()
                .filter(|place| *place != why.place)
                .collect();
            let without = worth(&places, &request, &others).unwrap();
            let alone = why.reasons.iter().find_map(|reason| match reason {
                Reason::ReachesAlone { benefit, .. } => Some(*benefit),
                _ => None,
            });
            assert!(
                (plan.value - without - alone.unwrap()).abs() < 1e-9,
                "seed {seed}"
            );
            compared += 1;
        }
    }
    assert!(compared > 150);
}
