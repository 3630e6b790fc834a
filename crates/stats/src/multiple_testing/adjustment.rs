//! Adjusted p-values and thresholds.

use super::is_probability;

/// Method of adjustment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Adjustment {
    /// Benjamini & Hochberg (1995), *JRSS B* 57: false discovery rate under
    /// independence or positive dependence, which neighbourhoods have.
    BenjaminiHochberg,
    /// Benjamini & Yekutieli (2001), *Annals of Statistics* 29: false
    /// discovery rate under any dependence.
    BenjaminiYekutieli,
    /// Bonferroni: chance of any false discovery.
    Bonferroni,
}

/// Adjusted p-values, each at most 1 and in the order of the input. Undefined
/// ones stay undefined and do not count as tests; so does what is no
/// probability (NaN, below 0, above 1).
///
/// Step-up (BH, BY): with the m p-values sorted upward, q₍ᵢ₎ = min over j ≥ i
/// of p₍ⱼ₎·m·c/j, where c is 1 for BH and Σ 1/i for BY.
#[must_use]
pub fn adjust(p_values: &[Option<f64>], adjustment: Adjustment) -> Vec<Option<f64>> {
    let mut order: Vec<(usize, f64)> = p_values
        .iter()
        .enumerate()
        .filter_map(|(index, p)| Some((index, p.filter(is_probability)?)))
        .collect();
    order.sort_by(|a, b| a.1.total_cmp(&b.1).then(a.0.cmp(&b.0)));
    let tests = order.len() as f64;
    let factor = match adjustment {
        Adjustment::BenjaminiHochberg | Adjustment::Bonferroni => 1.0,
        Adjustment::BenjaminiYekutieli => (1..=order.len()).map(|i| 1.0 / i as f64).sum(),
    };
    let mut adjusted = vec![None; p_values.len()];
    let mut least = 1.0_f64;
    for (rank, (index, p)) in order.into_iter().enumerate().rev() {
        let q = match adjustment {
            Adjustment::Bonferroni => (p * tests).min(1.0),
            _ => {
                least = least.min(p * tests * factor / (rank + 1) as f64);
                least
            }
        };
        adjusted[index] = Some(q);
    }
    adjusted
}

/// The p-value below which discoveries keep their false share at `level`:
/// the largest level·i/m that exceeds the i-th smallest of m p-values, and
/// level/m (Bonferroni) if none does. `fdr` of esda; Castro & Singer (2006),
/// *Geographical Analysis* 38. GeoDa stops at the first p-value that is too
/// large instead of the last that is small enough, which can only be lower.
///
/// Undefined p-values do not count as tests, as in [`adjust`]; packages count
/// islands. `None` without any test, and for a level that does not lie between
/// 0 and 1. O(m log m).
#[must_use]
pub fn discovery_threshold(p_values: &[Option<f64>], level: f64) -> Option<f64> {
    if !(level > 0.0 && level < 1.0) {
        return None;
    }
    let mut sorted: Vec<f64> = p_values.iter().flatten().copied().collect();
    sorted.retain(is_probability);
    sorted.sort_by(f64::total_cmp);
    let tests = sorted.len() as f64;
    let step = |rank: usize| (rank + 1) as f64 * level / tests;
    let last = (0..sorted.len()).rfind(|rank| sorted[*rank] < step(*rank));
    (!sorted.is_empty()).then(|| step(last.unwrap_or(0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The fifteen p-values of Benjamini & Hochberg (1995), section 4: at 5 %
    /// the procedure rejects four hypotheses and Bonferroni three.
    #[test]
    fn the_worked_example_of_1995_rejects_four() {
        let p = [
            0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262,
            0.5719, 0.6528, 0.7590, 1.0,
        ];
        let p: Vec<_> = p.into_iter().map(Some).collect();
        let rejected = |adjustment| {
            adjust(&p, adjustment)
                .into_iter()
                .flatten()
                .filter(|q| *q <= 0.05)
                .count()
        };
        assert_eq!(rejected(Adjustment::BenjaminiHochberg), 4);
        assert_eq!(rejected(Adjustment::Bonferroni), 3);
        assert!(rejected(Adjustment::BenjaminiYekutieli) <= 4);
    }

    #[test]
    fn undefined_tests_are_not_counted() {
        let q = adjust(
            &[Some(0.04), None, Some(0.02)],
            Adjustment::BenjaminiHochberg,
        );
        assert_eq!(q, [Some(0.04), None, Some(0.04)]);
    }

    #[test]
    fn what_is_no_probability_is_no_test() {
        let p = [
            Some(0.04),
            Some(f64::NAN),
            Some(-0.5),
            Some(1.5),
            Some(0.02),
        ];
        for adjustment in [
            Adjustment::BenjaminiHochberg,
            Adjustment::BenjaminiYekutieli,
            Adjustment::Bonferroni,
        ] {
            let alone = adjust(&[Some(0.04), Some(0.02)], adjustment);
            let q = adjust(&p, adjustment);
            assert_eq!(q, [alone[0], None, None, None, alone[1]]);
        }
        let alone = discovery_threshold(&[Some(0.04), Some(0.02)], 0.05);
        assert_eq!(discovery_threshold(&p, 0.05), alone);
        for level in [f64::NAN, f64::INFINITY, -0.05, 0.0, 1.0] {
            assert_eq!(discovery_threshold(&p, level), None, "{level}");
        }
    }

    #[test]
    fn the_threshold_separates_what_the_adjustment_rejects() {
        let p: Vec<_> = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.5, 0.9]
            .into_iter()
            .map(Some)
            .collect();
        let threshold = discovery_threshold(&p, 0.05).unwrap();
        let q = adjust(&p, Adjustment::BenjaminiHochberg);
        for (p, q) in p.iter().zip(&q) {
            assert_eq!(p.unwrap() < threshold, q.unwrap() < 0.05);
        }
        assert_eq!(discovery_threshold(&[Some(0.9), None], 0.05), Some(0.05));
        assert_eq!(discovery_threshold(&[None], 0.05), None);
    }
}
