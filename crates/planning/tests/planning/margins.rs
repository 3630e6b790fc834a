//! The marginal benefit curve.

use safeground_planning::choose::{GreedyParams, Objective, Problem, Request};

use crate::harness::{best_worth, random_problem};

#[test]
fn more_budget_is_never_worse_and_every_bound_holds() {
    let budgets = [1.0, 2.0, 3.5, 5.0, 9.0];
    let mut points_with_plan = 0;
    for seed in 0..150 {
        let (places, request) = random_problem(seed, 9);
        let Ok(problem) = Problem::new(places.clone(), request.clone()) else {
            continue;
        };
        let curve = problem
            .marginal_curve(&budgets, &GreedyParams::default())
            .unwrap();
        let mut before: Option<f64> = None;
        for point in curve {
            let at = Request {
                budget_team_days: point.budget_team_days,
                ..request.clone()
            };
            let Some(plan) = point.plan else {
                assert!(best_worth(&places, &at).is_none(), "seed {seed}");
                continue;
            };
            points_with_plan += 1;
            let best = best_worth(&places, &at).unwrap();
            let close = 1e-6 * best.max(1.0);
            let center = request.objective == Objective::PCenter;
            let holds = if center {
                plan.bound <= best + close
            } else {
                plan.bound >= best - close
            };
            assert!(holds, "seed {seed}: {plan:?} {best}");
            if let Some(before) = before {
                let gained = point.gained.unwrap();
                assert!(gained >= 0.0);
                let rises = if center {
                    plan.value <= before
                } else {
                    plan.value >= before
                };
                assert!(rises, "seed {seed}");
            } else {
                assert_eq!(point.gained, None);
            }
            before = Some(plan.value);
        }
    }
    assert!(points_with_plan > 200);
}

#[test]
fn budgets_that_do_not_rise_are_refused() {
    let (places, _) = random_problem(1, 5);
    let mut request = Request::new(Objective::WeightedBenefit, 1e6);
    request.pace = random_problem(1, 5).1.pace;
    let problem = Problem::new(places, request).unwrap();
    for budgets in [[2.0, 1.0], [-1.0, 1.0], [1.0, f64::NAN]] {
        assert!(
            problem
                .marginal_curve(&budgets, &GreedyParams::default())
                .is_err()
        );
    }
}
