//! The second half of attack 19: processes that really die.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Child;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::averaging::{MILLIONTHS, THEME, asked, patiently};
use crate::attack::Outcome;
use crate::chance::Coins;
use crate::world::{Desk, Questions, Reply, Told, Way, World, by_command, reply_of};

/// Clients that ask while the worker dies.
const CLIENTS: usize = 64;

/// Questions of a round; a year pays for ten.
const QUESTIONS: usize = 4;

/// What each costs.
const EPSILON: &str = "0.01";

/// First year that may be asked about.
const FIRST: i32 = 2000;

/// Rounds that ask about one year; the third meets its cap.
const ROUNDS_OF_YEAR: usize = 3;

/// How long a round waits for the moment to kill.
const LONGEST: Duration = Duration::from_secs(8);

/// When a worker dies.
#[derive(Debug, Clone, Copy)]
enum Moment {
    /// After so many milliseconds.
    After(u64),
    /// As soon as so many more files are in the ledger, and some
    /// milliseconds later.
    Ledger(usize, u64),
    /// As soon as so many more answers are kept, likewise.
    Kept(usize, u64),
}

/// Worker and command line are killed while 64 clients ask, at moments that
/// coins choose: at any time, right after a charge is on disk, right after an
/// answer is. Then a new worker is asked the same.
///
/// 1. What was told before the kill must be paid for on disk.
/// 2. Nothing that was spent is there again.
/// 3. All that was told is told again, to the bit and for nothing.
/// 4. Each question was charged once, and a year never more than its cap.
///
/// `forgetful` is the planted leak: a disk that loses the ledger at the kill.
pub(crate) fn workers(world: &World, forgetful: bool) -> anyhow::Result<Outcome> {
    let name = if forgetful {
        "kills-forgetful"
    } else {
        "kills"
    };
    let mut desk = Desk::open(world, name)?;
    let cap = (desk.yearly()? * 1e6).round() as u64;
    let mut coins = Coins::new(19);
    let rounds = match forgetful {
        true => world.tries(1, 3),
        false => world.tries(2, 72),
    };
    let mut sum = Sum::default();
    for round in 0..rounds {
        let year = FIRST + (round / ROUNDS_OF_YEAR) as i32;
        let questions: Vec<String> = (0..QUESTIONS)
            .map(|number| question(world, year, round % ROUNDS_OF_YEAR, number))
            .collect();
        let moment = match round % 4 {
            // A charge is on disk for sure, or there were nothing to lose.
            _ if forgetful => Moment::Kept(1, 0),
            0 => Moment::Ledger(coins.below(4) + 1, coins.below(4) as u64),
            1 => Moment::Kept(coins.below(3) + 1, coins.below(4) as u64),
            2 => Moment::After(coins.below(3_000) as u64),
            _ => Moment::Ledger(coins.below(8) + 1, coins.below(40) as u64),
        };
        let before = spent(&desk, year)?;
        let told = die(&mut desk, &questions, moment, round as u64, &mut sum)?;
        let reached = spent(&desk, year)?;
        if forgetful && desk.vault().exists() {
            std::fs::remove_dir_all(desk.vault())?;
        }
        sum.after_death(&told, before, [reached, spent(&desk, year)?]);
        desk.start_worker()?;
        let again = ask_again(&desk, &questions, &mut coins)?;
        sum.after_rebirth(&told, &again, before, spent(&desk, year)?, cap);
    }
    Ok(Outcome::none_allowed(
        sum.rounds,
        sum.uncharged + sum.refilled + sum.changed + sum.twice + sum.over,
        "answers uncharged, changed or charged twice, budgets refilled or overspent",
    )
    .note(format!(
        "{} workers killed -9 with {CLIENTS} clients asking, and {} commands: {} replies before, {} \
         answers afterwards, {} refused at the cap",
        sum.rounds, sum.commands, sum.told, sum.again, sum.refused
    ))
    .note(format!(
        "{} told without a charge, {} budgets refilled, {} answers changed, {} charged twice, {} \
         over the cap; {} charges without an answer at the kill",
        sum.uncharged, sum.refilled, sum.changed, sum.twice, sum.over, sum.unanswered
    )))
}

/// One of the questions of a round; those of different rounds differ.
fn question(world: &World, year: i32, round: usize, number: usize) -> String {
    let plain = asked(world, THEME, year).plain();
    let number = round * QUESTIONS + number;
    let modes = [
        "helpline",
        "online_referral",
        "raid",
        "reported",
        "rescue",
        "survey",
    ];
    let (mode, sex) = (modes[number % 6], ["female", "male"][number / 6 % 2]);
    plain.replace(
        " AND period",
        &format!(" AND detection_mode = '{mode}' AND sex = '{sex}' AND period"),
    )
}

/// What was told of each question, by its number.
type Heard = BTreeMap<usize, Vec<Told>>;

/// Lets all clients ask, and kills worker and commands at the moment.
fn die(
    desk: &mut Desk,
    questions: &[String],
    moment: Moment,
    round: u64,
    sum: &mut Sum,
) -> anyhow::Result<Heard> {
    let mut worker = desk.take_worker();
    let vault = desk.vault();
    let stop = AtomicBool::new(false);
    let heard: Mutex<Heard> = Mutex::default();
    let error: Mutex<Option<anyhow::Error>> = Mutex::default();
    let before = (files(&vault.join("ledger")), files(&vault.join("answers")));
    let desk = &*desk;
    std::thread::scope(|scope| -> anyhow::Result<()> {
        for client in 0..CLIENTS {
            let (stop, heard, error) = (&stop, &heard, &error);
            scope.spawn(move || {
                let number = client % questions.len();
                while !stop.load(Ordering::Relaxed) {
                    match desk.put(Way::Served(client), &questions[number], EPSILON) {
                        Ok(Reply::Answered(told)) => {
                            let mut heard = heard.lock().expect("no client panics");
                            heard.entry(number).or_default().push(told);
                            return;
                        }
                        Ok(Reply::Refused(code)) if code == "dp_budget_spent" => return,
                        Ok(_) => std::thread::sleep(Duration::from_millis(20)),
                        Err(found) => {
                            *error.lock().expect("no client panics") = Some(found);
                            return;
                        }
                    }
                }
            });
        }
        // Commands beside them, each a process of its own on the same lake.
        let mut commands: Vec<(usize, Child)> = Vec::new();
        for number in [round as usize % questions.len(), questions.len() - 1] {
            let (program, lake) = (desk.program(), &desk.lake);
            let mut command = by_command(program, lake, &questions[number], EPSILON);
            commands.push((number, command.spawn()?));
        }
        wait_for(moment, &vault, before);
        if let Some(worker) = &mut worker {
            worker.kill();
        }
        for (number, mut command) in commands {
            sum.commands += 1;
            // One that has ended already cannot be killed.
            let _ = command.kill();
            let output = command.wait_with_output()?;
            if let Reply::Answered(told) = reply_of(&output.stdout)? {
                let mut heard = heard.lock().expect("no client panics");
                heard.entry(number).or_default().push(told);
            }
        }
        stop.store(true, Ordering::Relaxed);
        Ok(())
    })?;
    if let Some(error) = error.into_inner().expect("no client panics") {
        return Err(error);
    }
    Ok(heard.into_inner().expect("no client panics"))
}

/// Files in a folder and below it, those being written not counted.
fn files(folder: &Path) -> usize {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return 0;
    };
    let count = |entry: std::fs::DirEntry| match entry.file_type() {
        Ok(of) if of.is_dir() => files(&entry.path()),
        _ => usize::from(!entry.file_name().to_string_lossy().contains('#')),
    };
    entries.filter_map(Result::ok).map(count).sum()
}

/// Waits for a moment, however long it may seem, but not for ever: where all
/// that is asked for is answered or refused nothing more happens.
fn wait_for(moment: Moment, vault: &Path, before: (usize, usize)) {
    let begin = Instant::now();
    let (folder, more, later) = match moment {
        Moment::After(later) => {
            std::thread::sleep(Duration::from_millis(later));
            return;
        }
        Moment::Ledger(more, later) => ("ledger", before.0 + more, later),
        Moment::Kept(more, later) => ("answers", before.1 + more, later),
    };
    while files(&vault.join(folder)) < more && begin.elapsed() < LONGEST {
        std::thread::sleep(Duration::from_micros(300));
    }
    std::thread::sleep(Duration::from_millis(later));
}

/// The same questions to the next worker.
fn ask_again(desk: &Desk, questions: &[String], coins: &mut Coins) -> anyhow::Result<Heard> {
    let mut heard = Heard::new();
    for number in coins.sample((0..questions.len()).collect(), usize::MAX) {
        match patiently(desk, Way::Served(number), &questions[number], EPSILON)? {
            Reply::Answered(told) => heard.entry(number).or_default().push(told),
            Reply::Refused(code) if code == "dp_budget_spent" => {}
            other => anyhow::bail!("asked again: {other:?}"),
        }
    }
    Ok(heard)
}

/// What was spent on a year, as the steward's commands say; they agree, or
/// what they say is no ground for a verdict.
fn spent(desk: &Desk, year: i32) -> anyhow::Result<u64> {
    let said = desk.spent_by_commands(year)?;
    let first = said.first().copied().unwrap_or(0);
    anyhow::ensure!(
        said.iter().all(|spent| *spent == first),
        "the commands disagree on what was spent: {said:?}"
    );
    Ok(first)
}

#[derive(Default)]
struct Sum {
    rounds: u64,
    commands: u64,
    told: u64,
    again: u64,
    refused: u64,
    uncharged: u64,
    unanswered: u64,
    refilled: u64,
    changed: u64,
    twice: u64,
    over: u64,
}

impl Sum {
    /// What was spent before the clients asked, when they were cut off, and
    /// once everything was at rest.
    fn after_death(&mut self, told: &Heard, before: u64, [reached, spent]: [u64; 2]) {
        self.rounds += 1;
        self.told += told.values().map(|told| told.len() as u64).sum::<u64>();
        let paid = spent.saturating_sub(before) / MILLIONTHS;
        self.refilled += u64::from(reached < before || spent < reached);
        self.uncharged += (told.len() as u64).saturating_sub(paid);
        self.unanswered += paid.saturating_sub(told.len() as u64);
        for told in told.values() {
            self.changed += told
                .iter()
                .filter(|one| one.answer != told[0].answer)
                .count() as u64;
            let charges = told.iter().filter(|one| one.charged.is_some()).count() as u64;
            self.twice += charges.saturating_sub(1);
        }
    }

    fn after_rebirth(&mut self, told: &Heard, again: &Heard, before: u64, spent: u64, cap: u64) {
        self.again += again.len() as u64;
        self.refused += (QUESTIONS - again.len()) as u64;
        self.over += u64::from(spent > cap);
        // A question that was not answered in the end must not have found room.
        let room = again.len() < QUESTIONS && spent + MILLIONTHS <= cap;
        let expected = before + again.len() as u64 * MILLIONTHS;
        self.twice += spent.abs_diff(expected) / MILLIONTHS + u64::from(room);
        for (number, told) in told {
            match again.get(number).and_then(|again| again.first()) {
                Some(now) if now.answer == told[0].answer => {
                    self.twice += u64::from(now.charged.is_some());
                }
                _ => self.changed += 1,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn told(value: u64, charged: Option<u64>) -> Told {
        Told {
            answer: json!({ "cells": [{ "keys": [], "value": value }] }),
            charged,
        }
    }

    #[test]
    fn each_thing_that_may_go_wrong_at_a_kill_is_seen() {
        let heard = |told: Told| Heard::from([(0, vec![told])]);
        let fault = |sum: Sum| {
            [
                sum.uncharged,
                sum.refilled,
                sum.changed,
                sum.twice,
                sum.over,
            ]
        };
        let one = MILLIONTHS;
        let judged = |told: &Heard, again: &Heard, spent: [u64; 3], cap: u64| {
            let mut sum = Sum::default();
            sum.after_death(told, spent[0], [spent[1]; 2]);
            sum.after_rebirth(told, again, spent[0], spent[2], cap);
            fault(sum)
        };
        let (first, free) = (heard(told(7, Some(one))), heard(told(7, None)));
        let full = 3 * one;
        let spent = [2 * one, 3 * one, 3 * one];
        assert_eq!(judged(&first, &free, spent, full), [0; 5]);
        assert_eq!(
            judged(&first, &free, [2 * one, 2 * one, full], full),
            [1, 0, 0, 0, 0]
        );
        assert_eq!(
            judged(&Heard::new(), &free, [2 * one, 0, full], full),
            [0, 1, 0, 0, 0]
        );
        assert_eq!(
            judged(&first, &heard(told(8, None)), spent, full),
            [0, 0, 1, 0, 0]
        );
        assert_eq!(judged(&first, &Heard::new(), spent, full)[2], 1);
        assert_eq!(judged(&first, &first, spent, full), [0, 0, 0, 1, 0]);
        assert_eq!(judged(&first, &free, spent, 2 * one), [0, 0, 0, 0, 1]);
    }
}
