//! Global statistics against other packages, naive twins and simulated nulls.

use proptest::prelude::*;
use rand::rngs::StdRng;
use rand::seq::SliceRandom as _;
use rand::{Rng as _, SeedableRng as _};
use rand_distr::{Distribution as _, Poisson, StandardNormal};
use safeground_stats::global::{
    Autocorrelation, AutocorrelationParams, BetweenVariance, CorrelogramParams, Deviate,
    EbMoranParams, EbNumerator, Islands, JoinCountParams, Permutations, Sampling,
    bivariate_moran_i, correlogram_by_order, eb_moran_i, eb_standardised_rates,
    exponential_closeness, geary_c, getis_ord_g, join_counts, join_counts_multi, moran_i,
    oden_i_pop, potthoff_whittinghill, rogerson_r, stone_test, tango_index,
};
use safeground_stats::significance::Alternative;
use safeground_stats::weights::{Position, SpatialWeights};
use serde_json::Value;

use crate::oracle::{SETS, columns, neighbours, shared};

type Column = Vec<Option<f64>>;

struct Set {
    name: &'static str,
    values: Column,
    cases: Column,
    population: Column,
    weights: SpatialWeights,
    esda: Value,
    spdep: Value,
    standardised: Option<Column>,
}

fn sets() -> Vec<Set> {
    let mut sets = Vec::new();
    for (name, variable) in SETS {
        let Some(folder) = shared(&format!("oracles/{name}")) else {
            return Vec::new();
        };
        let json = |file: &str| -> Value {
            serde_json::from_str(&std::fs::read_to_string(folder.join(file)).unwrap()).unwrap()
        };
        let mut units = columns(folder.join("units.csv"));
        let mut esda = columns(folder.join("esda.csv"));
        sets.push(Set {
            name,
            values: units.remove(variable).unwrap(),
            cases: units.remove("cases").unwrap_or_default(),
            population: units.remove("pop").unwrap_or_default(),
            weights: neighbours(folder.join("neighbours.json")),
            esda: json("esda_global.json"),
            spdep: json("spdep_global.json"),
            standardised: esda.remove("assuncao_z"),
        });
    }
    sets
}

fn number(value: &Value) -> f64 {
    match value {
        Value::Array(inner) => number(&inner[0]),
        value => value.as_f64().unwrap(),
    }
}

/// Equal to 1e-10 of the value, the digits in which the figures are printed.
fn same(what: &str, ours: f64, theirs: &Value) {
    let theirs = number(theirs);
    let gap = (ours - theirs).abs();
    assert!(gap <= 1e-10 * theirs.abs(), "{what}: {ours} {theirs}");
}

/// Two Monte Carlo p-values, `size` and 9,999 permutations, within four
/// standard errors of their difference.
fn near(what: &str, ours: f64, theirs: f64, size: f64) {
    let p = theirs.max(1.0 / size);
    let error = 4.0
        * (p * (1.0 - p) * (1.0 / size + 1.0 / 9999.0))
            .max(0.0)
            .sqrt()
        + 1.0 / size;
    assert!((ours - theirs).abs() <= error, "{what}: {ours} {theirs}");
}

fn many() -> Permutations {
    Permutations::new(9999, 12345).unwrap()
}

fn row() -> AutocorrelationParams {
    AutocorrelationParams::row_standardised()
}

fn binary() -> AutocorrelationParams {
    AutocorrelationParams::as_given()
}

fn moments(result: &Autocorrelation) -> (Deviate, Deviate) {
    (result.normality.unwrap(), result.randomisation.unwrap())
}

#[test]
fn morans_i_agrees_with_esda() {
    for set in sets() {
        let theirs = &set.esda["moran_r"];
        let params = row().with_islands(Islands::Counted);
        let ours = moran_i(&set.values, &set.weights, &params).unwrap();
        let (normal, random) = moments(&ours);
        same(set.name, ours.statistic, &theirs["I"]);
        same(set.name, normal.expected, &theirs["EI"]);
        same(set.name, normal.variance, &theirs["VI_norm"]);
        same(set.name, normal.z, &theirs["z_norm"]);
        same(
            set.name,
            normal.p(Alternative::TwoSided),
            &theirs["p_norm2"],
        );
        same(set.name, random.variance, &theirs["VI_rand"]);
        same(set.name, random.z, &theirs["z_rand"]);
        same(
            set.name,
            random.p(Alternative::TwoSided),
            &theirs["p_rand2"],
        );
    }
}

#[test]
fn morans_i_agrees_with_spdep() {
    for set in sets() {
        let theirs = &set.spdep["moran_W"];
        let params = row()
            .with_islands(Islands::NotCounted)
            .with_permutations(many());
        let ours = moran_i(&set.values, &set.weights, &params).unwrap();
        let (normal, random) = moments(&ours);
        same(set.name, ours.statistic, &theirs["I"]);
        same(set.name, random.expected, &theirs["E"]);
        same(set.name, random.variance, &theirs["V_rand"]);
        same(set.name, random.z, &theirs["z_rand"]);
        same(
            set.name,
            random.p(Alternative::Greater),
            &theirs["p_greater_rand"],
        );
        same(set.name, normal.variance, &theirs["V_norm"]);
        same(set.name, normal.z, &theirs["z_norm"]);
        same(
            set.name,
            normal.p(Alternative::Greater),
            &theirs["p_greater_norm"],
        );
        let test = ours.permutation.unwrap();
        let p = test.p(Alternative::Greater);
        near(set.name, p, number(&theirs["mc_p_greater"]), 9999.0);
    }
}

#[test]
fn gearys_c_agrees_with_esda_and_spdep() {
    for set in sets() {
        let theirs = &set.esda["geary_r"];
        let params = row().with_islands(Islands::Counted);
        let ours = geary_c(&set.values, &set.weights, &params).unwrap();
        let random = ours.randomisation.unwrap();
        same(set.name, ours.statistic, &theirs["C"]);
        same(set.name, random.variance, &theirs["VC_rand"]);
        same(set.name, random.z, &theirs["z_rand"]);
        let theirs = &set.spdep["geary_W"];
        let params = row().with_islands(Islands::NotCounted);
        let ours = geary_c(&set.values, &set.weights, &params).unwrap();
        let random = ours.randomisation.unwrap();
        same(set.name, ours.statistic, &theirs["C"]);
        same(set.name, random.expected, &theirs["E"]);
        same(set.name, random.variance, &theirs["V"]);
        // spdep turns the sign, so that its `greater` is positive
        // autocorrelation.
        same(set.name, -random.z, &theirs["z"]);
        same(set.name, random.p(Alternative::Less), &theirs["p"]);
    }
}

#[test]
fn general_g_agrees_with_esda_and_spdep() {
    for set in sets() {
        let theirs = &set.esda["G_B"];
        let params = binary().with_islands(Islands::Counted);
        let ours = getis_ord_g(&set.values, &set.weights, &params).unwrap();
        let random = ours.randomisation.unwrap();
        same(set.name, ours.statistic, &theirs["G"]);
        same(set.name, random.expected, &theirs["EG"]);
        same(set.name, random.variance, &theirs["VG"]);
        same(set.name, random.z, &theirs["z"]);
        same(set.name, random.p(Alternative::Directed), &theirs["p1"]);
        let theirs = &set.spdep["globalG_B"];
        let params = binary().with_islands(Islands::NotCounted);
        let ours = getis_ord_g(&set.values, &set.weights, &params).unwrap();
        let random = ours.randomisation.unwrap();
        same(set.name, ours.statistic, &theirs["G"]);
        same(set.name, random.expected, &theirs["E"]);
        same(set.name, random.variance, &theirs["V"]);
        same(set.name, random.z, &theirs["z"]);
        same(set.name, random.p(Alternative::Greater), &theirs["p"]);
    }
}

/// Units above the median.
fn high(values: &[Option<f64>]) -> Vec<Option<bool>> {
    let mut sorted: Vec<f64> = values.iter().flatten().copied().collect();
    sorted.sort_by(f64::total_cmp);
    let n = sorted.len();
    let median = (sorted[(n - 1) / 2] + sorted[n / 2]) / 2.0;
    values
        .iter()
        .map(|value| value.map(|value| value > median))
        .collect()
}

#[test]
fn join_counts_agree_with_spdep() {
    for set in sets() {
        let theirs = &set.spdep["joincount_above_median"];
        let colours = high(&set.values);
        for (autocorrelation, style, low) in [(binary(), "same_colour", 0), (row(), "W_style", 0)] {
            let params = JoinCountParams {
                autocorrelation: autocorrelation.with_islands(Islands::NotCounted),
                sampling: Sampling::NonFree,
            };
            let ours = join_counts(&colours, &set.weights, &params).unwrap();
            for (count, theirs) in [
                (&ours.ww, &theirs[style][low]),
                (&ours.bb, &theirs[style][low + 1]),
            ] {
                let deviate = count.deviate.unwrap();
                same(set.name, count.count, &theirs["stat"]);
                same(set.name, deviate.expected, &theirs["E"]);
                same(set.name, deviate.variance, &theirs["V"]);
                same(set.name, deviate.z, &theirs["z"]);
                if theirs["p"].is_number() {
                    same(set.name, deviate.p(Alternative::Greater), &theirs["p"]);
                }
            }
        }
        let params = JoinCountParams {
            autocorrelation: binary().with_islands(Islands::NotCounted),
            sampling: Sampling::NonFree,
        };
        let classes: Vec<_> = colours.iter().map(|high| high.map(usize::from)).collect();
        let two = join_counts(&colours, &set.weights, &params).unwrap();
        let multi = join_counts_multi(&classes, &set.weights, &params).unwrap();
        let parts = [
            &multi.same[0].1,
            &multi.same[1].1,
            &multi.different[0].1,
            &multi.unlike,
        ];
        for (row, part) in parts.into_iter().enumerate() {
            let theirs = &theirs["multi"]["m"][row];
            let deviate = part.deviate.unwrap();
            same(set.name, part.count, &theirs[0]);
            same(set.name, deviate.expected, &theirs[1]);
            // The last row is spdep's Jtot, whose variance mixes n with and
            // without islands: with two colours it must be that of the row
            // before, which the other sets confirm.
            if row < 3 || set.weights.islands().is_empty() {
                same(set.name, deviate.variance, &theirs[2]);
                same(set.name, deviate.z, &theirs[3]);
            }
        }
        assert_eq!(two.bw.count, multi.unlike.count);
        let (a, b) = (two.bw.deviate.unwrap(), multi.unlike.deviate.unwrap());
        assert!(
            (a.variance / b.variance - 1.0).abs() < 1e-10,
            "{}",
            set.name
        );
    }
}

#[test]
fn join_counts_agree_with_esda() {
    for set in sets() {
        let theirs = &set.esda["join_counts_above_median"];
        let params = JoinCountParams {
            autocorrelation: binary()
                .with_islands(Islands::Counted)
                .with_permutations(many()),
            sampling: Sampling::NonFree,
        };
        let ours = join_counts(&high(&set.values), &set.weights, &params).unwrap();
        same(set.name, ours.bb.count, &theirs["BB"]);
        same(set.name, ours.ww.count, &theirs["WW"]);
        same(set.name, ours.bw.count, &theirs["BW"]);
        same(set.name, ours.joins, &theirs["J"]);
        // esda made 999 permutations for these.
        for (count, name) in [(&ours.bb, "p_sim_bb"), (&ours.bw, "p_sim_bw")] {
            let p = count.permutation.as_ref().unwrap().p(Alternative::Greater);
            near(set.name, p, number(&theirs[name]), 999.0);
        }
    }
}

#[test]
fn standardised_rates_and_their_moran_agree_with_esda_and_spdep() {
    for set in sets() {
        let Some(standardised) = &set.standardised else {
            continue;
        };
        let rates =
            eb_standardised_rates(&set.cases, &set.population, BetweenVariance::AsEstimated);
        for (ours, theirs) in rates.unwrap().iter().zip(standardised) {
            let (ours, theirs) = (ours.unwrap(), theirs.unwrap());
            assert!((ours - theirs).abs() < 1e-12 * (1.0 + theirs.abs()));
        }
        let mut params = EbMoranParams::new(
            row()
                .with_islands(Islands::Counted)
                .with_permutations(many()),
        );
        let ours = eb_moran_i(&set.cases, &set.population, &set.weights, &params).unwrap();
        let theirs = &set.spdep["EBImoran_mc"];
        same(set.name, ours.statistic, &theirs["I"]);
        let p = ours.permutation.as_ref().unwrap().p(Alternative::Greater);
        near(set.name, p, number(&theirs["p_greater"]), 9999.0);
        let theirs = &set.esda["moran_rate_adjusted"];
        let random = ours.randomisation.unwrap();
        same(set.name, ours.statistic, &theirs["I"]);
        same(set.name, random.variance, &theirs["VI_rand"]);
        same(set.name, random.z, &theirs["z_rand"]);
        same(set.name, random.p(Alternative::TwoSided), &theirs["p_rand"]);
        // esda's p_sim is directed and of 999 permutations.
        let p = ours.permutation.unwrap().p(Alternative::Directed);
        near(set.name, p, number(&theirs["p_sim"]), 999.0);
        params.numerator = EbNumerator::Uncentred;
        let ours = eb_moran_i(&set.cases, &set.population, &set.weights, &params).unwrap();
        same(
            set.name,
            ours.statistic,
            &set.spdep["EBImoran_no_mean_subtract"],
        );
    }
}

/// The first order of the correlogram is Moran's I, and with row-standardised
/// weights x against itself is Moran's I too.
#[test]
fn correlogram_and_bivariate_moran_contain_morans_i() {
    for set in sets() {
        let params = row().with_islands(Islands::NotCounted);
        let moran = moran_i(&set.values, &set.weights, &params).unwrap();
        let classes = correlogram_by_order(
            &set.values,
            &set.weights,
            4,
            &CorrelogramParams::new(params),
        )
        .unwrap();
        assert_eq!(classes[0].moran.as_ref(), Some(&moran));
        let p = moran.randomisation.unwrap().p(Alternative::TwoSided);
        assert_eq!(classes[0].p_adjusted, Some((4.0 * p).min(1.0)));
        let both = bivariate_moran_i(&set.values, &set.values, &set.weights, &params).unwrap();
        assert!((both.statistic - moran.statistic).abs() < 1e-12);
    }
}

/// Published figures of the data set: `nc_sids` is the example of Cressie
/// (1993), whose sudden infant deaths cluster.
#[test]
fn tests_of_counts_find_the_clusters_of_sudden_infant_deaths() {
    let Some(set) = sets().into_iter().find(|set| set.name == "nc_sids") else {
        return;
    };
    let folder = shared("oracles/nc_sids").unwrap();
    let units = columns(folder.join("units.csv"));
    let positions: Vec<_> = units["lat"]
        .iter()
        .zip(&units["lon"])
        .map(|(latitude, longitude)| {
            Some(Position {
                latitude: (*latitude)?,
                longitude: (*longitude)?,
            })
        })
        .collect();
    let closeness = exponential_closeness(&positions, 50_000.0).unwrap();
    let draws = Some(Permutations::new(999, 5).unwrap());
    let tango = tango_index(&set.cases, &set.population, &closeness, draws).unwrap();
    assert!(tango.p < 0.01);
    // χ² and simulation must agree where there are 667 cases.
    let simulation = tango.simulation.unwrap();
    assert!((simulation.p(Alternative::Greater) - tango.p).abs() < 0.01);
    assert!((simulation.mean / tango.expected - 1.0).abs() < 0.05);
    assert!((simulation.variance / tango.variance - 1.0).abs() < 0.2);
    let rogerson = rogerson_r(&set.cases, &set.population, &closeness, None).unwrap();
    assert!(rogerson.p < 0.01);
    let own = set.weights.clone().with_self_weight(1.0).unwrap();
    let oden = oden_i_pop(&set.cases, &set.population, &own, draws).unwrap();
    assert!(oden.randomisation.unwrap().p(Alternative::Greater) < 0.01);
    // The distribution is skewed, so that simulation gives a larger p.
    let p = oden.simulation.unwrap().p(Alternative::Greater);
    assert!(p < 0.05, "{p}");
    let spread = potthoff_whittinghill(&set.cases, &set.population, draws).unwrap();
    assert!(spread.deviate.unwrap().p(Alternative::Greater) < 0.001);
    assert!(spread.simulation.unwrap().p(Alternative::Greater) < 0.01);
}

/// Weights of a random graph, mostly in one direction.
fn random_weights(n: usize, seed: u64) -> SpatialWeights {
    let mut random = StdRng::seed_from_u64(seed);
    let mut lists = vec![Vec::new(); n];
    for (unit, list) in lists.iter_mut().enumerate() {
        for other in (0..n).filter(|other| *other != unit) {
            if random.random_bool(0.2) {
                list.push((other, random.random_range(0.1..3.0)));
            }
        }
    }
    SpatialWeights::from_weighted_lists(lists).unwrap()
}

/// The definitions over a full matrix.
fn naive(x: &[f64], w: &SpatialWeights) -> (f64, f64, f64) {
    let n = x.len();
    let mean = x.iter().sum::<f64>() / n as f64;
    let squares: f64 = x.iter().map(|x| (x - mean).powi(2)).sum();
    let (mut s0, mut products, mut gaps, mut raw, mut all) = (0.0, 0.0, 0.0, 0.0, 0.0);
    for i in 0..n {
        for j in (0..n).filter(|j| *j != i) {
            let weight = w.weight(i, j).unwrap_or(0.0);
            s0 += weight;
            products += weight * (x[i] - mean) * (x[j] - mean);
            gaps += weight * (x[i] - x[j]).powi(2);
            raw += weight * x[i] * x[j];
            all += x[i] * x[j];
        }
    }
    let n = n as f64;
    (
        n / s0 * products / squares,
        (n - 1.0) / (2.0 * s0) * gaps / squares,
        raw / all,
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn statistics_are_their_definitions(
        x in prop::collection::vec(0.0..100.0f64, 5..40),
        seed in 0..1000_u64,
    ) {
        let w = random_weights(x.len(), seed);
        prop_assume!(w.links() > 0 && x.iter().any(|v| (v - x[0]).abs() > 1.0));
        let (i, c, g) = naive(&x, &w);
        let values: Column = x.iter().copied().map(Some).collect();
        let params = binary().with_islands(Islands::Counted);
        let close = |a: f64, b: f64| (a - b).abs() < 1e-10 * (1.0 + b.abs());
        prop_assert!(close(moran_i(&values, &w, &params).unwrap().statistic, i));
        prop_assert!(close(geary_c(&values, &w, &params).unwrap().statistic, c));
        prop_assert!(close(getis_ord_g(&values, &w, &params).unwrap().statistic, g));
    }

    /// Turning the order of the units, scale and offset change nothing but
    /// what they should.
    #[test]
    fn statistics_do_not_depend_on_names_and_units_of_measure(
        x in prop::collection::vec(0.0..100.0f64, 6..30),
        seed in 0..1000_u64,
        scale in 0.01..1000.0f64,
        offset in -1e6..1e6f64,
    ) {
        let n = x.len();
        let w = random_weights(n, seed);
        prop_assume!(w.links() > 2 && x.iter().any(|v| (v - x[0]).abs() > 1.0));
        let turned = SpatialWeights::from_weighted_lists(
            (0..n)
                .map(|i| w.weighted(n - 1 - i).map(|(j, v)| (n - 1 - j, v)).collect())
                .collect(),
        )
        .unwrap();
        let plain: Column = x.iter().copied().map(Some).collect();
        let moved: Column = x.iter().rev().map(|v| Some(offset + v * scale)).collect();
        let close = |a: f64, b: f64| (a - b).abs() < 1e-6 * (1.0 + b.abs());
        for islands in [Islands::LeftOut, Islands::Counted, Islands::NotCounted] {
            let params = row().with_islands(islands);
            for method in [moran_i, geary_c] {
                let (Ok(a), Ok(b)) = (
                    method(&plain, &w, &params),
                    method(&moved, &turned, &params),
                ) else {
                    continue;
                };
                prop_assert!(close(a.statistic, b.statistic));
                if let (Some(a), Some(b)) = (a.randomisation, b.randomisation) {
                    prop_assert!(close(a.z, b.z), "{} {}", a.z, b.z);
                }
            }
        }
    }

    /// Any input gives a result or an error.
    #[test]
    fn nothing_panics(
        x in prop::collection::vec(prop::option::of(prop::num::f64::ANY), 0..12),
        seed in 0..1000_u64,
    ) {
        let w = random_weights(x.len(), seed);
        let three = Permutations::new(3, seed).unwrap();
        let few = Some(three);
        for islands in [Islands::LeftOut, Islands::Counted, Islands::NotCounted] {
            let params = AutocorrelationParams { permutations: few, ..row().with_islands(islands) };
            let _ = moran_i(&x, &w, &params);
            let _ = geary_c(&x, &w, &params);
            let _ = getis_ord_g(&x, &w, &params);
            let _ = bivariate_moran_i(&x, &x, &w, &params);
            let _ = eb_moran_i(&x, &x, &w, &EbMoranParams::new(params));
        }
        let positive: Column = x.iter().map(|x| x.map(f64::abs).filter(|x| x.is_finite())).collect();
        let whole: Column = positive.iter().map(|x| x.map(|x| x.min(1e6).floor())).collect();
        for (cases, people) in [(&positive, &positive), (&whole, &positive), (&whole, &whole)] {
            let _ = tango_index(cases, people, &w, few);
            let _ = rogerson_r(cases, people, &w, few);
            let _ = oden_i_pop(cases, people, &w, few);
            let _ = potthoff_whittinghill(cases, people, few);
            let _ = stone_test(cases, people, &x, three);
            let _ = getis_ord_g(cases, &w, &binary());
        }
    }
}

/// Over all arrangements of few values the moments are exact.
#[test]
fn moments_under_randomisation_are_those_of_all_arrangements() {
    let w = random_weights(7, 3);
    let base = [0.5, 1.0, 4.0, 4.5, 9.0, 9.5, 30.0];
    let mut arrangements = vec![Vec::new()];
    for _ in 0..7 {
        arrangements = arrangements
            .into_iter()
            .flat_map(|part: Vec<usize>| {
                (0..7)
                    .filter(|k| !part.contains(k))
                    .map(|k| {
                        let mut longer = part.clone();
                        longer.push(k);
                        longer
                    })
                    .collect::<Vec<_>>()
            })
            .collect();
    }
    let params = binary().with_islands(Islands::Counted);
    for method in [moran_i, geary_c, getis_ord_g] {
        let results: Vec<_> = arrangements
            .iter()
            .map(|order| {
                let values: Column = order.iter().map(|k| Some(base[*k])).collect();
                method(&values, &w, &params).unwrap()
            })
            .collect();
        let size = results.len() as f64;
        let mean = results.iter().map(|r| r.statistic).sum::<f64>() / size;
        let squares = results.iter().map(|r| (r.statistic - mean).powi(2));
        let variance = squares.sum::<f64>() / size;
        let deviate = results[0].randomisation.unwrap();
        assert!((deviate.expected - mean).abs() < 1e-10 * mean.abs().max(1.0));
        assert!((deviate.variance / variance - 1.0).abs() < 1e-9);
    }
    let fixed: Column = [3.0, 1.0, 7.0, 2.0, 2.0, 8.0, 4.0].map(Some).to_vec();
    let results: Vec<_> = arrangements
        .iter()
        .map(|order| {
            let values: Column = order.iter().map(|k| Some(base[*k])).collect();
            bivariate_moran_i(&fixed, &values, &w, &params).unwrap()
        })
        .collect();
    let size = results.len() as f64;
    let squares = results.iter().map(|r| r.statistic.powi(2));
    let variance = squares.sum::<f64>() / size;
    let deviate = results[0].randomisation.unwrap();
    assert!((deviate.variance / variance - 1.0).abs() < 1e-10);
}

/// The worked example of esda's documentation: a square of sixteen units, the
/// upper half of one colour.
#[test]
fn a_square_in_two_halves_has_four_unlike_joins() {
    let colours: Vec<_> = (0..16).map(|unit| Some(unit >= 8)).collect();
    let params = JoinCountParams {
        autocorrelation: binary().with_permutations(Permutations::new(999, 12345).unwrap()),
        sampling: Sampling::NonFree,
    };
    let result = join_counts(&colours, &grid(4), &params).unwrap();
    assert_eq!(result.bb.count, 10.0);
    assert_eq!(result.ww.count, 10.0);
    assert_eq!(result.bw.count, 4.0);
    assert_eq!(result.joins, 24.0);
    // esda: p 0.003, mean of 999 permutations 5.547 and 12.812.
    let bb = result.bb.permutation.unwrap();
    near("BB", bb.p(Alternative::Greater), 0.003, 999.0);
    assert!((bb.mean - 5.547).abs() < 4.0 * (2.0 * bb.variance / 999.0).sqrt());
    let bw = result.bw.permutation.unwrap();
    assert!((bw.mean - 12.812).abs() < 4.0 * (2.0 * bw.variance / 999.0).sqrt());
    near("BW", bw.p(Alternative::Greater), 1.0, 999.0);
}

fn grid(side: usize) -> SpatialWeights {
    let lists = (0..side * side)
        .map(|unit| {
            let (x, y) = (unit % side, unit / side);
            [
                (x > 0).then(|| unit - 1),
                (x + 1 < side).then_some(unit + 1),
                (y > 0).then(|| unit - side),
                (y + 1 < side).then_some(unit + side),
            ]
            .into_iter()
            .flatten()
            .collect()
        })
        .collect();
    SpatialWeights::from_lists(lists).unwrap()
}

/// Kolmogorov–Smirnov distance from uniform times √n; 1.95 is its 99.9 %
/// point.
fn ks(mut p: Vec<f64>) -> f64 {
    p.sort_by(f64::total_cmp);
    let n = p.len() as f64;
    let gaps = p.iter().enumerate().map(|(rank, p)| {
        (p - rank as f64 / n)
            .abs()
            .max(((rank + 1) as f64 / n - p).abs())
    });
    n.sqrt() * gaps.fold(0.0, f64::max)
}

#[test]
fn p_values_are_uniform_where_nothing_clusters() {
    let w = grid(12);
    let mut random = StdRng::seed_from_u64(42);
    let quick = |run: u64| Permutations::new(99, run).unwrap();
    let mut permutation = vec![Vec::new(); 6];
    let mut analytic = vec![Vec::new(); 4];
    for run in 0..300 {
        let values: Column = (0..144)
            .map(|_| Some(StandardNormal.sample(&mut random)))
            .collect();
        let other: Column = (0..144)
            .map(|_| Some(StandardNormal.sample(&mut random)))
            .collect();
        let positive: Column = values.iter().map(|v| v.map(f64::exp)).collect();
        let population: Column = (0..144)
            .map(|unit| Some(if unit % 3 == 0 { 5000.0 } else { 300.0 }))
            .collect();
        let cases: Column = population
            .iter()
            .map(|n| Some(Poisson::new(n.unwrap() * 0.02).unwrap().sample(&mut random)))
            .collect();
        let params = row().with_permutations(quick(run));
        let results = [
            moran_i(&values, &w, &params).unwrap(),
            geary_c(&values, &w, &params).unwrap(),
            getis_ord_g(&positive, &w, &params).unwrap(),
            bivariate_moran_i(&values, &other, &w, &params).unwrap(),
        ];
        for (at, result) in results.iter().enumerate() {
            let test = result.permutation.as_ref().unwrap();
            permutation[at].push(test.p(Alternative::Greater));
            analytic[at].push(result.randomisation.unwrap().p(Alternative::Greater));
        }
        let eb = eb_moran_i(&cases, &population, &w, &EbMoranParams::new(params)).unwrap();
        permutation[4].push(eb.permutation.unwrap().p(Alternative::Greater));
        let own = w.clone().with_self_weight(1.0).unwrap();
        let tango = tango_index(&cases, &population, &own, None).unwrap();
        permutation[5].push(tango.p);
    }
    for (at, p) in permutation.into_iter().enumerate() {
        let distance = ks(p);
        assert!(distance < 1.95, "permutation test {at}: {distance}");
    }
    // Moran's I and the bivariate one are near normal at this size, C and G
    // less so; their tails are what the permutation test is for.
    for (at, p) in analytic.into_iter().enumerate() {
        let distance = ks(p);
        assert!(distance < 1.95, "normal approximation {at}: {distance}");
    }
}

#[test]
fn simulated_counts_give_uniform_p_values() {
    let w = grid(8);
    let own = w.clone().with_self_weight(1.0).unwrap();
    let mut random = StdRng::seed_from_u64(7);
    let mut p = vec![Vec::new(); 3];
    for run in 0..200 {
        let draws = Permutations::new(99, run).unwrap();
        let population: Column = (0..64).map(|unit| Some(f64::from(40 + unit))).collect();
        let mut persons: Vec<usize> = (0..64)
            .flat_map(|unit| std::iter::repeat_n(unit, 40 + unit))
            .collect();
        persons.shuffle(&mut random);
        let mut cases: Column = vec![Some(0.0); 64];
        for unit in &persons[..90] {
            cases[*unit] = cases[*unit].map(|count| count + 1.0);
        }
        let oden = oden_i_pop(&cases, &population, &own, Some(draws)).unwrap();
        p[0].push(oden.simulation.unwrap().p(Alternative::Greater));
        let mut cases: Column = vec![Some(0.0); 64];
        for _ in 0..300 {
            // The multinomial null of Tango, Stone, Potthoff & Whittinghill.
            let unit = persons[random.random_range(0..persons.len())];
            cases[unit] = cases[unit].map(|count| count + 1.0);
        }
        let distances: Column = (0..64).map(|unit| Some(f64::from(unit % 8))).collect();
        let stone = stone_test(&cases, &population, &distances, draws).unwrap();
        p[1].push(stone.simulation.p(Alternative::Greater));
        let tango = tango_index(&cases, &population, &own, Some(draws)).unwrap();
        p[2].push(tango.simulation.unwrap().p(Alternative::Greater));
    }
    // Stone's T is exactly 1 whenever risk is highest over the whole map: what
    // must hold is the size of the test where one would reject.
    for (at, p) in p.iter().enumerate() {
        for level in [0.05, 0.1, 0.25, 0.5] {
            let rate = p.iter().filter(|p| **p <= level).count() as f64 / p.len() as f64;
            let error = (level * (1.0 - level) / p.len() as f64).sqrt();
            let gap = (rate - level).abs() / error;
            assert!(gap < 3.3, "test {at} at {level}: {rate}");
        }
    }
    assert!(ks(p[0].clone()) < 1.95 && ks(p[2].clone()) < 1.95);
}

#[test]
fn permutations_have_the_moments_under_randomisation() {
    let w = random_weights(60, 9);
    let values: Column = (0..60).map(|i| Some(f64::from((i * i) % 47))).collect();
    let other: Column = (0..60).map(|i| Some(f64::from((i * 7) % 31))).collect();
    let params = binary().with_permutations(Permutations::new(20_000, 1).unwrap());
    for result in [
        moran_i(&values, &w, &params).unwrap(),
        geary_c(&values, &w, &params).unwrap(),
        getis_ord_g(&values, &w, &params).unwrap(),
        bivariate_moran_i(&values, &other, &w, &params).unwrap(),
    ] {
        let (test, moments) = (result.permutation.unwrap(), result.randomisation.unwrap());
        let error = (moments.variance / 20_000.0).sqrt();
        assert!((test.mean - moments.expected).abs() < 4.0 * error);
        assert!((test.variance / moments.variance - 1.0).abs() < 0.05);
    }
}

#[test]
fn results_do_not_depend_on_the_number_of_threads() {
    let w = random_weights(50, 2);
    let own = w.clone().with_self_weight(1.0).unwrap();
    let values: Column = (0..50).map(|i| Some(f64::from((i * 17) % 23))).collect();
    let people: Column = (0..50).map(|i| Some(f64::from(100 + i))).collect();
    let draws = Permutations::new(301, 8).unwrap();
    let run = |threads| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        pool.install(|| {
            let params = row().with_permutations(draws);
            let joins = JoinCountParams {
                autocorrelation: binary().with_permutations(draws),
                sampling: Sampling::NonFree,
            };
            (
                moran_i(&values, &w, &params).unwrap(),
                geary_c(&values, &w, &params).unwrap(),
                getis_ord_g(&values, &w, &params).unwrap(),
                join_counts(&high(&values), &w, &joins).unwrap(),
                tango_index(&values, &people, &own, Some(draws)).unwrap(),
                oden_i_pop(&values, &people, &own, Some(draws)).unwrap(),
                stone_test(&values, &people, &people, draws).unwrap(),
            )
        })
    };
    assert_eq!(run(1), run(2));
}

/// Values far from zero with little spread keep their digits.
#[test]
fn a_large_offset_changes_nothing() {
    let w = grid(9);
    let plain: Column = (0..81).map(|i| Some(f64::from((i * 29) % 17))).collect();
    let moved: Column = plain.iter().map(|v| v.map(|v| 1e9 + v / 1024.0)).collect();
    for method in [moran_i, geary_c] {
        let (a, b) = (
            method(&plain, &w, &row()).unwrap(),
            method(&moved, &w, &row()).unwrap(),
        );
        assert!((a.statistic - b.statistic).abs() < 1e-9);
        let (a, b) = (a.randomisation.unwrap(), b.randomisation.unwrap());
        assert!((a.z - b.z).abs() < 1e-8);
    }
}

/// Islands left out give the figures of the same data without them.
#[test]
fn leaving_islands_out_is_dropping_them() {
    for set in sets() {
        let islands = set.weights.islands();
        if islands.is_empty() {
            continue;
        }
        let mut values = set.values.clone();
        for island in &islands {
            values[*island] = None;
        }
        let ours = moran_i(&set.values, &set.weights, &row()).unwrap();
        let params = row().with_islands(Islands::Counted);
        let dropped = moran_i(&values, &set.weights, &params).unwrap();
        assert_eq!(ours, dropped);
        assert_eq!(ours.units, set.values.len() - islands.len());
    }
}
