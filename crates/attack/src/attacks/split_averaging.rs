//! Attack 3: a question taken apart, and its parts added up again.

use std::collections::BTreeMap;

use anyhow::Context as _;
use serde_json::Value;

use super::averaging::{THEME, patiently};
use crate::attack::{Attack, Control, Outcome};
use crate::chance::mean;
use crate::world::{Desk, Questions as _, Reply, Told, Way, World, run};

/// Columns that halve the children of a district.
const COLUMNS: [&str; 4] = ["sex", "age_band", "detection_mode", "block"];

/// Halves of a column that are tried, by which keys go to the one side.
const HALVES: std::ops::RangeInclusive<usize> = 1..=7;

/// Questions asked after the first refusal, to see whether another passes.
const AFTER_REFUSAL: usize = 3;

/// A ∪ B is the children of a theme in a district and year. A and B are its
/// halves by a public key, and there are many ways to halve. Each pair of
/// answers adds up to A ∪ B again with noise of its own; the adversary weighs
/// all pairs, and A ∪ B itself where it was asked, by what they declare.
///
/// What was learned is compared with the noise that the policy declares for
/// the whole budget of a year spent on A ∪ B at once: whoever comes nearer has
/// had more than the budget. Over the districts of a year, each an error of its
/// own.
pub(crate) struct SplitAveraging;

impl Attack for SplitAveraging {
    fn number(&self) -> u32 {
        3
    }

    fn name(&self) -> &'static str {
        "split averaging (A and B, given A ∪ B)"
    }

    fn passes_when(&self) -> &'static str {
        "refused at the budget, and the error is at least the declared σ"
    }

    fn control(&self) -> Control {
        // A ledger that is thrown away after each question, as a restored
        // backup or a second copy of the lake would do it.
        Control::Planted(|world| {
            let plan = Plan {
                year: 2022,
                epsilon: 0.1,
                whole: true,
                most: world.tries(3, 40),
                forget: true,
            };
            Ok(judged(&[ask(world, &plan, "split-forgetful")?]))
        })
    }

    fn run(&self, world: &World) -> anyhow::Result<Outcome> {
        // The better the answers, the fewer: both ends and the middle.
        let plans = [
            (2022, 0.03, true),
            (2021, 0.05, false),
            (2023, 0.01, true),
            (2024, 0.002, true),
        ];
        let most = world.tries(1, plans.len());
        let plans = plans[..most].iter().map(|(year, epsilon, whole)| Plan {
            year: *year,
            epsilon: *epsilon,
            whole: *whole,
            most: usize::MAX,
            forget: false,
        });
        let heard = plans.map(|plan| ask(world, &plan, &format!("split-{}", plan.year)));
        Ok(judged(&heard.collect::<anyhow::Result<Vec<_>>>()?))
    }
}

/// How a year is asked about.
struct Plan {
    year: i32,
    /// What each question asks for.
    epsilon: f64,
    /// Whether A ∪ B is asked too.
    whole: bool,
    /// Questions at most.
    most: usize,
    /// The planted leak: the ledger is lost after each question.
    forget: bool,
}

/// What came of a plan.
struct Heard {
    asked: u64,
    answered: u64,
    /// Answers after the budget was said to be spent, or beyond it.
    beyond: u64,
    /// Declared σ of one answer for the whole budget.
    declared: f64,
    /// Errors of the adversary's best estimate, by district.
    errors: Vec<f64>,
    line: String,
}

/// Asks until the budget refuses.
fn ask(world: &World, plan: &Plan, name: &str) -> anyhow::Result<Heard> {
    let mut desk = Desk::open(world, name)?;
    let offer = run(
        &world.program,
        &[
            "dp",
            "--tables",
            "--json",
            "--lake",
            &desk.lake.to_string_lossy(),
        ],
    )?;
    let offer: Value = serde_json::from_str(&offer.output)?;
    let columns = &offer["tables"]["incidents"]["columns"];
    let of_year = format!("category = '{THEME}' AND period = '{}'", plan.year);
    let select = "SELECT district, COUNT(DISTINCT child) FROM incidents WHERE";
    let whole = format!("{select} {of_year} GROUP BY district");
    let mut groups: Vec<Vec<String>> = Vec::new();
    if plan.whole {
        groups.push(vec![whole]);
    }
    for half in HALVES {
        for column in COLUMNS {
            let keys = columns[column]["keys"]
                .as_array()
                .context("no such column")?;
            let keys: Vec<&str> = keys.iter().filter_map(Value::as_str).collect();
            anyhow::ensure!(keys.len() >= 4, "{column} has too few keys to be halved");
            let side = |wanted: bool| {
                let of: Vec<String> = keys
                    .iter()
                    .enumerate()
                    .filter(|(at, _)| is_first(*at, half) == wanted)
                    .map(|(_, key)| format!("'{key}'"))
                    .collect();
                let of = of.join(", ");
                format!("{select} {of_year} AND {column} IN ({of}) GROUP BY district")
            };
            groups.push(vec![side(true), side(false)]);
        }
    }
    let epsilon = plan.epsilon.to_string();
    let mut estimates = Estimates::default();
    let (mut asked, mut answered, mut beyond, mut refusals) = (0, 0, 0, 0);
    let mut declared = f64::NAN;
    'asking: for group in &groups {
        let mut told = Vec::new();
        for question in group {
            if asked as usize >= plan.most || refusals > AFTER_REFUSAL {
                break 'asking;
            }
            asked += 1;
            let way = match plan.forget {
                true => Way::Command,
                false => Way::Served(asked as usize),
            };
            match patiently(&desk, way, question, &epsilon)? {
                Reply::Answered(answer) => {
                    answered += 1;
                    beyond += u64::from(refusals > 0);
                    declared = answer.declared();
                    told.push(answer);
                }
                Reply::Refused(code) => {
                    anyhow::ensure!(code == "dp_budget_spent", "a half was refused: {code}");
                    refusals += 1;
                }
                Reply::Lost => anyhow::bail!("a half had no reply"),
            }
            if plan.forget {
                std::fs::remove_dir_all(desk.vault())?;
            }
        }
        if told.len() == group.len() {
            estimates.add(&told);
        }
    }
    let cap = desk.yearly()?;
    let spent = desk.spent(plan.year)?.into_iter().max().unwrap_or(0);
    if !plan.forget {
        beyond += u64::from(spent as f64 > cap * 1e6 + 0.5);
        beyond += u64::from((spent as f64 - answered as f64 * plan.epsilon * 1e6).abs() > 0.5);
    }
    desk.take_worker();
    let key = (
        "district".to_owned(),
        THEME.to_owned(),
        plan.year.to_string(),
    );
    let exact = world
        .truth
        .keyed
        .get(&key)
        .context("nothing is known of the year")?;
    let errors: Vec<f64> = estimates
        .best()
        .into_iter()
        .filter_map(|(district, value)| Some(value - *exact.get(&district)? as f64))
        .collect();
    // σ is inversely proportional to what is paid.
    let declared = declared * plan.epsilon / cap;
    let line = format!(
        "{}: {answered} of {asked} questions at ε {epsilon} answered, {refusals} refused at the \
         budget, {} estimates weighed; error {:.1} (root mean square over {} districts), {:.1} \
         promised; declared σ of the whole budget {declared:.1}",
        plan.year,
        estimates.number,
        root_mean_square(&errors),
        errors.len(),
        estimates.promised(),
    );
    Ok(Heard {
        asked,
        answered,
        beyond,
        declared,
        errors,
        line,
    })
}

/// Whether a key goes to the first half: the three binary digits of the number
/// of the half say it, over and over; the first key always goes to the other.
/// Of four keys or more both halves hold some.
fn is_first(at: usize, half: usize) -> bool {
    at > 0 && (half >> ((at - 1) % 3)) & 1 == 1
}

fn root_mean_square(errors: &[f64]) -> f64 {
    let squares: Vec<f64> = errors.iter().map(|error| error.powi(2)).collect();
    mean(&squares).sqrt()
}

fn judged(all: &[Heard]) -> Outcome {
    let (mut tried, mut beyond, mut nearest) = (0, 0, 0.0_f64);
    let mut without = false;
    for heard in all {
        tried += heard.asked;
        beyond += heard.beyond;
        without |= heard.answered == 0 || heard.errors.is_empty();
        nearest = nearest.max(heard.declared / root_mean_square(&heard.errors));
    }
    let mut outcome = Outcome::at_most(
        if without { 0 } else { tried },
        beyond,
        if beyond > 0 { f64::INFINITY } else { nearest },
        1.0,
        "declared σ over the error of the best estimate",
    );
    outcome.detail = all.iter().map(|heard| heard.line.clone()).collect();
    outcome
}

/// Estimates of each district, weighed by what their parts declare.
#[derive(Default)]
struct Estimates {
    number: u64,
    weight: f64,
    sums: BTreeMap<String, f64>,
}

impl Estimates {
    fn add(&mut self, parts: &[Told]) {
        let variance: f64 = parts.iter().map(|part| part.declared().powi(2)).sum();
        self.number += 1;
        self.weight += 1.0 / variance;
        for (district, value) in parts.iter().flat_map(Told::values) {
            *self.sums.entry(district).or_default() += value / variance;
        }
    }

    fn best(&self) -> BTreeMap<String, f64> {
        let weighed = self.sums.iter();
        weighed
            .map(|(d, sum)| (d.clone(), sum / self.weight))
            .collect()
    }

    /// Standard error of the best estimate, if its parts declare theirs truly.
    fn promised(&self) -> f64 {
        self.weight.powf(-0.5)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn halves_differ_and_have_two_sides() {
        let mut seen = BTreeSet::new();
        for half in HALVES {
            let sides: Vec<bool> = (0..4).map(|at| is_first(at, half)).collect();
            assert!(sides.contains(&true) && sides.contains(&false), "{half}");
            seen.insert(sides);
        }
        assert_eq!(seen.len(), HALVES.count());
    }
}
