//! Control of false discoveries over many tests.

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
/// ones stay undefined and do not count as tests.
///
/// Step-up (BH, BY): with the m p-values sorted upward, q₍ᵢ₎ = min over j ≥ i
/// of p₍ⱼ₎·m·c/j, where c is 1 for BH and Σ 1/i for BY.
#[must_use]
pub fn adjust(p_values: &[Option<f64>], adjustment: Adjustment) -> Vec<Option<f64>> {
    let mut order: Vec<(usize, f64)> = p_values
        .iter()
        .enumerate()
        .filter_map(|(index, p)| p.filter(|p| !p.is_nan()).map(|p| (index, p)))
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
}
