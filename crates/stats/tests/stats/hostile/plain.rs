//! What all families share.

use safeground_stats::evidence::{CountEvidence, discrete_laplace_variance};
use safeground_stats::multiple_testing::{
    Adjustment, NullShare, QValueParams, adjust, discovery_threshold, q_values,
};
use safeground_stats::significance::{Alternative, Tails};

use super::faults::Faults;
use super::inputs::{SIZES, columns};

const ODD: [f64; 8] = [
    f64::NAN,
    f64::INFINITY,
    f64::NEG_INFINITY,
    -1.0,
    -0.0,
    0.5,
    1.0,
    1.5,
];

#[test]
fn adjusted_p_values_stay_probabilities() {
    let mut faults = Faults::default();
    for n in SIZES {
        for (column, p) in columns(n) {
            for adjustment in [
                Adjustment::BenjaminiHochberg,
                Adjustment::BenjaminiYekutieli,
                Adjustment::Bonferroni,
            ] {
                let adjusted = adjust(&p, adjustment);
                assert!(
                    adjusted.iter().flatten().all(|q| (0.0..=1.0).contains(q)),
                    "{column}: {adjusted:?}"
                );
            }
            for lambda in [0.0, 0.5, 1.0_f64.next_down()] {
                for null_share in [
                    NullShare::Fixed { lambda },
                    NullShare::Cautious { lambda },
                    NullShare::Bootstrap,
                ] {
                    let found = q_values(&p, &QValueParams::new(null_share).unwrap());
                    let Some(found) = found else { continue };
                    assert!(
                        found.q.iter().flatten().all(|q| (0.0..=1.0).contains(q))
                            && (0.0..=1.0).contains(&found.null_share),
                        "{column}: {found:?}"
                    );
                }
            }
            for level in ODD {
                let threshold = discovery_threshold(&p, level);
                assert!(
                    threshold.is_none_or(|t| (0.0..=1.0).contains(&t)),
                    "{column} at {level}: {threshold:?}"
                );
            }
        }
    }
    for level in [f64::NAN, f64::INFINITY, -0.05, 0.0, 1.5] {
        faults.undefined("discovery_threshold", || {
            discovery_threshold(&[Some(0.01)], level)
        });
    }
    faults.none();
}

#[test]
fn pseudo_p_values_stay_probabilities() {
    let mut faults = Faults::default();
    for n in SIZES {
        for (column, reference) in columns(n) {
            let reference: Vec<f64> = reference.into_iter().flatten().collect();
            for observed in ODD {
                for alternative in [
                    Alternative::Greater,
                    Alternative::Less,
                    Alternative::TwoSided,
                    Alternative::Directed,
                    Alternative::Folded,
                ] {
                    let call = format!("Tails of {observed} among {n} {column}");
                    faults.sane(&call, || {
                        let p = Tails::of(observed, &reference).p(alternative);
                        assert!((0.0..=1.0).contains(&p));
                    });
                }
            }
        }
    }
    faults.none();
}

#[test]
fn evidence_of_anything_has_a_midpoint() {
    let mut faults = Faults::default();
    for (low, high) in [(0, 0), (0, u64::MAX), (u64::MAX, u64::MAX), (9, 3)] {
        for evidence in [
            CountEvidence::Exact(high),
            CountEvidence::Band { low, high },
        ] {
            faults.sane("CountEvidence", || {
                (
                    evidence.midpoint(),
                    evidence.bounds(),
                    evidence.value_and_variance(),
                )
            });
        }
    }
    for epsilon in [f64::NAN, f64::INFINITY, 0.0, -1.0] {
        faults.refused("discrete_laplace_variance", || {
            discrete_laplace_variance(epsilon, 1.0)
        });
        faults.refused("discrete_laplace_variance", || {
            discrete_laplace_variance(1.0, epsilon)
        });
    }
    for (epsilon, sensitivity) in [
        (1e-300, 1e300),
        (1e300, 1e-300),
        (1e-300, 1.0),
        (800.0, 1.0),
    ] {
        let call = format!("discrete_laplace_variance of {epsilon}, {sensitivity}");
        faults.sane(&call, || {
            let variance = discrete_laplace_variance(epsilon, sensitivity);
            assert!(variance.as_ref().is_ok_and(|v| v.is_finite()) || variance.is_err());
        });
    }
    faults.none();
}
