//! PELT against optimal partitioning without pruning.

use proptest::prelude::*;
use rand::SeedableRng as _;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution as _, Poisson};
use safeground_stats::space_time::{ChangepointParams, Penalty, Segment, poisson_changepoints};

use super::all_present;

fn segment_cost(counts: &[f64], exposure: &[f64], mbic: bool) -> f64 {
    let c: f64 = counts.iter().sum();
    let e: f64 = exposure.iter().sum();
    let deviance = if c > 0.0 { 2.0 * c * (e / c).ln() } else { 0.0 };
    deviance
        + if mbic {
            (counts.len() as f64).ln()
        } else {
            0.0
        }
}

/// Least total cost by trying every last segment.
fn least_cost(counts: &[f64], exposure: &[f64], penalty: f64, mbic: bool, shortest: usize) -> f64 {
    let n = counts.len();
    let mut best = vec![f64::INFINITY; n + 1];
    best[0] = -penalty;
    for end in shortest..=n {
        for start in 0..=end - shortest {
            let cost = segment_cost(&counts[start..end], &exposure[start..end], mbic);
            best[end] = best[end].min(best[start] + cost + penalty);
        }
    }
    best[n]
}

fn cost_of(
    segments: &[Segment],
    counts: &[f64],
    exposure: &[f64],
    penalty: f64,
    mbic: bool,
) -> f64 {
    segments
        .iter()
        .map(|s| segment_cost(&counts[s.start..s.end], &exposure[s.start..s.end], mbic) + penalty)
        .sum::<f64>()
        - penalty
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn pruning_loses_nothing(
        cells in prop::collection::vec((0_u32..12, 1_u32..5), 4..60),
        jump in 0_usize..60,
        shortest in 1_usize..4,
        which in 0..3,
    ) {
        let mut counts: Vec<f64> = cells.iter().map(|(c, _)| f64::from(*c)).collect();
        let exposure: Vec<f64> = cells.iter().map(|(_, e)| f64::from(*e)).collect();
        for count in counts.iter_mut().skip(jump) {
            *count *= 3.0;
        }
        let n = counts.len() as f64;
        let (penalty, value, mbic) = match which {
            0 => (Penalty::Bic, n.ln(), false),
            1 => (Penalty::Mbic, 3.0 * n.ln(), true),
            _ => (Penalty::Fixed(1.5), 1.5, false),
        };
        let params = ChangepointParams::new(penalty, shortest).unwrap();
        let segments =
            poisson_changepoints(&all_present(&counts), &all_present(&exposure), &params).unwrap();
        prop_assert_eq!(segments[0].start, 0);
        prop_assert_eq!(segments.last().unwrap().end, counts.len());
        for pair in segments.windows(2) {
            prop_assert_eq!(pair[0].end, pair[1].start);
        }
        prop_assert!(segments.iter().all(|s| s.end - s.start >= shortest));
        let ours = cost_of(&segments, &counts, &exposure, value, mbic);
        let least = least_cost(&counts, &exposure, value, mbic, shortest);
        prop_assert!((ours - least).abs() < 1e-8 * (1.0 + least.abs()), "{} {}", ours, least);
    }
}

#[test]
fn a_planted_change_is_found_despite_exposure_and_gaps() {
    let mut random = ChaCha8Rng::seed_from_u64(3);
    let (mut counts, mut exposure) = (Vec::new(), Vec::new());
    for period in 0..120 {
        let people = if period % 2 == 0 { 1000.0 } else { 3000.0 };
        let rate = if period < 70 { 0.01 } else { 0.02 };
        counts.push(Some(
            Poisson::new(people * rate).unwrap().sample(&mut random),
        ));
        exposure.push(Some(people));
    }
    counts[30] = None;
    exposure[31] = Some(0.0);
    counts[31] = Some(0.0);
    let params = ChangepointParams::new(Penalty::Mbic, 2).unwrap();
    let segments = poisson_changepoints(&counts, &exposure, &params).unwrap();
    assert_eq!(segments.len(), 2, "{segments:?}");
    assert!(segments[0].end.abs_diff(70) <= 2);
    for (segment, rate) in segments.iter().zip([0.01, 0.02]) {
        assert!(segment.interval.low < rate && rate < segment.interval.high);
    }
}

#[test]
fn impossible_input_is_refused() {
    let params = ChangepointParams::new(Penalty::Bic, 1).unwrap();
    assert!(poisson_changepoints(&[], &[], &params).is_err());
    assert!(poisson_changepoints(&[None; 3], &[Some(1.0); 3], &params).is_err());
    assert!(poisson_changepoints(&[Some(1.0)], &[Some(0.0)], &params).is_err());
    assert!(poisson_changepoints(&[Some(-1.0)], &[Some(1.0)], &params).is_err());
    assert!(ChangepointParams::new(Penalty::Bic, 0).is_err());
    assert!(ChangepointParams::new(Penalty::Fixed(f64::NAN), 1).is_err());
    let whole = ChangepointParams::new(Penalty::Bic, 9).unwrap();
    let segments = poisson_changepoints(&[Some(1.0); 4], &[Some(1.0); 4], &whole).unwrap();
    assert_eq!(segments.len(), 1, "a short series stays whole");
}
