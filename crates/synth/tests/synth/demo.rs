//! The state of seed 7, generated once and read back from its files.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use geo::{MultiPolygon, Polygon};
use h3o::{CellIndex, LatLng, Resolution};
use safeground_synth::{SynthReport, SynthRequest, generate};
use serde_json::Value;

pub struct Demo {
    pub folder: PathBuf,
    pub report: SynthReport,
    pub truth: Value,
    pub villages: Vec<Village>,
    /// Children below 18 by district code.
    pub children: HashMap<u32, f64>,
    pub incidents: Vec<Incident>,
}

pub struct Village {
    pub code: u32,
    pub block: u32,
    pub district: u32,
    pub children: f64,
    pub latitude: f64,
    pub longitude: f64,
}

#[derive(Debug, Clone, Copy)]
pub struct Incident {
    pub category: &'static str,
    pub year: i32,
    pub month: u32,
    pub day: u32,
    pub block: u32,
    pub district: u32,
    pub children: f64,
}

pub fn demo() -> &'static Demo {
    static DEMO: OnceLock<Demo> = OnceLock::new();
    DEMO.get_or_init(|| Demo::of_seed(7, "synth-demo"))
}

pub fn rows(folder: &Path, file: &str, delimiter: u8) -> Vec<HashMap<String, String>> {
    csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .from_path(folder.join(file))
        .unwrap()
        .deserialize()
        .map(|row| row.unwrap())
        .collect()
}

pub fn shapes(folder: &Path, file: &str, key: &str) -> Vec<(u32, Value, MultiPolygon)> {
    let text = std::fs::read_to_string(folder.join(file)).unwrap();
    let collection: geojson::FeatureCollection = text.parse().unwrap();
    collection
        .features
        .into_iter()
        .map(|feature| {
            let properties = Value::Object(feature.properties.unwrap());
            let code = properties[key].as_str().unwrap().parse().unwrap();
            let geometry: geo::Geometry = feature.geometry.unwrap().try_into().unwrap();
            let shape = match geometry {
                geo::Geometry::Polygon(polygon) => MultiPolygon::new(vec![polygon]),
                geo::Geometry::MultiPolygon(shape) => shape,
                other => panic!("unexpected {other:?}"),
            };
            (code, properties, shape)
        })
        .collect()
}

pub fn polygons(shape: &MultiPolygon) -> impl Iterator<Item = &Polygon> {
    shape.0.iter()
}

/// Text with digits grouped as in India.
pub fn figure(text: &str) -> f64 {
    text.replace(',', "").parse().unwrap()
}

fn category(text: &str) -> &'static str {
    match text {
        "TR" | "Trafficking" | "trafficking" => "trafficking",
        "CL" | "Child labour" | "child_labour" => "child_labour",
        "SA" | "Sexual abuse" | "sexual_abuse" => "sexual_abuse",
        "CM" | "Child marriage" | "child_marriage" => "child_marriage",
        "OA" | "Online abuse" | "online_abuse" => "online_abuse",
        "MC" | "Missing child" | "missing" => "missing",
        other => panic!("unexpected category {other}"),
    }
}

impl Demo {
    /// Generates a state into a folder of this name and reads it back.
    pub fn of_seed(seed: u64, name: &str) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let request = SynthRequest::new(seed, 1.0, &folder).unwrap();
        Self::read(generate(&request).unwrap())
    }

    fn read(report: SynthReport) -> Self {
        let folder = report.folder.clone();
        let truth = std::fs::read_to_string(folder.join(&report.truth)).unwrap();
        let district_of: HashMap<u32, u32> = shapes(&folder, "blocks.geojson", "block_code")
            .into_iter()
            .map(|(code, properties, _)| {
                let district = properties["district_code"].as_str().unwrap();
                (code, district.parse().unwrap())
            })
            .collect();
        let villages: Vec<Village> = rows(&folder, "villages.csv", b',')
            .iter()
            .map(|row| {
                let block = row["Block code"].parse().unwrap();
                Village {
                    code: row["Village code"].parse().unwrap(),
                    block,
                    district: district_of[&block],
                    children: figure(&row["Children 0-17"]),
                    latitude: row["Latitude"].parse().unwrap(),
                    longitude: row["Longitude"].parse().unwrap(),
                }
            })
            .collect();
        let mut children = HashMap::new();
        for village in &villages {
            *children.entry(village.district).or_default() += village.children;
        }
        let incidents = incidents(&folder, &villages);
        Self {
            truth: serde_json::from_str(&truth).unwrap(),
            folder,
            report,
            villages,
            children,
            incidents,
        }
    }

    /// Codes of places in the truth, such as those of `/unobserved/place`.
    pub fn codes(value: &Value) -> Vec<u32> {
        let code = |value: &Value| {
            let text = value.as_str().unwrap();
            text.split_once(':').unwrap().1.parse().unwrap()
        };
        match value {
            Value::Array(items) => items.iter().map(code).collect(),
            one => vec![code(one)],
        }
    }

    pub fn code(&self, pointer: &str) -> u32 {
        Self::codes(self.truth.pointer(pointer).unwrap())[0]
    }

    /// Children recorded in incidents that fit.
    pub fn count(&self, fits: impl Fn(&Incident) -> bool) -> f64 {
        let fitting = self.incidents.iter().filter(|incident| fits(incident));
        fitting.map(|incident| incident.children).sum()
    }
}

fn incidents(folder: &Path, villages: &[Village]) -> Vec<Incident> {
    let by_code: HashMap<u32, &Village> = villages.iter().map(|v| (v.code, v)).collect();
    let by_cell: HashMap<CellIndex, &Village> = villages
        .iter()
        .map(|v| {
            let point = LatLng::new(v.latitude, v.longitude).unwrap();
            (point.to_cell(Resolution::Eight), v)
        })
        .collect();
    let by_name: HashMap<String, (u32, u32)> = shapes(folder, "blocks.geojson", "block_code")
        .into_iter()
        .map(|(code, properties, _)| {
            let name = properties["block_name"].as_str().unwrap().to_uppercase();
            let district = properties["district_code"].as_str().unwrap();
            (name, (code, district.parse().unwrap()))
        })
        .collect();
    let mut found = Vec::new();
    let mut add = |kind: &str, date: (i32, u32, u32), place: (u32, u32), children: f64| {
        found.push(Incident {
            category: category(kind),
            year: date.0,
            month: date.1,
            day: date.2,
            block: place.0,
            district: place.1,
            children,
        });
    };
    let of = |village: &Village| (village.block, village.district);
    for row in rows(folder, "incidents_alder.csv", b',') {
        let village = by_code[&row["Village code"].parse().unwrap()];
        add(
            &row["Type of case"],
            day_first(&row["Date"], '/'),
            of(village),
            1.0,
        );
    }
    for row in rows(folder, "incidents_birch.csv", b',') {
        let village = by_cell[&row["h3_cell"].parse().unwrap()];
        add(
            &row["category"],
            day_first(&row["day"], '.'),
            of(village),
            1.0,
        );
    }
    for row in rows(folder, "incidents_cedar.csv", b';') {
        let village = by_code[&row["VILLAGE"].parse().unwrap()];
        let mut parts = row["DATE"]
            .split('-')
            .map(|part| part.parse::<u32>().unwrap());
        let (year, month, day) = (parts.next(), parts.next(), parts.next());
        let date = (year.unwrap() as i32, month.unwrap(), day.unwrap());
        add(&row["KIND"], date, of(village), 1.0);
    }
    for row in rows(folder, "incidents_damson.csv", b',') {
        let place = by_name[&row["Block"]];
        let children = row["Children found"].parse().unwrap();
        add(
            &row["Offence"],
            day_first(&row["Date"], '-'),
            place,
            children,
        );
    }
    found
}

fn day_first(text: &str, separator: char) -> (i32, u32, u32) {
    let mut parts = text
        .split(separator)
        .map(|part| part.parse::<u32>().unwrap());
    let (day, month, year) = (parts.next(), parts.next(), parts.next());
    (year.unwrap() as i32, month.unwrap(), day.unwrap())
}
