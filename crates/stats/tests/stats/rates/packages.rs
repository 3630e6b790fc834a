//! Rates against other packages and published examples.

use super::*;

/// Data sets with counts and exposures.
const SETS: [&str; 2] = ["nc_sids", "nc_sids_cc89"];

/// Largest difference relative to the reference, with a floor for zeros.
fn assert_close(name: &str, ours: &[Option<f64>], theirs: &[Option<f64>]) {
    assert_eq!(ours.len(), theirs.len(), "{name}");
    for (unit, (ours, theirs)) in ours.iter().zip(theirs).enumerate() {
        let (Some(ours), Some(theirs)) = (ours, theirs) else {
            assert_eq!(ours.is_some(), theirs.is_some(), "{name} of {unit}");
            continue;
        };
        let room = 1e-10 * theirs.abs() + 1e-16;
        assert!(
            (ours - theirs).abs() <= room,
            "{name} of {unit}: {ours} {theirs}"
        );
    }
}

#[test]
fn figures_that_need_no_neighbours_agree_with_esda_and_spdep() {
    for set in SETS {
        let Some(folder) = shared(&format!("oracles/{set}")) else {
            return;
        };
        let units = columns(folder.join("units.csv"));
        let esda = columns(folder.join("esda.csv"));
        let spdep = columns(folder.join("spdep.csv"));
        let (counts, exposures) = (&units["cases"], &units["pop"]);
        let raw = raw_rates(counts, exposures, 1.0).unwrap();
        assert_close("raw rate", &raw, &spdep["EB_raw"]);
        let raw = raw_rates(counts, exposures, 1000.0).unwrap();
        assert_close("rate per 1000", &raw, &units["rate"]);
        let risks = excess_risks(counts, exposures).unwrap();
        assert_close("excess risk", &risks, &esda["excess_risk"]);
        let transformed = freeman_tukey(counts, exposures, 1000.0).unwrap();
        assert_close("freeman-tukey", &transformed, &units["ft74"]);
        let global = empirical_bayes(counts, exposures).unwrap().rates;
        assert_close("global EB", &global, &spdep["EB_global"]);
        assert_close("global EB", &global, &esda["EB_global"]);
        let map = probability_map(counts, exposures).unwrap();
        let of = |figure: fn(&safeground_stats::rates::CountProbability) -> f64| -> Vec<_> {
            map.iter().map(|unit| unit.as_ref().map(figure)).collect()
        };
        assert_close("probmap", &of(|p| p.at_most), &spdep["probmap_pmap"]);
        let risks = of(|p| 100.0 * p.relative_risk);
        assert_close("relative risk", &risks, &spdep["probmap_relRisk"]);
        assert_close("choynowski", &of(|p| p.choynowski()), &spdep["choynowski"]);
    }
}

#[test]
fn local_rates_agree_with_esda_and_spdep() {
    for set in SETS {
        let Some(folder) = shared(&format!("oracles/{set}")) else {
            return;
        };
        let units = columns(folder.join("units.csv"));
        let esda = columns(folder.join("esda.csv"));
        let spdep = columns(folder.join("spdep.csv"));
        let weights = neighbours(folder.join("neighbours.json"));
        let (counts, exposures) = (&units["cases"], &units["pop"]);
        let rates = |params| spatial_empirical_bayes(counts, exposures, &weights, &params).unwrap();
        let rate = |rates: &[Option<safeground_stats::rates::LocalRate>]| -> Vec<_> {
            rates
                .iter()
                .map(|unit| unit.map(|unit| unit.rate))
                .collect()
        };
        let own = rates(SpatialEmpiricalBayesParams::bailey_gatrell());
        assert_close("EBlocal", &rate(&own), &spdep["EBlocal_est"]);
        let variances: Vec<_> = own.iter().map(|u| u.map(|u| u.prior_variance)).collect();
        // The two islands have no case and so no rate; their variance is 0 in
        // spdep.
        let theirs: Vec<_> = spdep["EBlocal_a"]
            .iter()
            .zip(&own)
            .map(|(a, own)| a.filter(|_| own.is_some()))
            .collect();
        assert_close("EBlocal a", &variances, &theirs);
        let geoda = rates(SpatialEmpiricalBayesParams::marshall());
        assert_close("EBlocal geoda", &rate(&geoda), &spdep["EBlocal_geoda"]);
        assert_close("EB_spatial", &rate(&geoda), &esda["EB_spatial"]);
        let smooth = spatial_rates(counts, exposures, &weights).unwrap();
        assert_close("spatial rate", &smooth, &esda["spatial_rate"]);
    }
}

#[test]
fn without_the_unit_an_island_has_no_local_rate() {
    let Some(folder) = shared("oracles/nc_sids_cc89") else {
        return;
    };
    let units = columns(folder.join("units.csv"));
    let weights = neighbours(folder.join("neighbours.json"));
    let params = SpatialEmpiricalBayesParams {
        neighbourhood: PriorNeighbourhood::WithoutUnit,
        deviations: Deviations::FromNeighbourhoodMean,
    };
    let rates = spatial_empirical_bayes(&units["cases"], &units["pop"], &weights, &params).unwrap();
    let islands = (0..weights.len()).filter(|unit| weights.cardinality(*unit) == 0);
    assert_eq!(islands.clone().count(), 2);
    assert!(islands.clone().all(|unit| rates[unit].is_none()));
    // Nor has a unit whose neighbours have no case.
    for (unit, rate) in rates.iter().enumerate() {
        let cases: f64 = weights
            .neighbours(unit)
            .map(|neighbour| units["cases"][neighbour].unwrap())
            .sum();
        assert_eq!(rate.is_some(), cases > 0.0, "unit {unit}");
    }
}

/// Fay & Feuer (1997), table 1: rates of Down syndrome per 100,000 births by
/// birth order (Fleiss 1981), standardised for the mother's age to the average
/// of the five birth orders. First births: crude 56.3, standardised 92.3.
#[test]
fn direct_standardisation_reproduces_the_down_syndrome_table() {
    let populations = [
        [230_061.0, 329_449.0, 114_920.0, 39_487.0, 14_208.0, 3_052.0],
        [72_202.0, 326_701.0, 208_667.0, 83_228.0, 28_466.0, 5_375.0],
        [15_050.0, 175_702.0, 207_081.0, 117_300.0, 45_026.0, 8_660.0],
        [2_293.0, 68_800.0, 132_424.0, 98_301.0, 46_075.0, 9_834.0],
        [327.0, 30_666.0, 123_419.0, 149_919.0, 104_088.0, 34_392.0],
    ];
    let counts = [
        [107.0, 141.0, 60.0, 40.0, 39.0, 25.0],
        [25.0, 150.0, 110.0, 84.0, 82.0, 39.0],
        [3.0, 71.0, 114.0, 103.0, 108.0, 75.0],
        [1.0, 26.0, 64.0, 89.0, 137.0, 96.0],
        [0.0, 8.0, 63.0, 112.0, 262.0, 295.0],
    ];
    let standard: Vec<f64> = (0..6)
        .map(|age| populations.iter().map(|row| row[age]).sum::<f64>() / 5.0)
        .collect();
    let flat =
        |table: &[[f64; 6]; 5]| -> Vec<_> { table.iter().flatten().copied().map(Some).collect() };
    let params = DirectStandardisationParams::new(0.95, GammaInterval::FayFeuer).unwrap();
    let rates =
        directly_standardised_rates(&flat(&counts), &flat(&populations), &standard, &params)
            .unwrap();
    let narrower = DirectStandardisationParams::new(0.95, GammaInterval::Tiwari).unwrap();
    let tiwari =
        directly_standardised_rates(&flat(&counts), &flat(&populations), &standard, &narrower)
            .unwrap();
    let total: f64 = standard.iter().sum();
    for order in 0..5 {
        let ours = rates[order].unwrap();
        let rate: f64 = (0..6)
            .map(|age| standard[age] / total * counts[order][age] / populations[order][age])
            .sum();
        assert!((ours.rate - rate).abs() < 1e-15);
        assert!(ours.interval.low < rate && rate < ours.interval.high);
        let shorter = tiwari[order].unwrap().interval;
        assert_eq!(shorter.low, ours.interval.low);
        assert!(shorter.high < ours.interval.high);
    }
    let first = rates[0].unwrap();
    assert!((1e5 * first.crude - 56.3).abs() < 0.05, "{first:?}");
    assert!((1e5 * first.rate - 92.3).abs() < 0.05, "{first:?}");
}

/// Milk expenditure in 43 areas of four regions: You & Chapman (2006), *Survey
/// Methodology* 32; direct estimate, its standard error, region.
const MILK: [(f64, f64, u8); 43] = [
    (1.099, 0.163, 1),
    (1.075, 0.080, 1),
    (1.105, 0.083, 1),
    (0.628, 0.109, 1),
    (0.753, 0.119, 1),
    (0.981, 0.141, 1),
    (1.257, 0.202, 1),
    (1.095, 0.127, 2),
    (1.405, 0.168, 2),
    (1.356, 0.178, 2),
    (0.615, 0.100, 2),
    (1.460, 0.201, 2),
    (1.338, 0.148, 2),
    (0.854, 0.143, 2),
    (1.176, 0.149, 3),
    (1.111, 0.145, 3),
    (1.257, 0.135, 3),
    (1.430, 0.172, 3),
    (1.278, 0.137, 3),
    (1.292, 0.163, 3),
    (1.002, 0.125, 3),
    (1.183, 0.247, 3),
    (1.044, 0.140, 3),
    (1.267, 0.171, 3),
    (1.193, 0.106, 3),
    (0.791, 0.121, 4),
    (0.795, 0.121, 4),
    (0.759, 0.259, 4),
    (0.796, 0.106, 4),
    (0.565, 0.089, 4),
    (0.886, 0.225, 4),
    (0.952, 0.205, 4),
    (0.807, 0.119, 4),
    (0.582, 0.067, 4),
    (0.684, 0.106, 4),
    (0.787, 0.126, 4),
    (0.440, 0.092, 4),
    (0.759, 0.132, 4),
    (0.770, 0.100, 4),
    (0.800, 0.113, 4),
    (0.756, 0.083, 4),
    (0.865, 0.121, 4),
    (0.640, 0.129, 4),
];

/// Estimates and mean squared errors of the first eight milk areas by the R
/// package sae (`mseFH`), as given by the tests of the Python package samplics.
/// sae stops at a precision of 10⁻⁴, hence the tolerance.
#[test]
fn fay_herriot_agrees_with_the_milk_example() {
    let estimates: Vec<_> = MILK.iter().map(|(y, _, _)| Some(*y)).collect();
    let errors: Vec<_> = MILK.iter().map(|(_, error, _)| Some(*error)).collect();
    let regions: Vec<Vec<_>> = (2..=4)
        .map(|region| {
            MILK.iter()
                .map(|(_, _, own)| Some(f64::from(u8::from(*own == region))))
                .collect()
        })
        .collect();
    let covariates: Vec<&[Option<f64>]> = regions.iter().map(Vec::as_slice).collect();
    let figures = SurveyFigures {
        estimates: &estimates,
        standard_errors: &errors,
        covariates: &covariates,
    };
    let run = |method| {
        fay_herriot(
            &figures,
            &FayHerriotParams::new(method, AreaInterval::Normal, 0.95).unwrap(),
        )
        .unwrap()
    };
    let reml = run(BetweenAreaVariance::Reml);
    let close = |ours: f64, theirs: f64| (ours - theirs).abs() < 1e-4;
    for (ours, theirs) in
        reml.coefficients
            .iter()
            .zip([0.968_189_0, 0.132_780_1, 0.226_946_2, -0.241_301_1])
    {
        assert!(close(*ours, theirs), "{ours} {theirs}");
    }
    for (ours, theirs) in
        reml.coefficient_errors
            .iter()
            .zip([0.069_362_08, 0.103_000_72, 0.092_329_81, 0.081_617_07])
    {
        assert!(close(*ours, theirs), "{ours} {theirs}");
    }
    let published = [
        (
            BetweenAreaVariance::Reml,
            [
                1.021_970_3,
                1.047_601_8,
                1.067_951_3,
                0.760_817_0,
                0.846_157_4,
                0.974_372_7,
                1.058_452_3,
                1.097_776_2,
            ],
            [
                0.013_460_220,
                0.005_372_876,
                0.005_701_990,
                0.008_541_740,
                0.009_579_594,
                0.011_670_632,
                0.015_926_137,
                0.010_586_518,
            ],
        ),
        (
            BetweenAreaVariance::MaximumLikelihood,
            [
                1.016_173_3,
                1.043_696_8,
                1.062_816_8,
                0.775_348_9,
                0.855_490_3,
                0.973_585_7,
                1.047_478_6,
                1.095_343_6,
            ],
            [
                0.013_579_953,
                0.005_512_868,
                0.005_850_584,
                0.008_735_454,
                0.009_774_528,
                0.011_840_745,
                0.015_934_511,
                0.010_821_811,
            ],
        ),
        (
            BetweenAreaVariance::FayHerriot,
            [
                1.017_975, 1.044_963, 1.064_480, 0.770_692, 0.852_512, 0.973_826, 1.050_856,
                1.096_165,
            ],
            [
                0.012_757_016,
                0.005_314_467,
                0.005_632_201,
                0.008_323_471,
                0.009_283_520,
                0.011_178_151,
                0.014_867_662,
                0.010_252_709,
            ],
        ),
    ];
    for (method, values, mean_squared_errors) in published {
        let result = run(method);
        for (area, (value, error)) in values.into_iter().zip(mean_squared_errors).enumerate() {
            let ours = result.areas[area].unwrap();
            assert!(
                close(ours.value, value),
                "{method:?} {area}: {ours:?} {value}"
            );
            let apart = (ours.mean_squared_error - error).abs();
            assert!(apart < 2e-5, "{method:?} {area}: {ours:?} {error}");
        }
    }
}

/// The likelihood written out, and its maximum by trying.
#[test]
fn the_maximum_on_the_sudden_infant_deaths_is_that_of_the_likelihood_written_out() {
    let Some(folder) = shared("oracles/nc_sids") else {
        return;
    };
    let units = columns(folder.join("units.csv"));
    let data: Vec<(u64, f64)> = units["cases"]
        .iter()
        .zip(&units["pop"])
        .map(|(y, n)| (y.unwrap() as u64, n.unwrap()))
        .collect();
    let written_out = |mean: f64, dispersion: f64| -> f64 {
        data.iter()
            .map(|(y, n)| {
                let mu = mean * n;
                let mut log = -(1.0 / dispersion) * (1.0 + dispersion * mu).ln();
                for k in 0..*y {
                    let k = k as f64;
                    log += ((1.0 / dispersion + k) / (k + 1.0)).ln();
                    log += (dispersion * mu / (1.0 + dispersion * mu)).ln();
                }
                log
            })
            .sum()
    };
    let evidence: Vec<_> = data
        .iter()
        .map(|(y, _)| Some(CountEvidence::Exact(*y)))
        .collect();
    let params = PoissonGammaParams {
        query: query(),
        uncertainty: PriorUncertainty::Ignored,
    };
    let result = poisson_gamma(&evidence, &units["pop"], &params).unwrap();
    let (mean, dispersion) = (result.prior.mean(), result.prior.relative_variance());
    let top = written_out(mean, dispersion);
    assert!(
        (result.log_likelihood - top).abs() < 1e-9 * top.abs(),
        "{top} {result:?}"
    );
    for (a, b) in [
        (1.001, 1.0),
        (0.999, 1.0),
        (1.0, 1.001),
        (1.0, 0.999),
        (1.2, 2.0),
        (1.0, 0.01),
    ] {
        assert!(written_out(mean * a, dispersion * b) < top);
    }
    // The units in another order, and exposures in thousands.
    let backwards: Vec<_> = evidence.iter().rev().copied().collect();
    let thousands: Vec<_> = units["pop"]
        .iter()
        .rev()
        .map(|n| n.map(|n| n / 1000.0))
        .collect();
    let other = poisson_gamma(&backwards, &thousands, &params).unwrap();
    for (ours, theirs) in result.rates.iter().zip(other.rates.iter().rev()) {
        let (ours, theirs) = (ours.unwrap(), theirs.unwrap());
        assert!((1000.0 * ours.mean - theirs.mean).abs() < 1e-7 * theirs.mean);
        let (a, b) = (ours.interval.unwrap(), theirs.interval.unwrap());
        assert!((1000.0 * a.high - b.high).abs() < 1e-7 * b.high);
    }
}
