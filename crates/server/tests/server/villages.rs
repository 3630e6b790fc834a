//! A planning release with villages, small enough to plan with.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BinaryArray, Float64Array, Int32Array, Int64Array, RecordBatch, StringArray,
};
use arrow::datatypes::DataType;
use safeground_schema::release::{Manifest, places_schema, scores_schema};

/// Identifier, layer, parent, children, degrees north and east.
struct PlaceOf {
    id: String,
    layer: &'static str,
    parent: Option<String>,
    children: i64,
    at: (f64, f64),
}

const LAYERS: [&str; 4] = ["block", "district", "state", "village"];

/// A state of two districts with two blocks of ten villages each. The rate of
/// child marriage grows from block to block; every village is withheld.
fn places() -> Vec<PlaceOf> {
    let place = |id: String, layer, parent: Option<String>, children, at| PlaceOf {
        id,
        layer,
        parent,
        children,
        at,
    };
    let mut all = vec![place("state:1".into(), "state", None, 40_000, (25.5, 85.5))];
    for district in 1..=2 {
        let at = (25.0 + f64::from(district), 85.5);
        let id = format!("district:{district}");
        all.push(place(id, "district", Some("state:1".into()), 20_000, at));
    }
    for block in 0..4 {
        let parent = Some(format!("district:{}", 1 + block / 2));
        let at = (25.0 + f64::from(block) / 4.0, 85.5);
        all.push(place(format!("block:{block}"), "block", parent, 10_000, at));
    }
    for village in 0..40_i64 {
        let parent = Some(format!("block:{}", village / 10));
        let at = (
            25.0 + (village / 10) as f64 / 4.0,
            85.4 + (village % 10) as f64 / 50.0,
        );
        let children = 2 * (100 + 10 * village);
        all.push(place(
            format!("village:{village}"),
            "village",
            parent,
            children,
            at,
        ));
    }
    all.sort_by(|a, b| (a.layer, &a.id).cmp(&(b.layer, &b.id)));
    all
}

/// Manifest, places and scores; `shift` is added to every rate, to tell
/// releases apart.
pub fn release(shift: f64) -> (Manifest, RecordBatch, RecordBatch) {
    let places = places();
    (manifest(&places), table(&places), scores(&places, shift))
}

fn manifest(places: &[PlaceOf]) -> Manifest {
    let layers = LAYERS.map(|id| {
        let units = places.iter().filter(|place| place.layer == id).count();
        serde_json::json!({"id": id, "title": id, "kind": "place", "h3_resolution": null,
            "units": units, "bounds": [85.0, 24.5, 86.0, 27.5]})
    });
    let available = LAYERS.map(|layer| {
        serde_json::json!({"layer": layer, "theme": "child_marriage", "periods": ["2024"],
            "protection": "banded"})
    });
    serde_json::from_value(serde_json::json!({
        "format": 1, "release_id": "", "audience": "planning", "data_as_of": "2024-12-31",
        "code_version": "0", "seed": 7, "policy_sha256": "", "policy": {}, "inputs": [],
        "layers": layers, "available": available, "methods": {}, "synthetic": true,
        "caveats": [], "files": [],
        "themes": [{"code": "child_marriage", "title": "child marriage", "kind": "burden",
            "unit": "per 100,000 children", "denominator": null, "source": null, "note": null}],
    }))
    .unwrap()
}

fn table(places: &[PlaceOf]) -> RecordBatch {
    let text = |of: &dyn Fn(&PlaceOf) -> Option<String>| -> ArrayRef {
        Arc::new(StringArray::from_iter(places.iter().map(of)))
    };
    let whole = |of: &dyn Fn(&PlaceOf) -> i64| -> ArrayRef {
        Arc::new(Int64Array::from_iter_values(places.iter().map(of)))
    };
    let number = |of: &dyn Fn(&PlaceOf) -> f64| -> ArrayRef {
        Arc::new(Float64Array::from_iter_values(places.iter().map(of)))
    };
    let columns: Vec<ArrayRef> = vec![
        text(&|place| Some(place.id.clone())),
        text(&|place| Some(place.layer.to_owned())),
        text(&|place| Some(format!("Name of {}", place.id))),
        text(&|place| place.parent.clone()),
        text(&|_| None),
        text(&|_| None),
        whole(&|place| place.children * 5 / 2),
        whole(&|place| place.children),
        whole(&|place| place.children / 2),
        Arc::new(Float64Array::from(vec![None; places.len()])),
        number(&|place| place.at.0),
        number(&|place| place.at.1),
        Arc::new(BinaryArray::from(vec![None::<&[u8]>; places.len()])),
    ];
    RecordBatch::try_new(places_schema(), columns).unwrap()
}

fn scores(places: &[PlaceOf], shift: f64) -> RecordBatch {
    let rate = |place: &PlaceOf| -> Option<f64> {
        let (_, number) = place.id.split_once(':').unwrap();
        let number: f64 = number.parse().unwrap();
        (place.layer != "village").then_some(60.0 + 20.0 * number + shift)
    };
    let text = |of: &dyn Fn(&PlaceOf) -> Option<&str>| -> ArrayRef {
        Arc::new(StringArray::from_iter(places.iter().map(of)))
    };
    let times = |factor: f64| -> ArrayRef {
        let rates = places
            .iter()
            .map(|place| rate(place).map(|rate| rate * factor));
        Arc::new(Float64Array::from_iter(rates))
    };
    let band = |end: i64| -> ArrayRef {
        let ends = places.iter().map(|place| rate(place).map(|_| end));
        Arc::new(Int64Array::from_iter(ends))
    };
    let schema = scores_schema();
    let columns = schema
        .fields()
        .iter()
        .map(|field| -> ArrayRef {
            match field.name().as_str() {
                "layer" => text(&|place| Some(place.layer)),
                "unit_id" => text(&|place| Some(&place.id)),
                "theme" => text(&|_| Some("child_marriage")),
                "period" => text(&|_| Some("2024")),
                "status" => text(&|place| match rate(place) {
                    Some(_) => Some("available"),
                    None => Some("below_threshold"),
                }),
                "gi_class" => text(&|_| None),
                "count_low" => band(20),
                "count_high" => band(49),
                "eb_rate" => times(1.0),
                "eb_low" => times(0.8),
                "eb_high" => times(1.25),
                _ if field.data_type() == &DataType::Int64 => {
                    Arc::new(Int64Array::from(vec![None; places.len()]))
                }
                _ if field.data_type() == &DataType::Int32 => {
                    Arc::new(Int32Array::from(vec![None; places.len()]))
                }
                _ => Arc::new(Float64Array::from(vec![None; places.len()])),
            }
        })
        .collect();
    RecordBatch::try_new(schema, columns).unwrap()
}
