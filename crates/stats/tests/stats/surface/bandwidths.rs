//! Bandwidths.

use std::f64::consts::PI;

use geo::Coord;
use rand::SeedableRng as _;
use rand_chacha::ChaCha8Rng;
use safeground_stats::StatsError;
use safeground_stats::surface::*;

use super::*;

/// Coordinate by coordinate what R gives: `n^(-1/6)*sqrt(mean(c(var(x), var(y))))`
/// and so on, worked out by hand for five places.
#[test]
fn bandwidth_rules_are_their_formulas() {
    let x = [0.0_f64, 1000.0, 2000.0, 3000.0, 9000.0];
    let y = [0.0_f64, 3000.0, 1000.0, 2000.0, 500.0];
    let places: Vec<_> = x.iter().zip(y).map(|(x, y)| Coord { x: *x, y }).collect();
    let events = Events::new(Locations::planar(&places).unwrap());
    let variance = |values: &[f64]| {
        let mean = values.iter().sum::<f64>() / 5.0;
        values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / 4.0
    };
    let (vx, vy) = (variance(&x), variance(&y));
    let n = 5.0_f64.powf(-1.0 / 6.0);
    let ours =
        |rule| rule_bandwidth_m(&events, rule, Kernel::Gaussian { truncation: 40.0 }).unwrap();
    let close = |a: f64, b: f64| assert!((a / b - 1.0).abs() < 1e-10, "{a} {b}");
    close(ours(BandwidthRule::Scott), ((vx + vy) / 2.0).sqrt() * n);
    // Quartiles of type 7: x 1000 and 3000, y 500 and 2000.
    let range = (2000.0 + 1500.0) / 2.0 / 1.34;
    close(ours(BandwidthRule::Silverman), range * n);
    let v = 16.0 * 24.0 * 2.0 * 4.0 / (1e4 * PI);
    let terrell = (2.0 / (4.0 * PI) / (5.0 * v)).powf(1.0 / 6.0);
    close(ours(BandwidthRule::Oversmoothing), range * terrell);
    let distances: Vec<f64> = x
        .iter()
        .zip(y)
        .map(|(x, y)| (x - 3000.0).hypot(y - 1300.0))
        .collect();
    let mut sorted = distances.clone();
    sorted.sort_by(f64::total_cmp);
    let standard = (distances.iter().map(|d| d * d).sum::<f64>() / 5.0).sqrt();
    let robust = (1.0 / 2.0_f64.ln()).sqrt() * sorted[2];
    close(
        ours(BandwidthRule::SearchRadius),
        0.9 * standard.min(robust) * 5.0_f64.powf(-0.2),
    );
    // A weight of two is two events.
    let twice = Events::weighted(
        Locations::planar(&places).unwrap(),
        vec![1.0, 2.0, 1.0, 1.0, 1.0],
    );
    let mut listed = places.clone();
    listed.insert(2, places[1]);
    let listed = Events::new(Locations::planar(&listed).unwrap());
    for rule in [
        BandwidthRule::Scott,
        BandwidthRule::Silverman,
        BandwidthRule::SearchRadius,
    ] {
        close(
            rule_bandwidth_m(twice.as_ref().unwrap(), rule, Kernel::Quartic).unwrap(),
            rule_bandwidth_m(&listed, rule, Kernel::Quartic).unwrap(),
        );
    }
    let one_place = Events::new(Locations::planar(&[places[0]; 4]).unwrap());
    assert!(matches!(
        rule_bandwidth_m(&one_place, BandwidthRule::Scott, Kernel::Quartic),
        Err(StatsError::Constant { .. })
    ));
}

#[test]
fn the_likelihood_bandwidth_is_the_best_of_a_naive_search() {
    let mut random = ChaCha8Rng::seed_from_u64(11);
    let places = square(80, 10_000.0, &mut random);
    let events = Events::new(Locations::planar(&places).unwrap());
    let params = CrossValidationParams::new(GAUSSIAN, LeftOut::Event, 100.0, 20_000.0).unwrap();
    let found = likelihood_bandwidth(&events, &EdgeCorrection::None, &params).unwrap();
    let naive = |bandwidth_m: f64| -> f64 {
        let h = bandwidth_m / 1000.0;
        (0..80)
            .map(|i| {
                let sum: f64 = (0..80)
                    .filter(|j| *j != i)
                    .map(|j| {
                        let square = (places[i].x - places[j].x).powi(2)
                            + (places[i].y - places[j].y).powi(2);
                        (-square / (2.0 * bandwidth_m * bandwidth_m)).exp() / (2.0 * PI * h * h)
                    })
                    .sum();
                (sum / 79.0).ln()
            })
            .sum()
    };
    assert!((naive(found.bandwidth_m) - found.criterion).abs() < 1e-8);
    for step in 1..400 {
        let bandwidth = 100.0 * 200.0_f64.powf(f64::from(step) / 400.0);
        assert!(naive(bandwidth) <= found.criterion + 1e-6, "{bandwidth}");
    }
    assert!(!found.at_limit);
}

/// Where several events share each place, leaving out one event drives the
/// bandwidth to the lower end; leaving out the place does not.
#[test]
fn events_at_shared_places_need_the_place_left_out() {
    let mut random = ChaCha8Rng::seed_from_u64(4);
    let places = square(40, 10_000.0, &mut random);
    let doubled: Vec<_> = places.iter().chain(&places).copied().collect();
    let events = Events::new(Locations::planar(&doubled).unwrap());
    let search = |left_out| {
        let params = CrossValidationParams::new(GAUSSIAN, left_out, 10.0, 20_000.0).unwrap();
        likelihood_bandwidth(&events, &EdgeCorrection::None, &params).unwrap()
    };
    assert!(search(LeftOut::Event).at_limit);
    let found = search(LeftOut::Place);
    assert!(!found.at_limit && found.bandwidth_m > 500.0);
    // The same as the places once, since both densities and weights double.
    let once = Events::new(Locations::planar(&places).unwrap());
    let params = CrossValidationParams::new(GAUSSIAN, LeftOut::Event, 10.0, 20_000.0).unwrap();
    let single = likelihood_bandwidth(&once, &EdgeCorrection::None, &params).unwrap();
    assert!((found.bandwidth_m / single.bandwidth_m - 1.0).abs() < 1e-3);
}

#[test]
fn abramson_bandwidths_have_the_global_one_as_geometric_mean() {
    let cells = region_cells();
    let events = Events::new(Locations::great_circle(&inside(&cells, 120, 5)).unwrap());
    let bandwidth = |limit| Bandwidth::Abramson {
        global_m: 9000.0,
        pilot_m: 12_000.0,
        limit,
    };
    let run = |limit| {
        let params = KernelDensityParams::new(Kernel::Quartic, bandwidth(limit)).unwrap();
        kernel_density(
            &events,
            &Locations::cells(&cells),
            &EdgeCorrection::None,
            &params,
        )
        .unwrap()
    };
    let free = run(1e6).bandwidths_m;
    let mean = free.iter().map(|h| h.ln()).sum::<f64>() / free.len() as f64;
    assert!((mean.exp() / 9000.0 - 1.0).abs() < 1e-10);
    // The law itself, from the pilot surface at the events.
    let pilot = kernel_density(
        &events,
        events.locations(),
        &EdgeCorrection::None,
        &fixed(Kernel::Quartic, 12_000.0),
    )
    .unwrap();
    let product: Vec<f64> = free
        .iter()
        .zip(&pilot.per_km2)
        .map(|(h, density)| h * density.unwrap().sqrt())
        .collect();
    for value in &product {
        assert!((value / product[0] - 1.0).abs() < 1e-10);
    }
    assert!(
        run(1.1)
            .bandwidths_m
            .iter()
            .all(|h| *h <= 9900.0 * (1.0 + 1e-12))
    );
}

#[test]
fn nearest_bandwidths_are_distances_to_other_events() {
    let line: Vec<_> = [0.0, 10.0, 10.0, 40.0, 100.0]
        .map(|x| Coord { x, y: 0.0 })
        .to_vec();
    let events = Events::new(Locations::planar(&line).unwrap());
    let run = |count| {
        let bandwidth = Bandwidth::Nearest {
            count,
            least_m: 1.0,
        };
        let params = KernelDensityParams::new(Kernel::Quartic, bandwidth).unwrap();
        kernel_density(&events, events.locations(), &EdgeCorrection::None, &params)
    };
    let found = run(2).unwrap().bandwidths_m;
    for (found, expected) in found.iter().zip([10.0, 10.0, 10.0, 30.0, 90.0]) {
        assert!((found - expected).abs() < 1e-9);
    }
    assert!(
        (run(1).unwrap().bandwidths_m[1] - 1.0).abs() < 1e-9,
        "twins get the least"
    );
    assert!(matches!(run(5), Err(StatsError::TooFew { .. })));
}

/// `bw.scott` gives an axis each (1.5015 and 1.0873), ours is their quadratic
/// mean; `bw.ppl(shortcut = TRUE, edge = FALSE)` over 2,001 bandwidths.
#[test]
fn bandwidths_agree_with_spatstat() {
    let events = Events::new(Locations::planar(&forty()).unwrap());
    let gaussian = Kernel::Gaussian { truncation: 9.0 };
    let scott = rule_bandwidth_m(&events, BandwidthRule::Scott, gaussian).unwrap() / 1000.0;
    let expected =
        ((1.501_513_227_633_765_f64.powi(2) + 1.087_254_977_790_162_8_f64.powi(2)) / 2.0).sqrt();
    assert!((scott / expected - 1.0).abs() < 1e-10, "{scott} {expected}");
    let params = CrossValidationParams::new(gaussian, LeftOut::Event, 100.0, 8000.0).unwrap();
    let found = likelihood_bandwidth(&events, &EdgeCorrection::None, &params).unwrap();
    // The reference's grid steps by 0.22 %.
    assert!(
        (found.bandwidth_m / 1_269.966_287_848_260_7 - 1.0).abs() < 0.002,
        "{found:?}"
    );
    let near = CrossValidationParams::new(gaussian, LeftOut::Event, 800.0, 800.1).unwrap();
    let at = likelihood_bandwidth(&events, &EdgeCorrection::None, &near).unwrap();
    // Σ log(λ₋ᵢ/39) at sigma 0.8.
    assert!(
        (at.tried[0].1 + 191.540_109_313_776_95).abs() < 1e-8,
        "{:?}",
        at.tried[0]
    );
}
