//! Local statistics against other packages.

use std::collections::HashMap;

use safeground_stats::local::{
    ClusterClass, GetisOrdParams, LocalGearyParams, LocalMoranParams, Moments, Quadrant,
    SelfNeighbour, VarianceDivisor, getis_ord, getis_ord_permutation, getis_ord_ratio, local_geary,
    local_geary_permutation, local_join_count, local_moran, local_moran_permutation,
    local_moran_rate, local_moran_rate_permutation, rate_deviates,
};
use safeground_stats::multiple_testing::discovery_threshold;
use safeground_stats::permutation::{PermutationParams, Reference};
use safeground_stats::significance::Alternative;
use safeground_stats::weights::{Contiguity, ContiguityParams, SpatialWeights, contiguity};

use crate::oracle::{SETS, columns, multi_polygon, neighbours, shared};

type Columns = HashMap<String, Vec<Option<f64>>>;

struct Set {
    name: &'static str,
    values: Vec<Option<f64>>,
    units: Columns,
    weights: SpatialWeights,
    esda: Columns,
    spdep: Columns,
    pygeoda: Columns,
}

impl Set {
    fn all() -> Vec<Self> {
        SETS.iter()
            .filter_map(|(name, variable)| {
                let folder = shared(&format!("oracles/{name}"))?;
                let units = columns(folder.join("units.csv"));
                Some(Self {
                    name,
                    values: units[*variable].clone(),
                    units,
                    weights: neighbours(folder.join("neighbours.json")),
                    esda: columns(folder.join("esda.csv")),
                    spdep: columns(folder.join("spdep.csv")),
                    pygeoda: columns(folder.join("pygeoda.csv")),
                })
            })
            .collect()
    }

    /// Every unit but the islands agrees with a column to `relative`.
    fn agrees(&self, column: (&Columns, &str), ours: &[Option<f64>], relative: f64) {
        self.compare(column, ours, |_, theirs| relative * theirs.abs().max(1e-3));
    }

    /// Pseudo p-values of a package agree within four standard errors of its
    /// `permutations`; ours come from so many that they add little.
    ///
    /// Where permutations tie with the observed value, esda compares sums that
    /// rounding has put in some order, so that a tie counts or not: there its
    /// p may lie anywhere between ours and the one without ties (`nc_sids`
    /// unit 3 has one neighbour, whose rate of 0 it shares with 12 others:
    /// p = 0.13 here and in pygeoda, 0.0001 in esda).
    fn agrees_by_chance(
        &self,
        column: (&Columns, &str),
        references: &[Option<Reference>],
        alternative: Alternative,
        permutations: f64,
    ) {
        for (unit, (reference, theirs)) in references.iter().zip(&column.0[column.1]).enumerate() {
            let (Some(reference), Some(theirs)) = (reference, theirs) else {
                continue;
            };
            let (least, mut most) = with_ties_either_way(reference, alternative);
            if alternative == Alternative::TwoSided && self.units.contains_key("cases") {
                // esda counts from the mirrored percentile on, and with it all
                // values equal to that: about 0.015 where both of two
                // neighbours have no case, 13 of 100 units having none.
                most += 0.02;
            }
            let ours = reference.p(alternative);
            let error = standard_error(reference, alternative, ours, permutations);
            assert!(
                (least - error..=most + error).contains(theirs),
                "{} {} unit {unit}: {least} to {most}, not {theirs}",
                self.name,
                column.1,
            );
        }
    }

    /// Directed pseudo p-values of a package that draws otherwise: with
    /// replacement, or the first and last unit half as often. `depart` bounds
    /// what that does.
    fn agrees_roughly(
        &self,
        column: (&Columns, &str),
        references: &[Option<Reference>],
        depart: f64,
    ) {
        for (unit, (reference, theirs)) in references.iter().zip(&column.0[column.1]).enumerate() {
            let (Some(reference), Some(theirs)) = (reference, theirs) else {
                continue;
            };
            let (least, most) = with_ties_either_way(reference, Alternative::Directed);
            let ours = reference.p(Alternative::Directed);
            let error = depart + standard_error(reference, Alternative::Directed, ours, 9999.0);
            // For local Geary GeoDa takes the side of the mean, not the
            // smaller one.
            let theirs = theirs.min(1.0 - theirs);
            assert!(
                (least - error..=most + error).contains(&theirs),
                "{} {} unit {unit}: {ours} {theirs}",
                self.name,
                column.1,
            );
        }
    }

    fn compare(
        &self,
        (columns, name): (&Columns, &str),
        ours: &[Option<f64>],
        tolerance: impl Fn(f64, f64) -> f64,
    ) {
        let set = self.name;
        let mut compared = 0;
        for (unit, (ours, theirs)) in ours.iter().zip(&columns[name]).enumerate() {
            // An island says nothing of its surroundings; packages zero it.
            if self.weights.cardinality(unit) == 0 {
                assert!(ours.is_none(), "{set} {name}: island {unit} has a result");
                continue;
            }
            if let (Some(ours), Some(theirs)) = (ours, theirs) {
                let gap = (ours - theirs).abs();
                assert!(
                    gap <= tolerance(*ours, *theirs),
                    "{set} {name} unit {unit}: {ours} {theirs}"
                );
                compared += 1;
            } else {
                assert!(theirs.is_none(), "{set} {name} unit {unit} is missing");
            }
        }
        let linked = ours.len() - self.weights.islands().len();
        assert!(compared > 0 && compared <= linked, "{set} {name}");
    }
}

fn field<T: Copy>(results: &[Option<T>], of: impl Fn(T) -> Option<f64>) -> Vec<Option<f64>> {
    results.iter().map(|result| result.and_then(&of)).collect()
}

/// Least and largest p-value if permutations equal to the observed value may
/// or may not count.
fn with_ties_either_way(reference: &Reference, alternative: Alternative) -> (f64, f64) {
    let tails = reference.tails;
    let m = tails.permutations as f64;
    let greater = tails.greater_or_equal as f64 / m;
    let less = tails.less_or_equal as f64 / m;
    let ties = greater + less - 1.0;
    match alternative {
        Alternative::Greater => (greater - ties, greater),
        Alternative::Less => (less - ties, less),
        Alternative::TwoSided => (
            2.0 * (greater.min(less) - ties).max(0.0),
            (2.0 * greater.min(less)).min(1.0),
        ),
        Alternative::Folded => {
            let far = tails.as_far as f64 / m;
            (far - 2.0 * ties, far)
        }
        Alternative::Directed => {
            let side = |greater: f64| greater.min(1.0 - greater);
            let (with, without) = (side(greater), side(greater - ties));
            let most = if greater > 0.5 && greater - ties < 0.5 {
                0.5
            } else {
                with.max(without)
            };
            (with.min(without), most)
        }
    }
}

/// Four standard errors of a pseudo p-value. A folded one also moves with the
/// mean that it folds about: its far border by twice the error of the mean,
/// across a density of up to one for each standard deviation (0.4 were it
/// normal; with a single neighbour it is that of the values themselves, which
/// crowd near the mean in `nc_sids_cc89`).
fn standard_error(reference: &Reference, alternative: Alternative, p: f64, m: f64) -> f64 {
    let binomial = |p: f64| (p * (1.0 - p).max(0.0) / m).sqrt();
    let error = match alternative {
        // esda counts what lies at the two percentiles as outside of them.
        Alternative::TwoSided => 2.0 * binomial(p / 2.0) + 0.5 / m,
        Alternative::Folded => {
            let z = reference.z().unwrap_or(0.0);
            let density = (-0.5 * z * z).exp();
            (p * (1.0 - p) / m + 4.0 * density * density / m).sqrt()
        }
        _ => binomial(p),
    };
    4.0 * error + 1.0 / m
}

/// Directed p-values of the neighbours' mean as spdep's `localmoran_perm` and
/// `localG_perm` draw: the others' values with replacement. This spreads the
/// sums more than conditional permutation does, by (n − 2)/(n − 1 − k).
fn drawn_with_replacement(set: &Set) -> Vec<Option<f64>> {
    let mut state = 88_172_645_463_325_252_u64;
    let mut below = |n: usize| {
        // xorshift64*, Vigna (2016).
        state ^= state >> 12;
        state ^= state << 25;
        state ^= state >> 27;
        ((state.wrapping_mul(2_685_821_657_736_338_717) >> 33) as usize) % n
    };
    let x: Vec<f64> = set.values.iter().map(|x| x.unwrap()).collect();
    (0..x.len())
        .map(|unit| {
            let near: Vec<usize> = set.weights.neighbours(unit).collect();
            if near.is_empty() {
                return None;
            }
            let observed: f64 = near.iter().map(|j| x[*j]).sum();
            let (mut greater, mut less) = (0, 0);
            for _ in 0..20_000 {
                let mut sum = 0.0;
                for _ in 0..near.len() {
                    let at = below(x.len() - 1);
                    sum += x[at + usize::from(at >= unit)];
                }
                greater += usize::from(sum >= observed - 1e-9);
                less += usize::from(sum <= observed + 1e-9);
            }
            Some(greater.min(less) as f64 / 20_000.0)
        })
        .collect()
}

/// So many that the other package's own chance is what remains.
fn many() -> PermutationParams {
    PermutationParams::new(50_000, 20_240_501).unwrap()
}

#[test]
fn gi_and_gi_star_agree_with_spdep_and_esda() {
    for set in Set::all() {
        for (params, prefix, spdep) in [
            (GetisOrdParams::plain(), "G", "Gi"),
            (GetisOrdParams::star(), "Gstar", "G*i"),
        ] {
            let results = getis_ord(&set.values, &set.weights, &params).unwrap();
            let z = field(&results, |g| Some(g.z));
            for name in ["z_B", "z_W"] {
                set.agrees((&set.spdep, &format!("{prefix}_{name}")), &z, 1e-10);
            }
            set.agrees((&set.esda, &format!("{prefix}_B_z")), &z, 1e-10);
            let p = field(&results, |g| Some(g.p()));
            set.agrees(
                (&set.spdep, &format!("{prefix}_B_Pr(z != E({spdep}))")),
                &p,
                1e-10,
            );
            let p = field(&results, |g| Some(g.p() / 2.0));
            set.agrees((&set.esda, &format!("{prefix}_B_pnorm1")), &p, 1e-10);
            let ratios = getis_ord_ratio(&set.values, &set.weights, &params).unwrap();
            let statistic = field(&ratios, |g| Some(g.statistic));
            set.agrees((&set.esda, &format!("{prefix}_B_stat")), &statistic, 1e-10);
            set.agrees(
                (&set.spdep, &format!("{prefix}_B_{spdep}")),
                &statistic,
                1e-10,
            );
            let expectation = field(&ratios, |g| Some(g.expectation));
            set.agrees((&set.esda, &format!("{prefix}_B_E")), &expectation, 1e-10);
            let variance = field(&ratios, |g| Some(g.variance * 1e3));
            let theirs: Columns = [(
                "V".to_owned(),
                field(&set.esda[&format!("{prefix}_B_V")], |v| Some(v * 1e3)),
            )]
            .into();
            set.agrees((&theirs, "V"), &variance, 1e-10);

            // The row-standardised statistic; its z in esda is at fault.
            let own = f64::from(u8::from(params == GetisOrdParams::star()));
            let weights = set.weights.clone().with_self_weight(own).unwrap();
            let weights = weights.row_standardised();
            let results = getis_ord(&set.values, &weights, &params).unwrap();
            let ratios = getis_ord_ratio(&set.values, &weights, &params).unwrap();
            let statistic = field(&ratios, |g| Some(g.statistic));
            set.agrees((&set.esda, &format!("{prefix}_R_stat")), &statistic, 1e-10);
            set.agrees((&set.pygeoda, &format!("{prefix}_val")), &statistic, 1e-10);
            let expectation = field(&ratios, |g| Some(g.expectation));
            set.agrees((&set.esda, &format!("{prefix}_R_E")), &expectation, 1e-10);
            set.agrees(
                (&set.spdep, &format!("{prefix}_z_W")),
                &field(&results, |g| Some(g.z)),
                1e-10,
            );
        }
    }
}

#[test]
fn permuted_gi_agrees_with_esda_and_pygeoda() {
    for set in Set::all() {
        let references = getis_ord_permutation(&set.values, &set.weights, &many()).unwrap();
        for column in [
            "G_B_psim_directed",
            "G_R_psim_directed",
            "Gstar_B_psim_directed",
            "Gstar_R_psim_directed",
        ] {
            let column = (&set.esda, column);
            set.agrees_by_chance(column, &references, Alternative::Directed, 9999.0);
        }
        for column in ["G_p", "Gstar_p"] {
            set.agrees_roughly((&set.pygeoda, column), &references, PYGEODA);
        }
        let z = field(&references, |reference| reference.z());
        for column in ["G_B_zsim", "Gstar_B_zsim"] {
            set.compare((&set.esda, column), &z, |z, _| 0.04 + 0.04 * z.abs());
        }
    }
}

/// What pygeoda's way of drawing does to its p-values on these sets: it rounds
/// a random number to the nearest unit, so that the first and the last come
/// half as often, and its "complete" method draws with replacement. A
/// simulation that draws so gives its figures.
const PYGEODA: f64 = 0.03;

/// spdep's permutations draw with replacement, which is why its p-values are
/// not compared with ours but with draws made so.
#[test]
fn spdep_draws_with_replacement() {
    for set in Set::all() {
        let drawn = drawn_with_replacement(&set);
        for column in ["Gperm9999_Pr.folded..Sim", "lmperm9999_Pr.folded..Sim"] {
            // Where many values are 0 ties abound, and spdep ranks them by
            // chance.
            let tied = |unit: usize| {
                set.weights
                    .neighbours(unit)
                    .all(|j| set.values[j] == Some(0.0))
            };
            for (unit, (ours, theirs)) in drawn.iter().zip(&set.spdep[column]).enumerate() {
                let (Some(ours), Some(theirs), false) = (ours, theirs, tied(unit)) else {
                    continue;
                };
                let error = 4.0 * (ours * (1.0 - ours) * (1.0 / 9999.0 + 1.0 / 20_000.0)).sqrt();
                assert!(
                    (ours - theirs).abs() < error + 3e-4,
                    "{} {column} unit {unit}: {ours} {theirs}",
                    set.name
                );
            }
        }
    }
}

#[test]
fn local_moran_agrees_with_spdep_esda_and_pygeoda() {
    for set in Set::all() {
        let weights = set.weights.row_standardised();
        let run =
            |divisor| local_moran(&set.values, &weights, &LocalMoranParams::new(divisor)).unwrap();
        let results = run(VarianceDivisor::Units);
        let statistic = field(&results, |i| Some(i.statistic));
        set.agrees((&set.spdep, "lm_Ii"), &statistic, 1e-10);
        type Of = fn(Moments) -> f64;
        let parts: [(&str, Of); 4] = [
            ("E", |m| m.expectation),
            ("V", |m| m.variance),
            ("Z", |m| m.z),
            ("p2", |m| m.p),
        ];
        for (name, of) in parts {
            let held = field(&results, |i| i.conditional.map(of));
            set.agrees((&set.spdep, &format!("lm_{name}_cond")), &held, 1e-10);
            let all = field(&results, |i| i.total.map(of));
            set.agrees((&set.spdep, &format!("lm_{name}_tot")), &all, 1e-10);
        }
        // esda reports moments for divisor n beside I for divisor n − 1.
        let parts: [(&str, Of); 2] = [("E", |m| m.expectation), ("V", |m| m.variance)];
        for (name, of) in parts {
            let held = field(&results, |i| i.conditional.map(of));
            set.agrees((&set.esda, &format!("lm_{name}Ic")), &held, 1e-10);
            let all = field(&results, |i| i.total.map(of));
            set.agrees((&set.esda, &format!("lm_{name}I")), &all, 1e-10);
        }
        let quadrants = field(&results, |i| Some(f64::from(i.quadrant.esda_code())));
        set.agrees((&set.esda, "lm_q"), &quadrants, 0.0);
        let results = run(VarianceDivisor::UnitsLessOne);
        let statistic = field(&results, |i| Some(i.statistic));
        set.agrees((&set.spdep, "lm_Ii_mlvarF"), &statistic, 1e-10);
        set.agrees((&set.esda, "lm_Is"), &statistic, 1e-10);
        set.agrees((&set.pygeoda, "lm_val"), &statistic, 1e-10);
    }
}

#[test]
fn permuted_local_moran_agrees_with_esda_and_pygeoda() {
    for set in Set::all() {
        let weights = set.weights.row_standardised();
        let params = LocalMoranParams::new(VarianceDivisor::Units);
        let references = local_moran_permutation(&set.values, &weights, &params, &many()).unwrap();
        for (column, alternative) in [
            ("lm_psim_directed", Alternative::Directed),
            ("lm_p_directed", Alternative::Directed),
            ("lm_p_greater", Alternative::Greater),
            ("lm_p_lesser", Alternative::Less),
            ("lm_p_two-sided", Alternative::TwoSided),
            ("lm_p_folded", Alternative::Folded),
        ] {
            set.agrees_by_chance((&set.esda, column), &references, alternative, 9999.0);
        }
        for column in ["lm_p", "lm_p_lookup"] {
            set.agrees_roughly((&set.pygeoda, column), &references, PYGEODA);
        }
        let z = field(&references, |reference| reference.z());
        set.compare((&set.esda, "lm_zsim"), &z, |z, _| 0.04 + 0.04 * z.abs());
        // Over many permutations the moments are the analytic ones.
        let analytic = local_moran(&set.values, &weights, &params).unwrap();
        for (ours, reference) in analytic.iter().zip(&references) {
            if let (Some(ours), Some(reference)) = (ours, reference) {
                let held = ours.conditional.unwrap();
                assert!((ours.statistic - reference.observed).abs() < 1e-12);
                let error = (held.variance / 50_000.0).sqrt();
                assert!((held.expectation - reference.mean).abs() < 5.0 * error);
                assert!((held.variance / reference.variance - 1.0).abs() < 0.03);
            }
        }
    }
}

#[test]
fn local_geary_agrees_with_spdep_esda_and_pygeoda() {
    for set in Set::all() {
        let weights = set.weights.row_standardised();
        let run =
            |divisor| local_geary(&set.values, &weights, &LocalGearyParams::new(divisor)).unwrap();
        let less = run(VarianceDivisor::UnitsLessOne);
        let statistic = field(&less, |c| Some(c.statistic));
        set.agrees((&set.spdep, "localC"), &statistic, 1e-10);
        set.agrees((&set.pygeoda, "lgeary_val"), &statistic, 1e-10);
        if set.esda.contains_key("lgeary") {
            let statistic = field(&run(VarianceDivisor::Units), |c| Some(c.statistic));
            set.agrees((&set.esda, "lgeary"), &statistic, 1e-10);
        }
        let params = LocalGearyParams::new(VarianceDivisor::UnitsLessOne);
        let references = local_geary_permutation(&set.values, &weights, &params, &many()).unwrap();
        set.agrees_roughly((&set.pygeoda, "lgeary_p"), &references, PYGEODA);
        if set.esda.contains_key("lgeary_psim") {
            let column = (&set.esda, "lgeary_psim");
            set.agrees_by_chance(column, &references, Alternative::Directed, 9999.0);
        }
        // GeoDa's classes, given its own p-values.
        let codes: Vec<_> = less
            .iter()
            .zip(&references)
            .zip(&set.pygeoda["lgeary_p"])
            .map(|((c, reference), p)| {
                let (c, reference) = ((*c)?, (*reference)?);
                let class =
                    ClusterClass::of_geary(c.statistic, reference.mean, c.quadrant, (*p)?, 0.05);
                Some(f64::from(class.geoda_code()))
            })
            .collect();
        set.agrees((&set.pygeoda, "lgeary_c"), &codes, 0.0);
    }
}

#[test]
fn cluster_classes_agree_with_pygeoda_given_its_p_values() {
    for set in Set::all() {
        let params = LocalMoranParams::new(VarianceDivisor::UnitsLessOne);
        let moran = local_moran(&set.values, &set.weights, &params).unwrap();
        let codes: Vec<_> = moran
            .iter()
            .zip(&set.pygeoda["lm_p"])
            .map(|(i, p)| {
                let class = ClusterClass::of_moran((*i)?.quadrant, (*p)?, 0.05);
                Some(f64::from(class.geoda_code()))
            })
            .collect();
        set.agrees((&set.pygeoda, "lm_c"), &codes, 0.0);
        for (params, prefix) in [
            (GetisOrdParams::plain(), "G"),
            (GetisOrdParams::star(), "Gstar"),
        ] {
            let results = getis_ord(&set.values, &set.weights, &params).unwrap();
            let codes: Vec<_> = results
                .iter()
                .zip(&set.pygeoda[&format!("{prefix}_p")])
                .map(|(g, p)| {
                    let class = ClusterClass::of_getis_ord((*g)?.z, (*p)?, 0.05);
                    Some(f64::from(class.geoda_code()))
                })
                .collect();
            set.agrees((&set.pygeoda, &format!("{prefix}_c")), &codes, 0.0);
        }
    }
}

#[test]
fn local_join_counts_agree_with_esda_and_pygeoda() {
    for set in Set::all() {
        let mut sorted: Vec<f64> = set.values.iter().flatten().copied().collect();
        sorted.sort_by(f64::total_cmp);
        let middle = sorted.len() / 2;
        let median = match sorted.len() % 2 {
            0 => f64::midpoint(sorted[middle - 1], sorted[middle]),
            _ => sorted[middle],
        };
        let event: Vec<_> = set.values.iter().map(|x| x.map(|x| x > median)).collect();
        let results = local_join_count(&event, &set.weights, &many()).unwrap();
        // Packages give 0 where the event does not hold.
        let joins: Vec<_> = results
            .iter()
            .enumerate()
            .map(|(unit, count)| match count {
                Some(count) => Some(count.joins as f64),
                None if set.weights.cardinality(unit) == 0 => None,
                None => Some(0.0),
            })
            .collect();
        set.agrees((&set.pygeoda, "ljc_val"), &joins, 0.0);
        let references: Vec<_> = results
            .iter()
            .map(|count| count.filter(|count| count.joins > 0)?.reference)
            .collect();
        set.agrees_roughly((&set.pygeoda, "ljc_p"), &references, PYGEODA);
        if set.esda.contains_key("ljc_LJC") {
            set.agrees((&set.esda, "ljc_LJC"), &joins, 0.0);
            // esda ran 999 permutations here: its `fit` takes the number.
            let column = (&set.esda, "ljc_psim");
            set.agrees_by_chance(column, &references, Alternative::Directed, 999.0);
        }
    }
}

#[test]
fn local_moran_of_rates_agrees_with_esda_and_pygeoda() {
    for set in Set::all() {
        let (Some(cases), Some(population)) = (set.units.get("cases"), set.units.get("pop")) else {
            continue;
        };
        let weights = set.weights.row_standardised();
        let params = LocalMoranParams::new(VarianceDivisor::UnitsLessOne);
        let deviates = rate_deviates(cases, population).unwrap();
        for (ours, theirs) in deviates.iter().zip(&set.esda["assuncao_z"]) {
            assert!((ours.unwrap() - theirs.unwrap()).abs() < 1e-10);
        }
        let results = local_moran_rate(cases, population, &weights, &params).unwrap();
        let statistic = field(&results, |i| Some(i.statistic));
        set.agrees((&set.esda, "lmrate_Is"), &statistic, 1e-10);
        set.agrees((&set.pygeoda, "lmeb_val"), &statistic, 1e-10);
        let references =
            local_moran_rate_permutation(cases, population, &weights, &params, &many()).unwrap();
        let column = (&set.esda, "lmrate_psim");
        set.agrees_by_chance(column, &references, Alternative::Directed, 9999.0);
        set.agrees_roughly((&set.pygeoda, "lmeb_p"), &references, PYGEODA);
        let codes: Vec<_> = results
            .iter()
            .zip(&set.pygeoda["lmeb_p"])
            .map(|(i, p)| {
                let class = ClusterClass::of_moran((*i)?.quadrant, (*p)?, 0.05);
                Some(f64::from(class.geoda_code()))
            })
            .collect();
        set.agrees((&set.pygeoda, "lmeb_c"), &codes, 0.0);
    }
}

#[test]
fn the_discovery_threshold_agrees_with_esda() {
    for set in Set::all() {
        let Some(path) = shared(&format!("oracles/{}/esda_global.json", set.name)) else {
            return;
        };
        let json: serde_json::Value =
            serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        // esda counts islands, which it gives the smallest p possible.
        let threshold = discovery_threshold(&set.esda["lm_psim_directed"], 0.05).unwrap();
        let theirs = json["fdr_05_lm"].as_f64().unwrap();
        assert!((threshold - theirs).abs() < 1e-12, "{}", set.name);
    }
}

/// 707 polygons whose shared borders do not all match vertex by vertex. A
/// Gi* map of child marriage must be hottest where the surveys say it is:
/// eastern Bihar, Santhal Parganas and Murshidabad.
#[test]
fn real_districts_are_neighbours_and_the_known_hotspot_is_found() {
    let Some(path) = shared("data/india/districts_2019_nfhs5.geojson") else {
        return;
    };
    let json: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let features = json["features"].as_array().unwrap();
    let shapes: Vec<_> = features
        .iter()
        .map(|f| multi_polygon(&f["geometry"]))
        .collect();
    let shapes: Vec<_> = shapes.iter().map(Some).collect();
    let params = ContiguityParams::new(Contiguity::Queen, 1e-4).unwrap();
    let weights = contiguity(&shapes, &params).unwrap();
    assert_eq!(weights.asymmetries(), 0);
    let values: Vec<Option<f64>> = features
        .iter()
        .map(|feature| feature["properties"]["cm_nfhs5"].as_f64())
        .collect();
    let params = GetisOrdParams {
        self_neighbour: SelfNeighbour::Included,
    };
    let results = getis_ord(&values, &weights, &params).unwrap();
    let permutation = PermutationParams::new(9999, 1).unwrap();
    let references = getis_ord_permutation(&values, &weights, &permutation).unwrap();
    let moran = LocalMoranParams::new(VarianceDivisor::Units);
    let moran = local_moran(&values, &weights.row_standardised(), &moran).unwrap();
    let mut order: Vec<usize> = (0..results.len())
        .filter(|i| results[*i].is_some())
        .collect();
    order.sort_by(|a, b| results[*b].unwrap().z.total_cmp(&results[*a].unwrap().z));
    for unit in &order[..15] {
        let state = features[*unit]["properties"]["nfhs_state"]
            .as_str()
            .unwrap();
        assert!(
            ["Bihar", "Jharkhand", "West Bengal"].contains(&state),
            "{state}"
        );
        let reference = references[*unit].unwrap();
        assert!(reference.p(Alternative::Greater) < 0.01);
        assert_eq!(moran[*unit].unwrap().quadrant, Quadrant::HighHigh);
    }
}
