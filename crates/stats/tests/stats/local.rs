//! Local statistics against other packages.

mod drawn;
mod esda;
mod geoda;
mod gi;
mod moran_and_kin;
mod scatter;

use std::collections::HashMap;

use safeground_stats::local::{
    ClusterClass, GetisOrdParams, LocalGearyParams, LocalMoranParams, LoshParams,
    LoshPermutationParams, Moments, Quadrant, SelfNeighbour, VarianceDivisor, getis_ord,
    getis_ord_permutation, getis_ord_ratio, local_geary, local_geary_permutation, local_join_count,
    local_moran, local_moran_permutation, local_moran_rate, local_moran_rate_permutation, losh,
    losh_permutation, rate_deviates,
};
use safeground_stats::multiple_testing::discovery_threshold;
use safeground_stats::permutation::{PermutationParams, Reference};
use safeground_stats::significance::{Alternative, Tails};
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
            let (least, most) = with_ties_either_way(&reference.tails, alternative);
            let ours = reference.p(alternative);
            let error = four_errors(ours, permutations);
            assert!(
                (least - error..=most + error).contains(theirs),
                "{} {} unit {unit}: {least} to {most}, not {theirs}",
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
fn with_ties_either_way(tails: &Tails, alternative: Alternative) -> (f64, f64) {
    let m = tails.permutations as f64;
    let greater = tails.greater_or_equal as f64 / m;
    let less = tails.less_or_equal as f64 / m;
    let ties = greater + less - 1.0;
    match alternative {
        Alternative::Greater => (greater - ties, greater),
        Alternative::Less => (less - ties, less),
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
        Alternative::TwoSided | Alternative::Folded => {
            panic!("these depend on more than the two tails")
        }
    }
}

/// Four binomial standard errors of a pseudo p-value, plus one step.
fn four_errors(p: f64, permutations: f64) -> f64 {
    4.0 * (p * (1.0 - p).max(0.0) / permutations).sqrt() + 1.0 / permutations
}

/// So many that the other package's own chance is what remains.
fn many() -> PermutationParams {
    PermutationParams::new(50_000, 20_240_501).unwrap()
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
