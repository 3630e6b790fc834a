//! Attacks on a release, each shown to succeed where there is no noise.

use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;
use safeground_privacy::ledger::LedgerError;
use safeground_privacy::noise::{
    ExactTable, NoiseError, PreparedDraw, TableKey, UnitContext, publish,
};
use safeground_privacy::{Policy, Visibility};

use super::world::{self, CELLS, Coins, DISTRICTS};

const TRIALS: u32 = 4000;

/// What the adversary knows: every child but the target.
const OTHERS: [u64; DISTRICTS] = [52, 31, 18, 77, 40];
const OTHERS_IN_CELLS: [u64; CELLS] = [20, 32, 11, 20, 9, 9, 37, 40, 25, 15];

/// The exact world: the target, if there, is in district 2 and cell 5.
fn exact(present: bool) -> (Vec<u64>, Vec<u64>) {
    let (mut districts, mut cells) = (OTHERS.to_vec(), OTHERS_IN_CELLS.to_vec());
    districts[2] += u64::from(present);
    cells[5] += u64::from(present);
    (districts, cells)
}

fn accuracy(mut guess: impl FnMut(u64, bool) -> bool) -> f64 {
    let mut coins = Coins(17);
    let right = (0..TRIALS).filter(|trial| {
        let present = coins.next() & 1 == 1;
        guess(u64::from(*trial), present) == present
    });
    right.count() as f64 / f64::from(TRIALS)
}

/// e^ε/(1 + e^ε) + 2σ at ε = 1.
fn allowed() -> f64 {
    let e = std::f64::consts::E;
    e / (1.0 + e) + 2.0 * (0.25 / f64::from(TRIALS)).sqrt()
}

fn observed(n: usize) -> Vec<UnitContext> {
    let context = UnitContext {
        observed: true,
        exposure: Some(1e4),
        inhabited: true,
    };
    vec![context; n]
}

#[test]
fn differencing_finds_every_child_where_counts_are_exact() {
    let policy = Policy::default();
    let accuracy = accuracy(|_, present| {
        let (districts, _) = exact(present);
        // Every district is above the threshold and would be shown.
        let shown = districts.iter().filter(|n| **n >= policy.public.k);
        let all: u64 = shown.sum();
        all - OTHERS.iter().sum::<u64>() == 1
    });
    assert_eq!(accuracy, 1.0);
}

#[test]
fn differencing_with_all_noisy_tables_is_held_by_epsilon() {
    // The best guess there is: the likelihood ratio of both layers, in which a
    // value moves the odds by its layer's ε up or down.
    let accuracy = accuracy(|run, present| {
        let (districts, cells) = exact(present);
        let noisy = world::noisy(run, &districts, &cells);
        let weight = |value: i64, others: u64, epsilon: f64| {
            let without = value - others as i64;
            epsilon * ((without.abs() - (without - 1).abs()) as f64)
        };
        let odds = weight(noisy[0].values()[2], OTHERS[2], 0.2)
            + weight(noisy[1].values()[5], OTHERS_IN_CELLS[5], 0.8);
        odds > 0.0
    });
    println!(
        "differencing accuracy {accuracy:.4}, allowed {:.4}",
        allowed()
    );
    assert!(accuracy <= allowed(), "{accuracy}");
    // It is a real attack: better than a coin.
    assert!(accuracy > 0.6, "{accuracy}");
}

#[test]
fn differencing_over_the_published_hierarchy_is_held_too() {
    let hierarchy = world::hierarchy(DISTRICTS, CELLS);
    let attacks: [(&str, usize, u64); 4] = [
        ("state", 0, OTHERS.iter().sum()),
        ("district", 2, OTHERS[2]),
        ("h3_r4", 1, OTHERS_IN_CELLS[5..].iter().sum()),
        ("h3_r5", 5, OTHERS_IN_CELLS[5]),
    ];
    let mut right = [0_u32; 5];
    let mut coins = Coins(23);
    for run in 0..TRIALS {
        let present = coins.next() & 1 == 1;
        let (districts, cells) = exact(present);
        let noisy = world::noisy(u64::from(run), &districts, &cells);
        let tables = hierarchy.reconcile(noisy).unwrap();
        let mut votes = 0.0;
        for (attack, (stratum, unit, others)) in attacks.iter().enumerate() {
            let count = world::find(&tables, stratum).counts[*unit].unwrap();
            let guess = count > *others;
            right[attack] += u32::from(guess == present);
            votes += (count as f64 - *others as f64 - 0.5).clamp(-1.0, 1.0);
        }
        right[4] += u32::from((votes > 0.0) == present);
    }
    for (attack, right) in right.iter().enumerate() {
        let accuracy = f64::from(*right) / f64::from(TRIALS);
        assert!(accuracy <= allowed(), "attack {attack}: {accuracy}");
    }
}

#[test]
fn asking_again_gives_the_same_bytes_and_costs_nothing() {
    let (seed, allocation, context) = (world::seed(3), world::allocation(), world::context("v1"));
    let mut ledger = world::ledger();
    let mut answers = std::collections::BTreeSet::new();
    let (districts, cells) = exact(true);
    for turn in 0..10_000 {
        let mut tables = world::both(&districts, &cells);
        if turn % 2 == 0 {
            tables.reverse();
        }
        let prepared = PreparedDraw::new(tables, &allocation, &context, &seed).unwrap();
        let charge = world::pay(&mut ledger, &prepared).unwrap();
        answers.insert(format!("{:?}", prepared.draw(&seed, &charge).unwrap()));
    }
    assert_eq!(answers.len(), 1);
    assert_eq!(ledger.len(), 2, "one account, one charge");
}

#[test]
fn averaging_fresh_draws_would_find_the_exact_count() {
    // What the ledger prevents: with 2,000 draws the mean is the count.
    // Its standard error is 0.04 for a cell at ε = 0.8.
    let (districts, cells) = exact(true);
    let sum: i64 = (0..2000)
        .map(|run| world::noisy(run, &districts, &cells)[1].values()[5])
        .sum();
    assert_eq!((sum as f64 / 2000.0).round() as u64, cells[5]);

    // A changed version of the same rows is a new draw, and refused.
    let (seed, allocation) = (world::seed(3), world::allocation());
    let mut ledger = world::ledger();
    let prepare = |version: &str| {
        let tables = world::both(&districts, &cells);
        PreparedDraw::new(tables, &allocation, &world::context(version), &seed).unwrap()
    };
    world::pay(&mut ledger, &prepare("v1")).unwrap();
    let refused = world::pay(&mut ledger, &prepare("v2")).unwrap_err();
    assert!(matches!(refused, LedgerError::Exhausted { .. }));
}

#[test]
fn two_data_sets_under_one_name_do_not_share_their_noise() {
    // Without the protection: one stream for both, and the difference of the
    // noisy counts is the exact difference.
    let noise = world::allocation().noise("h3_r5").unwrap();
    let with_one_stream = |cells: &[u64]| -> Vec<i64> {
        let mut random = ChaCha20Rng::from_seed([9; 32]);
        let noisy = cells.iter().map(|n| *n as i64 + noise.sample(&mut random));
        noisy.collect()
    };
    let (with, without) = (exact(true).1, exact(false).1);
    let differences: Vec<i64> = with_one_stream(&with)
        .iter()
        .zip(with_one_stream(&without))
        .map(|(a, b)| a - b)
        .collect();
    assert_eq!(differences, [0, 0, 0, 0, 0, 1, 0, 0, 0, 0]);

    // With it: other counts are another draw, which nobody paid for, and where
    // it is paid for its noise is its own.
    let (seed, allocation, context) = (world::seed(3), world::allocation(), world::context("v1"));
    let prepare = |present: bool| {
        let (districts, cells) = exact(present);
        let tables = world::both(&districts, &cells);
        PreparedDraw::new(tables, &allocation, &context, &seed).unwrap()
    };
    let mut ledger = world::ledger();
    let charge = world::pay(&mut ledger, &prepare(true)).unwrap();
    let refused = prepare(false).draw(&seed, &charge).unwrap_err();
    assert_eq!(refused, NoiseError::ChargeMismatch);
    assert!(world::pay(&mut ledger, &prepare(false)).is_err());
    let mut other = world::ledger();
    let other_charge = world::pay(&mut other, &prepare(false)).unwrap();
    let a = prepare(true).draw(&seed, &charge).unwrap();
    let b = prepare(false).draw(&seed, &other_charge).unwrap();
    let pairs = || a[0].values().iter().zip(b[0].values());
    assert!(pairs().filter(|(a, b)| a == b).count() < DISTRICTS - 1);
}

#[test]
fn two_tables_of_a_draw_do_not_share_their_noise() {
    // Else the difference of two themes would be their exact difference.
    let table = |theme: &str| {
        let key = TableKey {
            theme: theme.into(),
            ..world::key("district")
        };
        ExactTable::new(key, world::units("district", 50), vec![30; 50]).unwrap()
    };
    let tables = vec![table("missing"), table("trafficking")];
    let noisy = world::release(tables, &world::allocation(), 1);
    let pairs = noisy[0].values().iter().zip(noisy[1].values());
    assert!(pairs.filter(|(a, b)| a == b).count() < 15);
}

#[test]
fn a_parent_less_its_other_children_gives_no_more_than_the_noise() {
    // Attacks 7 and 12: whatever is computed back is the noisy count.
    let hierarchy = world::hierarchy(DISTRICTS, CELLS);
    let (districts, cells) = exact(true);
    let mut exact_hits = 0;
    for run in 0..TRIALS {
        let noisy = world::noisy(u64::from(run), &districts, &cells);
        let tables = hierarchy.reconcile(noisy).unwrap();
        let shown = &world::find(&tables, "district").counts;
        let state = world::find(&tables, "state").counts[0].unwrap();
        let others: u64 = (0..DISTRICTS)
            .filter(|i| *i != 2)
            .map(|i| shown[i].unwrap())
            .sum();
        assert_eq!(state - others, shown[2].unwrap());
        exact_hits += u32::from(state - others == districts[2]);
    }
    let share = f64::from(exact_hits) / f64::from(TRIALS);
    // P(noise = 0) is 0.0997 at ε = 0.2.
    assert!(share < 0.0997 + 0.02, "{share}");
}

#[test]
fn being_shown_does_not_tell_zero_from_four() {
    let hierarchy = world::hierarchy(DISTRICTS, CELLS);
    let policy = Policy::default();
    let mut shown = [0_u32; 2];
    for run in 0..TRIALS {
        let districts = [0, 4, 60, 60, 60];
        let noisy = world::noisy(u64::from(run), &districts, &OTHERS_IN_CELLS);
        let tables = hierarchy.reconcile(noisy).unwrap();
        let (counts, proof) = publish(
            world::find(&tables, "district"),
            &observed(DISTRICTS),
            &policy.public,
        )
        .unwrap();
        assert_eq!(proof.threshold(), 11);
        for (unit, shown) in shown.iter_mut().enumerate() {
            let count = &counts[unit].protected;
            *shown += u32::from(count.visibility() == Visibility::Available);
            assert!(count.count().is_none_or(|count| count >= 11));
        }
    }
    // AUC of a yes-or-no sign is 1/2 + (difference of its rates)/2.
    let difference = f64::from(shown[1].abs_diff(shown[0])) / f64::from(TRIALS);
    assert!(0.5 + difference / 2.0 <= 0.55, "{difference}");
}

#[test]
fn a_draw_needs_its_own_charge() {
    let (seed, other_seed) = (world::seed(3), world::seed(4));
    let (allocation, context) = (world::allocation(), world::context("v1"));
    let tables = || vec![world::table("district", &OTHERS)];
    let prepare = |tables, context, seed| PreparedDraw::new(tables, &allocation, context, seed);
    let paid = prepare(tables(), &context, &seed).unwrap();
    let charge = world::pay(&mut world::ledger(), &paid).unwrap();
    assert!(paid.draw(&seed, &charge).is_ok());
    let other_context = world::context("v2");
    let other = prepare(tables(), &other_context, &seed).unwrap();
    let refused = other.draw(&seed, &charge).unwrap_err();
    assert_eq!(refused, NoiseError::ChargeMismatch);
    let other = prepare(tables(), &context, &other_seed).unwrap();
    assert!(other.draw(&other_seed, &charge).is_err());
    // Two tables of one name, and a layer without a share.
    let twice = [tables(), tables()].into_iter().flatten().collect();
    let refused = prepare(twice, &context, &seed).unwrap_err();
    assert!(matches!(refused, NoiseError::Twice { .. }));
    let state = vec![world::table("state", &[218])];
    let refused = prepare(state, &context, &seed).unwrap_err();
    assert!(matches!(refused, NoiseError::NoShare(_)));
}

#[test]
fn exact_counts_do_not_print() {
    let prepared = PreparedDraw::new(
        vec![world::table("district", &[987_654])],
        &world::allocation(),
        &world::context("v1"),
        &world::seed(3),
    )
    .unwrap();
    assert!(!format!("{prepared:?}").contains("987654"));
    assert!(!format!("{:?}", world::table("state", &[987_654])).contains("987654"));
}
