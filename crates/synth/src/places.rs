//! The files of places: polygons as GeoJSON, villages as a table.

use std::fmt::Write as _;

use crate::files::{Sheet, write_text};
use crate::geography::{STATE_CODE, Shape, Vertex};
use crate::names::STATE_NAME;
use crate::world::World;
use crate::{SynthError, SynthRequest};

/// Files of state, districts, blocks and villages.
pub(crate) const STATES: &str = "states.geojson";
/// Districts.
pub(crate) const DISTRICTS: &str = "districts.geojson";
/// Blocks.
pub(crate) const BLOCKS: &str = "blocks.geojson";
/// Villages.
pub(crate) const VILLAGES: &str = "villages.csv";

/// Columns of the table of villages.
pub(crate) const HEADER: [&str; 9] = [
    "Village code",
    "Village name",
    "Block code",
    "Households",
    "Population",
    "Children 0-6",
    "Children 0-17",
    "Latitude",
    "Longitude",
];

/// Writes the four files; returns the places in each.
pub(crate) fn write(world: &World, request: &SynthRequest) -> Result<[u64; 4], SynthError> {
    let (geography, folder) = (&world.geography, request.folder());
    let mut state = Features::default();
    let code = [("state_code", STATE_CODE)];
    state.add(STATE_NAME, "state_name", &code, &geography.state_shapes);
    let mut districts = Features::default();
    for district in &geography.districts {
        let codes = [("district_code", district.code), ("state_code", STATE_CODE)];
        districts.add(&district.name, "district_name", &codes, &district.shapes);
    }
    let mut blocks = Features::default();
    for block in &geography.blocks {
        let district = geography.districts[block.district].code;
        let codes = [("block_code", block.code), ("district_code", district)];
        blocks.add(&block.name, "block_name", &codes, &block.shapes);
    }
    let counts = [state.count, districts.count, blocks.count];
    write_text(folder, STATES, &state.finish())?;
    write_text(folder, DISTRICTS, &districts.finish())?;
    write_text(folder, BLOCKS, &blocks.finish())?;
    let mut sheet = Sheet::create(folder, VILLAGES, &HEADER)?;
    for village in &world.villages {
        let block = &geography.blocks[village.block];
        sheet
            .whole(u64::from(village.code))
            .text(&village.name)
            .whole(u64::from(block.code));
        for figure in [
            village.households,
            village.population,
            village.children_0_6,
            village.children_under_18,
        ] {
            sheet.grouped(u64::from(figure));
        }
        sheet.decimal(f64::from(village.point.north) / 1e6, 6);
        sheet
            .decimal(f64::from(village.point.east) / 1e6, 6)
            .end_row()?;
    }
    let [state, districts, blocks] = counts;
    Ok([state, districts, blocks, sheet.finish()?])
}

/// A GeoJSON feature collection (RFC 7946) in the making.
#[derive(Debug, Default)]
struct Features {
    text: String,
    count: u64,
}

impl Features {
    fn add(&mut self, name: &str, name_key: &str, codes: &[(&str, u32)], shapes: &[Shape]) {
        self.text
            .push_str(if self.count == 0 { "\n" } else { ",\n" });
        self.count += 1;
        // Names are ASCII letters, so they need no escaping.
        let text = &mut self.text;
        let _ = write!(
            text,
            r#"{{"type":"Feature","properties":{{"{name_key}":"{name}""#
        );
        for (key, code) in codes {
            let _ = write!(text, r#","{key}":"{code}""#);
        }
        text.push_str(r#","source":"synthetic"},"geometry":"#);
        push_geometry(text, shapes);
        text.push('}');
    }

    fn finish(self) -> String {
        format!(
            "{{\"type\":\"FeatureCollection\",\"description\":\"Synthetic: a fictional state, not a real place.\",\"features\":[{}\n]}}\n",
            self.text
        )
    }
}

fn push_geometry(text: &mut String, shapes: &[Shape]) {
    match shapes {
        [shape] => {
            text.push_str(r#"{"type":"Polygon","coordinates":"#);
            push_list(text, shape, |text, ring| push_list(text, ring, push_vertex));
        }
        shapes => {
            text.push_str(r#"{"type":"MultiPolygon","coordinates":"#);
            push_list(text, shapes, |text, shape| {
                push_list(text, shape, |text, ring| push_list(text, ring, push_vertex));
            });
        }
    }
    text.push('}');
}

fn push_list<T>(text: &mut String, items: &[T], push: impl Fn(&mut String, &T)) {
    text.push('[');
    for (position, item) in items.iter().enumerate() {
        if position > 0 {
            text.push(',');
        }
        push(text, item);
    }
    text.push(']');
}

fn push_vertex(text: &mut String, vertex: &Vertex) {
    text.push('[');
    push_degrees(text, vertex.east);
    text.push(',');
    push_degrees(text, vertex.north);
    text.push(']');
}

fn push_degrees(text: &mut String, millionths: i32) {
    let sign = if millionths < 0 { "-" } else { "" };
    let size = millionths.unsigned_abs();
    let _ = write!(text, "{sign}{}.{:06}", size / 1_000_000, size % 1_000_000);
}
