//! Attack 5: a secret attribute of every child from all answers together.

use safeground_privacy::query::QueryPlan;

use super::world::{self, Coins, Desk, Row};

const WORLDS: usize = 120;
const CHILDREN: usize = 24;
const QUESTIONS: usize = 60;

/// A small world: all is known of each child but whether it was trafficked.
struct Small {
    rows: Vec<Row>,
    secrets: Vec<bool>,
}

fn small(coins: &mut Coins) -> Small {
    let districts = world::numbered("district", 4);
    let secrets: Vec<bool> = (0..CHILDREN).map(|_| coins.heads(0.5)).collect();
    let rows = secrets.iter().enumerate().map(|(at, secret)| {
        // District, sex and quarter make every child unique.
        let name = format!("c{at}");
        let keys = [
            ("district", districts[at % 4].as_str()),
            ("sex", ["f", "m", "other"][at / 4 % 3]),
            ("category", ["missing", "trafficking"][usize::from(*secret)]),
        ];
        Row {
            month: [2, 5][at / 12],
            ..world::row(&name, &name, &keys)
        }
    });
    let rows = rows.collect();
    Small { rows, secrets }
}

/// A random question about the secret over a random known group, without the
/// condition on the secret to know whom it is about.
fn question(coins: &mut Coins) -> (String, String) {
    let mut pick = |column: &str, keys: &[String]| {
        let chosen: Vec<String> = keys.iter().filter(|_| coins.heads(0.6)).cloned().collect();
        let chosen = if chosen.is_empty() {
            keys.to_vec()
        } else {
            chosen
        };
        format!("{column} IN ('{}')", chosen.join("', '"))
    };
    let sexes = ["f", "m", "other"].map(str::to_owned);
    let quarters = ["2024-Q1", "2024-Q2"].map(str::to_owned);
    let group = [
        pick("district", &world::numbered("district", 4)),
        pick("sex", &sexes),
        pick("period", &quarters),
    ]
    .join(" AND ");
    let about = format!("SELECT COUNT(*) FROM incidents WHERE {group}");
    (format!("{about} AND category = 'trafficking'"), about)
}

/// Least squares with a little pull to one half, then rounding: x minimises
/// Σ (answer − Σ members x)² + λ Σ (x − ½)², by elimination.
fn reconstruct(members: &[Vec<bool>], answers: &[f64]) -> Vec<bool> {
    let n = CHILDREN;
    let mut system = vec![vec![0.0; n + 1]; n];
    for (i, line) in system.iter_mut().enumerate() {
        line[i] += 1e-6;
        line[n] += 0.5e-6;
        for (who, answer) in members.iter().zip(answers).filter(|(who, _)| who[i]) {
            for (j, cell) in line[..n].iter_mut().enumerate() {
                *cell += f64::from(who[j]);
            }
            line[n] += answer;
        }
    }
    for pivot in 0..n {
        let best = (pivot..n)
            .max_by(|a, b| system[*a][pivot].abs().total_cmp(&system[*b][pivot].abs()))
            .unwrap();
        system.swap(pivot, best);
        let line = system[pivot].clone();
        for (at, other) in system.iter_mut().enumerate() {
            if at != pivot {
                let factor = other[pivot] / line[pivot];
                other
                    .iter_mut()
                    .zip(&line)
                    .for_each(|(x, y)| *x -= factor * y);
            }
        }
    }
    (0..n).map(|i| system[i][n] / system[i][i] > 0.5).collect()
}

/// Shares of secrets recovered from exact and from noisy answers, and by
/// guessing the likelier value.
fn recovered(yearly: &str, share: &str) -> (f64, f64, f64) {
    let mut coins = Coins(41);
    let (mut exact_hits, mut noisy_hits, mut majority) = (0, 0, 0);
    for run in 0..WORLDS {
        let world = small(&mut coins);
        let mut desk = Desk::new(world::table(4), world.rows.clone(), yearly, run as u64);
        let (mut members, mut exact, mut noisy) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..QUESTIONS {
            let (text, about) = question(&mut coins);
            let plan = |text: &str| QueryPlan::parse(text, &desk.schema).unwrap();
            let one = |row: &Row| world::exact(&plan(&about), std::slice::from_ref(row))[0] == 1;
            members.push(world.rows.iter().map(one).collect::<Vec<bool>>());
            exact.push(world::exact(&plan(&text), &world.rows)[0] as f64);
            noisy.push(desk.ask(&text, share).unwrap().cells[0].value as f64);
        }
        let hits = |guess: Vec<bool>| {
            guess
                .iter()
                .zip(&world.secrets)
                .filter(|(a, b)| a == b)
                .count()
        };
        exact_hits += hits(reconstruct(&members, &exact));
        noisy_hits += hits(reconstruct(&members, &noisy));
        let ones = world.secrets.iter().filter(|secret| **secret).count();
        majority += ones.max(CHILDREN - ones);
    }
    let share = |hits: usize| hits as f64 / (WORLDS * CHILDREN) as f64;
    (share(exact_hits), share(noisy_hits), share(majority))
}

#[test]
fn linear_reconstruction_recovers_exact_answers_and_not_noisy_ones() {
    for (yearly, share) in [("0.1", "0.001666"), ("1", "0.016666")] {
        let (exact, noisy, majority) = recovered(yearly, share);
        println!(
            "recovered at {yearly}: exact {exact:.3}, noisy {noisy:.3}, majority {majority:.3}"
        );
        assert!(exact > 0.99, "{exact}");
        assert!(noisy <= majority + 0.05, "{noisy} {majority}");
    }
}

/// Share of secrets recovered where every child is alone in its district, the
/// whole budget goes into one question, and nothing else is unknown.
fn alone(yearly: &str) -> f64 {
    const TRIALS: usize = 8000;
    let mut coins = Coins(43);
    let districts = world::numbered("district", TRIALS);
    let secrets: Vec<bool> = (0..TRIALS).map(|_| coins.heads(0.5)).collect();
    let rows = districts.iter().zip(&secrets).map(|(district, secret)| {
        let category = ["missing", "trafficking"][usize::from(*secret)];
        let keys = [("district", district.as_str()), ("category", category)];
        world::row(district, district, &keys)
    });
    let mut desk = Desk::new(world::table(TRIALS), rows.collect(), yearly, 5);
    let text = "SELECT COUNT(*) FROM incidents WHERE category IN ('missing', 'trafficking') \
                GROUP BY category, district";
    let answer = desk.ask(text, yearly).unwrap();
    let (missing, trafficking) = answer.cells.split_at(TRIALS);
    let guesses = missing
        .iter()
        .zip(trafficking)
        .map(|(m, t)| t.value > m.value);
    let right = guesses
        .zip(&secrets)
        .filter(|(guess, secret)| guess == *secret);
    right.count() as f64 / TRIALS as f64
}

#[test]
fn the_worst_case_of_a_child_alone_is_held_by_the_default_budget_only() {
    let noise = 2.0 * (0.25_f64 / 8000.0).sqrt();
    let (default, whole) = (alone("0.1"), alone("1"));
    println!("a child alone: {default:.4} at 0.1, {whole:.4} at 1");
    let limit = 0.5 + world::policy("0.1").most_recovery_gain() + noise;
    assert!(default <= limit, "{default} {limit}");
    // With a budget of 1 the same attack passes the five points: the test can
    // fail, and the default is what makes it hold.
    assert!(whole > 0.55 + noise, "{whole}");
    assert!(
        whole <= 0.5 + world::policy("1").most_recovery_gain() + noise,
        "{whole}"
    );
}
