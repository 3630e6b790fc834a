//! Plans spoilt on purpose are found out.

use safeground_planning::checker::{Violation, check_choice};
use safeground_planning::choose::{
    ExplorationParams, Objective, Place, Plan, Problem, Request, RolloutParams,
};

use crate::harness::{greedy, place};

/// Forty places in four blocks, every kind of rule, and a plan with all parts.
fn planned() -> (Vec<Place>, Request, Plan) {
    let mut places: Vec<Place> = (0..40u32)
        .map(|number| {
            let step = f64::from(number);
            let mut place = place(
                &format!("village:{number}"),
                25.0 + step % 8.0 * 0.05,
                85.0 + (step / 8.0).floor() * 0.05,
                20.0 + (step * 7.0) % 31.0,
                1.0 + (step % 3.0) * 0.25,
            );
            place.block = format!("block:{}", number % 4);
            place.under_observed = number % 3 == 0;
            place
        })
        .collect();
    places[5].partner = Some("partner:a".to_owned());
    let mut request = Request::new(
        Objective::MaximumCoverage {
            service_radius_km: 6.0,
        },
        14.0,
    );
    request.musts = vec!["village:11".to_owned()];
    request.must_nots = vec!["village:12".to_owned()];
    request.floors.least_per_block = 1;
    request.floors.under_observed_share = 0.3;
    request.most_places = Some(13);
    let problem = Problem::new(places.clone(), request.clone()).unwrap();
    let exploration = ExplorationParams::new(0.2, 3).unwrap();
    let plan = problem
        .choose_with_exploration(&greedy(), &exploration)
        .unwrap();
    let plan = problem.with_rollout(plan, &RolloutParams::new(3, 2, 5).unwrap());
    (places, request, plan)
}

fn spoilt(spoil: impl Fn(&mut Plan)) -> Vec<Violation> {
    let (places, request, mut plan) = planned();
    spoil(&mut plan);
    check_choice(&places, &request, &plan)
}

fn asked_differently(change: impl Fn(&mut Request, &mut Vec<Place>, &Plan)) -> Vec<Violation> {
    let (mut places, mut request, plan) = planned();
    change(&mut request, &mut places, &plan);
    check_choice(&places, &request, &plan)
}

macro_rules! found {
    ($violations:expr, $pattern:pat) => {
        let violations = $violations;
        assert!(
            violations.iter().any(|found| matches!(found, $pattern)),
            "{violations:?}"
        );
    };
}

#[test]
fn an_honest_plan_passes() {
    assert_eq!(spoilt(|_| {}), []);
}

#[test]
fn a_place_added_dropped_or_repeated_is_found() {
    found!(
        spoilt(|plan| plan.chosen.push(4_000)),
        Violation::NotACandidate { place: 4_000, .. }
    );
    found!(
        spoilt(|plan| plan.chosen.insert(0, plan.chosen[0])),
        Violation::Order { .. }
    );
    found!(
        spoilt(|plan| plan.chosen.retain(|place| *place != 11)),
        Violation::MustMissing { .. }
    );
    for added in [5, 12] {
        let violations = spoilt(|plan| {
            plan.chosen.push(added);
            plan.chosen.sort_unstable();
        });
        found!(
            violations,
            Violation::MustNotChosen { .. } | Violation::PartnerTerritory { .. }
        );
    }
    // Whichever place goes, some statement of the plan is no longer true.
    for gone in 0..planned().2.chosen.len() {
        let violations = spoilt(|plan| {
            plan.chosen.remove(gone);
        });
        assert!(violations.len() > 1, "{gone}: {violations:?}");
    }
}

#[test]
fn false_figures_are_found() {
    found!(spoilt(|plan| plan.value *= 1.01), Violation::Value { .. });
    found!(
        spoilt(|plan| plan.team_days -= 0.5),
        Violation::TeamDays { .. }
    );
    found!(
        spoilt(|plan| plan.bound = plan.value * 0.99),
        Violation::Bound { .. }
    );
    found!(
        spoilt(|plan| plan.objective = Objective::PCenter),
        Violation::OtherQuestion
    );
}

#[test]
fn a_plan_for_laxer_rules_fails_the_stricter_ones() {
    found!(
        asked_differently(|request, _, _| request.budget_team_days = 5.0),
        Violation::Budget { .. }
    );
    found!(
        asked_differently(|request, _, _| request.floors.least_per_block = 9),
        Violation::BlockFloor { .. }
    );
    found!(
        asked_differently(|request, _, _| request.floors.under_observed_share = 1.0),
        Violation::UnderObservedShare { .. }
    );
    found!(
        asked_differently(|request, _, _| request.most_places = Some(2)),
        Violation::MostPlaces { .. }
    );
    found!(
        asked_differently(|_, places, plan| {
            places[plan.chosen[0]].partner = Some("partner:b".to_owned());
        }),
        Violation::PartnerTerritory { .. }
    );
    found!(
        asked_differently(|_, places, _| places[11].position.latitude += 1.0),
        Violation::Value { .. }
    );
    found!(
        asked_differently(|_, places, plan| {
            places[plan.chosen[0]].effort = safeground_planning::choose::Effort::Households(50.0);
        }),
        Violation::UnknownCost { .. }
    );
}

#[test]
fn chance_that_was_tampered_with_is_found() {
    type Spoil = fn(&mut Plan);
    let exploration: [Spoil; 5] = [
        |plan| plan.exploration.as_mut().unwrap().drawn[0].probability *= 0.9,
        |plan| plan.exploration.as_mut().unwrap().drawn[0].place = 11,
        |plan| plan.exploration.as_mut().unwrap().strata[0].pool.push(11),
        |plan| plan.exploration.as_mut().unwrap().strata[0].drawn += 1,
        |plan| plan.exploration.as_mut().unwrap().strata[0].under_observed = false,
    ];
    for (number, spoil) in exploration.into_iter().enumerate() {
        let violations = spoilt(spoil);
        let found = violations
            .iter()
            .any(|found| matches!(found, Violation::Exploration { .. }));
        assert!(found, "{number}: {violations:?}");
    }
    found!(
        spoilt(|plan| plan.exploration.as_mut().unwrap().share = 0.9),
        Violation::ExplorationShare { .. }
    );
    let rollout: [Spoil; 4] = [
        |plan| plan.rollout.as_mut().unwrap().assignments[0].step = 99,
        |plan| plan.rollout.as_mut().unwrap().assignments[0].place = 12,
        |plan| {
            plan.rollout.as_mut().unwrap().assignments.pop();
        },
        |plan| {
            let again = plan.rollout.as_ref().unwrap().assignments[0];
            plan.rollout.as_mut().unwrap().assignments.push(again);
        },
    ];
    for (number, spoil) in rollout.into_iter().enumerate() {
        let violations = spoilt(spoil);
        let found = violations
            .iter()
            .any(|found| matches!(found, Violation::Rollout { .. }));
        assert!(found, "{number}: {violations:?}");
    }
    found!(
        spoilt(|plan| {
            for assignment in &mut plan.rollout.as_mut().unwrap().assignments {
                assignment.band = 1 - assignment.band;
            }
        }),
        Violation::BandOrder { .. }
    );
    found!(
        spoilt(|plan| {
            for assignment in &mut plan.rollout.as_mut().unwrap().assignments {
                assignment.step = 0;
            }
        }),
        Violation::UnevenSteps { .. }
    );
}
