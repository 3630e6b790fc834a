//! Local statistics against other packages.

use safeground_stats::local::{GetisOrdParams, SelfNeighbour, getis_ord};
use safeground_stats::weights::{Contiguity, ContiguityParams, contiguity};

use crate::oracle::{SETS, columns, multi_polygon, neighbours, shared};

/// z-values of spdep (moments with divisor n, as Ord & Getis 1995 define them).
fn agrees_with_spdep(self_neighbour: SelfNeighbour, column: &str) {
    for (set, variable) in SETS {
        let Some(folder) = shared(&format!("oracles/{set}")) else {
            return;
        };
        let units = columns(folder.join("units.csv"));
        let oracle = columns(folder.join("spdep.csv"));
        let weights = neighbours(folder.join("neighbours.json"));
        let params = GetisOrdParams { self_neighbour };
        let results = getis_ord(&units[variable], &weights, &params).unwrap();
        let mut compared = 0;
        for (unit, (ours, theirs)) in results.iter().zip(&oracle[column]).enumerate() {
            // An island says nothing of clustering; packages zero or keep it.
            if let (Some(ours), Some(theirs)) = (ours, theirs) {
                let gap = (ours.z - theirs).abs();
                assert!(
                    gap < 1e-6,
                    "{set} {column} unit {unit}: {} {theirs}",
                    ours.z
                );
                compared += 1;
            }
        }
        assert_eq!(
            compared + weights.islands().len(),
            results.len(),
            "{set}: every unit but the islands is compared"
        );
    }
}

#[test]
fn gi_star_z_agrees_with_spdep() {
    agrees_with_spdep(SelfNeighbour::Included, "Gstar_z_B");
}

#[test]
fn gi_z_agrees_with_spdep() {
    agrees_with_spdep(SelfNeighbour::Excluded, "G_z_B");
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
    let results = getis_ord(&values, &weights, &GetisOrdParams::star()).unwrap();
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
    }
}
