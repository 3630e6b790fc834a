//! What the noise costs on simulated sparse counts.

use safeground_privacy::noise::utility::{simulated_overlap, top_overlap};
use safeground_privacy::noise::{Allocation, ContributionBound};

use super::world::{self, Coins};

/// Counts whose rates are log-normal: a few places with much, most with little.
fn counts(n: usize, median: f64, spread: f64, coins: &mut Coins) -> Vec<u64> {
    (0..n)
        .map(|_| {
            let mean = median * (spread * coins.normal()).exp();
            poisson(mean, coins)
        })
        .collect()
}

/// A Poisson count: by waiting times, or its normal approximation above 50.
fn poisson(mean: f64, coins: &mut Coins) -> u64 {
    if mean > 50.0 {
        return (mean + mean.sqrt() * coins.normal()).round().max(0.0) as u64;
    }
    let (mut n, mut waited) = (0, -coins.uniform().ln());
    while waited < mean {
        n += 1;
        waited -= coins.uniform().ln();
    }
    n
}

/// Mean overlap of the top 5 % over five releases.
fn overlaps(allocation: &Allocation, districts: &[u64], cells: &[u64]) -> [f64; 2] {
    let hierarchy = world::hierarchy(districts.len(), cells.len());
    let mut sums = [0.0; 2];
    for run in 0..5 {
        let noisy = world::release(world::both(districts, cells), allocation, run);
        let tables = hierarchy.reconcile(noisy).unwrap();
        for (sum, (stratum, exact)) in sums
            .iter_mut()
            .zip([("district", districts), ("h3_r5", cells)])
        {
            let table = world::find(&tables, stratum);
            let shown: Vec<u64> = table.counts.iter().map(|c| c.unwrap()).collect();
            *sum += top_overlap(exact, &shown, 0.05).unwrap() / 5.0;
        }
    }
    sums
}

#[test]
fn the_top_of_a_simulated_country_survives_an_epsilon_of_one() {
    let mut coins = Coins(41);
    let districts = counts(750, 30.0, 1.2, &mut coins);
    let cells = counts(12_000, 1.5, 1.4, &mut coins);
    for (draws, bound) in [(1, 1), (1, 2), (4, 1)] {
        let bound = ContributionBound::new(bound).unwrap();
        let allocation = Allocation::public(draws, bound).unwrap();
        let [district, cell] = overlaps(&allocation, &districts, &cells);
        println!(
            "draws {draws}, bound {}: district {district:.3}, h3_r5 {cell:.3}",
            bound.get()
        );
        if draws == 1 && bound.get() == 1 {
            // What may be published beside the release comes near the truth.
            let noisy = world::release(world::both(&districts, &cells), &allocation, 99);
            let tables = world::hierarchy(750, 12_000).reconcile(noisy).unwrap();
            let shown: Vec<u64> = world::find(&tables, "h3_r5")
                .counts
                .iter()
                .map(|c| c.unwrap())
                .collect();
            let noise = allocation.noise("h3_r5").unwrap();
            let told = simulated_overlap(&shown, &noise, 0.05, 5, [7; 32]).unwrap();
            println!("  simulated from the release: h3_r5 {told:.3}");
            assert!((told - cell).abs() < 0.02, "{told} {cell}");
            assert!(district >= 0.95, "{district}");
            assert!(cell >= 0.94, "{cell}");
        }
    }
}
