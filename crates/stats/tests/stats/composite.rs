//! Composite indices against published values, naive twins and calibration.

use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution as _, Gamma, StandardNormal};
use safeground_stats::StatsError;
use safeground_stats::composite::*;

use crate::threads::on_any_threads;

fn minmax(direction: Direction) -> NormaliseParams {
    NormaliseParams::new(Transformation::None, Scaling::MinMax, direction).unwrap()
}

fn linear() -> CompositeParams {
    CompositeParams::new(Aggregation::Linear, MissingParts::Undefined).unwrap()
}

/// 30 units with three indicators, the second of them opposed.
fn table() -> Vec<Vec<f64>> {
    let mut random = ChaCha8Rng::seed_from_u64(17);
    let base: Vec<f64> = (0..30).map(|_| random.random()).collect();
    (0..3)
        .map(|j| {
            base.iter()
                .map(|base| {
                    let value = base + 0.6 * random.random::<f64>();
                    if j == 1 { 5.0 - value } else { value }
                })
                .collect()
        })
        .collect()
}

fn model(beliefs: impl Fn(f64) -> Belief) -> CompositeModel {
    let indicators = table()
        .into_iter()
        .enumerate()
        .map(|(j, values)| IndicatorBeliefs {
            values: values
                .into_iter()
                .map(|value| Some(beliefs(value)))
                .collect(),
            normalise: minmax(if j == 1 {
                Direction::Lowers
            } else {
                Direction::Raises
            }),
        })
        .collect();
    CompositeModel::new(indicators, &[2.0, 1.0, 1.0], linear()).unwrap()
}

/// Scaling, direction, weights and sum, worked out by hand for three units.
#[test]
fn an_index_is_put_together_step_by_step() {
    let raw = [
        vec![Some(10.0), Some(30.0), Some(50.0)],
        vec![Some(8.0), Some(2.0), Some(4.0)],
    ];
    let columns = vec![
        normalise(&raw[0], &minmax(Direction::Raises)).unwrap(),
        normalise(&raw[1], &minmax(Direction::Lowers)).unwrap(),
    ];
    let weights = indicator_weights(&columns, &Weighting::Given(vec![3.0, 1.0])).unwrap();
    assert_eq!(weights, [0.75, 0.25]);
    let index = composite_index(&columns, &weights, &linear()).unwrap();
    let score = |unit: usize| index[unit].as_ref().unwrap();
    assert_eq!((score(0).score, score(0).rank), (0.0, 3));
    assert!((score(1).score - (0.75 * 0.5 + 0.25)).abs() < 1e-15);
    assert!((score(2).score - (0.75 + 0.25 * 2.0 / 3.0)).abs() < 1e-15);
    let parts: Vec<f64> = score(2)
        .parts
        .iter()
        .flatten()
        .map(|part| part.contribution)
        .collect();
    assert!((parts[0] - 0.75).abs() < 1e-15 && (parts[1] - 1.0 / 6.0).abs() < 1e-15);
}

/// Ishigami function with a = 7, b = 0.1: the analytic indices of Ishigami &
/// Homma (1990); Saltelli et al. (2008), *Global Sensitivity Analysis*, §4.
#[test]
fn sobol_indices_of_the_ishigami_function_are_the_analytic_ones() {
    let pi = std::f64::consts::PI;
    let variance = 49.0 / 8.0 + 0.1 * pi.powi(4) / 5.0 + 0.01 * pi.powi(8) / 18.0 + 0.5;
    let v1 = 0.5 * (1.0 + 0.1 * pi.powi(4) / 5.0).powi(2);
    let v13 = 0.01 * pi.powi(8) * (1.0 / 18.0 - 1.0 / 50.0);
    let first = [v1 / variance, 49.0 / 8.0 / variance, 0.0];
    let total = [(v1 + v13) / variance, 49.0 / 8.0 / variance, v13 / variance];
    for estimator in [FirstOrder::Saltelli, FirstOrder::Jansen] {
        let params = SobolParams::new(8192, estimator, 3).unwrap();
        let result = sobol_indices(
            3,
            &params,
            |_, random| (random.random::<f64>() * 2.0 - 1.0) * pi,
            |x| {
                let y = x[0].sin() + 7.0 * x[1].sin().powi(2) + 0.1 * x[2].powi(4) * x[0].sin();
                // The offset must not matter.
                Ok(vec![y, y * 1e3 - 1e6, 4.0])
            },
        )
        .unwrap();
        assert!(result[2].is_none(), "a constant output has no sensitivity");
        let indices = result[0].as_ref().unwrap();
        let moved = result[1].as_ref().unwrap();
        for factor in 0..3 {
            let (index, moved) = (indices[factor], moved[factor]);
            assert!(
                (index.first_order - first[factor]).abs() < 4.0 * index.first_order_error + 1e-9
            );
            assert!((index.total - total[factor]).abs() < 4.0 * index.total_error + 1e-9);
            assert!(index.first_order_error < 0.04 && index.total_error < 0.04);
            assert!((index.total - moved.total).abs() < 1e-6);
            assert!((index.first_order - moved.first_order).abs() < 1e-6);
        }
    }
}

/// The bootstrap error is the spread of the estimate over independent runs.
#[test]
fn sobol_standard_errors_are_calibrated() {
    let (mut inside, runs) = (0, 120);
    for seed in 0..runs {
        let params = SobolParams::new(256, FirstOrder::Jansen, seed).unwrap();
        let result = sobol_indices(
            2,
            &params,
            |_, random| random.sample::<f64, _>(StandardNormal),
            |x| Ok(vec![2.0 * x[0] + x[1]]),
        )
        .unwrap();
        let index = result[0].as_ref().unwrap()[0];
        inside += usize::from((index.total - 0.8).abs() < 1.96 * index.total_error);
    }
    let share = inside as f64 / runs as f64;
    assert!((share - 0.95).abs() < 0.05, "{share}");
}

#[test]
fn models_that_fail_are_heard() {
    let params = SobolParams::new(64, FirstOrder::Jansen, 3).unwrap();
    let run = |value: f64| {
        sobol_indices(
            1,
            &params,
            |_, random| random.random::<f64>(),
            |_| Ok(vec![value]),
        )
    };
    assert!(matches!(run(f64::NAN), Err(StatsError::Value { .. })));
    assert_eq!(run(1.0).unwrap(), [None]);
    assert!(SobolParams::new(10, FirstOrder::Jansen, 1).is_err());
    let none = sobol_indices(0, &params, |_, _| 0.0, |_| Ok(vec![1.0]));
    assert!(matches!(none, Err(StatsError::TooFew { .. })));
}

/// Two indicators, two units: unit 0 is first exactly when its indicator has
/// the larger weight, which for Dirichlet(a, b) weights is a beta probability.
#[test]
fn the_share_of_firsts_under_dirichlet_weights_is_a_beta_probability() {
    let fixed = |values: [f64; 2]| IndicatorBeliefs {
        values: values.map(|value| Some(Belief::Fixed(value))).to_vec(),
        normalise: minmax(Direction::Raises),
    };
    let indicators = vec![fixed([1.0, 0.0]), fixed([0.0, 1.0])];
    let model = CompositeModel::new(indicators, &[0.6, 0.4], linear()).unwrap();
    let spread = WeightSpread::Dirichlet { concentration: 5.0 };
    let params = RankDistributionParams::new(spread, 20_000, 1, 9).unwrap();
    let result = rank_distributions(&model, &params).unwrap();
    // P(Beta(3, 2) > 1/2) = 11/16.
    let share = result[0].unwrap().top_share;
    let error = (11.0 * 5.0 / 256.0 / 20_000.0_f64).sqrt();
    assert!((share - 11.0 / 16.0).abs() < 4.0 * error, "{share}");
    let mean = result[0].unwrap().rank_mean;
    assert!((mean - (2.0 - share)).abs() < 1e-12);
    // The score is the weight itself: quantiles of Beta(3, 2).
    let (low, high) = (result[0].unwrap().score_low, result[0].unwrap().score_high);
    assert!(
        (low - 0.1941).abs() < 0.012 && (high - 0.9324).abs() < 0.008,
        "{low} {high}"
    );
}

#[test]
fn without_uncertainty_ranks_are_certain() {
    let model = model(Belief::Fixed);
    let params = RankDistributionParams::new(WeightSpread::Fixed, 40, 5, 1).unwrap();
    for unit in rank_distributions(&model, &params)
        .unwrap()
        .into_iter()
        .flatten()
    {
        assert_eq!((unit.rank_low, unit.rank_high), (unit.rank, unit.rank));
        assert_eq!(unit.top_share, if unit.rank <= 5 { 1.0 } else { 0.0 });
        assert!((unit.score_low - unit.score).abs() < 1e-6);
    }
}

/// Values seen with known errors: the 95 % interval of the score covers the
/// true score in 95 of 100 cases.
#[test]
fn score_intervals_cover_the_true_score() {
    let mut random = ChaCha8Rng::seed_from_u64(23);
    let posts = Scaling::Goalposts {
        low: -100.0,
        high: 100.0,
    };
    let params = NormaliseParams::new(Transformation::None, posts, Direction::Raises).unwrap();
    let (mut covered, mut all) = (0, 0);
    for seed in 0..60 {
        let units = 25;
        let mut truth = vec![0.0; units];
        let indicators = (0..2)
            .map(|_| IndicatorBeliefs {
                values: (0..units)
                    .map(|unit| {
                        let value: f64 = random.random::<f64>() * 10.0;
                        truth[unit] += 0.5 * (value + 100.0) / 200.0;
                        Some(Belief::Normal {
                            mean: value + 1.5 * random.sample::<f64, _>(StandardNormal),
                            standard_error: 1.5,
                        })
                    })
                    .collect(),
                normalise: params,
            })
            .collect();
        let model = CompositeModel::new(indicators, &[1.0, 1.0], linear()).unwrap();
        let draws = RankDistributionParams::new(WeightSpread::Fixed, 1000, 3, seed).unwrap();
        for (unit, truth) in rank_distributions(&model, &draws)
            .unwrap()
            .iter()
            .zip(&truth)
        {
            let unit = unit.unwrap();
            covered += usize::from(unit.score_low <= *truth && *truth <= unit.score_high);
            all += 1;
        }
    }
    let share = f64::from(covered as u32) / f64::from(all);
    // 1,500 intervals: standard error 0.6 %.
    assert!((share - 0.95).abs() < 0.018, "{share}");
}

/// The Dirichlet draws, against their moments.
#[test]
fn a_naive_simulation_of_the_weights_gives_the_same_mean_ranks() {
    let model = model(Belief::Fixed);
    let spread = WeightSpread::Dirichlet { concentration: 8.0 };
    let params = RankDistributionParams::new(spread, 4000, 5, 1).unwrap();
    let ours = rank_distributions(&model, &params).unwrap();
    let columns: Vec<Vec<f64>> = table()
        .iter()
        .enumerate()
        .map(|(j, values)| {
            let values: Vec<_> = values.iter().copied().map(Some).collect();
            let direction = if j == 1 {
                Direction::Lowers
            } else {
                Direction::Raises
            };
            let scaled = normalise(&values, &minmax(direction)).unwrap();
            scaled.into_iter().flatten().collect()
        })
        .collect();
    let mut random = ChaCha8Rng::seed_from_u64(99);
    let (mut sums, draws) = (vec![(0.0, 0.0); 30], 4000);
    for _ in 0..draws {
        let weights =
            [4.0, 2.0, 2.0].map(|shape| Gamma::new(shape, 1.0).unwrap().sample(&mut random));
        let score = |unit: usize| -> f64 { (0..3).map(|j| weights[j] * columns[j][unit]).sum() };
        let scores: Vec<f64> = (0..30).map(score).collect();
        for (unit, sum) in sums.iter_mut().enumerate() {
            let rank = 1 + scores.iter().filter(|other| **other > scores[unit]).count();
            sum.0 += rank as f64;
            sum.1 += (rank * rank) as f64;
        }
    }
    for (ours, (sum, squares)) in ours.iter().zip(sums) {
        let n = f64::from(draws);
        let mean = sum / n;
        let error = ((squares / n - mean * mean) * 2.0 / n).sqrt();
        assert!((ours.unwrap().rank_mean - mean).abs() < 4.5 * error + 1e-9);
    }
}

#[test]
fn sensitivity_names_the_choice_that_moves_the_ranks() {
    let model = model(Belief::Fixed);
    let params = SobolParams::new(256, FirstOrder::Jansen, 4).unwrap();
    let only_weights = CompositeChoices {
        scalings: vec![],
        weights: WeightSpread::Dirichlet {
            concentration: 10.0,
        },
        aggregations: vec![],
        left_out: LeftOutIndicator::Never,
    };
    let result = composite_sensitivity(&model, &only_weights, &params).unwrap();
    for (factor, index) in result.rank_shift.unwrap() {
        let expected = if factor == SensitivityFactor::Weights {
            1.0
        } else {
            0.0
        };
        assert!((index.total - expected).abs() < 0.2, "{factor:?} {index:?}");
        assert!(
            (index.first_order - expected).abs() < 0.2,
            "{factor:?} {index:?}"
        );
    }
    let nothing = CompositeChoices {
        weights: WeightSpread::Fixed,
        ..only_weights.clone()
    };
    let result = composite_sensitivity(&model, &nothing, &params).unwrap();
    assert!(result.rank_shift.is_none());
    assert!(result.unit_ranks.iter().all(Option::is_none));

    let all = CompositeChoices {
        scalings: vec![Scaling::MinMax, Scaling::PercentileRank],
        weights: WeightSpread::Dirichlet {
            concentration: 10.0,
        },
        aggregations: vec![Aggregation::Linear, Aggregation::Geometric { floor: 0.01 }],
        left_out: LeftOutIndicator::AnyOne,
    };
    let result = composite_sensitivity(&model, &all, &params).unwrap();
    let shift = result.rank_shift.unwrap();
    let total: f64 = shift.iter().map(|(_, index)| index.total).sum();
    let first: f64 = shift.iter().map(|(_, index)| index.first_order).sum();
    assert!(total > 0.9 && first < 1.2, "{first} {total}");
    assert!(shift[0].1.total == 0.0, "values are certain");
}

#[test]
fn composites_are_the_same_on_one_thread_and_two() {
    let model = model(|mean| Belief::Normal {
        mean,
        standard_error: 0.1,
    });
    let spread = WeightSpread::Dirichlet {
        concentration: 20.0,
    };
    let ranks = RankDistributionParams::new(spread, 200, 5, 1).unwrap();
    let sobol = SobolParams::new(64, FirstOrder::Saltelli, 1).unwrap();
    let choices = CompositeChoices {
        scalings: vec![Scaling::MinMax, Scaling::PercentileRank],
        weights: spread,
        aggregations: vec![],
        left_out: LeftOutIndicator::AnyOne,
    };
    on_any_threads(|| {
        (
            rank_distributions(&model, &ranks).unwrap(),
            composite_sensitivity(&model, &choices, &sobol).unwrap(),
        )
    });
}

#[test]
fn units_without_a_value_and_bad_parameters() {
    let gap = IndicatorBeliefs {
        values: vec![Some(Belief::Fixed(1.0)), None, Some(Belief::Fixed(2.0))],
        normalise: minmax(Direction::Raises),
    };
    let model = CompositeModel::new(vec![gap.clone()], &[1.0], linear()).unwrap();
    let params = RankDistributionParams::new(WeightSpread::Fixed, 40, 1, 1).unwrap();
    let result = rank_distributions(&model, &params).unwrap();
    assert!(result[1].is_none() && result[0].is_some());
    assert_eq!(result[2].unwrap().rank, 1);
    assert!(CompositeModel::new(vec![], &[], linear()).is_err());
    assert!(CompositeModel::new(vec![gap.clone()], &[0.0], linear()).is_err());
    assert!(CompositeModel::new(vec![gap], &[1.0, 1.0], linear()).is_err());
    let spread = WeightSpread::Dirichlet { concentration: 0.0 };
    assert!(RankDistributionParams::new(spread, 100, 1, 1).is_err());
    assert!(RankDistributionParams::new(WeightSpread::Fixed, 10, 1, 1).is_err());
    assert!(RankDistributionParams::new(WeightSpread::Fixed, 100, 0, 1).is_err());
    assert!(
        CompositeParams::new(
            Aggregation::Geometric { floor: 0.0 },
            MissingParts::Undefined
        )
        .is_err()
    );
    let share = MissingParts::Reweighted { least_share: 1.5 };
    assert!(CompositeParams::new(Aggregation::Linear, share).is_err());
}
