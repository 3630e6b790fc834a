//! Attack 19: the ledger under crashes, races and tampering.

use proptest::prelude::*;
use safeground_privacy::ledger::{Entry, Event, Ledger, LedgerError, Proposal, Reservation};
use safeground_privacy::noise::Epsilon;

const DATASET: &str = "demo";

fn epsilon(text: &str) -> Epsilon {
    text.parse().unwrap()
}

/// A ledger and the file it would have.
#[derive(Default)]
struct Disk {
    ledger: Ledger,
    file: Vec<Entry>,
}

impl Disk {
    fn write(&mut self, proposal: Proposal) {
        self.file.push(proposal.entry().clone());
        self.ledger.accept(proposal).unwrap();
    }

    fn open(year: i32) -> Self {
        let mut disk = Self::default();
        let proposal = disk.ledger.open(DATASET, year, Epsilon::ONE).unwrap();
        disk.write(proposal);
        disk
    }

    fn reserve(&mut self, name: &str, share: &str) -> Result<bool, LedgerError> {
        match self
            .ledger
            .reserve(DATASET, &[2025], name, epsilon(share))?
        {
            Reservation::New(proposal) => self.write(proposal),
            Reservation::Paid(_) => return Ok(false),
        }
        Ok(true)
    }
}

#[test]
fn what_is_spent_stays_spent_through_a_kill_between_any_two_steps() {
    let mut disk = Disk::open(2025);
    disk.reserve("q1", "0.25").unwrap();
    let Ok(Reservation::Paid(charge)) =
        disk.ledger.reserve(DATASET, &[2025], "q1", epsilon("0.25"))
    else {
        panic!("the same draw is paid once");
    };
    let commit = disk.ledger.commit(&charge).unwrap().unwrap();
    disk.write(commit);
    let left: Vec<Option<Epsilon>> = (0..=disk.file.len())
        .map(|written| {
            let ledger = Ledger::replay(&disk.file[..written], &[]).unwrap();
            ledger.remaining(DATASET, 2025)
        })
        .collect();
    let three_quarters = Some(epsilon("0.75"));
    assert_eq!(
        left,
        [None, Some(Epsilon::ONE), three_quarters, three_quarters]
    );
    // Killed after the reservation: the draw runs again at no cost.
    let again = Ledger::replay(&disk.file[..2], &[]).unwrap();
    assert!(!again.is_committed("q1"));
    let reserved = again
        .reserve(DATASET, &[2025], "q1", epsilon("0.25"))
        .unwrap();
    assert!(matches!(reserved, Reservation::Paid(_)));
    assert_eq!(disk.ledger.commit(&charge).unwrap(), None);
}

#[test]
fn sixty_four_racing_clients_spend_no_more_than_the_cap() {
    let mut disk = Disk::open(2025);
    let mut granted = 0;
    // Each round all propose on the same head; one append can win.
    for round in 0..8 {
        let proposals: Vec<Proposal> = (0..64)
            .filter_map(|client| {
                let name = format!("{round}-{client}");
                match disk.ledger.reserve(DATASET, &[2025], &name, epsilon("0.3")) {
                    Ok(Reservation::New(proposal)) => Some(proposal),
                    _ => None,
                }
            })
            .collect();
        for (place, proposal) in proposals.into_iter().enumerate() {
            let entry = proposal.entry().clone();
            match disk.ledger.accept(proposal) {
                Ok(charge) => {
                    assert!(charge.is_some() && place == 0);
                    disk.file.push(entry);
                    granted += 1;
                }
                Err(error) => assert!(matches!(error, LedgerError::Stale(_))),
            }
        }
    }
    assert_eq!(granted, 3);
    assert_eq!(disk.ledger.remaining(DATASET, 2025), Some(epsilon("0.1")));
    assert_eq!(Ledger::replay(&disk.file, &[]).unwrap(), disk.ledger);
}

#[test]
fn a_budget_is_not_refilled_raised_or_opened_twice() {
    let mut disk = Disk::open(2025);
    disk.reserve("all", "1").unwrap();
    assert!(matches!(
        disk.reserve("more", "0.000001"),
        Err(LedgerError::Exhausted { .. })
    ));
    let reopened = disk.ledger.open(DATASET, 2025, Epsilon::ONE);
    assert!(matches!(reopened, Err(LedgerError::AlreadyOpen { .. })));
    let raised = disk.ledger.open(DATASET, 2026, epsilon("1.000001"));
    assert!(matches!(raised, Err(LedgerError::CapTooHigh { .. })));
    // The same name with other terms is not the same draw.
    assert!(matches!(
        disk.reserve("all", "0.5"),
        Err(LedgerError::OtherTerms(_))
    ));
}

#[test]
fn a_draw_over_several_years_is_paid_by_all_or_by_none() {
    let mut disk = Disk::open(2024);
    let proposal = disk.ledger.open(DATASET, 2025, epsilon("0.5")).unwrap();
    disk.write(proposal);
    let asked = disk
        .ledger
        .reserve(DATASET, &[2025, 2024], "both", epsilon("0.6"));
    assert!(matches!(
        asked,
        Err(LedgerError::Exhausted { year: 2025, .. })
    ));
    assert_eq!(disk.ledger.remaining(DATASET, 2024), Some(Epsilon::ONE));
    let unknown = disk
        .ledger
        .reserve(DATASET, &[2024, 2030], "x", epsilon("0.1"));
    assert!(matches!(
        unknown,
        Err(LedgerError::NoAccount { year: 2030, .. })
    ));
    assert!(matches!(
        disk.ledger.reserve(DATASET, &[], "x", epsilon("0.1")),
        Err(LedgerError::Empty)
    ));
}

#[test]
fn tampering_is_noticed_and_so_is_cutting_back() {
    let mut disk = Disk::open(2025);
    disk.reserve("q1", "0.5").unwrap();
    disk.reserve("q2", "0.5").unwrap();
    let head = disk.ledger.head().to_owned();
    assert!(Ledger::replay(&disk.file, &[&head]).is_ok());

    let mut cheaper = disk.file.clone();
    if let Event::Reserve { epsilon: paid, .. } = &mut cheaper[1].event {
        *paid = epsilon("0.1");
    }
    assert_eq!(Ledger::replay(&cheaper, &[]), Err(LedgerError::Broken(1)));
    let mut dropped = disk.file.clone();
    dropped.remove(1);
    assert_eq!(Ledger::replay(&dropped, &[]), Err(LedgerError::Broken(1)));
    let mut swapped = disk.file.clone();
    swapped.swap(1, 2);
    assert_eq!(Ledger::replay(&swapped, &[]), Err(LedgerError::Broken(1)));

    // A chain whose end is cut is sound in itself: without the head of the
    // release the budget would be whole again.
    let cut = Ledger::replay(&disk.file[..1], &[]).unwrap();
    assert_eq!(cut.remaining(DATASET, 2025), Some(Epsilon::ONE));
    assert_eq!(
        Ledger::replay(&disk.file[..1], &[&head]),
        Err(LedgerError::CutBack(head))
    );
}

proptest! {
    #[test]
    fn no_sequence_of_requests_spends_more_than_the_cap(
        asked in prop::collection::vec((0u8..12, 1u64..600_000), 0..40),
    ) {
        let mut disk = Disk::open(2025);
        let mut paid = std::collections::BTreeMap::new();
        for (name, millionths) in asked {
            let name = format!("draw-{name}");
            let share = Epsilon::from_millionths(millionths).unwrap();
            if disk.reserve(&name, &share.to_string()) == Ok(true) {
                prop_assert!(paid.insert(name, millionths).is_none());
            }
        }
        let spent: u64 = paid.values().sum();
        prop_assert!(spent <= Epsilon::ONE.millionths());
        let left = disk.ledger.remaining(DATASET, 2025).unwrap().millionths();
        prop_assert_eq!(left + spent, Epsilon::ONE.millionths());
        prop_assert_eq!(Ledger::replay(&disk.file, &[disk.ledger.head()]).unwrap(), disk.ledger);
    }
}

#[test]
fn entries_read_back_from_text_as_written() {
    let mut disk = Disk::open(2025);
    disk.reserve("q1", "0.25").unwrap();
    let text: Vec<String> = disk
        .file
        .iter()
        .map(|entry| toml::to_string(entry).unwrap())
        .collect();
    let back: Vec<Entry> = text
        .iter()
        .map(|line| toml::from_str(line).unwrap())
        .collect();
    assert_eq!(back, disk.file);
    assert!(Ledger::replay(&back, &[disk.ledger.head()]).is_ok());
}
