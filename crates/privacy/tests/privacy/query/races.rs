//! Attack 19: races, collusion, and a kill between any two steps.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

use safeground_privacy::ledger::{Entry, Ledger, Reservation};
use safeground_privacy::query::{Answer, Refusal};

use super::world::{self, Desk, epsilon};

fn questions() -> Vec<String> {
    let sexes = [
        "'f'",
        "'m'",
        "'other'",
        "'f', 'm'",
        "'f', 'other'",
        "'m', 'other'",
    ];
    sexes
        .iter()
        .map(|sex| {
            format!("SELECT COUNT(*) FROM incidents WHERE sex IN ({sex}) AND period = '2024'")
        })
        .collect()
}

fn desk() -> Desk {
    let rows = (0..30)
        .map(|at| {
            world::row(
                &format!("c{at}"),
                &format!("r{at}"),
                &[("sex", ["f", "m"][at % 2])],
            )
        })
        .collect();
    Desk::new(world::table(4), rows, "0.1", 1)
}

/// One client: proposes on what it last saw, and appends under a lock.
fn client(
    desk: &Desk,
    shared: &Mutex<(Ledger, Vec<Entry>)>,
    text: &str,
) -> Result<Answer, Refusal> {
    let plan = desk.plan(text).unwrap();
    let priced = plan.price(epsilon("0.03"), &desk.context, &desk.policy, &desk.seed)?;
    loop {
        let seen = shared.lock().unwrap().0.clone();
        std::thread::yield_now();
        let charge = match priced.reserve(&seen)? {
            Reservation::Paid(charge) => charge,
            Reservation::New(proposal) => {
                let mut shared = shared.lock().unwrap();
                let entry = proposal.entry().clone();
                match shared.0.accept(proposal).map_err(Refusal::from) {
                    Ok(charge) => {
                        shared.1.push(entry);
                        charge.unwrap()
                    }
                    Err(Refusal::Busy) => continue,
                    Err(other) => return Err(other),
                }
            }
        };
        let answer = world::run(&priced, &charge, &desk.seed, &desk.rows)?;
        return Ok(answer.get().clone());
    }
}

#[test]
fn without_the_chain_racing_clients_would_overspend() {
    // Each decides on what it saw and nobody compares heads: all are granted.
    let desk = desk();
    let granted = questions().into_iter().filter(|text| {
        let plan = desk.plan(text).unwrap();
        let priced = plan.price(epsilon("0.03"), &desk.context, &desk.policy, &desk.seed);
        priced.unwrap().reserve(&desk.ledger).is_ok()
    });
    assert_eq!(granted.count(), 6, "0.18 of 0.1");
}

#[test]
fn sixty_four_racing_clients_spend_no_more_than_the_cap_and_see_one_answer_each() {
    let desk = desk();
    let shared = Mutex::new((desk.ledger.clone(), desk.file.clone()));
    let questions = questions();
    let results: Vec<(usize, Result<Answer, Refusal>)> = std::thread::scope(|scope| {
        let clients: Vec<_> = (0..64)
            .map(|at| {
                let (desk, shared, text) = (&desk, &shared, &questions[at % 6]);
                scope.spawn(move || (at % 6, client(desk, shared, text)))
            })
            .collect();
        clients
            .into_iter()
            .map(|client| client.join().unwrap())
            .collect()
    });
    let (ledger, file) = shared.into_inner().unwrap();
    let mut answers: BTreeMap<usize, BTreeSet<String>> = BTreeMap::new();
    for (question, result) in &results {
        match result {
            Ok(answer) => {
                assert_eq!(ledger.paid_for(&answer.draw), Some(epsilon("0.03")));
                answers
                    .entry(*question)
                    .or_default()
                    .insert(format!("{answer:?}"));
            }
            Err(refusal) => assert_eq!(*refusal, Refusal::BudgetSpent),
        }
    }
    assert_eq!(answers.len(), 3, "three of 0.03 fit in 0.1");
    assert!(answers.values().all(|distinct| distinct.len() == 1));
    assert_eq!(
        ledger.remaining(world::ACCOUNT, 2024),
        Some(epsilon("0.01"))
    );
    assert_eq!(Ledger::replay(&file, &[]).unwrap(), ledger);
}

#[test]
fn a_kill_between_any_two_steps_neither_gives_an_answer_away_nor_pays_twice() {
    let text = &questions()[0];
    let whole = {
        let mut desk = desk();
        desk.ask(text, "0.03").unwrap()
    };
    // Entries that reach the disk before the kill: the accounts alone, the
    // reservation too, the commit too.
    for written in 0..=2 {
        let mut before = desk();
        let accounts = before.file.len();
        before.ask(text, "0.03").unwrap();
        let mut after = desk();
        after.file = before.file[..accounts + written].to_vec();
        after.ledger = Ledger::replay(&after.file, &[]).unwrap();
        let left = after.ledger.remaining(world::ACCOUNT, 2024).unwrap();
        assert_eq!(left, epsilon(if written == 0 { "0.1" } else { "0.07" }));
        // The answer was lost, or was given a moment before: it comes again.
        assert_eq!(after.ask(text, "0.03").unwrap(), whole);
        let left = after.ledger.remaining(world::ACCOUNT, 2024).unwrap();
        assert_eq!(left, epsilon("0.07"), "{written}");
        assert!(after.ledger.is_committed(&whole.draw));
    }
}

#[test]
fn two_loads_under_one_version_do_not_share_their_noise() {
    // Should rows change though their version does not: with one noise for
    // both, the difference of the answers would be the exact difference.
    let text = "SELECT COUNT(*) FROM incidents GROUP BY district";
    let mut table = world::table(2000);
    table.rows_per_child = 1;
    let ask = |extra: bool| {
        let mut desk = Desk::new(table.clone(), Vec::new(), "1", 1);
        if extra {
            desk.rows
                .push(world::row("c", "r", &[("district", "district:00000")]));
        }
        let answer = desk.ask(text, "1").unwrap();
        answer
            .cells
            .iter()
            .map(|cell| cell.value)
            .collect::<Vec<i64>>()
    };
    let (with, without) = (ask(true), ask(false));
    let same = with.iter().zip(&without).filter(|(a, b)| a == b).count();
    // Two independent draws at ε = 1 are equal with probability 0.27.
    assert!((400..700).contains(&same), "{same}");
    assert_eq!(ask(true), with, "the same rows give the same bytes");
}
