//! Attack 2: one question asked until its noise averages out.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};

use super::careless::Careless;
use super::spellings::{Asked, at_most};
use crate::attack::{Attack, Control, Outcome};
use crate::chance::{Coins, mean};
use crate::world::{Desk, Questions, Reply, Told, Way, World};

/// What the question costs, and less of it.
pub(super) const EPSILON: &str = "0.01";
const LESS: &str = "0.002";
pub(super) const MILLIONTHS: u64 = 10_000;

/// What is asked: most of these records name their child.
pub(super) const THEME: &str = "missing";
const OTHER: &str = "trafficking";
const YEAR: i32 = 2022;

/// Clients that ask at once; a worker lets sixteen wait.
const CLIENTS: usize = 14;

/// Of so many tries one is made on the command line, which is slower.
const BY_COMMAND: usize = 20;

/// Tries of one spelling while the worker has no place to wait.
const PATIENCE: usize = 100;

/// One question, spelled in as many ways as coins find, from several accounts
/// over HTTP and on the command line, all at once, before and after server and
/// worker are started anew. If there is more than one answer, their mean comes
/// near the truth; if there is more than one charge, whoever asks the same can
/// spend what others need.
pub(crate) struct Averaging;

impl Attack for Averaging {
    fn number(&self) -> u32 {
        2
    }

    fn name(&self) -> &'static str {
        "averaging one question 10⁴ times, reordered, aliased"
    }

    fn passes_when(&self) -> &'static str {
        "one distinct answer, one charge"
    }

    fn control(&self) -> Control {
        // The program without protection answers questions as the other does:
        // a desk that knows a question by its text stands for a careless one.
        Control::Planted(|world| {
            let careless = Careless::new(world, THEME, YEAR, MILLIONTHS);
            average(world, careless, |_| Ok(()))
        })
    }

    fn run(&self, world: &World) -> anyhow::Result<Outcome> {
        average(world, Desk::open(world, "averaging")?, Desk::restart)
    }
}

/// The question of a world.
pub(super) fn asked(world: &World, theme: &str, year: i32) -> Asked {
    let districts = world.geography.members.get("district");
    Asked {
        theme: theme.to_owned(),
        year,
        districts: districts
            .into_iter()
            .flatten()
            .map(|(d, _)| d.clone())
            .collect(),
        other: OTHER.to_owned(),
    }
}

fn average<Q: Questions>(
    world: &World,
    mut desk: Q,
    restart: impl Fn(&mut Q) -> anyhow::Result<()>,
) -> anyhow::Result<Outcome> {
    let asked = asked(world, THEME, YEAR);
    let before = desk.spent(YEAR)?;
    let mut heard = Heard::default();
    let rounds = 3;
    let tries = world.tries(40, 10_000);
    for round in 0..rounds {
        if round > 0 {
            restart(&mut desk)?;
        }
        ask_at_once(&desk, &asked, round, tries / rounds, &mut heard)?;
    }
    for text in asked.out_of_grammar() {
        match desk.put(Way::Served(0), &text, EPSILON)? {
            Reply::Answered(told) => heard.take(&text, told),
            _ => heard.refused_outside += 1,
        }
    }
    let spent: BTreeSet<u64> = desk.spent(YEAR)?.into_iter().collect();
    let before = before.into_iter().max().unwrap_or(0);
    let charged = spent
        .iter()
        .map(|spent| spent.abs_diff(before))
        .max()
        .unwrap_or(0);
    // Every place that tells what was spent must tell of one charge.
    let wrong_charge =
        charged.abs_diff(MILLIONTHS).div_ceil(MILLIONTHS) + (spent.len() as u64).saturating_sub(1);
    let distinct = heard.answers.len() as u64;
    let extra = distinct.saturating_sub(1) + heard.charges.saturating_sub(1) + wrong_charge;
    let tried = if distinct == 0 || heard.unheard > heard.tried / 10 {
        0
    } else {
        heard.tried
    };
    Ok(
        Outcome::none_allowed(tried, extra, "answers and charges beyond the first")
            .note(format!(
                "{} spellings answered of {} tried: {distinct} distinct answers, {} replies that \
                 say they were charged, ε {:.3} charged in all",
                heard.texts.len(),
                heard.tried,
                heard.charges,
                charged as f64 / 1e6
            ))
            .note(format!(
                "{} spellings outside the grammar refused; {} tries without a reply",
                heard.refused_outside, heard.unheard
            ))
            .note(nearness(world, &heard)),
    )
}

/// What came back, over all tries.
#[derive(Default)]
struct Heard {
    tried: u64,
    unheard: u64,
    refused_outside: u64,
    charges: u64,
    texts: BTreeSet<String>,
    answers: BTreeMap<String, Told>,
}

impl Heard {
    fn take(&mut self, text: &str, told: Told) {
        self.charges += u64::from(told.charged.is_some());
        self.texts.insert(text.to_owned());
        self.answers.insert(told.answer.to_string(), told);
    }
}

/// Spellings from all clients at once; the first of them race for the charge.
fn ask_at_once(
    desk: &dyn Questions,
    asked: &Asked,
    round: usize,
    tries: usize,
    heard: &mut Heard,
) -> anyhow::Result<()> {
    let next = AtomicUsize::new(0);
    let shared = Mutex::new((heard, None));
    let ready = std::sync::Barrier::new(CLIENTS);
    std::thread::scope(|scope| {
        for client in 0..CLIENTS {
            let (next, shared, ready) = (&next, &shared, &ready);
            scope.spawn(move || {
                let mut coins = Coins::new((2_000 + 100 * round + client) as u64);
                ready.wait();
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= tries {
                        return;
                    }
                    let text = asked.spelled(&mut coins);
                    // Whoever pays must ask for the full ε, or a later one that
                    // asks for more would pay again, as it should.
                    let first = round == 0 && number < 2 * CLIENTS;
                    let epsilon = match first {
                        true => EPSILON.to_owned(),
                        false => at_most(EPSILON, LESS, &mut coins),
                    };
                    let way = match number % BY_COMMAND {
                        1 => Way::Command,
                        _ => Way::Served(client),
                    };
                    let reply = patiently(desk, way, &text, &epsilon);
                    let mut shared = shared.lock().expect("no client panics");
                    shared.0.tried += 1;
                    match reply {
                        Ok(Reply::Answered(told)) => shared.0.take(&text, told),
                        Ok(_) => shared.0.unheard += 1,
                        Err(error) => shared.1 = Some(error),
                    }
                }
            });
        }
    });
    let (_, error) = shared.into_inner().expect("no client panics");
    error.map_or(Ok(()), Err)
}

/// Asks again as long as there is no place to wait.
pub(super) fn patiently(
    desk: &dyn Questions,
    way: Way,
    question: &str,
    epsilon: &str,
) -> anyhow::Result<Reply> {
    for _ in 0..PATIENCE {
        match desk.put(way, question, epsilon)? {
            Reply::Refused(code) if code == "dp_busy" || code == "busy" => {
                std::thread::sleep(std::time::Duration::from_millis(50));
            }
            reply => return Ok(reply),
        }
    }
    Ok(Reply::Refused("dp_busy".into()))
}

/// How near the mean of all answers comes to the truth.
fn nearness(world: &World, heard: &Heard) -> String {
    let mut sums: BTreeMap<String, f64> = BTreeMap::new();
    for told in heard.answers.values() {
        for (district, value) in told.values() {
            *sums.entry(district).or_default() += value;
        }
    }
    let key = ("district".to_owned(), THEME.to_owned(), YEAR.to_string());
    let exact = world.truth.keyed.get(&key);
    let number = heard.answers.len().max(1) as f64;
    let squares: Vec<f64> = sums
        .iter()
        .filter_map(|(district, sum)| {
            let exact = *exact?.get(district)? as f64;
            Some((sum / number - exact).powi(2))
        })
        .collect();
    let declared = heard
        .answers
        .values()
        .next()
        .map_or(f64::NAN, Told::declared);
    format!(
        "the mean of all answers is off by {:.1} (root mean square over {} districts); one answer \
         declares {declared:.1}",
        mean(&squares).sqrt(),
        squares.len()
    )
}

/// The answer of one draw to a question by district, as replies hold it.
pub(super) fn answer_of(values: &[(String, i64)], declared: f64, draw: u64) -> Value {
    let cells: Vec<Value> = values
        .iter()
        .map(|(key, value)| json!({ "keys": [key], "value": value }))
        .collect();
    json!({ "draw": draw, "standard_error": declared, "cells": cells })
}
