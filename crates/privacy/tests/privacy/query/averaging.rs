//! Attack 2: one question 10⁴ times. Attack 3: A and B, given A or B.

use std::collections::BTreeSet;

use safeground_privacy::query::{QueryPlan, Refusal};

use super::spelling::spelling;
use super::world::{self, Coins, Desk, Row};

fn some_rows() -> Vec<Row> {
    let mut coins = Coins(3);
    let districts = world::numbered("district", 4);
    (0..60)
        .map(|at| {
            let name = format!("c{at}");
            let keys = [
                ("district", districts[coins.below(4)].as_str()),
                ("sex", ["f", "m"][coins.below(2)]),
                ("category", ["missing", "trafficking"][coins.below(2)]),
            ];
            world::row(&name, &name, &keys)
        })
        .collect()
}

#[test]
fn ten_thousand_spellings_get_one_answer_for_one_charge() {
    let mut coins = Coins(29);
    let mut desk = Desk::new(world::table(4), some_rows(), "0.1", 1);
    let before = desk.ledger.len();
    let mut answers = BTreeSet::new();
    let first = desk.ask(&spelling(&mut coins), "0.04").unwrap();
    answers.insert(format!("{first:?}"));
    for _ in 1..10_000 {
        // Asking for less gives what is known already.
        let share = ["0.04", "0.039999", "0.001"][coins.below(3)];
        let answer = desk.ask(&spelling(&mut coins), share).unwrap();
        answers.insert(format!("{answer:?}"));
    }
    assert_eq!(answers.len(), 1);
    assert_eq!(desk.runs, 1);
    assert_eq!(desk.ledger.len() - before, 2, "one charge and its commit");
    let left = desk.schema.remaining(&desk.ledger);
    assert_eq!(left[&2024], world::epsilon("0.06"));
    assert_eq!(left[&2023], world::epsilon("0.1"), "only 2024 was read");
}

#[test]
fn averaging_fresh_noise_would_find_the_exact_figures() {
    let mut coins = Coins(31);
    let rows = some_rows();
    let text = spelling(&mut coins);
    let schema = world::schema_of(world::table(4));
    let exact = world::exact(&QueryPlan::parse(&text, &schema).unwrap(), &rows);
    // The protection removed: every asking draws anew. At ε = 1 the mean of
    // 2,000 has a standard error of 0.03.
    let mut sums = vec![0; exact.len()];
    for run in 0..2000 {
        let mut fresh = Desk::new(world::table(4), rows.clone(), "1", run);
        let answer = fresh.ask(&text, "1").unwrap();
        for (sum, cell) in sums.iter_mut().zip(&answer.cells) {
            *sum += cell.value;
        }
    }
    let mean: Vec<i64> = sums
        .iter()
        .map(|sum| (*sum as f64 / 2000.0).round() as i64)
        .collect();
    assert_eq!(mean, exact);
}

#[test]
fn ways_to_fresh_noise_all_cost() {
    let text = "SELECT COUNT(*) FROM incidents WHERE period = '2024'";
    let mut desk = Desk::new(world::table(4), some_rows(), "0.1", 1);
    desk.ask(text, "0.03").unwrap();
    // More accurate, another version of the rows, another policy, another seed.
    desk.ask(text, "0.030001").unwrap();
    desk.context.data_version = "incidents@8".into();
    desk.ask(text, "0.01").unwrap();
    desk.seed = world::seed(2);
    desk.book = Default::default();
    desk.ask(text, "0.01").unwrap();
    assert_eq!(
        desk.schema.remaining(&desk.ledger)[&2024],
        world::epsilon("0.019999")
    );
    desk.context.policy = "other".into();
    assert_eq!(desk.ask(text, "0.02"), Err(Refusal::BudgetSpent));
    // The rows of other years have what they had.
    let other = "SELECT COUNT(*) FROM incidents WHERE period = '2023'";
    assert!(desk.ask(other, "0.1").is_ok());
}

#[test]
fn splitting_a_question_is_no_better_than_asking_it_once() {
    // Each district is a trial; every child has one of three sexes.
    const TRIALS: usize = 3000;
    let mut coins = Coins(37);
    let mut rows = Vec::new();
    for district in world::numbered("district", TRIALS) {
        for child in 0..4 {
            let name = format!("{district}-{child}");
            let sex = ["f", "m", "other"][coins.below(3)];
            rows.push(world::row(
                &name,
                &name,
                &[("district", district.as_str()), ("sex", sex)],
            ));
        }
    }
    let question =
        |condition: &str| format!("SELECT COUNT(*) FROM incidents {condition} GROUP BY district");
    // The whole, and its parts in two ways: seven askings of 1/7 each.
    let parts = [
        (vec![""], 1.0),
        (vec!["WHERE sex = 'f'", "WHERE sex IN ('m', 'other')"], 0.5),
        (vec!["WHERE sex = 'm'", "WHERE sex IN ('f', 'other')"], 0.5),
        (vec!["WHERE sex = 'other'", "WHERE sex IN ('f', 'm')"], 0.5),
    ];
    let mut desk = Desk::new(world::table(TRIALS), rows.clone(), "1", 1);
    let plan = desk.plan(&question("")).unwrap();
    let exact = world::exact(&plan, &rows);
    let mut estimate = vec![0.0; TRIALS];
    let total: f64 = parts.iter().map(|(_, weight)| weight).sum();
    for (conditions, weight) in &parts {
        let mut sum = vec![0; TRIALS];
        let mut exact_sum = vec![0; TRIALS];
        for condition in conditions {
            let answer = desk.ask(&question(condition), "0.142857").unwrap();
            let without_noise = world::exact(&desk.plan(&question(condition)).unwrap(), &rows);
            for (at, cell) in answer.cells.iter().enumerate() {
                sum[at] += cell.value;
                exact_sum[at] += without_noise[at];
            }
        }
        // The protection removed: any split gives the exact figure.
        assert_eq!(exact_sum, exact);
        for (estimate, sum) in estimate.iter_mut().zip(sum) {
            *estimate += sum as f64 * weight / total;
        }
    }
    let refused = desk.ask(&question("WHERE category = 'missing'"), "0.001");
    assert_eq!(refused, Err(Refusal::BudgetSpent));
    let error = |(estimate, exact): (&f64, &i64)| (estimate - *exact as f64).powi(2);
    let squares: f64 = estimate.iter().zip(&exact).map(error).sum();
    let error = (squares / TRIALS as f64).sqrt();
    // What one asking with the whole budget declares.
    let mut whole = Desk::new(world::table(TRIALS), rows, "1", 2);
    let declared = whole.ask(&question(""), "1").unwrap().standard_error;
    println!("split averaging: error {error:.3}, one asking declares {declared:.3}");
    assert!(error >= declared, "{error} {declared}");
}
