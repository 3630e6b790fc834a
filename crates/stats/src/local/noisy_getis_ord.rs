//! Gi and Gi* of values with noise of known size.

use rayon::prelude::*;

use super::SelfNeighbour;
use crate::StatsError;
use crate::error::{check_length, check_not_negative, check_share};
use crate::normal;
use crate::permutation::{Population, Summary};
use crate::weights::SpatialWeights;

/// Parameters of [`noisy_getis_ord`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NoisyGetisOrdParams {
    self_neighbour: SelfNeighbour,
    confidence: f64,
}

impl NoisyGetisOrdParams {
    /// Gi* or Gi, with the confidence of the interval for z.
    ///
    /// # Errors
    /// [`StatsError::Parameter`] unless `confidence` is between 0 and 1.
    pub fn new(self_neighbour: SelfNeighbour, confidence: f64) -> Result<Self, StatsError> {
        check_share("confidence", confidence)?;
        Ok(Self {
            self_neighbour,
            confidence,
        })
    }
}

/// Gi or Gi* of one unit whose surroundings were seen through noise.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NoisyGetisOrd {
    /// Standard deviate under random arrangement and noise together.
    pub z: f64,
    /// Two-sided p-value of z under the normal approximation.
    pub p: f64,
    /// Lower and upper end of the confidence interval for the z that the
    /// values without noise have; `None` where the noise explains all spread
    /// there is.
    pub noiseless_z: Option<(f64, f64)>,
    /// Share of the noise in the variance of the neighbourhood's sum, 0 to 1.
    pub noise_share: f64,
    /// Neighbours with a value, the unit itself not counted.
    pub neighbours: usize,
}

/// Getis-Ord Gi or Gi* of values with noise added, as differential privacy
/// adds it: y_j = x_j + e_j with independent e_j of mean 0 and known variance
/// v_j (0 where a value is exact; discrete Laplace noise of scale t has
/// 2a/(1 − a)² with a = exp(−1/t)).
///
/// With ȳ, spread Q = Σ(y − ȳ)², W = Σw, S = Σw² over the n units (Gi leaves
/// unit i out of all sums, as [`super::getis_ord()`] does):
/// 1. The neighbourhood's excess is N = Σ_j w_ij y_j − W·ȳ.
/// 2. Noise adds to it the variance V = Σ_j (w_ij − W/n)² v_j.
/// 3. Q has expectation n·s² + (n − 1)·v̄, where s² is the variance of x: so
///    s² = max(0, (Q − (n − 1)·v̄)/n).
/// 4. Random arrangement adds R = s²·(n·S − W²)/(n − 1); z = N/√(R + V).
/// 5. Given N, that of x is within N ± q√V, and its z within
///    (N ± q√V)/√R. The error of s² itself is left out; it is of order 1/√n.
///
/// With the same v everywhere R + V = (Q/n)·(n·S − W²)/(n − 1), and z is the
/// z of [`super::getis_ord()`]: plain Gi* is only at fault where noise differs
/// between units. No package has this; the variance is that of a linear form.
///
/// `None` as in [`super::getis_ord()`] and where a value has no noise variance.
/// O(n + links).
///
/// # Errors
/// [`StatsError`] if the lengths differ, a value is not finite or a variance
/// is negative.
pub fn noisy_getis_ord(
    values: &[Option<f64>],
    noise_variances: &[Option<f64>],
    weights: &SpatialWeights,
    params: &NoisyGetisOrdParams,
) -> Result<Vec<Option<NoisyGetisOrd>>, StatsError> {
    check_length("noise variances", noise_variances.len(), values.len())?;
    check_not_negative("noise variance", noise_variances)?;
    let known: Vec<Option<f64>> = values
        .iter()
        .zip(noise_variances)
        .map(|(value, variance)| variance.and(*value))
        .collect();
    let population = Population::new(&known, weights)?;
    let Some(all) = Summary::new(&population.values) else {
        return Ok(vec![None; values.len()]);
    };
    let centred: Vec<f64> = population.values.iter().map(|x| x - all.mean).collect();
    let noise: Vec<f64> = values
        .iter()
        .zip(noise_variances)
        .filter_map(|(value, variance)| value.and(*variance))
        .collect();
    let total_noise: f64 = noise.iter().sum();
    let quantile = -normal::quantile(0.5 * (1.0 - params.confidence));
    let results = (0..population.len())
        .into_par_iter()
        .with_min_len(1024)
        .map(|unit| {
            let row = population.row(unit);
            let (mut excess, mut weight, mut squares) = (0.0, 0.0, 0.0);
            let (mut once, mut twice, mut largest) = (0.0, 0.0, 0.0_f64);
            let mut add = |at: usize, w: f64| {
                excess += w * centred[at];
                weight += w;
                squares += w * w;
                once += w * noise[at];
                twice += w * w * noise[at];
            };
            for (at, neighbour) in row.neighbours.iter().enumerate() {
                let w = row.weights.map_or(1.0, |weights| weights[at]);
                add(*neighbour as usize, w);
                largest = largest.max(w);
            }
            if largest <= 0.0 {
                return None;
            }
            let own = centred[unit];
            let (n, mean, spread, noise_sum) = match params.self_neighbour {
                SelfNeighbour::Included => {
                    add(unit, population.self_weight(unit).unwrap_or(largest));
                    (all.n, 0.0, all.squares, total_noise)
                }
                SelfNeighbour::Excluded => (
                    all.n - 1.0,
                    -own / (all.n - 1.0),
                    all.squares_without(own, &centred, unit),
                    total_noise - noise[unit],
                ),
            };
            let room = (n * squares - weight * weight) / (n - 1.0);
            if room.is_nan() || room <= 1e-12 * squares || spread <= 0.0 {
                return None;
            }
            let excess = excess - weight * mean;
            let share = weight / n;
            let of_noise = (twice - 2.0 * share * once + share * share * noise_sum).max(0.0);
            let signal = (spread - (n - 1.0) * noise_sum / n).max(0.0) / n;
            let of_arrangement = signal * room;
            let variance = of_arrangement + of_noise;
            let z = excess / variance.sqrt();
            let reach = quantile * of_noise.sqrt();
            let deviation = of_arrangement.sqrt();
            (variance > 0.0).then(|| NoisyGetisOrd {
                z,
                p: normal::two_sided(z),
                noiseless_z: (deviation > 0.0)
                    .then(|| ((excess - reach) / deviation, (excess + reach) / deviation)),
                noise_share: of_noise / variance,
                neighbours: row.neighbours.len(),
            })
        })
        .collect();
    Ok(population.scatter(results))
}

#[cfg(test)]
mod tests {
    use rand::Rng;

    use super::*;
    use crate::local::{GetisOrdParams, getis_ord};
    use crate::random;
    use crate::testing::ring;

    fn params(self_neighbour: SelfNeighbour) -> NoisyGetisOrdParams {
        NoisyGetisOrdParams::new(self_neighbour, 0.95).unwrap()
    }

    #[test]
    fn equal_noise_changes_no_z_and_no_noise_is_plain() {
        let x = [3.0, 1.0, 4.0, 1.0, 5.0, 9.0, 2.0, 6.0, 5.0].map(Some);
        let weights = ring(9, 1);
        for own in [SelfNeighbour::Included, SelfNeighbour::Excluded] {
            let plain = getis_ord(
                &x,
                &weights,
                &GetisOrdParams {
                    self_neighbour: own,
                },
            )
            .unwrap();
            for noise in [0.0, 0.7] {
                let noise = [Some(noise); 9];
                let noisy = noisy_getis_ord(&x, &noise, &weights, &params(own)).unwrap();
                for (plain, noisy) in plain.iter().zip(noisy) {
                    let (plain, noisy) = (plain.unwrap(), noisy.unwrap());
                    assert!((plain.z - noisy.z).abs() < 1e-12);
                    let (low, high) = noisy.noiseless_z.unwrap();
                    assert_eq!(noise[0] == Some(0.0), low == high);
                }
            }
        }
    }

    #[test]
    fn impossible_variances_and_confidences_are_refused() {
        let weights = ring(5, 1);
        let own = SelfNeighbour::Included;
        assert!(
            noisy_getis_ord(&[Some(1.0); 5], &[Some(-1.0); 5], &weights, &params(own)).is_err()
        );
        assert!(NoisyGetisOrdParams::new(own, 1.0).is_err());
        assert!(NoisyGetisOrdParams::new(own, f64::NAN).is_err());
        // Noise larger than the spread leaves no signal to standardise by.
        let x = [1.0, 2.0, 1.0, 2.0, 3.0].map(Some);
        let noisy = noisy_getis_ord(&x, &[Some(50.0); 5], &weights, &params(own)).unwrap();
        assert!(noisy[0].unwrap().noiseless_z.is_none());
        assert_eq!(noisy[0].unwrap().noise_share, 1.0);
    }

    #[test]
    fn an_interval_of_confidence_close_to_one_is_finite() {
        let weights = ring(9, 1);
        let x = [3.0, 1.0, 4.0, 1.0, 5.0, 9.0, 2.0, 6.0, 5.0].map(Some);
        let closest = NoisyGetisOrdParams::new(SelfNeighbour::Included, 1.0_f64.next_down());
        let noisy = noisy_getis_ord(&x, &[Some(0.5); 9], &weights, &closest.unwrap()).unwrap();
        for unit in noisy.into_iter().flatten() {
            let (low, high) = unit.noiseless_z.unwrap();
            assert!(low.is_finite() && low < unit.z && unit.z < high && high.is_finite());
        }
    }

    /// Under discrete Laplace noise on some units only, p-values are uniform
    /// and intervals cover, where plain Gi* would be wrong by a third.
    #[test]
    fn p_is_uniform_and_intervals_cover_under_discrete_laplace_noise() {
        const N: usize = 300;
        let weights = ring(N, 3);
        let decay: f64 = (-1.0_f64 / 2.0).exp();
        let variance = 2.0 * decay / (1.0 - decay).powi(2);
        let noise: Vec<_> = (0..N)
            .map(|i| Some(if i < N / 4 { variance } else { 0.0 }))
            .collect();
        let own = SelfNeighbour::Included;
        let (mut p, mut plain_small, mut covered, mut asked) = (Vec::new(), 0, 0, 0);
        for map in 0..3000 {
            let mut random = random::stream(31, map);
            let geometric = |random: &mut rand_chacha::ChaCha8Rng| {
                (random.random::<f64>().ln() / decay.ln()).floor()
            };
            let x: Vec<_> = (0..N)
                .map(|_| Some((0..8).filter(|_| random.random::<bool>()).count() as f64))
                .collect();
            let y: Vec<_> = x
                .iter()
                .zip(&noise)
                .map(|(x, noise)| {
                    let e = geometric(&mut random) - geometric(&mut random);
                    x.map(|x: f64| if *noise == Some(0.0) { x } else { x + e })
                })
                .collect();
            let truth = getis_ord(&x, &weights, &GetisOrdParams::star()).unwrap();
            let plain = getis_ord(&y, &weights, &GetisOrdParams::star()).unwrap();
            let noisy = noisy_getis_ord(&y, &noise, &weights, &params(own)).unwrap();
            let unit = 30;
            p.push(noisy[unit].unwrap().p);
            plain_small += usize::from(plain[unit].unwrap().p() < 0.05);
            for unit in [10, 40, 60] {
                let (low, high) = noisy[unit].unwrap().noiseless_z.unwrap();
                asked += 1;
                covered += usize::from((low..=high).contains(&truth[unit].unwrap().z));
            }
        }
        p.sort_by(f64::total_cmp);
        let count = p.len() as f64;
        let distance = p
            .iter()
            .enumerate()
            .map(|(rank, p)| (p - (rank as f64 + 0.5) / count).abs())
            .fold(0.0, f64::max);
        assert!(distance < 1.63 / count.sqrt(), "{distance}");
        let coverage = covered as f64 / f64::from(asked);
        assert!((coverage - 0.95).abs() < 0.01, "{coverage}");
        assert!(plain_small as f64 / count > 0.10, "{plain_small}");
    }
}
