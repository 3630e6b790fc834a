//! Composite scores.

use safeground_stats::composite::{
    Aggregation, Belief, CompositeChoices, CompositeModel, CompositeParams, Direction, Divisor,
    FirstOrder, IndicatorBeliefs, LeftOutIndicator, MissingParts, NormaliseParams,
    RankDistributionParams, Scaling, ScoreParams, ScoreUnit, SobolParams, Transformation,
    WeightSpread, Weighting, composite_index, composite_sensitivity, correlations, cronbach_alpha,
    hotspot_scores, indicator_weights, normalise, rank_distributions, sobol_indices,
};
use safeground_stats::rates::GammaPosterior;

use super::faults::Faults;
use super::inputs::{SIZES, columns, constants, graphs};

fn scalings() -> Vec<Scaling> {
    vec![
        Scaling::ZScore {
            divisor: Divisor::Sample,
        },
        Scaling::ZScore {
            divisor: Divisor::Population,
        },
        Scaling::MinMax,
        Scaling::PercentileRank,
        Scaling::DistanceToTarget { target: 2.0 },
        Scaling::DistanceToTarget { target: 1e-300 },
        Scaling::Goalposts {
            low: 0.0,
            high: 10.0,
        },
    ]
}

fn parameters() -> Vec<CompositeParams> {
    let missing = [
        MissingParts::Undefined,
        MissingParts::Reweighted { least_share: 0.3 },
    ];
    [Aggregation::Linear, Aggregation::Geometric { floor: 1e-6 }]
        .into_iter()
        .flat_map(|aggregation| {
            missing.map(|missing| CompositeParams::new(aggregation, missing).unwrap())
        })
        .collect()
}

#[test]
fn indicators_and_their_sums_stay_sane() {
    let mut faults = Faults::default();
    for n in SIZES {
        for (first, x) in columns(n) {
            let call = |name: &str| format!("{name} of {n} {first}");
            for scaling in scalings() {
                for transformation in [
                    Transformation::None,
                    Transformation::Log,
                    Transformation::LogOfOnePlus,
                ] {
                    for direction in [Direction::Raises, Direction::Lowers] {
                        faults.sane(&(call("normalise") + &format!(" by {scaling:?}")), || {
                            normalise(
                                &x,
                                &NormaliseParams::new(transformation, scaling, direction)?,
                            )
                        });
                    }
                }
            }
            for (second, y) in columns(n) {
                let pair = [x.clone(), y];
                let call = |name: &str| format!("{name} of {n} {first}, {second}");
                faults.sane(&call("correlations"), || correlations(&pair));
                faults.sane(&call("cronbach_alpha"), || cronbach_alpha(&pair));
                for weighting in [
                    Weighting::Equal,
                    Weighting::Given(vec![0.0, 1.0]),
                    Weighting::Entropy,
                    Weighting::PrincipalComponent,
                    Weighting::InverseCovariance,
                ] {
                    faults.sane(
                        &(call("indicator_weights") + &format!(" by {weighting:?}")),
                        || indicator_weights(&pair, &weighting),
                    );
                }
                for params in parameters() {
                    for weights in [[0.5, 0.5], [1e300, 1e300], [1e-300, 0.0]] {
                        faults.sane(&call("composite_index"), || {
                            composite_index(&pair, &weights, &params)
                        });
                    }
                }
            }
        }
    }
    for weights in [
        vec![],
        vec![1.0],
        vec![0.0, 0.0],
        vec![f64::NAN, 1.0],
        vec![f64::INFINITY, 1.0],
        vec![-1.0, 2.0],
    ] {
        let pair = [vec![Some(1.0); 3], vec![Some(2.0); 3]];
        faults.refused("Given", || {
            indicator_weights(&pair, &Weighting::Given(weights.clone()))
        });
        faults.refused("composite_index", || {
            composite_index(&pair, &weights, &parameters()[0])
        });
    }
    faults.sane("no indicators", || correlations(&[]));
    faults.refused("no indicators", || cronbach_alpha(&[]));
    faults.refused("no indicators", || {
        indicator_weights(&[], &Weighting::Equal)
    });
    faults.none();
}

#[test]
fn constant_indicators_have_no_place_on_a_scale_of_their_own() {
    let mut faults = Faults::default();
    for n in SIZES {
        for (column, x) in constants(n) {
            for scaling in [scalings()[0], scalings()[1], Scaling::MinMax] {
                faults.undefined(&format!("normalise of {n} {column} by {scaling:?}"), || {
                    let params =
                        NormaliseParams::new(Transformation::None, scaling, Direction::Raises)?;
                    normalise(&x, &params)
                });
            }
        }
    }
    faults.none();
}

fn beliefs(n: usize) -> Vec<(&'static str, Vec<Option<Belief>>)> {
    let mut all: Vec<(&str, Vec<Option<Belief>>)> = columns(n)
        .into_iter()
        .map(|(name, x)| (name, x.into_iter().map(|x| x.map(Belief::Fixed)).collect()))
        .collect();
    for (name, mean, standard_error) in [
        ("no error", 1.0, f64::NAN),
        ("error below zero", 1.0, -1.0),
        ("error without end", 1.0, f64::INFINITY),
        ("error beyond squares", 1.0, 1e300),
        ("no mean", f64::NAN, 1.0),
    ] {
        all.push((
            name,
            vec![
                Some(Belief::Normal {
                    mean,
                    standard_error
                });
                n
            ],
        ));
    }
    for (name, shape, rate) in [
        ("no shape", f64::NAN, 1.0),
        ("shape of zero", 0.0, 1.0),
        ("rate of zero", 1.0, 0.0),
        ("tiny shape", 1e-300, 1e-300),
        ("huge shape", 1e300, 1e300),
    ] {
        all.push((
            name,
            vec![Some(Belief::Gamma(GammaPosterior { shape, rate })); n],
        ));
    }
    all
}

#[test]
fn scores_stay_sane() {
    let mut faults = Faults::default();
    for n in SIZES {
        for (name, beliefs) in beliefs(n) {
            for (graph, weights) in graphs(n) {
                for ranked in [false, true] {
                    let units: Vec<_> = beliefs
                        .iter()
                        .map(|belief| belief.map(|belief| ScoreUnit { belief, ranked }))
                        .collect();
                    for burden in [0.0, 0.5, 1.0] {
                        let call = format!("hotspot_scores of {n} {name} on {graph}");
                        faults.sane(&call, || {
                            hotspot_scores(&units, &weights, &ScoreParams::new(burden, 19, 1)?)
                        });
                    }
                }
            }
        }
    }
    for odd in [f64::NAN, -0.1, 1.1, f64::INFINITY] {
        faults.refused("ScoreParams", || ScoreParams::new(odd, 19, 1));
    }
    faults.none();
}

#[test]
fn ranks_and_sensitivities_stay_sane() {
    let mut faults = Faults::default();
    for n in SIZES {
        for (first, a) in beliefs(n) {
            for (second, b) in beliefs(n) {
                for scaling in scalings() {
                    let model = || {
                        let normalise =
                            NormaliseParams::new(Transformation::None, scaling, Direction::Raises)?;
                        let indicators = [&a, &b]
                            .map(|values| IndicatorBeliefs {
                                values: values.clone(),
                                normalise,
                            })
                            .to_vec();
                        CompositeModel::new(indicators, &[1.0, 2.0], parameters()[1])
                    };
                    let call =
                        |name: &str| format!("{name} of {n} {first}, {second} by {scaling:?}");
                    for spread in [
                        WeightSpread::Fixed,
                        WeightSpread::Dirichlet {
                            concentration: 1e-3,
                        },
                    ] {
                        for top in [1, usize::MAX] {
                            faults.sane(&call("rank_distributions"), || {
                                let params = RankDistributionParams::new(spread, 9, top, 1)?;
                                rank_distributions(&model()?, &params)
                            });
                        }
                    }
                }
                faults.sane(
                    &format!("composite_sensitivity of {n} {first}, {second}"),
                    || {
                        let normalise = NormaliseParams::new(
                            Transformation::None,
                            scalings()[0],
                            Direction::Raises,
                        )?;
                        let indicators = [&a, &b]
                            .map(|values| IndicatorBeliefs {
                                values: values.clone(),
                                normalise,
                            })
                            .to_vec();
                        let model = CompositeModel::new(indicators, &[1.0, 2.0], parameters()[1])?;
                        let choices = CompositeChoices {
                            scalings: vec![Scaling::MinMax, scalings()[0]],
                            weights: WeightSpread::Dirichlet { concentration: 5.0 },
                            aggregations: vec![Aggregation::Linear],
                            left_out: LeftOutIndicator::AnyOne,
                        };
                        composite_sensitivity(
                            &model,
                            &choices,
                            &SobolParams::new(8, FirstOrder::Jansen, 1)?,
                        )
                    },
                );
            }
        }
    }
    for concentration in [f64::NAN, 0.0, -1.0, f64::INFINITY] {
        faults.refused("Dirichlet", || {
            RankDistributionParams::new(WeightSpread::Dirichlet { concentration }, 9, 1, 1)
        });
    }
    faults.none();
}

#[test]
fn sensitivities_of_odd_functions_stay_sane() {
    let mut faults = Faults::default();
    for first_order in [FirstOrder::Saltelli, FirstOrder::Jansen] {
        for value in [0.0, 7.0, f64::NAN, f64::INFINITY, 1e300] {
            for factors in [0, 1, 3] {
                faults.sane(
                    &format!("sobol_indices of {value}, {factors} factors"),
                    || {
                        let params = SobolParams::new(16, first_order, 1)?;
                        sobol_indices(
                            factors,
                            &params,
                            |at, _| at as f64,
                            |x: &[f64]| Ok(vec![value * (1.0 + x.iter().sum::<f64>())]),
                        )
                    },
                );
            }
        }
        for many in [0, 10_000_001, usize::MAX] {
            faults.refused("SobolParams", || SobolParams::new(many, first_order, 1));
        }
        faults.refused("factors", || {
            let params = SobolParams::new(16, first_order, 1)?;
            sobol_indices(
                usize::MAX,
                &params,
                |at, _| at as f64,
                |_: &[f64]| Ok(vec![1.0]),
            )
        });
    }
    faults.none();
}
