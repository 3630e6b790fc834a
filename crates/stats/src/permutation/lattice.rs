//! Values as whole numbers, so that sums do not depend on their order.

/// Values in whole multiples of a small step from an origin.
///
/// Where all values are decimals of at most 15 places (counts, survey
/// percentages, anything read from a table with few digits), the step is that
/// decimal place: sums that are equal on paper are equal here. Otherwise it
/// is a power of two, so small that the largest distance from the mean takes
/// 61 − log₂(k + 1) bits; that is finer than the values' own rounding, and
/// sums of the same values are equal in whatever order they are added.
pub(super) struct Lattice {
    pub(super) steps: Vec<i64>,
    /// Steps for a distance of 1 between values.
    pub(super) scale: f64,
    /// Value at step 0.
    pub(super) origin: f64,
    /// Whether the steps are the values without any rounding.
    pub(super) exact: bool,
}

impl Lattice {
    /// Whole numbers of which any `terms` can be added within 63 bits.
    /// O(n), times the number of decimal places tried.
    pub(super) fn new(values: &[f64], mean: f64, terms: usize) -> Self {
        decimal(values, mean, terms).unwrap_or_else(|| binary(values, mean, terms))
    }

    /// Largest distance from the origin, in steps.
    pub(super) fn reach(&self) -> f64 {
        self.steps
            .iter()
            .fold(0_u64, |most, step| most.max(step.unsigned_abs())) as f64
    }
}

/// Above this not every whole number is a floating-point number.
const WHOLE: f64 = 9_007_199_254_740_992.0;
const ROOM: f64 = 2_305_843_009_213_693_952.0;

fn decimal(values: &[f64], mean: f64, terms: usize) -> Option<Lattice> {
    let scale = (0..=15).map(|places| 10_f64.powi(places)).find(|scale| {
        values.iter().all(|x| {
            let step = (x * scale).round();
            // Both are whole and exact, so that the quotient is the number
            // nearest to the decimal: if it is x, then x was that decimal.
            step.abs() < WHOLE && step / scale == *x
        })
    })?;
    let middle = (mean * scale).round();
    let steps: Vec<i64> = values
        .iter()
        .map(|x| ((x * scale).round() - middle) as i64)
        .collect();
    let lattice = Lattice {
        steps,
        scale,
        origin: middle / scale,
        exact: true,
    };
    (lattice.reach() * terms as f64 <= ROOM).then_some(lattice)
}

fn binary(values: &[f64], mean: f64, terms: usize) -> Lattice {
    let reach = values
        .iter()
        .fold(0.0_f64, |most, x| most.max((x - mean).abs()));
    // The clamp keeps the power finite where the values are subnormal.
    let bits = (ROOM / (terms.max(1) as f64 * reach.max(f64::MIN_POSITIVE)))
        .log2()
        .floor()
        .clamp(-1000.0, 1000.0);
    let scale = bits.exp2();
    Lattice {
        steps: values
            .iter()
            .map(|x| ((x - mean) * scale).round() as i64)
            .collect(),
        scale,
        origin: mean,
        exact: false,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn decimals_that_add_up_on_paper_add_up_here() {
        let values = [0.1, 0.2, 0.3, 0.7];
        assert_ne!(values[0] + values[1], values[2]);
        let lattice = Lattice::new(&values, 0.325, 7);
        assert!(lattice.exact);
        assert_eq!(lattice.scale, 10.0);
        // Each step is counted from the origin, so that two terms on the left
        // stand against two on the right.
        let zero = -(lattice.origin * lattice.scale).round() as i64;
        assert_eq!(lattice.steps[0] + lattice.steps[1], lattice.steps[2] + zero);
    }

    proptest! {
        #[test]
        fn steps_give_the_values_back(
            values in prop::collection::vec(-1e12..1e12f64, 3..40),
            terms in 1..100_000usize,
        ) {
            let mean = values.iter().sum::<f64>() / values.len() as f64;
            let lattice = Lattice::new(&values, mean, terms);
            for (x, step) in values.iter().zip(&lattice.steps) {
                let back = lattice.origin + *step as f64 / lattice.scale;
                prop_assert!((back - x).abs() <= 1e-12 * 1e12 + 2.0 / lattice.scale);
            }
            prop_assert!(lattice.reach() * terms as f64 <= ROOM * 1.01);
        }
    }

    #[test]
    fn large_and_tiny_values_fit() {
        for scale in [1e300, 1e-300, 5e-324, 1e17] {
            let values = [scale, 2.0 * scale, 4.0 * scale];
            let lattice = Lattice::new(&values, 2.0 * scale, 50);
            assert!(lattice.scale.is_finite());
        }
    }
}
