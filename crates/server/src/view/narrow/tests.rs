//! What is left of a small release.

use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array};
use safeground_schema::release::{Manifest, ManifestAvailable, ManifestLayer, ManifestTheme};

use super::*;

/// Place, and what it lies in: two states with a district each, a block, and a
/// district that moved from one state to the other between two vintages.
const PLACES: [(&str, Option<&str>); 7] = [
    ("state:1", None),
    ("state:2", None),
    ("district:1", Some("state:1")),
    ("district:2", Some("state:2")),
    ("block:1", Some("district:1")),
    ("district:3", Some("state:1")),
    ("district:3", Some("state:2")),
];

/// Layer, unit, theme and period.
const SCORES: [[&str; 4]; 7] = [
    ["block", "block:1", "missing", "2023"],
    ["district", "district:1", "literacy", "2011"],
    ["district", "district:1", "missing", "2022"],
    ["district", "district:1", "missing", "2023"],
    ["district", "district:1", "trafficking", "2023"],
    ["district", "district:2", "missing", "2023"],
    ["h3_r5", "8560925bfffffff", "missing", "2023"],
];

fn texts<const N: usize>(values: [Option<&str>; N]) -> ArrayRef {
    Arc::new(StringArray::from(values.to_vec()))
}

fn release() -> ReleaseData {
    let numbers = || Arc::new(Float64Array::from(vec![1.0; PLACES.len()])) as ArrayRef;
    let places = RecordBatch::try_from_iter([
        ("place_id", texts(PLACES.map(|(id, _)| Some(id)))),
        ("parent_id", texts(PLACES.map(|(_, parent)| parent))),
        ("latitude", numbers()),
        ("longitude", numbers()),
    ]);
    let column = |at: usize| texts(SCORES.map(|row| Some(row[at])));
    let scores = RecordBatch::try_from_iter([
        ("layer", column(0)),
        ("unit_id", column(1)),
        ("theme", column(2)),
        ("period", column(3)),
    ]);
    let scores = scores.unwrap();
    ReleaseData {
        manifest: manifest(),
        places: places.unwrap(),
        breakdowns: Some(scores.clone()),
        scores,
    }
}

fn manifest() -> Manifest {
    let layer = |id: &str, kind| ManifestLayer {
        id: id.into(),
        title: id.into(),
        kind,
        h3_resolution: None,
        units: 2,
        bounds: None,
    };
    let theme = |code: &str, kind| ManifestTheme {
        code: code.into(),
        title: code.into(),
        kind,
        unit: "children".into(),
        denominator: None,
        source: None,
        note: None,
    };
    let available = |layer: &str, theme: &str, periods: &[&str]| ManifestAvailable {
        layer: layer.into(),
        theme: theme.into(),
        periods: periods.iter().map(|period| (*period).to_owned()).collect(),
        protection: None,
        noise_standard_deviation: None,
    };
    Manifest {
        format: 1,
        release_id: "0123456789abcdef".into(),
        audience: "planning".into(),
        data_as_of: None,
        code_version: "test".into(),
        seed: 1,
        policy_sha256: String::new(),
        policy: serde_json::Value::Null,
        looser_than_floor: None,
        inputs: Vec::new(),
        layers: vec![
            layer("block", LayerKind::Place),
            layer("district", LayerKind::Place),
            layer("h3_r5", LayerKind::H3),
        ],
        themes: vec![
            theme("literacy", ThemeKind::Indicator),
            theme("missing", ThemeKind::Burden),
            theme("trafficking", ThemeKind::Burden),
        ],
        available: vec![
            available("block", "missing", &["2023"]),
            available("district", "literacy", &["2011"]),
            available("district", "missing", &["2022", "2023"]),
            available("district", "trafficking", &["2023"]),
            available("h3_r5", "missing", &["2023"]),
        ],
        methods: Default::default(),
        noise: None,
        synthetic: true,
        caveats: Vec::new(),
        files: Vec::new(),
    }
}

fn scope(places: &[&str], themes: &[&str], from: Option<&str>) -> Scope {
    Scope {
        places: places.iter().map(|place| (*place).to_owned()).collect(),
        themes: themes.iter().map(|theme| (*theme).to_owned()).collect(),
        from: from.map(str::to_owned),
        until: None,
    }
}

fn column(rows: &RecordBatch, name: &str) -> Vec<String> {
    let values = text(rows, name).unwrap().iter().flatten();
    values.map(str::to_owned).collect()
}

#[test]
fn tables_hold_the_places_of_a_scope_and_what_they_lie_in() {
    let of = |places: &[&str]| {
        let data = narrow_tables(release(), &scope(places, &[], None)).unwrap();
        column(&data.places, "place_id")
    };
    assert_eq!(of(&["district:1"]), ["state:1", "district:1", "block:1"]);
    assert_eq!(of(&["block:1"]), ["state:1", "district:1", "block:1"]);
    // In both of the states that it was in.
    let moved = ["state:1", "state:2", "district:3", "district:3"];
    assert_eq!(of(&["district:3"]), moved);
    assert!(of(&["district:9"]).is_empty());
    assert_eq!(of(&[]).len(), PLACES.len());
}

#[test]
fn tables_hold_the_scores_and_the_manifest_that_all_other_routes_serve() {
    let scope = scope(&["district:1"], &["missing"], Some("2023"));
    let tables = narrow_tables(release(), &scope).unwrap();
    let served = narrow(release(), &scope).unwrap();
    assert_eq!(tables.scores, served.scores);
    // Counts by class are cut as scores are.
    assert_eq!(tables.breakdowns.as_ref(), Some(&served.scores));
    assert_eq!(tables.manifest, served.manifest);
    // Indicators are open in every theme and period.
    assert_eq!(
        column(&tables.scores, "theme"),
        ["missing", "literacy", "missing"]
    );
    let units = ["block:1", "district:1", "district:1"];
    assert_eq!(column(&tables.scores, "unit_id"), units);
    let layers: Vec<&str> = tables
        .manifest
        .layers
        .iter()
        .map(|l| l.id.as_str())
        .collect();
    assert_eq!(layers, ["block", "district"]);
    assert!(
        tables
            .manifest
            .themes
            .iter()
            .all(|theme| theme.code != "trafficking")
    );
    assert!(
        tables
            .manifest
            .available
            .iter()
            .all(|available| !available.periods.contains(&"2022".to_owned()))
    );
}

#[test]
fn the_whole_release_stays_as_it_is() {
    let tables = narrow_tables(release(), &Scope::default()).unwrap();
    assert_eq!(tables.scores, release().scores);
    assert_eq!(tables.places, release().places);
}
