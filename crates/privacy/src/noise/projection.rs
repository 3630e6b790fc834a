//! Consistency where layers overlap: relations that form no forest.

use super::{Estimate, NoiseError};

/// A node that is the sum of others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Relation {
    /// The sum.
    pub whole: usize,
    /// Its parts, without repeats.
    pub parts: Vec<usize>,
}

/// The non-negative point nearest to the estimates, in their variances, that
/// satisfies every relation.
///
/// For partitions of one whole by several layers (a state by its districts and
/// by its cells), where [`super::least_squares`] does not apply. Dykstra's
/// alternating projections (Boyle & Dykstra 1986), in the metric Σ (u − x)²/v:
/// 1. project on one relation: with miss d = whole − Σ parts and V the sum of
///    all its variances, the whole moves by −d·v/V and each part by +d·v/V;
/// 2. project on u ≥ 0, remembering what was cut and giving it back before the
///    next cut, without which the limit would not be the nearest point;
/// 3. until no relation misses by more than `tolerance`, and no value moved by
///    more in a round.
///
/// The values stay real: with overlapping partitions integers that satisfy
/// every relation within one of these values need not exist (controlled
/// rounding is sure for two-way tables only). The result depends on the order
/// of the relations within `tolerance`. O(rounds × size of the relations).
///
/// # Errors
/// [`NoiseError::Node`] for a node that is not there, repeated in a relation,
/// or without a positive finite variance; [`NoiseError::NotSettled`] after
/// `rounds` rounds.
pub fn project(
    estimates: &[Estimate],
    relations: &[Relation],
    rounds: u32,
    tolerance: f64,
) -> Result<Vec<f64>, NoiseError> {
    check(estimates, relations)?;
    let mut values: Vec<f64> = estimates.iter().map(|e| e.value).collect();
    let mut cut = vec![0.0; values.len()];
    let miss = |values: &[f64], relation: &Relation| {
        let parts: f64 = relation.parts.iter().map(|part| values[*part]).sum();
        values[relation.whole] - parts
    };
    for _ in 0..rounds {
        let before = values.clone();
        for relation in relations {
            let members = || relation.parts.iter().chain([&relation.whole]);
            let total: f64 = members().map(|node| estimates[*node].variance).sum();
            let step = miss(&values, relation) / total;
            values[relation.whole] -= step * estimates[relation.whole].variance;
            for part in &relation.parts {
                values[*part] += step * estimates[*part].variance;
            }
        }
        for (value, cut) in values.iter_mut().zip(&mut cut) {
            let given_back = *value + *cut;
            *value = given_back.max(0.0);
            *cut = given_back - *value;
        }
        let moved = values
            .iter()
            .zip(&before)
            .any(|(a, b)| (a - b).abs() > tolerance);
        let misses = relations.iter().any(|r| miss(&values, r).abs() > tolerance);
        if !moved && !misses {
            return Ok(values);
        }
    }
    Err(NoiseError::NotSettled(rounds))
}

fn check(estimates: &[Estimate], relations: &[Relation]) -> Result<(), NoiseError> {
    let sound = |e: &Estimate| e.value.is_finite() && e.variance.is_finite() && e.variance > 0.0;
    if let Some(node) = estimates.iter().position(|e| !sound(e)) {
        return Err(NoiseError::Node(node));
    }
    for relation in relations {
        let mut members: Vec<usize> = relation.parts.clone();
        members.push(relation.whole);
        members.sort_unstable();
        let repeated = members.windows(2).find(|pair| pair[0] == pair[1]);
        let outside = members.last().filter(|node| **node >= estimates.len());
        if let Some(node) = repeated.map(|pair| pair[0]).or(outside.copied()) {
            return Err(NoiseError::Node(node));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::noise::{Forest, least_squares};

    fn estimates(of: &[(f64, f64)]) -> Vec<Estimate> {
        of.iter()
            .map(|(value, variance)| Estimate {
                value: *value,
                variance: *variance,
            })
            .collect()
    }

    fn relation(whole: usize, parts: &[usize]) -> Relation {
        Relation {
            whole,
            parts: parts.to_vec(),
        }
    }

    #[test]
    fn on_a_tree_it_agrees_with_least_squares() {
        let given = estimates(&[
            (100.0, 5.0),
            (40.0, 2.0),
            (52.0, 3.0),
            (17.0, 1.0),
            (26.0, 1.0),
        ]);
        let relations = [relation(0, &[1, 2]), relation(1, &[3, 4])];
        let projected = project(&given, &relations, 1000, 1e-10).unwrap();
        let forest = Forest::new(&[None, Some(0), Some(0), Some(1), Some(1)]).unwrap();
        let measured: Vec<_> = given.iter().copied().map(Some).collect();
        for (a, b) in projected
            .iter()
            .zip(least_squares(&forest, &measured).unwrap())
        {
            assert!((a - b.value).abs() < 1e-7, "{a} {b:?}");
        }
    }

    #[test]
    fn districts_and_cells_of_one_state_agree() {
        // 0 the state; 1 and 2 its districts; 3, 4 and 5 its cells.
        let given = estimates(&[
            (30.0, 9.0),
            (25.0, 2.0),
            (-3.0, 2.0),
            (18.0, 4.0),
            (-6.0, 4.0),
            (9.0, 4.0),
        ]);
        let relations = [relation(0, &[1, 2]), relation(0, &[3, 4, 5])];
        let values = project(&given, &relations, 10_000, 1e-9).unwrap();
        assert!(values.iter().all(|v| *v >= 0.0));
        assert!((values[0] - values[1] - values[2]).abs() < 1e-8);
        assert!((values[0] - values[3] - values[4] - values[5]).abs() < 1e-8);
        // By hand: the cut ones are zero, so the state x = district 1, and
        // cells share x: minimise (x−30)²/9 + (x−25)²/2 + (x−27)²/8.
        let expected = (30.0 / 9.0 + 25.0 / 2.0 + 27.0 / 8.0) / (1.0 / 9.0 + 1.0 / 2.0 + 1.0 / 8.0);
        assert!(
            (values[0] - expected).abs() < 1e-6,
            "{} {expected}",
            values[0]
        );
    }

    #[test]
    fn it_says_when_it_has_not_settled() {
        let given = estimates(&[(30.0, 9.0), (25.0, 2.0), (-3.0, 2.0)]);
        let relations = [relation(0, &[1, 2])];
        assert_eq!(
            project(&given, &relations, 1, 1e-12),
            Err(NoiseError::NotSettled(1))
        );
        assert!(project(&given, &[relation(0, &[1, 1])], 9, 1e-9).is_err());
        assert!(project(&given, &[relation(0, &[7])], 9, 1e-9).is_err());
    }
}
