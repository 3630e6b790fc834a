//! Larger problems: the checker, the gap, and the number of threads.

use rand::{Rng as _, SeedableRng as _};
use safeground_planning::checker::check_choice;
use safeground_planning::choose::{
    Effort, ExplorationParams, GreedyParams, LatLng, Method, Objective, Place, Problem, Request,
    RolloutParams, Stopped,
};

use crate::harness::{exact, greedy, place};

pub fn scattered(count: u32, seed: u64) -> Vec<Place> {
    let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(seed);
    (0..count)
        .map(|number| {
            let mut place = place(
                &format!("village:{number}"),
                25.0 + random.random_range(0.0..0.6),
                85.0 + random.random_range(0.0..0.6),
                random.random_range(1.0..100.0f64).round(),
                0.0,
            );
            place.effort = Effort::TeamDays(random.random_range(0.5..3.0));
            place.block = format!(
                "block:{}",
                (place.position.latitude * 5.0) as i32 * 1000
                    + (place.position.longitude * 5.0) as i32
            );
            place.under_observed = random.random_bool(0.2);
            place
        })
        .collect()
}

pub fn request(objective: Objective) -> Request {
    let mut request = Request::new(objective, 60.0);
    request.floors.least_per_block = 1;
    request.floors.under_observed_share = 0.3;
    request
}

pub fn objectives() -> [Objective; 3] {
    [
        Objective::WeightedBenefit,
        Objective::MaximumCoverage {
            service_radius_km: 4.0,
        },
        Objective::PCenter,
    ]
}

#[test]
fn plans_over_two_thousand_places_pass_the_checker_with_a_small_gap() {
    let places = scattered(2_000, 1);
    for (objective, most_gap) in objectives().into_iter().zip([0.005, 0.04, 0.35]) {
        let request = request(objective);
        let problem = Problem::new(places.clone(), request.clone()).unwrap();
        let plan = problem.choose(&Method::Greedy(GreedyParams::default()));
        assert_eq!(check_choice(&places, &request, &plan), []);
        assert!(plan.gap() < most_gap, "{objective:?}: {}", plan.gap());
    }
}

/// 3,000 places in fifty towns 0.3° apart: more than all pairs of which are
/// compared.
fn towns() -> Vec<Place> {
    let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(5);
    (0..3_000u32)
        .map(|number| {
            let (row, column) = (f64::from(number % 50 / 10), f64::from(number % 10));
            place(
                &format!("village:{number}"),
                25.0 + 0.3 * row + random.random_range(0.0..0.02),
                85.0 + 0.3 * column + random.random_range(0.0..0.02),
                1.0,
                1.0,
            )
        })
        .collect()
}

#[test]
fn each_of_fifty_towns_gets_a_center_and_with_one_fewer_one_town_is_far_from_any() {
    let places = towns();
    let answers = [50.0, 49.0].map(|centers| {
        let request = Request::new(Objective::PCenter, centers);
        let problem = Problem::new(places.clone(), request.clone()).unwrap();
        let plan = problem.choose(&Method::Greedy(GreedyParams::default()));
        assert_eq!(check_choice(&places, &request, &plan), []);
        assert!(plan.bound <= plan.value);
        plan
    });
    // The middle of a town is within half of its diagonal, 1.5 km, of all of it;
    // a place need not lie there.
    let towns: std::collections::BTreeSet<usize> =
        answers[0].chosen.iter().map(|place| place % 50).collect();
    assert_eq!(towns.len(), 50);
    assert!(answers[0].value < 1.9, "{}", answers[0].value);
    // Towns lie 28 km or more apart: no 49 places are within 28 km of all.
    assert!(answers[1].value > 28.0 && answers[1].value < 36.0);
    assert!(answers[1].bound > 0.4 * answers[1].value);
}

#[test]
fn centers_of_many_places_keep_floors_share_and_budget() {
    let places = scattered(2_500, 8);
    let request = request(Objective::PCenter);
    let problem = Problem::new(places.clone(), request.clone()).unwrap();
    let plan = problem.choose(&Method::Greedy(GreedyParams::new(3, 60)));
    assert_eq!(check_choice(&places, &request, &plan), []);
    assert!(plan.gap() < 0.4, "{}", plan.gap());
    assert_eq!(
        plan,
        problem.choose(&Method::Greedy(GreedyParams::new(3, 60)))
    );
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let places = scattered(700, 2);
    let answer = |threads: usize, objective: Objective| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
        pool.build().unwrap().install(|| {
            let problem = Problem::new(places.clone(), request(objective)).unwrap();
            let exploration = ExplorationParams::new(0.1, 4).unwrap();
            let method = Method::Greedy(GreedyParams::new(5, 30));
            let plan = problem
                .choose_with_exploration(&method, &exploration)
                .unwrap();
            problem.with_rollout(plan, &RolloutParams::new(4, 3, 9).unwrap())
        })
    };
    for objective in objectives() {
        assert_eq!(answer(1, objective), answer(3, objective));
    }
}

#[test]
fn the_order_of_the_places_changes_neither_the_optimum_nor_any_bound() {
    let places = scattered(40, 3);
    let mut reversed = places.clone();
    reversed.reverse();
    for objective in objectives() {
        let request = Request {
            budget_team_days: 14.0,
            ..request(objective)
        };
        let plan = |places: &[Place], method: &Method| {
            let problem = Problem::new(places.to_vec(), request.clone()).unwrap();
            problem.choose(method)
        };
        let exact_method = exact();
        let exact = plan(&places, &exact_method);
        let other = plan(&reversed, &exact_method);
        assert_eq!(
            (exact.stopped, other.stopped),
            (Stopped::Proven, Stopped::Proven)
        );
        let close = 1e-9 * exact.value;
        assert!((exact.value - other.value).abs() <= close, "{objective:?}");
        for greedy in [plan(&places, &greedy()), plan(&reversed, &greedy())] {
            let center = objective == Objective::PCenter;
            let (low, high) = if center {
                (greedy.bound, greedy.value)
            } else {
                (greedy.value, greedy.bound)
            };
            assert!(low <= exact.value + close && exact.value <= high + close);
        }
    }
}

#[test]
fn a_center_among_places_left_and_right_of_the_date_line_is_near_both() {
    let at = |id: &str, longitude: f64| {
        let mut place = place(id, -17.0, 0.0, 1.0, 1.0);
        place.position = LatLng {
            latitude: -17.0,
            longitude,
        };
        place
    };
    let places = vec![at("west", 179.0), at("middle", 180.0), at("east", -179.0)];
    let problem = Problem::new(places, Request::new(Objective::PCenter, 1.0)).unwrap();
    let plan = problem.choose(&exact());
    assert_eq!(plan.chosen, [1]);
    assert!((plan.value - 106.3).abs() < 0.1, "{}", plan.value);
}
