//! Likelihood ratios of windows, and cheap bounds on them.

/// Log likelihood ratio of a window as a function of its cases and weight.
#[derive(Debug, Clone, Copy)]
pub(super) enum Likelihood {
    /// Weight is the expected number of cases; `cases` is their total.
    /// Kulldorff (1997), *Communications in Statistics: Theory and Methods* 26.
    Poisson { cases: f64 },
    /// Weight is the number of individuals, cases and controls.
    Bernoulli { cases: f64, population: f64 },
}

/// Counts that a window must have for a likelihood ratio above some level L:
/// more than min(base + slope·√L, cap) on the high side, fewer than
/// base − slope·√L on the low side.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bound {
    pub(super) base: f64,
    pub(super) slope: f64,
    pub(super) cap: f64,
}

impl Likelihood {
    /// Number of all cases.
    pub(super) fn cases(self) -> f64 {
        let (Self::Poisson { cases } | Self::Bernoulli { cases, .. }) = self;
        cases
    }

    /// Expected number of cases in a window of this weight.
    pub(super) fn expected(self, weight: f64) -> f64 {
        match self {
            Self::Poisson { .. } => weight,
            Self::Bernoulli { cases, population } => weight * (cases / population),
        }
    }

    /// The log likelihood ratio against the hypothesis of one rate. Never
    /// below zero except for rounding; zero for a window without complement.
    pub(super) fn ratio(self, observed: f64, weight: f64) -> f64 {
        match self {
            Self::Poisson { cases } => {
                let (inside, outside) = (weight, cases - weight);
                if inside <= 0.0 || outside <= 0.0 {
                    return 0.0;
                }
                // ln(1 + d/E) rather than ln(c/E): the leading terms of both
                // sums cancel, and their rounding is then that of the excess
                // d and not that of the counts.
                let excess = observed - inside;
                let rest = cases - observed;
                relative(observed, excess, inside) + relative(rest, -excess, outside)
            }
            Self::Bernoulli { cases, population } => {
                let (inside, outside) = (weight, population - weight);
                let controls = population - cases;
                if inside <= 0.0 || outside <= 0.0 || controls <= 0.0 {
                    return 0.0;
                }
                let share = cases / population;
                let excess = observed - inside * share;
                relative(observed, excess, inside * share)
                    + relative(inside - observed, -excess, inside * (1.0 - share))
                    + relative(cases - observed, -excess, outside * share)
                    + relative(outside - cases + observed, excess, outside * (1.0 - share))
            }
        }
    }

    /// Bound for windows with more cases than expected.
    ///
    /// The Poisson ratio is C·K(p‖q), with p = c/C and q = E/C, where K is
    /// the relative entropy of two coins. Its third derivative in p is
    /// (1−p)⁻² − p⁻², odd about ½ and negative below it, so that for q ≤ ½
    /// and q ≤ p ≤ 1 − q the second-order expansion (p−q)²/(2q(1−q)) lies
    /// above K. Beyond p = 1 − q nothing is claimed: that is the cap. In all
    /// other cases K ≤ (p−q)²/(q(1−q)), the χ² bound, serves; for the
    /// Bernoulli ratio it adds up over both sides of the window.
    pub(super) fn above(self, weight: f64) -> Bound {
        match self {
            Self::Poisson { cases } if weight <= 0.5 * cases => Bound {
                base: weight,
                slope: (2.0 * weight * (1.0 - weight / cases)).max(0.0).sqrt(),
                cap: cases - weight,
            },
            _ => self.below(weight),
        }
    }

    /// Bound for windows with fewer cases than expected.
    pub(super) fn below(self, weight: f64) -> Bound {
        let squared = match self {
            Self::Poisson { cases } => weight * (1.0 - weight / cases),
            Self::Bernoulli { cases, population } => {
                let share = cases / population;
                weight * (population - weight) * share * (1.0 - share) / population
            }
        };
        Bound {
            base: self.expected(weight),
            slope: squared.max(0.0).sqrt(),
            cap: f64::INFINITY,
        }
    }

    /// Rate inside over rate outside, `None` where the rate outside is zero.
    pub(super) fn relative_risk(self, observed: f64, weight: f64) -> Option<f64> {
        let (total, whole) = match self {
            Self::Poisson { cases } => (cases, cases),
            Self::Bernoulli { cases, population } => (cases, population),
        };
        let outside = (total - observed) / (whole - weight);
        (outside > 0.0 && weight > 0.0).then(|| observed / weight / outside)
    }
}

/// n·ln(n/m) for n = m + excess, 0 for n = 0.
fn relative(count: f64, excess: f64, mean: f64) -> f64 {
    if count <= 0.0 {
        0.0
    } else {
        count * (excess / mean).ln_1p()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn written_out(observed: f64, expected: f64, cases: f64) -> f64 {
        let part = |n: f64, m: f64| if n > 0.0 { n * (n / m).ln() } else { 0.0 };
        part(observed, expected) + part(cases - observed, cases - expected)
    }

    proptest! {
        #[test]
        fn poisson_ratio_is_the_definition(
            cases in 1_u32..5000,
            observed in 0.0..1.0f64,
            weight in 0.0001..0.9999f64,
        ) {
            let (cases, weight) = (f64::from(cases), weight * f64::from(cases));
            let observed = (observed * cases).round();
            let ratio = Likelihood::Poisson { cases }.ratio(observed, weight);
            let plain = written_out(observed, weight, cases);
            prop_assert!((ratio - plain).abs() < 1e-9 * (1.0 + plain));
        }

        /// A window within its bound has no ratio above the level.
        #[test]
        fn nothing_is_missed_by_the_bounds(
            cases in 1_u32..400,
            controls in 1_u32..400,
            observed in 0.0..1.0f64,
            weight in 0.001..0.999f64,
        ) {
            let cases = f64::from(cases);
            let population = cases + f64::from(controls);
            let models = [
                (Likelihood::Poisson { cases }, cases),
                (Likelihood::Bernoulli { cases, population }, population),
            ];
            for (model, whole) in models {
                let mut weight = weight * whole;
                let mut observed = (observed * cases).round();
                if whole > cases {
                    weight = weight.round().clamp(1.0, population - 1.0);
                    observed = observed.clamp((weight - population + cases).max(0.0), weight.min(cases));
                }
                let ratio = model.ratio(observed, weight);
                let root = ratio.max(0.0).sqrt() * (1.0 - 1e-9);
                let expected = model.expected(weight);
                if observed > expected + 1e-6 {
                    let bound = model.above(weight);
                    prop_assert!(observed > (bound.base + bound.slope * root).min(bound.cap) - 1e-9);
                }
                if observed < expected - 1e-6 {
                    let bound = model.below(weight);
                    prop_assert!(observed < bound.base - bound.slope * root + 1e-9);
                }
            }
        }
    }

    #[test]
    fn bernoulli_ratio_is_the_definition() {
        // Kulldorff & Nagarwalla (1995): L = p^c (1-p)^(n-c) q^(C-c) (1-q)^(...)
        let model = Likelihood::Bernoulli {
            cases: 40.0,
            population: 200.0,
        };
        let likelihood = |c: f64, n: f64| c * (c / n).ln() + (n - c) * ((n - c) / n).ln();
        let expected = likelihood(15.0, 30.0) + likelihood(25.0, 170.0) - likelihood(40.0, 200.0);
        assert!((model.ratio(15.0, 30.0) - expected).abs() < 1e-12);
        assert_eq!(model.relative_risk(15.0, 30.0), Some(0.5 / (25.0 / 170.0)));
    }

    #[test]
    fn large_counts_keep_the_digits_of_a_small_excess() {
        let model = Likelihood::Poisson { cases: 1e12 };
        let ratio = model.ratio(1e11 + 1e6, 1e11);
        let expansion = 1e12 / (2.0 * 1e11 * (1.0 - 0.1));
        assert!((ratio - expansion).abs() < 1e-4 * expansion);
    }
}
