//! Villages and routes as GeoJSON (RFC 7946).

use serde_json::{Map, Value, json};

use super::{ExportError, checked};
use crate::document::{PlanDocument, Position};
use crate::language::Language;
use crate::safe_text::plain;
use crate::table::{self, Cell};

/// A feature collection: a point for each visit and each village without one
/// (`layer` is `villages`, properties are the columns of the CSV), a point for
/// each village left out (`left_out`), a line for each route (`routes`, from
/// the base and back to it, straight between the stops) and a point for each
/// base (`bases`).
///
/// Empty values are `null` and have their status beside them. Coordinates are
/// rounded to five decimals, about a metre.
///
/// # Errors
/// [`ExportError::Document`] for a document with faults.
pub fn geojson(document: &PlanDocument, language: &Language) -> Result<Vec<u8>, ExportError> {
    checked(document)?;
    let mut features = Vec::new();
    for (layer, table) in [
        ("villages", table::plan(document, language)),
        ("left_out", table::left_out(document, language)),
    ] {
        let keys: Vec<String> = table.columns.iter().map(table::Column::key).collect();
        for row in &table.rows {
            let mut properties = Map::new();
            properties.insert("layer".into(), json!(layer));
            let mut coordinates = [0.0; 2];
            for (key, cell) in keys.iter().zip(row) {
                match (key.as_str(), cell) {
                    ("longitude", Cell::Number(value)) => coordinates[0] = rounded(*value),
                    ("latitude", Cell::Number(value)) => coordinates[1] = rounded(*value),
                    _ => {
                        properties.insert(key.clone(), value(cell));
                    }
                }
            }
            features.push(json!({
                "type": "Feature",
                "geometry": { "type": "Point", "coordinates": coordinates },
                "properties": properties,
            }));
        }
    }
    for (number, route) in document.routes.iter().enumerate() {
        let line: Vec<[f64; 2]> = way(document, number).into_iter().map(pair).collect();
        let team = document.team(&route.team_id);
        features.push(json!({
            "type": "Feature",
            "geometry": { "type": "LineString", "coordinates": line },
            "properties": {
                "layer": "routes",
                "plan_id": document.plan_id,
                "release_id": document.release_id,
                "team_id": route.team_id,
                "team": team.map(|team| plain(&team.label)),
                "date": route.date,
                "km": route.km,
                "households_planned": route.households(),
                "visits": route.visits.len(),
            },
        }));
    }
    for team in &document.asked.teams {
        features.push(json!({
            "type": "Feature",
            "geometry": { "type": "Point", "coordinates": pair(team.base) },
            "properties": {
                "layer": "bases",
                "plan_id": document.plan_id,
                "release_id": document.release_id,
                "team_id": team.id,
                "team": plain(&team.label),
            },
        }));
    }
    let collection = json!({
        "type": "FeatureCollection",
        "plan_id": document.plan_id,
        "release_id": document.release_id,
        "audience": document.audience,
        "features": features,
    });
    let write = ExportError::write("GeoJSON");
    let mut bytes = serde_json::to_vec(&collection).map_err(|error| write(&error))?;
    bytes.push(b'\n');
    Ok(bytes)
}

/// Base, stops and base again of a route, in order.
pub(crate) fn way(document: &PlanDocument, route: usize) -> Vec<Position> {
    let route = &document.routes[route];
    let base = document.team(&route.team_id).map(|team| team.base);
    let stops = route.visits.iter();
    let stops = stops.filter_map(|visit| document.village(&visit.place_id));
    base.into_iter()
        .chain(stops.map(|village| village.position))
        .chain(base)
        .collect()
}

fn pair(position: Position) -> [f64; 2] {
    [rounded(position.longitude), rounded(position.latitude)]
}

fn rounded(degrees: f64) -> f64 {
    (degrees * 1e5).round() / 1e5
}

fn value(cell: &Cell) -> Value {
    match cell {
        Cell::Empty => Value::Null,
        Cell::Text(text) => json!(plain(text)),
        Cell::Date(date) => json!(date),
        Cell::Number(number) if number.fract() == 0.0 && number.abs() < 1e15 => {
            json!(*number as i64)
        }
        Cell::Number(number) => json!(number),
    }
}
