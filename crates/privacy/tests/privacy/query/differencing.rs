//! Attack 1: all minus all-but-one. Attack 9: no box, radius or polygon.

use safeground_privacy::query::{Answer, QueryPlan, Refusal};

use super::world::{self, Coins, Desk, Row};

/// Districts, each a world of its own with its own target: one question asks
/// all of them at once, and every one is a trial.
const TRIALS: usize = 4000;

/// Children that the adversary knows in every district.
const OTHERS: i64 = 6;

const ALL: &str = "SELECT COUNT(DISTINCT child) FROM incidents GROUP BY district";
const ALL_BUT_ONE: &str =
    "SELECT COUNT(DISTINCT child) FROM incidents WHERE sex IN ('f', 'm') GROUP BY district";
const ONE: &str =
    "SELECT COUNT(DISTINCT child) FROM incidents WHERE sex = 'other' GROUP BY district";

/// Rows, and whether the target is there. The target alone has another sex.
fn worlds() -> (Vec<Row>, Vec<bool>) {
    let mut coins = Coins(11);
    let (mut rows, mut present) = (Vec::new(), Vec::new());
    for (at, district) in world::numbered("district", TRIALS).iter().enumerate() {
        let mut add = |child: String, sex: &str| {
            let keys = [("district", district.as_str()), ("sex", sex)];
            rows.push(world::row(&child, &child, &keys));
        };
        for other in 0..OTHERS {
            add(format!("{at}-{other}"), ["f", "m"][other as usize % 2]);
        }
        present.push(coins.heads(0.5));
        if present[at] {
            add(format!("{at}-target"), "other");
        }
    }
    (rows, present)
}

fn accuracy(guesses: impl Iterator<Item = bool>, present: &[bool]) -> f64 {
    let right = guesses
        .zip(present)
        .filter(|(guess, there)| guess == *there);
    right.count() as f64 / present.len() as f64
}

/// e^ε/(1 + e^ε) + 2σ.
fn allowed(epsilon: f64) -> f64 {
    let odds = epsilon.exp();
    odds / (1.0 + odds) + 2.0 * (0.25 / TRIALS as f64).sqrt()
}

fn values(answer: &Answer) -> Vec<i64> {
    answer.cells.iter().map(|cell| cell.value).collect()
}

#[test]
fn differencing_finds_every_child_where_answers_are_exact() {
    let (rows, present) = worlds();
    let schema = world::schema_of(world::table(TRIALS));
    let answer = |text| world::exact(&QueryPlan::parse(text, &schema).unwrap(), &rows);
    let (all, others) = (answer(ALL), answer(ALL_BUT_ONE));
    let guesses = all
        .iter()
        .zip(&others)
        .map(|(all, others)| all - others == 1);
    assert_eq!(accuracy(guesses, &present), 1.0);
}

#[test]
fn differencing_is_held_by_the_epsilon_of_the_ledger() {
    let (rows, present) = worlds();
    for (yearly, half) in [("1", "0.5"), ("0.1", "0.05")] {
        let limit = allowed(yearly.parse().unwrap());
        // What the threat names: the difference of two answers.
        let mut desk = Desk::new(world::table(TRIALS), rows.clone(), yearly, 1);
        let all = values(&desk.ask(ALL, half).unwrap());
        let others = values(&desk.ask(ALL_BUT_ONE, half).unwrap());
        assert_eq!(desk.ask(ONE, "0.001"), Err(Refusal::BudgetSpent));
        let guesses = all
            .iter()
            .zip(&others)
            .map(|(all, others)| all - others >= 1);
        let difference = accuracy(guesses, &present);
        // The best there is: both answers hold the target and all else is
        // known, so the likelihood ratio weighs them.
        let mut desk = Desk::new(world::table(TRIALS), rows.clone(), yearly, 2);
        let all = values(&desk.ask(ALL, half).unwrap());
        let one = values(&desk.ask(ONE, half).unwrap());
        let weight = |value: i64, known: i64| (value - known).abs() - (value - known - 1).abs();
        let guesses = all
            .iter()
            .zip(&one)
            .map(|(all, one)| weight(*all, OTHERS) + weight(*one, 0) > 0);
        let best = accuracy(guesses, &present);
        println!("differencing at {yearly}: {difference:.4}, best {best:.4}, allowed {limit:.4}");
        assert!(difference <= limit && best <= limit, "{difference} {best}");
        if yearly == "1" {
            assert!(best > 0.6, "it is a real attack: {best}");
        }
    }
}

#[test]
fn neither_a_box_nor_a_radius_nor_a_single_row_can_be_asked_for() {
    let schema = world::schema_of(world::table(4));
    for condition in [
        "lat >= '28.1' AND lat < '28.2'",
        "st_within(place, 'POLYGON((0 0,0 1,1 1,0 0))')",
        "st_distance(place, 'POINT(0 0)') < '500'",
        "h3 = '88754e6499fffff'",
        "place_id = 'village:638123'",
        "child_key = 'ab12'",
        "incident_key IN ('ab12')",
        "child = 'ab12'",
        "date = '2024-05-17'",
        "period = '2024-05-17'",
        "partner = 'one'",
    ] {
        let text = format!("SELECT COUNT(*) FROM incidents WHERE {condition}");
        let refused = QueryPlan::parse(&text, &schema).unwrap_err();
        let expected = [Refusal::Syntax, Refusal::UnknownColumn, Refusal::Period];
        assert!(expected.contains(&refused), "{condition}: {refused}");
    }
}
