//! What esda's permutations can give, where it depends on more than the two
//! tails: two-sided and folded p-values, and z.

use super::drawn::{DRAWS, Drawn, PERMUTATIONS, one_chance, redrawn, share};
use super::*;

/// Four standard errors of the difference between a share of esda's
/// permutations and one of ours drawn one by one.
fn four_errors(p: f64) -> f64 {
    let m = 1.0 / PERMUTATIONS as f64 + 1.0 / DRAWS as f64;
    4.0 * (p * (1.0 - p) * m).max(0.0).sqrt()
}

/// esda's `two-sided` finds the percentile of the observed value and the
/// mirrored one, and counts what lies at or beyond either. Without ties that
/// is twice the smaller tail. With ties it differs in three ways: permutations
/// that equal the observed value count as below it, so that in the upper half
/// they count not at all; those that equal the value at the mirrored percentile
/// count all, however few of them the percentile needs; and sums that are equal
/// but for rounding are not equal to it.
///
/// Least and most that its share can be, each of the two tails within four
/// standard errors.
fn two_sided(drawn: &Drawn) -> (f64, f64) {
    let tails = drawn.tails();
    let n = drawn.len() as f64;
    let greater = tails.greater_or_equal as f64 / n;
    let less = tails.less_or_equal as f64 / n;
    let ties = greater + less - 1.0;
    let negated: Vec<f64> = drawn.sorted.iter().rev().map(|x| -x).collect();
    // The tail with the observed value, and all values with the mirrored tail
    // first.
    let sides = [(less, &negated), (greater, &drawn.sorted)];
    let (mut least, mut most) = (1.0_f64, 0.0_f64);
    for (tail, from_other_end) in sides {
        let near = (tail - ties - four_errors(tail - ties)).max(0.0);
        let far = (tail + four_errors(tail)).min(0.5);
        if near > far {
            // The observed value lies in the other half.
            continue;
        }
        let (low, high) = mirrored(from_other_end, drawn.tolerance(), near, far);
        least = least.min(near + low);
        most = most.max(far + high);
    }
    (least, most)
}

/// Least and most of the tail that begins at the percentile `near` to `far`,
/// whole groups of equal values counted.
fn mirrored(ascending: &[f64], tolerance: f64, near: f64, far: f64) -> (f64, f64) {
    let n = ascending.len() as f64;
    let (mut least, mut most, mut largest) = (far, near, 0.0_f64);
    let mut before = 0.0;
    for group in ascending.chunk_by(|a, b| b - a <= tolerance) {
        let size = group.len() as f64 / n;
        let after = before + size;
        if after + four_errors(after) >= near && before - four_errors(before) <= far {
            least = least.min(after - four_errors(after));
            most = most.max(after + four_errors(after));
            largest = largest.max(size + four_errors(size));
        }
        before = after;
    }
    (least.max(near), most.min(far + largest))
}

/// esda's `folded` counts what lies as far from the mean of its permutations,
/// which has an error of its own: the mean within four of its standard errors,
/// and the share within four of its own.
fn folded(drawn: &Drawn) -> (f64, f64) {
    let of = 1.0 / PERMUTATIONS as f64 + 1.0 / DRAWS as f64;
    let shift = 4.0 * (drawn.moment(2) * of).sqrt();
    let (mut least, mut most) = (1.0_f64, 0.0_f64);
    let mean = drawn.mean();
    // The far border moves one way with the mean, so that its ends bound it;
    // between them lies the observed value itself, if it is so near.
    let itself = ((drawn.observed - mean).abs() < shift).then_some(drawn.observed);
    for centre in [mean - shift, mean, mean + shift].into_iter().chain(itself) {
        let [low, high] = drawn
            .as_far(centre)
            .map(|far| far as f64 / drawn.len() as f64);
        least = least.min(low - four_errors(low));
        most = most.max(high + four_errors(high));
    }
    (least, most)
}

fn within(set: &Set, column: &str, drawn: &[Option<Drawn>], range: fn(&Drawn) -> (f64, f64)) {
    for (unit, (drawn, theirs)) in drawn.iter().zip(&set.esda[column]).enumerate() {
        let (Some(drawn), Some(theirs)) = (drawn, theirs) else {
            continue;
        };
        let (least, most) = range(drawn);
        let theirs = share(*theirs, PERMUTATIONS);
        // At an end of the distribution the percentile's own value counts.
        let step = 1.0 / PERMUTATIONS as f64;
        assert!(
            (least - step..=most + step).contains(&theirs),
            "{} {column} unit {unit}: {least} to {most}, not {theirs}",
            set.name
        );
    }
}

fn of_values(set: &Set) -> Vec<Option<Drawn>> {
    let x: Vec<f64> = set.values.iter().map(|x| x.unwrap()).collect();
    let mean = x.iter().sum::<f64>() / x.len() as f64;
    redrawn(set, |unit, picks| {
        let sum: f64 = picks.iter().map(|pick| x[*pick] - mean).sum();
        Some((x[unit] - mean) * sum)
    })
}

#[test]
fn two_sided_and_folded_p_values_agree_with_esda() {
    for set in Set::all() {
        let drawn = of_values(&set);
        within(&set, "lm_p_two-sided", &drawn, two_sided);
        within(&set, "lm_p_folded", &drawn, folded);
        let weights = set.weights.row_standardised();
        let params = LocalMoranParams::new(VarianceDivisor::Units);
        let ours = local_moran_permutation(&set.values, &weights, &params, &many()).unwrap();
        for (unit, (ours, drawn)) in ours.iter().zip(&drawn).enumerate() {
            let (Some(ours), Some(drawn)) = (ours, drawn) else {
                continue;
            };
            let far = share(ours.p(Alternative::Folded), ours.tails.permutations);
            let (least, most) = folded(drawn);
            assert!(
                (least..=most).contains(&far),
                "{} folded, unit {unit}: {least} to {most}, not {far}",
                set.name
            );
            if set.units.contains_key("cases") {
                continue;
            }
            // No value repeats, so that esda's count is twice the tail.
            let tail = ours.tails.greater_or_equal.min(ours.tails.less_or_equal);
            let tail = tail as f64 / ours.tails.permutations as f64;
            let theirs = set.esda["lm_p_two-sided"][unit].unwrap();
            let theirs = share(theirs, PERMUTATIONS) / 2.0;
            assert!(
                one_chance((tail, ours.tails.permutations), (theirs, PERMUTATIONS)),
                "{} two-sided, unit {unit}: {tail} {theirs}",
                set.name
            );
        }
    }
}

/// A standard deviate z over m permutations has variance
/// (1 + z·skewness + z²(kurtosis − 1)/4)/m, by the delta method on mean and
/// variance.
#[test]
fn z_over_permutations_agrees_with_esda() {
    for set in Set::all() {
        let weights = set.weights.row_standardised();
        let params = LocalMoranParams::new(VarianceDivisor::Units);
        let moran = local_moran_permutation(&set.values, &weights, &params, &many()).unwrap();
        let gi = getis_ord_permutation(&set.values, &set.weights, &many()).unwrap();
        let moran_drawn = of_values(&set);
        let gi_drawn = redrawn(&set, |_, picks| {
            picks.iter().map(|pick| set.values[*pick]).sum()
        });
        for (column, references, drawn) in [
            ("lm_zsim", &moran, &moran_drawn),
            ("G_B_zsim", &gi, &gi_drawn),
            ("Gstar_B_zsim", &gi, &gi_drawn),
        ] {
            for (unit, (ours, drawn)) in references.iter().zip(drawn).enumerate() {
                let (Some(ours), Some(drawn)) = (ours, drawn) else {
                    continue;
                };
                let (z, theirs) = (ours.z().unwrap(), set.esda[column][unit].unwrap());
                let deviation = drawn.moment(2).sqrt();
                let skewness = drawn.moment(3) / deviation.powi(3);
                let kurtosis = drawn.moment(4) / deviation.powi(4);
                let of = 1.0 / PERMUTATIONS as f64 + 1.0 / ours.tails.permutations as f64;
                let variance = (1.0 + z * skewness + z * z * (kurtosis - 1.0) / 4.0) * of;
                assert!(
                    (z - theirs).abs() <= 4.0 * variance.sqrt(),
                    "{} {column} unit {unit}: {z} {theirs}",
                    set.name
                );
            }
        }
    }
}
