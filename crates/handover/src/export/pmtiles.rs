//! The plan as an archive of vector tiles for maps without a network
//! (PMTiles version 3, Mapbox Vector Tiles).

use std::collections::BTreeMap;
use std::io::Cursor;

use ::pmtiles::{PmTilesWriter, TileCoord, TileId, TileType};
use mvt::{GeomEncoder, GeomType, Tile};
use serde_json::json;

use super::geojson::way;
use super::tiles::{Address, EXTENT, line, point};
use super::{ExportError, checked};
use crate::document::{PlanDocument, Position};
use crate::language::Language;
use crate::language::dates::time;
use crate::safe_text::plain;
use crate::words;

/// Deepest zoom; a map overzooms beyond it.
const MAX_ZOOM: u8 = 12;
/// Most villages and routes together.
const MOST_FEATURES: usize = 50_000;

/// A value of a feature; tiles have no null, so an absent one is left out, and
/// its status says why.
enum Tag {
    Text(&'static str, String),
    Whole(&'static str, u64),
    Number(&'static str, f64),
}

enum Shape {
    Point([i32; 2]),
    Lines(Vec<Vec<[i32; 2]>>),
}

/// Layers `villages`, `left_out`, `routes` and `bases` at zooms 0 to 12.
///
/// Every feature is in the tiles of every zoom, whatever its status. The
/// population of a village comes as one text such as `1,234` or `no data`,
/// beside its status.
///
/// # Errors
/// [`ExportError::Document`] for a document with faults;
/// [`ExportError::TooMany`] for more than 50,000 villages and routes.
pub fn pmtiles(document: &PlanDocument, language: &Language) -> Result<Vec<u8>, ExportError> {
    checked(document)?;
    let found = document.villages.len() + document.left_out.len() + document.routes.len();
    if found > MOST_FEATURES {
        return Err(ExportError::TooMany {
            what: "villages and routes",
            found,
            most: MOST_FEATURES,
            format: "PMTiles",
        });
    }
    let layers = layers(document, language);
    let mut tiles: BTreeMap<Address, Vec<(usize, usize, Shape)>> = BTreeMap::new();
    for (layer, (_, features)) in layers.iter().enumerate() {
        for (number, (geometry, _)) in features.iter().enumerate() {
            for zoom in 0..=MAX_ZOOM {
                match geometry {
                    Geometry::Point(position) => {
                        let (address, within) = point(*position, zoom);
                        let pieces = tiles.entry(address).or_default();
                        pieces.push((layer, number, Shape::Point(within)));
                    }
                    Geometry::Line(way) => {
                        for (address, lines) in line(way, zoom) {
                            let pieces = tiles.entry(address).or_default();
                            pieces.push((layer, number, Shape::Lines(lines)));
                        }
                    }
                }
            }
        }
    }
    let mut encoded = Vec::with_capacity(tiles.len());
    let failed = ExportError::write("PMTiles");
    for ((z, x, y), pieces) in tiles {
        let bytes = encode(&layers, &pieces).map_err(|error| failed(&error))?;
        let coordinate = TileCoord::new(z, x, y).map_err(|error| failed(&error))?;
        encoded.push((TileId::from(coordinate), coordinate, bytes));
    }
    // Readers of an archive in the order of its tiles read it in one sweep.
    encoded.sort_by_key(|(id, ..)| *id);
    archive(document, &layers, &encoded).map_err(|error| failed(&error))
}

enum Geometry {
    Point(Position),
    Line(Vec<Position>),
}

type Layer = (&'static str, Vec<(Geometry, Vec<Tag>)>);

fn layers(document: &PlanDocument, language: &Language) -> [Layer; 4] {
    let mut first_visit = BTreeMap::new();
    for (route, order, visit) in document.visits() {
        first_visit
            .entry(visit.place_id.as_str())
            .or_insert((route, order, visit));
    }
    let villages = document.villages.iter().map(|village| {
        let mut tags = vec![
            Tag::Text("place_id", village.place_id.clone()),
            Tag::Text("name", plain(&village.name)),
            Tag::Text("block", plain(&village.block)),
            Tag::Text("role", village.role.key().to_owned()),
            Tag::Text("population", language.figure(&village.population, 0)),
            Tag::Text(
                "population_status",
                village.population.status.key().to_owned(),
            ),
            Tag::Text("benefit", language.figure(&village.benefit, 1)),
            Tag::Text("benefit_status", village.benefit.status.key().to_owned()),
            Tag::Text(
                "reasons",
                plain(&words::reasons(village, language).join(" ")),
            ),
        ];
        if let Some((route, order, visit)) = first_visit.get(village.place_id.as_str()) {
            tags.push(Tag::Text("team_id", route.team_id.clone()));
            tags.push(Tag::Text("date", route.date.to_string()));
            tags.push(Tag::Whole("order", *order as u64));
            tags.push(Tag::Text("arrival", time(visit.arrival_minute)));
            tags.push(Tag::Whole("households_planned", visit.households.into()));
        }
        (Geometry::Point(village.position), tags)
    });
    let left_out = document.left_out.iter().map(|left| {
        let tags = vec![
            Tag::Text("place_id", left.place_id.clone()),
            Tag::Text("name", plain(&left.name)),
            Tag::Text("reason", plain(&words::left_out(left, language))),
        ];
        (Geometry::Point(left.position), tags)
    });
    let routes = document.routes.iter().enumerate().map(|(number, route)| {
        let tags = vec![
            Tag::Text("team_id", route.team_id.clone()),
            Tag::Text("date", route.date.to_string()),
            Tag::Number("km", route.km),
            Tag::Whole("households_planned", route.households()),
        ];
        (Geometry::Line(way(document, number)), tags)
    });
    let bases = document.asked.teams.iter().map(|team| {
        let tags = vec![
            Tag::Text("team_id", team.id.clone()),
            Tag::Text("team", plain(&team.label)),
        ];
        (Geometry::Point(team.base), tags)
    });
    [
        ("routes", routes.collect()),
        ("left_out", left_out.collect()),
        ("villages", villages.collect()),
        ("bases", bases.collect()),
    ]
}

fn encode(layers: &[Layer], pieces: &[(usize, usize, Shape)]) -> Result<Vec<u8>, mvt::Error> {
    let mut tile = Tile::new(EXTENT as u32);
    for (number, (name, features)) in layers.iter().enumerate() {
        let mut layer = tile.create_layer(name);
        for (_, feature, shape) in pieces.iter().filter(|(layer, ..)| *layer == number) {
            let mut encoded = layer.into_feature(geometry(shape)?);
            for tag in &features[*feature].1 {
                match tag {
                    Tag::Text(key, text) => encoded.add_tag_string(key, text),
                    Tag::Whole(key, whole) => encoded.add_tag_uint(key, *whole),
                    Tag::Number(key, number) => encoded.add_tag_double(key, *number),
                }
            }
            layer = encoded.into_layer();
        }
        if layer.num_features() > 0 {
            tile.add_layer(layer)?;
        }
    }
    tile.to_bytes()
}

fn geometry(shape: &Shape) -> Result<mvt::GeomData, mvt::Error> {
    match shape {
        Shape::Point([x, y]) => GeomEncoder::new(GeomType::Point).point(*x, *y)?.encode(),
        Shape::Lines(lines) => {
            let mut encoder = GeomEncoder::new(GeomType::Linestring);
            for (number, line) in lines.iter().enumerate() {
                if number > 0 {
                    encoder.complete_geom()?;
                }
                for [x, y] in line {
                    encoder.add_point(*x, *y)?;
                }
            }
            encoder.encode()
        }
    }
}

fn archive(
    document: &PlanDocument,
    layers: &[Layer],
    tiles: &[(TileId, TileCoord, Vec<u8>)],
) -> Result<Vec<u8>, ::pmtiles::PmtError> {
    let vector_layers: Vec<_> = layers.iter().map(description).collect();
    let metadata = json!({
        "name": plain(&document.title),
        "description": format!("{} · {}", document.plan_id, document.release_id),
        "plan_id": document.plan_id,
        "release_id": document.release_id,
        "audience": document.audience,
        "type": "overlay",
        "vector_layers": vector_layers,
    });
    let [west, south, east, north] = bounds(layers);
    let mut bytes = Vec::new();
    let mut writer = PmTilesWriter::new(TileType::Mvt)
        .min_zoom(0)
        .max_zoom(MAX_ZOOM)
        .bounds(west, south, east, north)
        .center(f64::midpoint(west, east), f64::midpoint(south, north))
        .center_zoom(9)
        .metadata(metadata.to_string())
        .create(Cursor::new(&mut bytes))?;
    for (_, coordinate, tile) in tiles {
        writer.add_tile(*coordinate, tile)?;
    }
    writer.finalize()?;
    Ok(bytes)
}

fn description((name, features): &Layer) -> serde_json::Value {
    let tags = features.iter().flat_map(|(_, tags)| tags);
    let fields: BTreeMap<&str, &str> = tags
        .map(|tag| match tag {
            Tag::Text(key, _) => (*key, "String"),
            Tag::Whole(key, _) | Tag::Number(key, _) => (*key, "Number"),
        })
        .collect();
    json!({ "id": name, "minzoom": 0, "maxzoom": MAX_ZOOM, "fields": fields })
}

/// West, south, east and north of everything; the whole world if there is
/// nothing.
fn bounds(layers: &[Layer]) -> [f64; 4] {
    let features = layers.iter().flat_map(|(_, features)| features);
    let points = features.flat_map(|(geometry, _)| match geometry {
        Geometry::Point(position) => std::slice::from_ref(position),
        Geometry::Line(way) => way.as_slice(),
    });
    let none = [
        f64::INFINITY,
        f64::INFINITY,
        f64::NEG_INFINITY,
        f64::NEG_INFINITY,
    ];
    let all = points.fold(none, |[west, south, east, north], point| {
        [
            west.min(point.longitude),
            south.min(point.latitude),
            east.max(point.longitude),
            north.max(point.latitude),
        ]
    });
    if all[0] > all[2] {
        [-180.0, -85.0, 180.0, 85.0]
    } else {
        all
    }
}
