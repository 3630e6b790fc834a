//! Relative risk.

use std::f64::consts::PI;

use geo::Coord;
use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use safeground_stats::StatsError;
use safeground_stats::significance::Alternative;
use safeground_stats::surface::*;
use safeground_stats::weights::Position;

use super::*;
use crate::oracle::{columns, shared};

fn risk(density: KernelDensityParams) -> RelativeRiskParams {
    RelativeRiskParams::new(density)
}

#[test]
fn equal_patterns_have_a_relative_risk_of_one() {
    let cells = region_cells();
    let region = StudyRegion::cells(&cells).unwrap();
    let locations = Locations::great_circle(&inside(&cells, 90, 1)).unwrap();
    let cases = Events::new(locations.clone());
    let population = Events::weighted(locations, vec![250.0; 90]).unwrap();
    let bandwidths = [
        Bandwidth::Fixed {
            bandwidth_m: 12_000.0,
        },
        Bandwidth::Abramson {
            global_m: 12_000.0,
            pilot_m: 12_000.0,
            limit: 5.0,
        },
    ];
    for bandwidth in bandwidths {
        for correction in [
            EdgeCorrection::None,
            EdgeCorrection::Diggle(&region),
            EdgeCorrection::Uniform(&region),
        ] {
            let params = risk(KernelDensityParams::new(Kernel::Quartic, bandwidth).unwrap());
            let result =
                relative_risk(&cases, &population, region.centres(), &correction, &params).unwrap();
            for place in result.iter().flatten() {
                assert!(place.log_ratio.unwrap().abs() < 1e-12);
            }
        }
    }
}

/// sparr's asymptotic tolerance written out for a Gaussian kernel.
#[test]
fn the_asymptotic_tolerance_is_its_formula() {
    let cells = region_cells();
    let region = StudyRegion::cells(&cells).unwrap();
    let (n1, n2) = (40, 100);
    let case_places = inside(&cells, n1, 21);
    let control_places = inside(&cells, n2, 22);
    let events = |places: &[Position]| Events::new(Locations::great_circle(places).unwrap());
    let h = 9.0;
    let params = risk(fixed(GAUSSIAN, h * 1000.0));
    let correction = EdgeCorrection::Uniform(&region);
    let result = relative_risk(
        &events(&case_places),
        &events(&control_places),
        region.centres(),
        &correction,
        &params,
    )
    .unwrap();
    let k = |a: Position, b: Position| {
        (-haversine_km(a, b).powi(2) / (2.0 * h * h)).exp() / (2.0 * PI * h * h)
    };
    for (cell, found) in cells.iter().zip(&result) {
        let x = centre(*cell);
        let over = |g: &dyn Fn(f64) -> f64| -> f64 {
            cells
                .iter()
                .zip(region.area_km2())
                .map(|(u, area)| area * g(k(x, centre(*u))))
                .sum()
        };
        let (q, squares) = (over(&|k| k), over(&|k| k * k));
        let density = |places: &[Position]| {
            places.iter().map(|p| k(x, *p)).sum::<f64>() / q / places.len() as f64
        };
        let (f, g) = (density(&case_places), density(&control_places));
        let pooled = (f * n1 as f64 + g * n2 as f64) / (n1 + n2) as f64;
        let error = (squares / (q * q) * (1.0 / n1 as f64 + 1.0 / n2 as f64) / pooled).sqrt();
        let found = found.unwrap();
        let close = |a: f64, b: f64| assert!((a - b).abs() < 1e-7 * (1.0 + b.abs()), "{a} {b}");
        close(found.log_ratio.unwrap(), (f / g).ln());
        close(found.standard_error.unwrap() / error, 1.0);
        close(found.case_density / f, 1.0);
    }
}

/// Under the null both p-values are uniform: at one place, over 300 data
/// sets.
#[test]
fn tolerance_p_values_are_uniform_when_risk_is_even() {
    let side = 10_000.0;
    let pixels: Vec<_> = (0..400)
        .map(|i| Coord {
            x: f64::from(i % 20) * 500.0 + 250.0,
            y: f64::from(i / 20) * 500.0 + 250.0,
        })
        .collect();
    let region = StudyRegion::pieces(Locations::planar(&pixels).unwrap(), vec![0.25; 400]).unwrap();
    let place = Locations::planar(&[Coord {
        x: 3000.0,
        y: 1000.0,
    }])
    .unwrap();
    let mut random = ChaCha8Rng::seed_from_u64(77);
    let (mut labelled, mut constant, mut asymptotic) = (Vec::new(), Vec::new(), Vec::new());
    for set in 0..300 {
        let cases = square(120, side, &mut random);
        let controls = square(240, side, &mut random);
        let events = |places: &[Coord<f64>]| Events::new(Locations::planar(places).unwrap());
        let run = |cases: &Events, null| {
            let simulations = RiskSimulations::new(null, 199, Alternative::Greater, set).unwrap();
            let params = risk(fixed(Kernel::Quartic, 3000.0)).with_simulations(simulations);
            let correction = EdgeCorrection::Diggle(&region);
            relative_risk(cases, &events(&controls), &place, &correction, &params).unwrap()[0]
                .unwrap()
        };
        let result = run(&events(&cases), RiskNull::RandomLabelling);
        labelled.push(result.p_simulated.unwrap());
        asymptotic.push(result.p_asymptotic.unwrap());
        // Cases that fall on the controls' own places.
        let drawn: Vec<_> = (0..60)
            .map(|_| controls[random.random_range(0..240)])
            .collect();
        constant.push(
            run(&events(&drawn), RiskNull::ConstantRisk)
                .p_simulated
                .unwrap(),
        );
    }
    for (name, p) in [
        ("labelled", labelled),
        ("constant", constant),
        ("asymptotic", asymptotic),
    ] {
        let gap = gap_from_uniform(p);
        assert!(gap < 1.63, "{name}: {gap}");
    }
}

#[test]
fn simulations_ask_for_weights_they_can_use() {
    let locations = Locations::planar(&[Coord { x: 0.0, y: 0.0 }; 3]).unwrap();
    let half = Events::weighted(locations.clone(), vec![0.5; 3]).unwrap();
    let one = Events::new(locations.clone());
    for null in [RiskNull::RandomLabelling, RiskNull::ConstantRisk] {
        let simulations = RiskSimulations::new(null, 99, Alternative::Greater, 1).unwrap();
        let params = risk(fixed(Kernel::Quartic, 100.0)).with_simulations(simulations);
        let run = |cases: &Events, controls: &Events| {
            relative_risk(cases, controls, &locations, &EdgeCorrection::None, &params)
        };
        assert!(matches!(run(&half, &one), Err(StatsError::Value { .. })));
        assert!(run(&one, &one).is_ok());
    }
    assert!(RiskSimulations::new(RiskNull::ConstantRisk, 5, Alternative::Greater, 1).is_err());
    let none = Events::weighted(locations.clone(), vec![0.0; 3]).unwrap();
    let params = risk(fixed(Kernel::Quartic, 100.0));
    let result = relative_risk(&none, &one, &locations, &EdgeCorrection::None, &params);
    assert!(matches!(result, Err(StatsError::TooFew { .. })));
}

/// Sudden infant deaths of North Carolina 1974: the most likely cluster of
/// SaTScan must be where the smoothed risk stands out.
#[test]
fn the_known_cluster_of_sudden_infant_deaths_stands_out() {
    let Some(folder) = shared("oracles/nc_sids") else {
        return;
    };
    let units = columns(folder.join("units.csv"));
    let column = |name: &str| -> Vec<f64> { units[name].iter().map(|v| v.unwrap()).collect() };
    let positions: Vec<Position> = column("lat")
        .into_iter()
        .zip(column("lon"))
        .map(|(latitude, longitude)| Position {
            latitude,
            longitude,
        })
        .collect();
    let locations = Locations::great_circle(&positions).unwrap();
    let cases = Events::weighted(locations.clone(), column("cases")).unwrap();
    let births = Events::weighted(locations.clone(), column("pop")).unwrap();
    let simulations =
        RiskSimulations::new(RiskNull::ConstantRisk, 999, Alternative::Greater, 1).unwrap();
    let params = risk(fixed(Kernel::Quartic, 60_000.0)).with_simulations(simulations);
    let result =
        relative_risk(&cases, &births, &locations, &EdgeCorrection::None, &params).unwrap();
    let satscan: serde_json::Value = serde_json::from_str(
        &std::fs::read_to_string(folder.join("satscan_poisson_latlon_999.json")).unwrap(),
    )
    .unwrap();
    let names = std::fs::read_to_string(folder.join("units.csv")).unwrap();
    let in_cluster = |number: usize| -> Vec<bool> {
        let listed = satscan["clusters"][number]["ids"].as_array().unwrap();
        names
            .lines()
            .skip(1)
            .map(|line| line.split(',').next().unwrap().trim_matches('"'))
            .map(|name| listed.iter().any(|id| id.as_str() == Some(name)))
            .collect()
    };
    let (wide, single) = (in_cluster(0), in_cluster(1));
    let mean = |wanted: bool| {
        let values: Vec<f64> = (0..result.len())
            .filter(|unit| wide[*unit] == wanted)
            .filter_map(|unit| result[unit].unwrap().log_ratio)
            .collect();
        values.iter().sum::<f64>() / values.len() as f64
    };
    assert!(
        mean(true) > 0.1 && mean(false) < 0.0,
        "{} {}",
        mean(true),
        mean(false)
    );
    let anson = single.iter().position(|member| *member).unwrap();
    assert!(result[anson].unwrap().p_simulated.unwrap() <= 0.05);
}

#[test]
fn the_risk_bandwidth_is_the_best_of_a_naive_search() {
    let mut random = ChaCha8Rng::seed_from_u64(3);
    let cases: Vec<_> = square(60, 6000.0, &mut random);
    let controls = square(90, 10_000.0, &mut random);
    let pixels: Vec<_> = (0..100)
        .map(|i| Coord {
            x: f64::from(i % 10) * 1000.0 + 500.0,
            y: f64::from(i / 10) * 1000.0 + 500.0,
        })
        .collect();
    let region = StudyRegion::pieces(Locations::planar(&pixels).unwrap(), vec![1.0; 100]).unwrap();
    let events = |places: &[Coord<f64>]| Events::new(Locations::planar(places).unwrap());
    let params = CrossValidationParams::new(GAUSSIAN, LeftOut::Event, 800.0, 9000.0).unwrap();
    let k = |a: Coord<f64>, b: Coord<f64>, h: f64| {
        let square = ((a.x - b.x).powi(2) + (a.y - b.y).powi(2)) / 1e6;
        // Logarithms of densities far out feel the cut at 8 bandwidths.
        let inside = f64::from(u8::from(square <= 64.0 * h * h));
        inside * (-square / (2.0 * h * h)).exp() / (2.0 * PI * h * h)
    };
    // Diggle's correction: each event over its mass on the pixels.
    let naive = |h: f64, criterion: RiskCriterion| -> f64 {
        let mass = |p: Coord<f64>| pixels.iter().map(|x| k(p, *x, h)).sum::<f64>();
        let density = |of: &[Coord<f64>], x: Coord<f64>, but: Option<usize>| {
            let sum: f64 = of
                .iter()
                .enumerate()
                .filter(|(i, _)| Some(*i) != but)
                .map(|(_, p)| k(*p, x, h) / mass(*p))
                .sum();
            sum / (of.len() - usize::from(but.is_some())) as f64
        };
        let over_cases = |g: &dyn Fn(f64, f64) -> f64| {
            (0..60)
                .map(|i| {
                    g(
                        density(&cases, cases[i], Some(i)),
                        density(&controls, cases[i], None),
                    )
                })
                .sum::<f64>()
                / 60.0
        };
        let over_controls = |g: &dyn Fn(f64, f64) -> f64| {
            (0..90)
                .map(|i| {
                    g(
                        density(&cases, controls[i], None),
                        density(&controls, controls[i], Some(i)),
                    )
                })
                .sum::<f64>()
                / 90.0
        };
        -match criterion {
            RiskCriterion::LogRatio => {
                let square: f64 = pixels
                    .iter()
                    .map(|x| {
                        (density(&cases, *x, None) / density(&controls, *x, None))
                            .ln()
                            .powi(2)
                    })
                    .sum();
                2.0 * over_controls(&|f, g| (f / g).ln() / g)
                    - 2.0 * over_cases(&|f, g| (f / g).ln() / f)
                    - square
            }
            RiskCriterion::WeightedRatio => {
                over_controls(&|f, g| (f / g).powi(2)) - 2.0 * over_cases(&|f, g| f / g)
            }
        }
    };
    for criterion in [RiskCriterion::LogRatio, RiskCriterion::WeightedRatio] {
        let correction = EdgeCorrection::Diggle(&region);
        let found = risk_bandwidth(
            &events(&cases),
            &events(&controls),
            &correction,
            criterion,
            &params,
        )
        .unwrap();
        for (bandwidth_m, value) in found.tried.iter().step_by(13) {
            let expected = naive(bandwidth_m / 1000.0, criterion);
            assert!(
                (value - expected).abs() < 1e-7 * (1.0 + expected.abs()),
                "{value} {expected}"
            );
        }
        assert!(
            found
                .tried
                .iter()
                .all(|(_, value)| *value <= found.criterion)
        );
        let none = EdgeCorrection::None;
        assert!(
            risk_bandwidth(
                &events(&cases),
                &events(&controls),
                &none,
                criterion,
                &params
            )
            .is_err()
        );
    }
}
