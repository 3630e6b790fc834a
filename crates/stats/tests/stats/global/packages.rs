//! Values of esda and spdep on classic data sets.

use safeground_stats::global::{
    Autocorrelation, BetweenVariance, CorrelogramParams, Deviate, EbMoranParams, EbNumerator,
    Islands, JoinCountParams, Permutations, Sampling, bivariate_moran_i, correlogram_by_order,
    eb_moran_i, eb_standardised_rates, exponential_closeness, geary_c, getis_ord_g, join_counts,
    join_counts_multi, moran_i, oden_i_pop, potthoff_whittinghill, rogerson_r, tango_index,
};
use safeground_stats::significance::Alternative;
use safeground_stats::weights::{Position, SpatialWeights};
use serde_json::Value;

use super::{Column, binary, high, near, row};
use crate::graphs::square;
use crate::oracle::{SETS, columns, neighbours, shared};

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

fn many() -> Permutations {
    Permutations::new(9999, 12345).unwrap()
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

/// The worked example of esda's documentation: a square of sixteen units, the
/// upper half of one colour.
#[test]
fn a_square_in_two_halves_has_four_unlike_joins() {
    let colours: Vec<_> = (0..16).map(|unit| Some(unit >= 8)).collect();
    let params = JoinCountParams {
        autocorrelation: binary().with_permutations(Permutations::new(999, 12345).unwrap()),
        sampling: Sampling::NonFree,
    };
    let result = join_counts(&colours, &square(4), &params).unwrap();
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
