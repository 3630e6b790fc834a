//! Attack 19: races for the privacy budget, and death between its steps.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use safeground_privacy::ledger::{Entry, Ledger, LedgerError, Reservation};
use safeground_privacy::noise::Epsilon;

use super::kills::workers;
use super::release_kills::releases;
use crate::attack::{Attack, Control, Outcome};
use crate::world::World;

/// Clients that ask at once.
const CLIENTS: u64 = 64;

/// What each asks for, in millionths: twenty fit into the year.
const ASKED: u64 = 50_000;

const DATASET: &str = "race";
const YEAR: i32 = 2024;

/// 64 clients ask the ledger at once for more than the year holds, each from
/// its own view of it, as processes without a common lock would; and a client
/// dies after each step between asking and answering. What was spent, as its
/// file tells afterwards, must stay within the year, and no answer may lack
/// its entry. A file that was cut back must not be believed.
///
/// Then the same with real processes on a real lake, killed -9: [`workers`]
/// that answer questions, and [`releases`].
pub(crate) struct LedgerRaces;

impl Attack for LedgerRaces {
    fn number(&self) -> u32 {
        19
    }

    fn name(&self) -> &'static str {
        "ledger races, and kill -9 between charge and answer"
    }

    fn passes_when(&self) -> &'static str {
        "spent at most the cap, no answer without its charge, nothing refilled or changed"
    }

    fn control(&self) -> Control {
        Control::Planted(|world| {
            // Each part must find its own leak.
            let race = careless_race();
            let workers = workers(world, true)?;
            Ok(race.both(workers).both(releases(world, true)?))
        })
    }

    fn run(&self, world: &World) -> anyhow::Result<Outcome> {
        let mut outcome = race()?;
        for _ in 1..world.tries(3, 20) {
            outcome = race()?.and(Outcome {
                detail: Vec::new(),
                ..outcome
            });
        }
        let outcome = outcome.and(deaths()?);
        let outcome = outcome.and(workers(world, false)?);
        Ok(outcome.and(releases(world, false)?))
    }
}

/// The shared file: entries in order, and the state they leave.
struct Shared {
    ledger: Ledger,
    file: Vec<Entry>,
}

fn opened() -> anyhow::Result<Shared> {
    let mut ledger = Ledger::default();
    let proposal = ledger.open(DATASET, YEAR, Epsilon::ONE)?;
    let file = vec![proposal.entry().clone()];
    ledger.accept(proposal)?;
    Ok(Shared { ledger, file })
}

fn race() -> anyhow::Result<Outcome> {
    let shared = Mutex::new(opened()?);
    let epsilon = Epsilon::from_millionths(ASKED)?;
    let answers = AtomicU64::new(0);
    let stale = AtomicU64::new(0);
    std::thread::scope(|scope| {
        for client in 0..CLIENTS {
            let (shared, answers, stale) = (&shared, &answers, &stale);
            scope.spawn(move || {
                let name = format!("draw {client}");
                for _ in 0..10_000 {
                    // Each reads, decides on its own copy, and only then writes.
                    let view = shared.lock().expect("no client panics").ledger.clone();
                    std::thread::yield_now();
                    let Ok(reservation) = view.reserve(DATASET, &[YEAR], &name, epsilon) else {
                        return;
                    };
                    let Reservation::New(proposal) = reservation else {
                        return;
                    };
                    let mut shared = shared.lock().expect("no client panics");
                    let entry = proposal.entry().clone();
                    match shared.ledger.accept(proposal) {
                        Ok(Some(_charge)) => {
                            shared.file.push(entry);
                            answers.fetch_add(1, Ordering::Relaxed);
                            return;
                        }
                        _ => stale.fetch_add(1, Ordering::Relaxed),
                    };
                }
            });
        }
    });
    let shared = shared.into_inner().expect("no client panics");
    let replayed = Ledger::replay(&shared.file, &[shared.ledger.head()])?;
    let left = replayed
        .remaining(DATASET, YEAR)
        .map_or(0, Epsilon::millionths);
    let answers = answers.into_inner();
    let entries = shared.file.len() as u64 - 1;
    let spent = Epsilon::ONE.millionths() - left;
    let uncharged = answers.abs_diff(entries);
    let over = (answers * ASKED).saturating_sub(Epsilon::ONE.millionths())
        + spent.abs_diff(entries * ASKED);
    Ok(Outcome::none_allowed(
        CLIENTS,
        uncharged + over,
        "answers uncharged or millionths overspent",
    )
    .note(format!(
        "{CLIENTS} clients: {answers} answered for ε {:.2}, {} decisions on a stale view \
                 refused",
        (answers * ASKED) as f64 / 1e6,
        stale.into_inner()
    )))
}

/// A client dies after each step; what its file then says.
fn deaths() -> anyhow::Result<Outcome> {
    let epsilon = Epsilon::from_millionths(ASKED * 11)?;
    let (mut tried, mut wrong) = (0, 0);
    for step in 0..4 {
        tried += 1;
        let mut shared = opened()?;
        let head = shared.ledger.head().to_owned();
        let Reservation::New(proposal) = shared.ledger.reserve(DATASET, &[YEAR], "a", epsilon)?
        else {
            anyhow::bail!("a new draw was taken for paid");
        };
        let mut answered = false;
        // Steps: 0 dies after proposing, 1 after appending, 2 after accepting,
        // 3 after answering.
        if step >= 1 {
            shared.file.push(proposal.entry().clone());
        }
        if step >= 2 {
            answered = shared.ledger.accept(proposal)?.is_some() && step == 3;
        }
        let replayed = Ledger::replay(&shared.file, &[&head])?;
        let spent = replayed.remaining(DATASET, YEAR) < Some(Epsilon::ONE);
        wrong += u64::from(answered && !spent);
        // What was written is spent, whether or not it was answered: another
        // draw that needs as much must be refused, the same one is paid.
        let again = replayed.reserve(DATASET, &[YEAR], "a", epsilon);
        let other = replayed.reserve(DATASET, &[YEAR], "b", epsilon);
        if step >= 1 {
            wrong += u64::from(!matches!(again, Ok(Reservation::Paid(_))));
            wrong += u64::from(!matches!(other, Err(LedgerError::Exhausted { .. })));
        }
        // The end of the file is cut off, which would refill the budget.
        if step >= 2 {
            let head = shared.ledger.head().to_owned();
            let cut = Ledger::replay(&shared.file[..1], &[&head]);
            wrong += u64::from(!matches!(cut, Err(LedgerError::CutBack(_))));
        }
    }
    Ok(
        Outcome::none_allowed(tried, wrong, "budgets refilled by a death")
            .note(format!("{tried} deaths between steps: {wrong} refilled")),
    )
}

/// The planted leak: a ledger that looks before it writes.
fn careless_race() -> Outcome {
    let spent = AtomicU64::new(0);
    let answers = AtomicU64::new(0);
    let ready = std::sync::Barrier::new(CLIENTS as usize);
    std::thread::scope(|scope| {
        for _ in 0..CLIENTS {
            scope.spawn(|| {
                let seen = spent.load(Ordering::SeqCst);
                ready.wait();
                if seen + ASKED <= Epsilon::ONE.millionths() {
                    spent.fetch_add(ASKED, Ordering::SeqCst);
                    answers.fetch_add(1, Ordering::SeqCst);
                }
            });
        }
    });
    let over = spent.into_inner().saturating_sub(Epsilon::ONE.millionths());
    Outcome::none_allowed(CLIENTS, over, "answers uncharged or millionths overspent")
        .note(format!("{} answered", answers.into_inner()))
}
