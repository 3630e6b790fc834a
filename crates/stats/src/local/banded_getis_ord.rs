//! Gi* of values known only within bounds.

use rand::Rng;
use rayon::prelude::*;

use super::{GetisOrdParams, getis_ord};
use crate::StatsError;
use crate::evidence::Band;
use crate::permutation::{Population, Summary};
use crate::random;
use crate::weights::SpatialWeights;

/// How values may lie within their bounds, for the plausible range of z.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BandFill {
    /// Any number, each as likely.
    Continuous,
    /// Whole numbers, each as likely.
    WholeNumbers,
}

/// Parameters of [`banded_getis_ord`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BandedGetisOrdParams {
    fill: BandFill,
    imputations: usize,
    seed: u64,
}

impl BandedGetisOrdParams {
    /// `imputations` maps are filled in at random.
    ///
    /// # Errors
    /// [`StatsError::Parameter`] unless there are 2 to 100,000.
    pub fn new(fill: BandFill, imputations: usize, seed: u64) -> Result<Self, StatsError> {
        if (2..=100_000).contains(&imputations) {
            Ok(Self {
                fill,
                imputations,
                seed,
            })
        } else {
            Err(StatsError::Parameter {
                what: "imputations",
                value: imputations as f64,
                expected: "a number from 2 to 100,000",
            })
        }
    }
}

/// Gi* of one unit whose surroundings are known within bounds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BandedGetisOrd {
    /// Standard deviate of the middles of the bands.
    pub z: f64,
    /// Two-sided p-value of that z, valid as it stands: under random
    /// arrangement the bands, and so their middles, are arranged at random.
    pub p: f64,
    /// Least and largest z that any values within the bounds can have; the
    /// true z lies between. Infinite where all values may be equal.
    pub possible: (f64, f64),
    /// Where the true z lies with 95 % probability if values lie within their
    /// bands as [`BandFill`] says.
    pub plausible: (f64, f64),
    /// Neighbours with a band, the unit itself not counted.
    pub neighbours: usize,
}

/// Getis-Ord Gi* of values known within bounds, as suppression and banding
/// leave them.
///
/// 1. z and p of the middles, by [`getis_ord()`].
/// 2. Possible range: z is N/(s·c), with the excess N = Σ_j (w_ij − W/n) x_j
///    linear in the values, whose least and largest value within the bounds is
///    exact, and c a constant. s² lies between min_c Σ d(c)²/n, with d the
///    distance of c from each band, which is exact, and min_c Σ D(c)²/n, with
///    D the distance from each band's far end, which no values exceed. Largest
///    N over smallest s bounds z: safe, not tight, since one arrangement need
///    not attain both.
/// 3. Plausible range: mean ± 1.96 standard deviations of z over maps filled
///    in at random (multiple imputation, Rubin 1987), kept within the possible
///    range. Bands' values are taken as independent of each other.
///
/// O(imputations · (n + links)) time, O(n) memory. `None` as in
/// [`getis_ord()`].
///
/// # Errors
/// [`StatsError`] if the lengths differ, a bound is not finite, the upper
/// bound is below the lower, or a band of whole numbers holds none.
pub fn banded_getis_ord(
    bands: &[Option<Band>],
    weights: &SpatialWeights,
    params: &BandedGetisOrdParams,
) -> Result<Vec<Option<BandedGetisOrd>>, StatsError> {
    for (unit, band) in bands.iter().enumerate() {
        let Some(band) = band else { continue };
        let sound = band.low <= band.high && band.low.is_finite() && band.high.is_finite();
        let whole = band.low == band.high || band.low.ceil() <= band.high.floor();
        if !(sound && (whole || params.fill == BandFill::Continuous)) {
            return Err(StatsError::Value {
                what: "upper bound",
                unit,
                value: band.high,
                expected: "a finite number not below the lower bound, a whole one between if whole numbers are asked for",
            });
        }
    }
    let star = GetisOrdParams::star();
    let middles: Vec<Option<f64>> = bands
        .iter()
        .map(|band| band.map(|band| f64::midpoint(band.low, band.high)))
        .collect();
    let middle = getis_ord(&middles, weights, &star)?;
    let possible = possible_range(bands, &middles, weights)?;
    let mut moments = vec![(0.0, 0.0); bands.len()];
    let mut values = middles;
    for imputation in 0..params.imputations {
        fill(bands, params, imputation, &mut values);
        let filled = getis_ord(&values, weights, &star)?;
        let count = imputation as f64 + 1.0;
        moments
            .par_iter_mut()
            .with_min_len(4096)
            .zip(&filled)
            .for_each(|((mean, squares), filled)| {
                // Constant by chance: no excess, so that z is 0.
                let z = filled.map_or(0.0, |g| g.z);
                let step = z - *mean;
                *mean += step / count;
                *squares += step * (z - *mean);
            });
    }
    let rest = (params.imputations - 1) as f64;
    Ok(middle
        .iter()
        .zip(possible)
        .zip(moments)
        .map(|((middle, possible), (mean, squares))| {
            let (middle, (least, most)) = ((*middle)?, possible?);
            let reach = 1.959_963_984_540_054 * (squares / rest).sqrt();
            Some(BandedGetisOrd {
                z: middle.z,
                p: middle.p(),
                possible: (least, most),
                plausible: (
                    (mean - reach).clamp(least, most),
                    (mean + reach).clamp(least, most),
                ),
                neighbours: middle.neighbours,
            })
        })
        .collect())
}

fn fill(
    bands: &[Option<Band>],
    params: &BandedGetisOrdParams,
    imputation: usize,
    values: &mut [Option<f64>],
) {
    let mut random = random::stream(params.seed, imputation as u64);
    for (value, band) in values.iter_mut().zip(bands) {
        let Some(band) = band else { continue };
        if band.low == band.high {
            continue;
        }
        let share: f64 = random.random();
        *value = Some(match params.fill {
            BandFill::Continuous => band.low + share * (band.high - band.low),
            BandFill::WholeNumbers => {
                let (low, high) = (band.low.ceil(), band.high.floor());
                (low + (share * (high - low + 1.0)).floor()).min(high)
            }
        });
    }
}

/// Least and largest z within the bounds.
fn possible_range(
    bands: &[Option<Band>],
    middles: &[Option<f64>],
    weights: &SpatialWeights,
) -> Result<Vec<Option<(f64, f64)>>, StatsError> {
    let population = Population::new(middles, weights)?;
    let Some(all) = Summary::new(&population.values) else {
        return Ok(vec![None; bands.len()]);
    };
    // About the mean of the middles, so that large values keep their digits.
    let known: Vec<(f64, f64)> = bands
        .iter()
        .flatten()
        .map(|band| (band.low - all.mean, band.high - all.mean))
        .collect();
    let (low, high) = spread(&known);
    let (low, high) = ((low / all.n).sqrt(), (high / all.n).sqrt());
    let lows: f64 = known.iter().map(|band| band.0).sum();
    let highs: f64 = known.iter().map(|band| band.1).sum();
    let results = (0..population.len())
        .into_par_iter()
        .with_min_len(1024)
        .map(|unit| {
            let row = population.row(unit);
            let weight_of = |at: usize| row.weights.map_or(1.0, |weights| weights[at]);
            let largest = (0..row.neighbours.len()).map(weight_of).fold(0.0, f64::max);
            let own = population.self_weight(unit).unwrap_or(largest);
            let near = || {
                let neighbours = row.neighbours.iter().enumerate();
                neighbours
                    .map(|(at, neighbour)| (*neighbour as usize, weight_of(at)))
                    .chain([(unit, own)])
            };
            let weight: f64 = near().map(|(_, w)| w).sum();
            let squares: f64 = near().map(|(_, w)| w * w).sum();
            let room = (all.n * squares - weight * weight) / (all.n - 1.0);
            if largest <= 0.0 || room <= 1e-12 * squares {
                return None;
            }
            let share = weight / all.n;
            let (mut least, mut most) = (-share * highs, -share * lows);
            for (at, w) in near() {
                let (low, high) = known[at];
                let factor = w - share;
                let (small, large) = (factor * low, factor * high);
                least += small.min(large) + share * high;
                most += small.max(large) + share * low;
            }
            let over = |excess: f64, near: f64, far: f64| {
                let deviation = if excess > 0.0 { near } else { far };
                excess / (deviation * room.sqrt())
            };
            Some((-over(-least, low, high), over(most, low, high)))
        })
        .collect();
    Ok(population.scatter(results))
}

/// Bounds of Σ(x − x̄)² for values within bands: both are minima over c of a
/// convex sum, found by bisection of its slope.
fn spread(bands: &[(f64, f64)]) -> (f64, f64) {
    let nearest = |c: f64, band: &(f64, f64)| c.clamp(band.0, band.1);
    let farthest = |c: f64, band: &(f64, f64)| {
        if c > f64::midpoint(band.0, band.1) {
            band.0
        } else {
            band.1
        }
    };
    let least = |end: &dyn Fn(f64, &(f64, f64)) -> f64| {
        let mut from = bands
            .iter()
            .fold(f64::INFINITY, |from, band| from.min(band.0));
        let mut to = bands
            .iter()
            .fold(f64::NEG_INFINITY, |to, band| to.max(band.1));
        for _ in 0..60 {
            let c = f64::midpoint(from, to);
            let slope: f64 = bands.iter().map(|band| c - end(c, band)).sum();
            if slope > 0.0 {
                to = c;
            } else {
                from = c;
            }
        }
        let c = f64::midpoint(from, to);
        bands
            .iter()
            .map(|band| (c - end(c, band)).powi(2))
            .sum::<f64>()
    };
    (least(&nearest), least(&farthest))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::testing::ring;

    fn params(fill: BandFill) -> BandedGetisOrdParams {
        BandedGetisOrdParams::new(fill, 40, 1).unwrap()
    }

    proptest! {
        #[test]
        fn no_values_within_the_bounds_have_a_z_outside(
            bands in prop::collection::vec((0.0..20.0f64, 0.0..6.0f64, 0.0..1.0f64), 5..25),
            offset in -1e6..1e6f64,
        ) {
            let n = bands.len();
            let known: Vec<_> = bands
                .iter()
                .map(|(low, width, _)| Some(Band { low: offset + low, high: offset + low + width }))
                .collect();
            let ranges = banded_getis_ord(&known, &ring(n, 1), &params(BandFill::Continuous)).unwrap();
            // Values anywhere, and at the ends only.
            let inside = |share: f64| share;
            let ends = |share: f64| share.round();
            for pick in [inside as fn(f64) -> f64, ends] {
                let values: Vec<_> = bands
                    .iter()
                    .map(|(low, width, share)| Some(offset + low + width * pick(*share)))
                    .collect();
                let truth = getis_ord(&values, &ring(n, 1), &GetisOrdParams::star()).unwrap();
                for (range, truth) in ranges.iter().zip(truth) {
                    if let (Some(range), Some(truth)) = (range, truth) {
                        let (least, most) = range.possible;
                        prop_assert!(least <= truth.z + 1e-6 && truth.z <= most + 1e-6);
                        prop_assert!(range.plausible.0 <= range.plausible.1);
                    }
                }
            }
        }
    }

    #[test]
    fn exact_values_have_ranges_of_a_point() {
        let exact: Vec<_> = [3.0, 1.0, 4.0, 1.0, 5.0, 9.0]
            .map(|x| Some(Band { low: x, high: x }))
            .to_vec();
        for result in
            banded_getis_ord(&exact, &ring(6, 1), &params(BandFill::WholeNumbers)).unwrap()
        {
            let result = result.unwrap();
            assert!((result.possible.0 - result.z).abs() < 1e-9);
            assert!((result.possible.1 - result.z).abs() < 1e-9);
            assert!((result.plausible.0 - result.z).abs() < 1e-9);
        }
        let wrong = [Some(Band {
            low: 2.0,
            high: 1.0,
        }); 6];
        assert!(banded_getis_ord(&wrong, &ring(6, 1), &params(BandFill::Continuous)).is_err());
        let between = [Some(Band {
            low: 0.2,
            high: 0.8,
        }); 6];
        assert!(banded_getis_ord(&between, &ring(6, 1), &params(BandFill::WholeNumbers)).is_err());
        assert!(BandedGetisOrdParams::new(BandFill::Continuous, 1, 1).is_err());
    }

    /// Counts below 5 are withheld: the test stays valid, and the plausible
    /// range covers the z of the counts themselves.
    #[test]
    fn withheld_counts_leave_a_valid_test_and_a_range_that_covers() {
        const N: usize = 200;
        let lists = (0..N)
            .map(|i| {
                (1..=3)
                    .flat_map(|s| [(i + s) % N, (i + N - s) % N])
                    .collect()
            })
            .collect();
        let weights = SpatialWeights::from_lists(lists).unwrap();
        let (mut p, mut covered, mut asked) = (Vec::new(), 0, 0);
        for map in 0..500 {
            let mut random = random::stream(19, map);
            let counts: Vec<_> = (0..N)
                .map(|_| f64::from(rand::Rng::random_range(&mut random, 0..12_u8)))
                .collect();
            let bands: Vec<_> = counts
                .iter()
                .map(|x| match *x {
                    x if x < 5.0 => Some(Band {
                        low: 0.0,
                        high: 4.0,
                    }),
                    x => Some(Band { low: x, high: x }),
                })
                .collect();
            let params = BandedGetisOrdParams::new(BandFill::WholeNumbers, 100, map).unwrap();
            let results = banded_getis_ord(&bands, &weights, &params).unwrap();
            p.push(results[50].unwrap().p);
            let exact: Vec<_> = counts.into_iter().map(Some).collect();
            let truth = getis_ord(&exact, &weights, &GetisOrdParams::star()).unwrap();
            for unit in (0..N).step_by(10) {
                let (low, high) = results[unit].unwrap().plausible;
                asked += 1;
                covered += usize::from((low..=high).contains(&truth[unit].unwrap().z));
            }
        }
        p.sort_by(f64::total_cmp);
        let distance = p
            .iter()
            .enumerate()
            .map(|(rank, p)| (p - (rank as f64 + 0.5) / 500.0).abs())
            .fold(0.0, f64::max);
        assert!(distance < 1.63 / 500_f64.sqrt(), "{distance}");
        let coverage = covered as f64 / f64::from(asked);
        assert!((coverage - 0.95).abs() < 0.01, "{coverage}");
    }
}
