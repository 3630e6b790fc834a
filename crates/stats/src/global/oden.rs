//! Oden's Ipop.

use rand::Rng;
use rand::seq::index::sample;

use super::deviate::Deviate;
use super::moran;
use super::permutation::{PermutationTest, Permutations, simulated};
use crate::StatsError;
use crate::error::{check_length, check_not_negative};
use crate::weights::{SpatialWeights, WeightSums};

const METHOD: &str = "Oden's Ipop";

/// Each simulation holds the persons it draws in memory.
const MOST_DRAWN: f64 = 1e8;

/// Result of [`oden_i_pop`].
#[derive(Debug, Clone, PartialEq)]
pub struct OdenIPop {
    /// I_pop.
    pub statistic: f64,
    /// Part of it from persons of different units.
    pub between: f64,
    /// Part of it from persons of the same unit; 0 without self-weights.
    pub within: f64,
    /// Moments over all ways the cases can be distributed among the persons;
    /// `None` where the variance is not above zero.
    pub randomisation: Option<Deviate>,
    /// Cases distributed at random among the persons, if asked for.
    pub simulation: Option<PermutationTest>,
}

/// Oden's I_pop: Moran's I adjusted for population, over persons rather than
/// units.
///
/// Oden (1995), *Statistics in Medicine* 14. Every person is a point of value
/// 1 (case) or 0, and two persons weigh on each other as their units do, those
/// of the same unit with its self-weight w_ii. With n cases among x persons,
/// b = n/x, shares e of cases and d of persons:
///
/// 1. S₀ = x²Σ_ij w_ij d_i d_j − xΣ_i w_ii d_i.
/// 2. I_pop = (n² Σ_ij w_ij (e_i − d_i)(e_j − d_j) − n(1 − 2b) Σ_i w_ii e_i −
///    nb Σ_i w_ii d_i) / (S₀ b(1 − b)).
/// 3. E = −1/(x − 1), and the variance under randomisation, are those of
///    Moran's I over the x persons.
/// 4. If asked for, the cases are distributed at random among the persons
///    (multivariate hypergeometric).
///
/// Unlike Moran's I of rates it also sees that cases pile up within a unit,
/// if the weights have self-weights (Oden takes w_ii = 1 beside binary
/// links). O(units + links), and as much and O(cases · log units) for each
/// simulation.
///
/// Units without cases or population given, or without population, are left
/// out with their links.
///
/// # Errors
/// [`StatsError`] if the lengths differ, a number is negative, not finite or
/// not whole, a unit has more cases than persons, nobody or everybody is a
/// case, or no two persons are linked.
pub fn oden_i_pop(
    cases: &[Option<f64>],
    population: &[Option<f64>],
    weights: &SpatialWeights,
    simulations: Option<Permutations>,
) -> Result<OdenIPop, StatsError> {
    check_length("cases", cases.len(), weights.len())?;
    check_length("population", population.len(), weights.len())?;
    check_not_negative("cases", cases)?;
    check_not_negative("population", population)?;
    let mut units = vec![None; weights.len()];
    for (unit, (cases, population)) in cases.iter().zip(population).enumerate() {
        let (Some(cases), Some(persons)) = (*cases, *population) else {
            continue;
        };
        if cases > persons {
            return Err(StatsError::Value {
                what: "cases",
                unit,
                value: cases,
                expected: "no more cases than persons",
            });
        }
        for (what, value) in [("cases", cases), ("population", persons)] {
            if value.fract() != 0.0 || value > 1e12 {
                return Err(StatsError::Value {
                    what,
                    unit,
                    value,
                    expected: "a whole number of persons",
                });
            }
        }
        units[unit] = (persons > 0.0).then_some((cases, persons));
    }
    let known = || units.iter().flatten();
    let n: f64 = known().map(|(cases, _)| cases).sum();
    let x: f64 = known().map(|(_, persons)| persons).sum();
    if x < 3.0 {
        return Err(StatsError::TooFew {
            method: METHOD,
            found: x as usize,
            least: 3,
        });
    }
    if n <= 0.0 || n >= x {
        return Err(StatsError::Constant {
            what: "cases",
            method: METHOD,
        });
    }
    let sums = person_sums(weights, &units);
    if sums.s0.is_nan() || sums.s0 <= 0.0 {
        return Err(StatsError::NoLinks { method: METHOD });
    }
    let b = n / x;
    // Persons' excesses summed over each unit: y − b·x_i.
    let parts = |counts: &dyn Fn(usize) -> f64| {
        let (mut between, mut within) = (0.0, 0.0);
        for (unit, own) in units.iter().enumerate() {
            let Some((_, persons)) = own else { continue };
            let excess = counts(unit) - b * persons;
            let near: f64 = weights
                .weighted(unit)
                .filter_map(|(other, weight)| {
                    let (_, persons) = units[other]?;
                    Some(weight * (counts(other) - b * persons))
                })
                .sum();
            between += excess * near;
            // A person is not a neighbour of themselves: their own square,
            // (1 − b)² for a case and b² for another, is taken away.
            let own_squares = counts(unit) * (1.0 - b).powi(2) + (persons - counts(unit)) * b * b;
            within += weights.self_weight(unit) * (excess * excess - own_squares);
        }
        let scale = sums.s0 * b * (1.0 - b);
        (between / scale, within / scale)
    };
    let (between, within) = parts(&|unit| units[unit].map_or(0.0, |unit| unit.0));
    let statistic = between + within;
    let kurtosis = (1.0 - b).powi(2) / b + b * b / (1.0 - b);
    if simulations.is_some() && n.min(x - n) > MOST_DRAWN {
        return Err(StatsError::Parameter {
            what: "cases",
            value: n,
            expected: "at most 100 million for simulations",
        });
    }
    let simulation = simulations.map(|simulations| {
        // Persons are numbered unit by unit.
        let last_person: Vec<usize> = units
            .iter()
            .scan(0.0, |count, unit| {
                *count += unit.map_or(0.0, |unit| unit.1);
                Some(*count as usize)
            })
            .collect();
        let reference = simulated(simulations, |random| {
            let drawn = draw(random, n as usize, &last_person);
            let (between, within) = parts(&|unit| drawn[unit]);
            between + within
        });
        PermutationTest::of(statistic, reference)
    });
    Ok(OdenIPop {
        statistic,
        between,
        within,
        randomisation: Deviate::of(
            statistic,
            -1.0 / (x - 1.0),
            moran::randomisation_variance(x, &sums, kurtosis),
            moran::least_variance(x),
        ),
        simulation,
    })
}

/// Cases of each unit when `count` of the persons are cases at random, without
/// replacement.
fn draw(random: &mut impl Rng, count: usize, last_person: &[usize]) -> Vec<f64> {
    let persons = last_person.last().copied().unwrap_or(0);
    let mut drawn = vec![0.0; last_person.len()];
    // The fewer of cases and others are drawn.
    let others = 2 * count > persons;
    let size = if others { persons - count } else { count };
    for person in sample(random, persons, size) {
        drawn[last_person.partition_point(|last| *last <= person)] += 1.0;
    }
    if others {
        let mut first = 0;
        for (drawn, last) in drawn.iter_mut().zip(last_person) {
            *drawn = (last - first) as f64 - *drawn;
            first = *last;
        }
    }
    drawn
}

/// S₀, S₁ and S₂ of the persons' weights, summed by unit.
fn person_sums(weights: &SpatialWeights, units: &[Option<(f64, f64)>]) -> WeightSums {
    let reverse = weights.transposed();
    let (mut s0, mut s1, mut s2) = (0.0, 0.0, 0.0);
    for (unit, own) in units.iter().enumerate() {
        let Some((_, persons)) = *own else { continue };
        let own = weights.self_weight(unit);
        let mut row = 2.0 * own * (persons - 1.0);
        s0 += persons * (persons - 1.0) * own;
        // ½(w + w)² for ordered pairs of persons of this unit.
        s1 += persons * (persons - 1.0) * 2.0 * own * own;
        for (other, weight) in weights.weighted(unit) {
            let Some((_, others)) = units[other] else {
                continue;
            };
            let back = weights.weight(other, unit);
            s0 += persons * others * weight;
            row += others * weight;
            // A link without reverse stands for both orders of the pair.
            s1 += match back {
                Some(back) => persons * others * (weight + back).powi(2) / 2.0,
                None => persons * others * weight * weight,
            };
        }
        for (other, weight) in reverse.weighted(unit) {
            if let Some((_, others)) = units[other] {
                row += others * weight;
            }
        }
        s2 += persons * row * row;
    }
    WeightSums { s0, s1, s2 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::global::{AutocorrelationParams, Islands, moran_i};

    /// I_pop is Moran's I over persons; here every person is a unit.
    #[test]
    fn it_is_morans_i_over_persons() {
        let cases = [2.0, 0.0, 3.0, 1.0];
        let people = [5.0, 3.0, 4.0, 6.0];
        let weights = SpatialWeights::from_weighted_lists(vec![
            vec![(0, 1.0), (1, 0.5), (3, 2.0)],
            vec![(0, 0.5), (1, 0.7), (2, 1.0)],
            vec![(1, 1.0), (2, 1.0)],
            vec![(2, 0.25), (3, 1.0)],
        ])
        .unwrap();
        let mut unit_of = Vec::new();
        let mut values = Vec::new();
        for unit in 0..4 {
            for person in 0..people[unit] as usize {
                unit_of.push(unit);
                values.push(Some(f64::from(u8::from((person as f64) < cases[unit]))));
            }
        }
        let lists = (0..unit_of.len()).map(|a| {
            (0..unit_of.len())
                .filter(|b| a != *b)
                .filter_map(|b| {
                    let (from, to) = (unit_of[a], unit_of[b]);
                    let weight = if from == to {
                        Some(weights.self_weight(from))
                    } else {
                        weights.weight(from, to)
                    };
                    Some((b, weight?))
                })
                .collect()
        });
        let persons = SpatialWeights::from_weighted_lists(lists.collect()).unwrap();
        let params = AutocorrelationParams::as_given().with_islands(Islands::Counted);
        let moran = moran_i(&values, &persons, &params).unwrap();
        let simulations = Permutations::new(4999, 1).unwrap();
        let oden = oden_i_pop(
            &cases.map(Some),
            &people.map(Some),
            &weights,
            Some(simulations),
        )
        .unwrap();
        assert!((oden.statistic - moran.statistic).abs() < 1e-12);
        let (ours, theirs) = (oden.randomisation.unwrap(), moran.randomisation.unwrap());
        assert!((ours.expected - theirs.expected).abs() < 1e-14);
        assert!((ours.variance - theirs.variance).abs() < 1e-13);
        let simulation = oden.simulation.unwrap();
        let error = (ours.variance / 4999.0).sqrt();
        assert!((simulation.mean - ours.expected).abs() < 4.0 * error);
        assert!((simulation.variance / ours.variance - 1.0).abs() < 0.15);
    }

    /// The formula as Oden prints it.
    #[test]
    fn it_is_the_published_formula() {
        let (cases, people) = ([2.0, 0.0, 3.0, 1.0], [5.0, 3.0, 4.0, 6.0]);
        let weights = SpatialWeights::from_lists(vec![vec![1, 3], vec![0, 2], vec![1], vec![0]])
            .unwrap()
            .with_self_weight(1.0)
            .unwrap();
        let (n, x) = (6.0, 18.0);
        let b = n / x;
        let w = |i: usize, j: usize| {
            if i == j {
                1.0
            } else {
                weights.weight(i, j).unwrap_or(0.0)
            }
        };
        let (mut products, mut a) = (0.0, 0.0);
        for i in 0..4 {
            for j in 0..4 {
                let gap = |k: usize| cases[k] / n - people[k] / x;
                products += w(i, j) * gap(i) * gap(j);
                a += w(i, j) * people[i] * people[j] / (x * x);
            }
        }
        let s0 = x * x * a - x;
        let published = (n * n * products - n * (1.0 - 2.0 * b) - n * b) / (s0 * b * (1.0 - b));
        let oden = oden_i_pop(&cases.map(Some), &people.map(Some), &weights, None).unwrap();
        assert!((oden.statistic - published).abs() < 1e-14);
    }

    #[test]
    fn as_many_cases_are_drawn_as_there_are() {
        let last_person = [3, 3, 10, 16];
        for count in [1, 7, 8, 9, 15] {
            let mut random = crate::random::stream(1, count as u64);
            let drawn = draw(&mut random, count, &last_person);
            assert_eq!(drawn.iter().sum::<f64>(), count as f64);
            assert!(drawn[0] <= 3.0 && drawn[1] == 0.0 && drawn[2] <= 7.0);
        }
    }

    #[test]
    fn more_cases_than_persons_and_no_cases_are_errors() {
        let weights = SpatialWeights::from_lists(vec![vec![1], vec![0]]).unwrap();
        let run = |cases: [f64; 2]| {
            oden_i_pop(&cases.map(Some), &[Some(9.0); 2], &weights, None).unwrap_err()
        };
        assert!(matches!(
            run([10.0, 0.0]),
            StatsError::Value { unit: 0, .. }
        ));
        assert!(matches!(run([0.0, 0.0]), StatsError::Constant { .. }));
        assert!(matches!(run([0.0, 1.5]), StatsError::Value { unit: 1, .. }));
    }
}
