//! Attack 4: a search over attacks on membership and on an attribute.

use safeground_privacy::noise::Epsilon;
use safeground_privacy::query::QueryPlan;

use super::world::{self, Coins, Desk, Row};

/// Districts; each is a trial with its own target.
const TRIALS: usize = 2000;
const STRATEGIES: usize = 10;

/// Three known children in each district, and a target with two rows if it is
/// there. Rows of a child count twice at most.
fn rows(there: &[bool], attribute: bool) -> Vec<Row> {
    let mut rows = Vec::new();
    for (at, district) in world::numbered("district", TRIALS).iter().enumerate() {
        let mut add = |child: &str, name: &str, category: &str, sex: &str| {
            let keys = [
                ("district", district.as_str()),
                ("category", category),
                ("sex", sex),
            ];
            rows.push(world::row(
                &format!("{at}{child}"),
                &format!("{at}{name}"),
                &keys,
            ));
        };
        for (child, category, sex) in [
            ("a", "missing", "f"),
            ("b", "trafficking", "m"),
            ("c", "missing", "m"),
        ] {
            add(child, child, category, sex);
        }
        // A membership target is there or not; an attribute target always is,
        // with one category or the other.
        if there[at] || attribute {
            let category = if there[at] { "trafficking" } else { "missing" };
            add("target", "t1", category, "f");
            add("target", "t2", category, "f");
        }
    }
    rows
}

/// A random set of questions, each with its share in thousandths of the whole.
fn strategy(coins: &mut Coins) -> Vec<(String, usize)> {
    let measures = [
        "COUNT(*)",
        "COUNT(DISTINCT child)",
        "SUM(CLAMP(days_worked, 0, 3))",
    ];
    let conditions = [
        "",
        "WHERE sex = 'f'",
        "WHERE category = 'trafficking'",
        "WHERE category = 'missing'",
        "WHERE category IN ('missing', 'trafficking') AND sex IN ('f', 'other')",
        "WHERE period = '2024-Q2' AND sex = 'f'",
        "WHERE period >= '2024' AND category = 'trafficking' AND sex = 'f'",
    ];
    let n = 1 + coins.below(5);
    let mut questions = std::collections::BTreeSet::new();
    while questions.len() < n {
        let (measure, condition) = (coins.below(3), coins.below(conditions.len()));
        questions.insert(format!(
            "SELECT {} FROM incidents {} GROUP BY district",
            measures[measure], conditions[condition]
        ));
    }
    let cuts: Vec<usize> = questions.iter().map(|_| 1 + coins.below(20)).collect();
    let sum: usize = cuts.iter().sum();
    let shares = cuts.into_iter().map(|cut| 1000 * cut / sum);
    questions.into_iter().zip(shares).collect()
}

/// The best attack for a set of questions: the likelihood ratio of all their
/// answers between the two worlds, which the adversary knows but for the bit.
/// `None` for exact answers. Gives TPR − FPR.
fn advantage(
    questions: &[(String, usize)],
    yearly_thousandths: Option<u64>,
    attribute: bool,
) -> f64 {
    let mut coins = Coins(53);
    let there: Vec<bool> = (0..TRIALS).map(|_| coins.heads(0.5)).collect();
    let mut table = world::table(TRIALS);
    table.rows_per_child = 2;
    let real = rows(&there, attribute);
    let one = rows(&vec![true; TRIALS], attribute);
    let zero = rows(&vec![false; TRIALS], attribute);
    let yearly = yearly_thousandths.unwrap_or(1000);
    let text = |millionths: u64| Epsilon::from_millionths(millionths).unwrap().to_string();
    let mut desk = Desk::new(table, real.clone(), &text(1000 * yearly), 7);
    desk.policy.least_epsilon = world::epsilon("0.000001");
    let mut odds = vec![0.0; TRIALS];
    for (question, share) in questions {
        let plan = QueryPlan::parse(question, &desk.schema).unwrap();
        let (with, without) = (world::exact(&plan, &one), world::exact(&plan, &zero));
        if yearly_thousandths.is_none() {
            let found = world::exact(&plan, &real);
            for at in 0..TRIALS {
                let moved = (found[at] - without[at]).abs() - (found[at] - with[at]).abs();
                odds[at] += moved as f64;
            }
            continue;
        }
        let millionths = (yearly * *share as u64).max(1);
        let answer = desk.ask(question, &text(millionths)).unwrap();
        let scale = f64::from(answer.sensitivity) / answer.epsilon.as_f64();
        for (at, cell) in answer.cells.iter().enumerate() {
            let moved = (cell.value - without[at]).abs() - (cell.value - with[at]).abs();
            odds[at] += moved as f64 / scale;
        }
    }
    let guessed = |bit: bool| {
        let of: Vec<usize> = (0..TRIALS).filter(|at| there[*at] == bit).collect();
        of.iter().filter(|at| odds[**at] > 0.0).count() as f64 / of.len() as f64
    };
    guessed(true) - guessed(false)
}

/// Three standard errors of a difference of two shares of 1,000 trials each.
fn noise() -> f64 {
    3.0 * (2.0 * 0.25 / (TRIALS as f64 / 2.0)).sqrt()
}

#[test]
fn no_strategy_found_passes_the_bound_on_its_advantage() {
    let mut coins = Coins(59);
    let mut best = [0.0_f64; 2];
    for _ in 0..STRATEGIES {
        let questions = strategy(&mut coins);
        for (at, thousandths) in [1000, 100].into_iter().enumerate() {
            let epsilon = thousandths as f64 / 1000.0;
            // Membership: (e^ε − 1)/(e^ε + 1). An attribute of a child that is
            // known to be there moves by a removal and an addition: 2ε.
            let member = advantage(&questions, Some(thousandths), false);
            assert!(
                member <= (epsilon / 2.0).tanh() + noise(),
                "{member} {questions:?}"
            );
            let attribute = advantage(&questions, Some(thousandths), true);
            assert!(
                attribute <= epsilon.tanh() + noise(),
                "{attribute} {questions:?}"
            );
            best[at] = best[at].max(member);
        }
    }
    println!(
        "best membership advantage {:.3} at 1, {:.3} at 0.1",
        best[0], best[1]
    );
    assert!(best[0] > 0.25, "the search finds real attacks: {best:?}");
}

#[test]
fn where_answers_are_exact_any_question_about_the_target_gives_it_away() {
    let all = |condition: &str| {
        vec![(
            format!("SELECT COUNT(*) FROM incidents {condition} GROUP BY district"),
            1000,
        )]
    };
    assert_eq!(advantage(&all(""), None, false), 1.0);
    assert_eq!(
        advantage(&all("WHERE category = 'trafficking'"), None, true),
        1.0
    );
}
