//! A desk as a careless product would keep it: the leak that is planted for
//! the attacks on questions.

use std::collections::BTreeMap;
use std::sync::Mutex;

use super::averaging::answer_of;
use crate::chance::Coins;
use crate::world::{Questions, Reply, Told, Way, World};

/// Answers one question, known by its text: each spelling is drawn anew and
/// charged anew.
pub(super) struct Careless {
    exact: BTreeMap<String, u64>,
    millionths: u64,
    kept: Mutex<Kept>,
}

struct Kept {
    coins: Coins,
    answers: BTreeMap<String, Told>,
}

impl Careless {
    /// A desk for children of a theme by district in a year.
    pub(super) fn new(world: &World, theme: &str, year: i32, millionths: u64) -> Self {
        let key = ("district".to_owned(), theme.to_owned(), year.to_string());
        let exact = world.truth.keyed.get(&key).into_iter().flatten();
        Self {
            exact: exact.map(|(unit, count)| (unit.clone(), *count)).collect(),
            millionths,
            kept: Mutex::new(Kept {
                coins: Coins::new(22),
                answers: BTreeMap::new(),
            }),
        }
    }
}

impl Questions for Careless {
    fn put(&self, _: Way, question: &str, _: &str) -> anyhow::Result<Reply> {
        let mut kept = self.kept.lock().expect("no client panics");
        let Kept { coins, answers } = &mut *kept;
        if let Some(told) = answers.get(question) {
            let again = Told {
                charged: None,
                ..told.clone()
            };
            return Ok(Reply::Answered(again));
        }
        let scale = 1e6 / self.millionths as f64;
        let noisy = |(unit, count): (&String, &u64)| {
            (
                unit.clone(),
                *count as i64 + laplace(coins, scale).round() as i64,
            )
        };
        let values: Vec<(String, i64)> = self.exact.iter().map(noisy).collect();
        let told = Told {
            answer: answer_of(&values, scale * 2_f64.sqrt(), answers.len() as u64),
            charged: Some(self.millionths),
        };
        answers.insert(question.to_owned(), told.clone());
        Ok(Reply::Answered(told))
    }

    fn spent(&self, _: i32) -> anyhow::Result<Vec<u64>> {
        let kept = self.kept.lock().expect("no client panics");
        Ok(vec![kept.answers.len() as u64 * self.millionths])
    }
}

/// Laplace noise of the harness, for what it plants.
fn laplace(coins: &mut Coins, scale: f64) -> f64 {
    let most = 1 << 30;
    let share = (coins.below(most) as f64 + 0.5) / most as f64;
    let size = -scale * share.ln();
    if coins.flip() { size } else { -size }
}
