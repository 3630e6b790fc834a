//! Every schedule of random requests passes the checker, and is the same again.

use proptest::prelude::{ProptestConfig, any, prop_assert_eq, proptest};
use safeground_planning::checker::{check_replan, check_schedule};
use safeground_planning::schedule::{Outcome, Progress, ScheduleProblem, VisitResult};

use crate::schedule_harness::{day, params, random_request, request, solve, stop, team};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn every_schedule_passes_the_checker(seed in any::<u64>()) {
        let (request, schedule) = solve(&random_request(seed));
        prop_assert_eq!(check_schedule(&request, &schedule), []);
    }

    #[test]
    fn every_new_schedule_passes_the_checker(
        seed in any::<u64>(),
        today in 0..10u64,
        freeze in 0..5u64,
        again in 0..4u64,
    ) {
        let problem = ScheduleProblem::new(random_request(seed)).unwrap();
        let mut before = problem.schedule(&params(10));
        for (from, today) in [(0, today), (today, today + again)] {
            let mut results: Vec<VisitResult> = Vec::new();
            for (team, day_of) in before.days() {
                if day_of.date < day(from) || day_of.date >= day(today) {
                    continue;
                }
                for visit in &day_of.visits {
                    let outcome = match (seed as usize + visit.stop + team) % 4 {
                        0 => Outcome::Lost,
                        1 => Outcome::Refused,
                        2 => Outcome::Done { households: visit.households / 2 },
                        _ => Outcome::Done { households: visit.households },
                    };
                    let result =
                        VisitResult { team, date: day_of.date, stop: visit.stop, outcome };
                    if !results.iter().any(|known| {
                        (known.team, known.date, known.stop) == (team, day_of.date, visit.stop)
                    }) {
                        results.push(result);
                    }
                }
            }
            let progress = Progress { results, today: day(today), freeze_until: day(today + freeze) };
            let after = problem.replan(&before, &progress, &params(10)).unwrap();
            prop_assert_eq!(check_replan(problem.request(), &before, &progress, &after), []);
            before = after;
        }
    }
}

#[test]
fn the_same_seed_gives_the_same_bytes_on_any_number_of_threads() {
    for seed in 0..8 {
        let request = random_request(seed);
        let on = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
            let schedule = pool.unwrap().install(|| {
                let problem = ScheduleProblem::new(request.clone()).unwrap();
                problem.schedule(&params(120))
            });
            serde_json::to_string(&schedule).unwrap()
        };
        let alone = on(1);
        assert_eq!(alone, on(1));
        assert_eq!(alone, on(4));
    }
}

#[test]
fn teams_searched_in_several_groups_at_once_give_the_same_bytes_too() {
    let somewhere = |number: u32| {
        let step = f64::from(number);
        (25.0 + step * 0.37 % 0.6, 85.0 + step * 0.53 % 0.7)
    };
    let stops = (0..90u32).map(|number| {
        let (latitude, longitude) = somewhere(number);
        stop(
            &format!("village:{number}"),
            latitude,
            longitude,
            10 + number % 40,
        )
    });
    let teams = (0..12u32).map(|number| {
        let (latitude, longitude) = somewhere(100 + number);
        team(&format!("team:{number}"), latitude, longitude, 2)
    });
    let problem = ScheduleProblem::new(request(stops.collect(), teams.collect())).unwrap();
    let on = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        let schedule = pool.unwrap().install(|| problem.schedule(&params(200)));
        serde_json::to_string(&schedule).unwrap()
    };
    let alone = on(1);
    assert_eq!(alone, on(2));
    assert_eq!(alone, on(4));
}
