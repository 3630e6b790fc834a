//! Exploration, rollout and posterior draws.

use safeground_planning::PlanningError;
use safeground_planning::checker::check_choice;
use safeground_planning::choose::{
    Draws, ExplorationParams, GreedyParams, Method, Objective, Place, Problem, Request,
    RolloutParams,
};

use crate::harness::{greedy, place, random_problem};

fn villages(count: u32) -> Vec<Place> {
    (0..count)
        .map(|number| {
            let step = f64::from(number);
            let mut place = place(
                &format!("village:{number}"),
                25.0 + step * 0.02,
                85.0,
                1.0 + step,
                1.0,
            );
            place.under_observed = number % 4 == 0;
            place
        })
        .collect()
}

fn benefit(count: u32, budget_team_days: f64) -> Problem {
    let request = Request::new(Objective::WeightedBenefit, budget_team_days);
    Problem::new(villages(count), request).unwrap()
}

#[test]
fn every_place_of_a_pool_is_drawn_as_often_as_its_logged_probability_says() {
    let problem = benefit(40, 10.0);
    let method = Method::Greedy(GreedyParams::new(2, 0));
    let mut times = [0u32; 40];
    let mut logged = [0.0; 40];
    let seeds = 2_000;
    for seed in 0..seeds {
        let params = ExplorationParams::new(0.3, seed).unwrap();
        let plan = problem.choose_with_exploration(&method, &params).unwrap();
        let exploration = plan.exploration.unwrap();
        assert_eq!(exploration.drawn.len(), 3);
        assert_eq!(plan.chosen.len(), 10);
        for drawn in &exploration.drawn {
            times[drawn.place] += 1;
        }
        for stratum in &exploration.strata {
            for place in &stratum.pool {
                logged[*place] = stratum.probability();
            }
        }
    }
    // The ten best are never drawn; the other thirty are, with 8 under-observed
    // of them drawn one in eight.
    for (place, times) in times.iter().enumerate() {
        let expected = logged[place] * f64::from(u32::try_from(seeds).unwrap());
        let deviation = (expected * (1.0 - logged[place])).sqrt();
        assert!(
            (f64::from(*times) - expected).abs() <= 4.5 * deviation,
            "place {place}: {times} draws, expected {expected}"
        );
    }
    assert!(times[30..].iter().all(|times| *times == 0));
    assert_eq!(logged[0], 1.0 / 8.0);
    assert_eq!(logged[1], 2.0 / 22.0);
}

#[test]
fn exploration_of_random_problems_passes_the_checker_and_says_what_it_costs() {
    let mut explored = 0;
    for seed in 0..400 {
        let (places, request) = random_problem(seed, 14);
        let Ok(problem) = Problem::new(places.clone(), request.clone()) else {
            continue;
        };
        let params = ExplorationParams::new(0.25, seed).unwrap();
        let plan = match problem.choose_with_exploration(&greedy(), &params) {
            Ok(plan) => plan,
            Err(PlanningError::ExplorationPool { .. } | PlanningError::ExplorationRoom { .. }) => {
                continue;
            }
            Err(other) => panic!("{other}"),
        };
        let plan = problem.with_rollout(plan, &RolloutParams::new(3, 2, seed).unwrap());
        let violations = check_choice(&places, &request, &plan);
        assert!(
            violations.is_empty(),
            "seed {seed}: {violations:?}\n{plan:?}"
        );
        explored += usize::from(!plan.exploration.unwrap().drawn.is_empty());
    }
    assert!(explored > 80, "only {explored} explored");
}

#[test]
fn a_pool_too_small_is_an_error() {
    let problem = benefit(10, 9.0);
    let params = ExplorationParams::new(0.5, 1).unwrap();
    assert!(matches!(
        problem.choose_with_exploration(&greedy(), &params),
        Err(PlanningError::ExplorationPool { .. })
    ));
    assert!(ExplorationParams::new(1.0, 1).is_err());
    assert!(RolloutParams::new(1, 1, 1).is_err());
}

#[test]
fn each_place_comes_in_each_step_equally_often() {
    let problem = benefit(14, 7.0);
    let plan = problem.choose(&greedy());
    let seeds = 3_000u32;
    let mut times = [[0u32; 3]; 14];
    for seed in 0..seeds {
        let params = RolloutParams::new(3, 2, u64::from(seed)).unwrap();
        let rollout = problem.with_rollout(plan.clone(), &params).rollout.unwrap();
        for assignment in rollout.assignments {
            times[assignment.place][assignment.step] += 1;
        }
    }
    let expected = f64::from(seeds) / 3.0;
    let deviation = (expected * 2.0 / 3.0).sqrt();
    for place in &plan.chosen {
        for count in times[*place] {
            assert!((f64::from(count) - expected).abs() <= 4.5 * deviation);
        }
    }
}

#[test]
fn a_firm_pick_is_chosen_in_every_draw_and_an_even_one_in_half() {
    // One team-day for each; the first is best in every draw, the second and
    // third take turns.
    let request = Request::new(Objective::WeightedBenefit, 2.0);
    let places = villages(4);
    let problem = Problem::new(places, request).unwrap();
    let plan = problem.choose(&greedy());
    let draws = (0..100)
        .map(|draw| {
            let turn = f64::from(draw % 2);
            vec![100.0, 10.0 + turn, 11.0 - turn, 1.0]
        })
        .collect();
    let draws = Draws::new(draws, 4).unwrap();
    let firmness = problem
        .firmness(&plan, &draws, &GreedyParams::default())
        .unwrap();
    assert_eq!(firmness.selection_probabilities, [1.0, 0.5, 0.5, 0.0]);
    // The plan by the means takes the two last.
    assert_eq!(plan.chosen, [2, 3]);
    assert_eq!(firmness.plan_values[..2], [12.0, 11.0]);
}

#[test]
fn draws_of_the_wrong_length_and_of_a_center_are_refused() {
    assert!(Draws::new(vec![vec![1.0, 2.0]], 3).is_err());
    assert!(Draws::new(vec![vec![1.0, -2.0]], 2).is_err());
    assert!(Draws::new(Vec::new(), 2).is_err());
    let problem = Problem::new(villages(4), Request::new(Objective::PCenter, 2.0)).unwrap();
    let plan = problem.choose(&greedy());
    let draws = Draws::new(vec![vec![1.0; 4]], 4).unwrap();
    assert!(matches!(
        problem.firmness(&plan, &draws, &GreedyParams::default()),
        Err(PlanningError::NotForObjective { .. })
    ));
}
