//! A small made-up release for tests.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BinaryArray, Float64Array, Int32Array, Int64Array, RecordBatch, StringArray,
};
use safeground_schema::release::{Manifest, places_schema, scores_schema};

/// A release with its two tables.
pub(crate) struct Made {
    pub(crate) manifest: Manifest,
    pub(crate) places: RecordBatch,
    pub(crate) scores: RecordBatch,
}

/// Identifier, layer, parent, children, position.
type PlaceOf = (String, &'static str, Option<String>, i64, (f64, f64));

/// One row of the scores: layer, unit, theme, period, status, band, rate.
pub(crate) type Row = (
    &'static str,
    String,
    &'static str,
    &'static str,
    &'static str,
    Option<(i64, Option<i64>)>,
    Option<(f64, f64, f64)>,
);

/// Two districts of two blocks of ten villages each. Of village `i` (0 to 39)
/// live `100 + 10 i` households with twice as many children. Child marriage in
/// 2024: the state's rate is 100, the districts' 80 and 120, the blocks' 60,
/// 100, 90 and withheld; of the villages 3 and 13 alone are shown, with 900.
/// In village 5 nobody looked. Outreach: village 3 was reached in 2024, all of
/// its households.
pub(crate) fn release() -> Made {
    let mut places: Vec<PlaceOf> = vec![("state:1".into(), "state", None, 40_000, (25.5, 85.5))];
    for district in 1..=2 {
        let at = (25.0 + f64::from(district), 85.5);
        places.push((
            format!("district:{district}"),
            "district",
            Some("state:1".into()),
            20_000,
            at,
        ));
    }
    for block in 0..4 {
        let at = (25.0 + f64::from(block) / 4.0, 85.5);
        let district = format!("district:{}", 1 + block / 2);
        places.push((
            format!("block:{block}"),
            "block",
            Some(district),
            10_000,
            at,
        ));
    }
    for village in 0..40_i64 {
        let at = (
            25.0 + (village / 10) as f64 / 4.0,
            85.4 + (village % 10) as f64 / 50.0,
        );
        places.push((
            format!("village:{village}"),
            "village",
            Some(format!("block:{}", village / 10)),
            2 * (100 + 10 * village),
            at,
        ));
    }
    let theme = "child_marriage";
    let shown = |rate: f64| Some((rate, rate * 0.8, rate * 1.25));
    let mut rows: Vec<Row> = vec![
        (
            "state",
            "state:1".into(),
            theme,
            "2024",
            "available",
            Some((50, None)),
            shown(100.0),
        ),
        (
            "district",
            "district:1".into(),
            theme,
            "2024",
            "available",
            Some((20, Some(49))),
            shown(80.0),
        ),
        (
            "district",
            "district:2".into(),
            theme,
            "2024",
            "available",
            Some((20, Some(49))),
            shown(120.0),
        ),
        (
            "block",
            "block:0".into(),
            theme,
            "2024",
            "available",
            Some((10, Some(19))),
            shown(60.0),
        ),
        (
            "block",
            "block:1".into(),
            theme,
            "2024",
            "available",
            Some((10, Some(19))),
            shown(100.0),
        ),
        (
            "block",
            "block:2".into(),
            theme,
            "2024",
            "available",
            Some((10, Some(19))),
            shown(90.0),
        ),
        (
            "block",
            "block:3".into(),
            theme,
            "2024",
            "below_threshold",
            None,
            None,
        ),
    ];
    for village in 0..40 {
        let id = format!("village:{village}");
        rows.push(match village {
            3 | 13 => (
                "village",
                id,
                theme,
                "2024",
                "available",
                Some((5, Some(9))),
                shown(900.0),
            ),
            5 => ("village", id, theme, "2024", "not_observed", None, None),
            _ => ("village", id, theme, "2024", "below_threshold", None, None),
        });
    }
    rows.push((
        "village",
        "village:3".into(),
        "outreach",
        "2024",
        "available",
        Some((130, Some(130))),
        None,
    ));
    Made {
        manifest: manifest(),
        places: places_batch(&places),
        scores: scores_batch(&rows),
    }
}

fn manifest() -> Manifest {
    let theme = |code: &str, kind: &str, unit: &str| {
        serde_json::json!({"code": code, "title": code, "kind": kind, "unit": unit,
            "denominator": null, "source": null, "note": null})
    };
    serde_json::from_value(serde_json::json!({
        "format": 1, "release_id": "0011223344556677", "audience": "planning",
        "data_as_of": "2024-12-31", "code_version": "0", "seed": 7, "policy_sha256": "",
        "policy": {}, "inputs": [], "layers": [],
        "themes": [theme("child_marriage", "burden", "per 100,000 children"),
            theme("outreach", "outreach", "% of households"),
            theme("welfare_gap", "service_gap", "% of those eligible")],
        "available": [
            {"layer": "village", "theme": "child_marriage", "periods": ["2023", "2024"]},
            {"layer": "village", "theme": "outreach", "periods": ["2024"]}],
        "methods": {}, "synthetic": true, "caveats": [], "files": []
    }))
    .unwrap()
}

fn places_batch(rows: &[PlaceOf]) -> RecordBatch {
    let none = |n| -> ArrayRef { Arc::new(StringArray::from(vec![None::<&str>; n])) };
    let children: Vec<i64> = rows.iter().map(|row| row.3).collect();
    let of = |values: Vec<i64>| -> ArrayRef { Arc::new(Int64Array::from(values)) };
    let columns: Vec<ArrayRef> = vec![
        Arc::new(StringArray::from_iter_values(rows.iter().map(|row| &row.0))),
        Arc::new(StringArray::from_iter_values(rows.iter().map(|row| row.1))),
        Arc::new(StringArray::from_iter_values(
            rows.iter().map(|row| format!("Name of {}", row.0)),
        )),
        Arc::new(StringArray::from_iter(rows.iter().map(|row| row.2.clone()))),
        none(rows.len()),
        none(rows.len()),
        of(children.iter().map(|n| n * 5 / 2).collect()),
        of(children.clone()),
        of(children.iter().map(|n| n / 2).collect()),
        Arc::new(Float64Array::from(vec![None; rows.len()])),
        Arc::new(Float64Array::from_iter_values(
            rows.iter().map(|row| row.4.0),
        )),
        Arc::new(Float64Array::from_iter_values(
            rows.iter().map(|row| row.4.1),
        )),
        Arc::new(BinaryArray::from(vec![None::<&[u8]>; rows.len()])),
    ];
    RecordBatch::try_new(places_schema(), columns).unwrap()
}

fn scores_batch(rows: &[Row]) -> RecordBatch {
    let texts = |of: &dyn Fn(&Row) -> String| -> ArrayRef {
        Arc::new(StringArray::from_iter_values(rows.iter().map(of)))
    };
    let wholes = |of: &dyn Fn(&Row) -> Option<i64>| -> ArrayRef {
        Arc::new(Int64Array::from_iter(rows.iter().map(of)))
    };
    let numbers = |of: &dyn Fn(&Row) -> Option<f64>| -> ArrayRef {
        Arc::new(Float64Array::from_iter(rows.iter().map(of)))
    };
    let schema = scores_schema();
    let columns = schema
        .fields()
        .iter()
        .map(|field| match field.name().as_str() {
            "layer" => texts(&|row| row.0.to_owned()),
            "unit_id" => texts(&|row| row.1.clone()),
            "theme" => texts(&|row| row.2.to_owned()),
            "period" => texts(&|row| row.3.to_owned()),
            "status" => texts(&|row| row.4.to_owned()),
            "count_low" => wholes(&|row| row.5.map(|(low, _)| low)),
            "count_high" => wholes(&|row| row.5.and_then(|(_, high)| high)),
            "eb_rate" => numbers(&|row| row.6.map(|(rate, ..)| rate)),
            "eb_low" => numbers(&|row| row.6.map(|(_, low, _)| low)),
            "eb_high" => numbers(&|row| row.6.map(|(.., high)| high)),
            "gi_class" => Arc::new(StringArray::from(vec![None::<&str>; rows.len()])),
            _ if field.data_type() == &arrow::datatypes::DataType::Int64 => wholes(&|_| None),
            _ if field.data_type() == &arrow::datatypes::DataType::Int32 => {
                Arc::new(Int32Array::from(vec![None; rows.len()]))
            }
            _ => numbers(&|_| None),
        })
        .collect();
    RecordBatch::try_new(schema, columns).unwrap()
}

/// A request for both districts: two teams, two weeks.
pub(crate) fn ask() -> crate::Ask {
    crate::Ask::from_toml(
        r#"
        areas = ["district:1", "Name of district:2"]
        themes = { child_marriage = 1.0 }
        from = "2025-01-06"
        weeks = 2
        teams = [{ name = "A", base = "block:0" }, { name = "B", base = { latitude = 25.6, longitude = 85.5 } }]
        search = { draws = 50, route_rounds = 50 }
        "#,
    )
    .unwrap()
}
