//! Forecasts and back-tests against naive twins, simulations and real counts.

use std::collections::BTreeMap;

use rand::SeedableRng as _;
use rand_distr::{Distribution as _, Gamma, Poisson};
use safeground_stats::forecast::{
    Backtest, BacktestParams, Baseline, ComparisonParams, Ewma, Forecast, ForecastModel, History,
    KnoxParams, Measure, Past, PoissonGlm, Role, SeasonalNaive, SelfExciting, TargetingParams,
    Trend, Verdict, backtest, knox,
};
use safeground_stats::significance::Alternative;
use safeground_stats::weights::SpatialWeights;

use crate::graphs::square;
use crate::oracle::shared;
use crate::threads::on_any_threads;

type Random = rand_chacha::ChaCha8Rng;

fn poisson(mean: f64, random: &mut Random) -> f64 {
    Poisson::new(mean.max(1e-12)).unwrap().sample(random)
}

/// Counts of equal background with offspring of `branching` an event.
fn counts(weights: &SpatialWeights, periods: usize, branching: f64, seed: u64) -> Vec<Option<f64>> {
    let places = weights.len();
    let mut random = Random::seed_from_u64(seed);
    let mut excitement = vec![0.0; places];
    let mut counts = Vec::with_capacity(places * periods);
    for _ in 0..periods {
        let mut next = vec![0.0; places];
        for place in 0..places {
            let y = poisson(0.4 * (1.0 - branching) + excitement[place], &mut random);
            counts.push(Some(y));
            next[place] += 0.65 * branching * y;
            for other in weights.neighbours(place) {
                next[other] += 0.35 * branching * y / weights.cardinality(place) as f64;
            }
        }
        // Half of the excitement comes in the next period, the rest later.
        for (sum, fresh) in excitement.iter_mut().zip(next) {
            *sum = 0.5 * *sum + 0.5 * fresh;
        }
    }
    counts
}

fn run(
    history: &History<'_>,
    models: &[&dyn ForecastModel],
    shares: Vec<f64>,
    first: usize,
    seed: u64,
) -> Backtest {
    let sizes = vec![Some(1.0); history.places()];
    let baselines = Baseline::all(seed);
    let baselines: Vec<&dyn ForecastModel> = baselines.iter().map(|b| b as _).collect();
    let comparison = ComparisonParams::new(0.95, 399, 1, seed).unwrap();
    let targeting = TargetingParams::new(shares).unwrap();
    let params = BacktestParams::new(first, 1, 1, targeting, comparison).unwrap();
    backtest(history, &sizes, models, &baselines, &params).unwrap()
}

fn verdict(backtest: &Backtest, model: &str, measure: Measure) -> Verdict {
    let found = backtest.of(model).find(|c| c.measure == measure).unwrap();
    found.verdict
}

#[test]
fn a_self_exciting_model_beats_the_baselines_on_self_exciting_counts() {
    let weights = square(12);
    let counts = counts(&weights, 120, 0.8, 4);
    let history = History::new(144, &counts)
        .unwrap()
        .with_weights(&weights)
        .unwrap()
        .with_season(12)
        .unwrap();
    let model = SelfExciting::default();
    let result = run(&history, &[&model], vec![0.1, 0.2], 96, 1);
    for measure in [
        Measure::HitRate { share: 0.2 },
        Measure::LogScore,
        Measure::RankedProbability,
    ] {
        let beaten = verdict(&result, "self-exciting", measure);
        assert_eq!(beaten, Verdict::BeatsBaseline, "{measure:?}");
    }
    let report = &result.reports[0];
    assert_eq!(report.role, Role::Model);
    let deviation = report
        .scores
        .pit
        .iter()
        .map(|h| (h - 1.0).abs())
        .fold(0.0, f64::max);
    assert!(deviation < 0.15, "{:?}", report.scores.pit);
    let tests = knox(&history, &KnoxParams::new(1, vec![1, 2, 6], 99, 1).unwrap()).unwrap();
    assert!(tests.cells[0].ratio.unwrap() > 1.1);
    assert_eq!(tests.cells[0].p(Alternative::Greater), Some(0.01));
}

/// Places differ, nothing else: the historical mean is as good as anything.
#[test]
fn on_stationary_counts_no_model_is_said_to_beat_the_baselines() {
    let weights = square(6);
    let (runs, mut beaten) = (30, BTreeMap::<&str, usize>::new());
    for seed in 0..runs {
        let mut random = Random::seed_from_u64(1_000 + seed);
        let rates: Vec<f64> = (0..36)
            .map(|_| Gamma::new(1.0, 1.0).unwrap().sample(&mut random))
            .collect();
        let counts: Vec<_> = (0..36 * 32)
            .map(|cell| Some(poisson(rates[cell % 36], &mut random)))
            .collect();
        let history = History::new(36, &counts)
            .unwrap()
            .with_weights(&weights)
            .unwrap()
            .with_season(12)
            .unwrap();
        let glm = PoissonGlm::new(Trend::None, 0, Past::OwnAndNeighbours).unwrap();
        let (ewma, exciting, naive) = (
            Ewma::fitted(),
            SelfExciting::default(),
            SeasonalNaive::default(),
        );
        let models: [&dyn ForecastModel; 4] = [&glm, &ewma, &exciting, &naive];
        let result = run(&history, &models, vec![0.2], 18, seed);
        let any = result.comparisons.iter().any(|comparison| {
            comparison.measure == Measure::HitRate { share: 0.2 }
                && comparison.verdict == Verdict::BeatsBaseline
        });
        *beaten.entry("any").or_default() += usize::from(any);
    }
    // At most 1.5 of 30 are expected; 5 or more have a chance of 2 %.
    assert!(beaten["any"] <= 4, "{beaten:?}");
}

/// Without interaction the pseudo p-values of the Knox test are uniform.
#[test]
fn knox_is_calibrated_under_independence() {
    let weights = square(5);
    let params = |seed| KnoxParams::new(1, vec![0, 2], 199, seed).unwrap();
    let mut p_values: Vec<f64> = (0..300)
        .map(|seed| {
            let mut random = Random::seed_from_u64(seed);
            // Hot places and a season, but no interaction of the two.
            let counts: Vec<_> = (0..25 * 24)
                .map(|cell| {
                    let (period, place) = (cell / 25, cell % 25);
                    let season = 1.0 + 0.8 * (period as f64 / 4.0).sin();
                    Some(poisson(0.05 * (1 + place % 7) as f64 * season, &mut random))
                })
                .collect();
            let history = History::new(25, &counts)
                .unwrap()
                .with_weights(&weights)
                .unwrap();
            let cell = knox(&history, &params(seed)).unwrap().cells[3];
            cell.p(Alternative::Greater).unwrap()
        })
        .collect();
    p_values.sort_by(f64::total_cmp);
    let n = p_values.len() as f64;
    let distance = p_values
        .iter()
        .enumerate()
        .map(|(i, p)| {
            (p - i as f64 / n)
                .abs()
                .max((p - (i as f64 + 1.0) / n).abs())
        })
        .fold(0.0, f64::max);
    // Kolmogorov-Smirnov at 1 %.
    assert!(distance < 1.628 / n.sqrt(), "{distance}");
}

#[test]
fn results_do_not_depend_on_the_number_of_threads() {
    let weights = square(6);
    let counts = counts(&weights, 24, 0.5, 9);
    let history = History::new(36, &counts)
        .unwrap()
        .with_weights(&weights)
        .unwrap();
    on_any_threads(|| {
        let (glm, ewma, exciting) = (
            PoissonGlm::default(),
            Ewma::fitted(),
            SelfExciting::default(),
        );
        let models: [&dyn ForecastModel; 3] = [&glm, &ewma, &exciting];
        let result = run(&history, &models, vec![0.1], 12, 3);
        let tests = knox(&history, &KnoxParams::new(1, vec![1], 99, 5).unwrap()).unwrap();
        (result, tests)
    });
}

#[test]
fn places_may_be_named_in_any_order() {
    let weights = square(5);
    let plain = counts(&weights, 20, 0.5, 3);
    // Mirrored, so that place i becomes 24 − i.
    let turned: Vec<_> = plain
        .chunks(25)
        .flat_map(|period| period.iter().rev().copied())
        .collect();
    let means = |counts: &[Option<f64>], model: &dyn ForecastModel| -> Vec<f64> {
        let history = History::new(25, counts)
            .unwrap()
            .with_weights(&weights)
            .unwrap()
            .with_season(4)
            .unwrap();
        let forecast: Forecast = model.forecast(&history, 2).unwrap();
        forecast.totals().into_iter().map(Option::unwrap).collect()
    };
    let models: [&dyn ForecastModel; 5] = [
        &PoissonGlm::default(),
        &Ewma::fitted(),
        &SelfExciting::default(),
        &SeasonalNaive::default(),
        &Baseline::LastYear,
    ];
    for model in models {
        let mirrored = means(&turned, model);
        for (a, b) in means(&plain, model).iter().zip(mirrored.iter().rev()) {
            let gap = (a - b).abs();
            assert!(gap < 1e-5 * (1.0 + a), "{}: {a} {b}", model.name());
        }
    }
}

/// The exposure's unit must not matter, nor must a place without any.
#[test]
fn the_unit_of_exposure_changes_nothing() {
    let weights = square(5);
    let counts = counts(&weights, 20, 0.5, 3);
    let totals = |unit: f64, model: &dyn ForecastModel| {
        let mut exposure: Vec<_> = (0..25)
            .map(|i| Some((1.0 + f64::from(i % 4)) * unit))
            .collect();
        exposure[7] = None;
        let history = History::new(25, &counts)
            .unwrap()
            .with_weights(&weights)
            .unwrap()
            .with_exposure_of_places(&exposure)
            .unwrap();
        model.forecast(&history, 1).unwrap().totals()
    };
    let models: [&dyn ForecastModel; 4] = [
        &PoissonGlm::default(),
        &Ewma::fitted(),
        &SelfExciting::default(),
        &Baseline::HistoricalMean,
    ];
    for model in models {
        for (a, b) in totals(1.0, model).into_iter().zip(totals(1e5, model)) {
            let near = match (a, b) {
                (Some(a), Some(b)) => (a - b).abs() < 1e-4 * (1.0 + a),
                (a, b) => a == b,
            };
            assert!(near, "{}: {a:?} {b:?}", model.name());
        }
        assert_eq!(totals(1.0, model)[7], None);
    }
}

/// Crimes against children by district and year. Districts differ by orders
/// of magnitude and keep their places, so that last year is hard to beat: what
/// must hold is that the report is complete, that the baselines are far better
/// than chance, and that no future leaks into the past.
#[test]
fn real_districts_are_back_tested_beside_the_baselines() {
    let Some(path) = shared("data/india/ncrb_crimes_against_children_2001_2013.csv") else {
        return;
    };
    let mut rows: BTreeMap<String, BTreeMap<u32, f64>> = BTreeMap::new();
    let mut reader = csv::Reader::from_path(path).unwrap();
    for record in reader.records() {
        let record = record.unwrap();
        if let (Ok(year), Ok(total)) = (record[1].parse(), record[record.len() - 1].parse::<f64>())
        {
            *rows
                .entry(record[0].to_owned())
                .or_default()
                .entry(year)
                .or_default() += total;
        }
    }
    let rows: Vec<BTreeMap<u32, f64>> = rows.into_values().collect();
    let counts: Vec<Option<f64>> = (2001..=2013)
        .flat_map(|year| rows.iter().map(move |row| row.get(&year).copied()))
        .collect();
    let history = History::new(rows.len(), &counts)
        .unwrap()
        .with_season(1)
        .unwrap();
    let glm = PoissonGlm::new(Trend::LogLinear, 0, Past::Own).unwrap();
    let ewma = Ewma::fitted();
    let models: [&dyn ForecastModel; 2] = [&glm, &ewma];
    let result = run(&history, &models, vec![0.05, 0.1, 0.2], 4, 7);
    assert_eq!(result.origins, (4..13).collect::<Vec<_>>());
    assert_eq!(result.reports.len(), 6);
    let pai = |name: &str| {
        let report = result.reports.iter().find(|r| r.name == name).unwrap();
        report.targeting[1].pai.unwrap()
    };
    assert!(pai("last year") > 2.5 && pai("ewma") > 2.5);
    assert!((pai("random") - 1.0).abs() < 0.4);
    // The forecast from four years is the same whatever came later.
    let early = History::new(rows.len(), &counts[..4 * rows.len()]).unwrap();
    let early = ewma.forecast(&early, 1).unwrap();
    let late = ewma.forecast(&history.until(4).unwrap(), 1).unwrap();
    assert_eq!(early, late);
    for report in &result.reports {
        eprintln!(
            "{}: PAI at 10 % {:.2}, PEI* {:.2}, log score {:.3}",
            report.name,
            report.targeting[1].pai.unwrap(),
            report.targeting[1].pei_star.unwrap(),
            report.scores.log.unwrap(),
        );
    }
}

#[test]
fn a_back_test_without_a_window_or_models_is_refused() {
    let history = History::new(2, &[Some(1.0); 8]).unwrap();
    let sizes = [Some(1.0); 2];
    let comparison = ComparisonParams::new(0.95, 99, 1, 1).unwrap();
    let params = |first, horizon| {
        BacktestParams::new(first, horizon, 1, TargetingParams::usual(), comparison).unwrap()
    };
    let baseline: [&dyn ForecastModel; 1] = [&Baseline::LastYear];
    let model: [&dyn ForecastModel; 1] = [&Baseline::HistoricalMean];
    assert!(backtest(&history, &sizes, &model, &baseline, &params(2, 1)).is_ok());
    assert!(backtest(&history, &sizes, &model, &baseline, &params(4, 1)).is_err());
    assert!(backtest(&history, &sizes, &[], &baseline, &params(2, 1)).is_err());
    assert!(backtest(&history, &sizes, &model, &[], &params(2, 1)).is_err());
    assert!(backtest(&history, &sizes[..1], &model, &baseline, &params(2, 1)).is_err());
}
