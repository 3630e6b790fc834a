//! What everybody knows: places, who lives in them, and what lies in what.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use anyhow::Context as _;
use serde_json::Value;

use super::truth::{parent, rows};

/// A village as the census lists it.
#[derive(Debug, Clone)]
pub struct Village {
    /// Identifier.
    pub id: String,
    /// Block.
    pub block: String,
    /// District.
    pub district: String,
    /// H3 cell of resolution 8.
    pub h3: String,
    /// Degrees north.
    pub latitude: f64,
    /// Degrees east.
    pub longitude: f64,
    /// Inhabitants.
    pub population: u64,
    /// Children below 18.
    pub children: f64,
}

/// Places and what lies in what.
pub struct Geography {
    /// Villages, sorted by identifier.
    pub villages: Vec<Village>,
    /// Villages (by position) of each unit of each layer, sorted.
    pub members: BTreeMap<String, BTreeMap<String, Vec<usize>>>,
    /// The state, if there is one.
    pub state: Option<String>,
}

impl Geography {
    /// Reads places from the files that everybody may have.
    ///
    /// # Errors
    /// Where a file is missing or has an unknown shape.
    pub fn read(input: &Path) -> anyhow::Result<Self> {
        let blocks: Value = serde_json::from_slice(&std::fs::read(input.join("blocks.geojson"))?)?;
        let mut district_of: HashMap<String, String> = HashMap::new();
        for feature in blocks["features"].as_array().context("no blocks")? {
            let code = |name: &str| {
                feature["properties"][name]
                    .as_str()
                    .unwrap_or_default()
                    .to_owned()
            };
            district_of.insert(code("block_code"), code("district_code"));
        }
        let mut villages = Vec::new();
        for row in rows(&input.join("villages.csv"))? {
            let text = |name: &str| row.get(name).cloned().unwrap_or_default();
            let figure = |name: &str| text(name).replace(',', "").parse::<f64>();
            let place = h3o::LatLng::new(text("Latitude").parse()?, text("Longitude").parse()?)?;
            let district = district_of
                .get(&text("Block code"))
                .context("a village lies in no block")?;
            villages.push(Village {
                id: format!("village:{}", text("Village code")),
                block: format!("block:{}", text("Block code")),
                district: format!("district:{district}"),
                h3: place.to_cell(h3o::Resolution::Eight).to_string(),
                latitude: place.lat(),
                longitude: place.lng(),
                population: figure("Population")? as u64,
                children: figure("Children 0-17")?,
            });
        }
        let states: Value = serde_json::from_slice(&std::fs::read(input.join("states.geojson"))?)?;
        let code = states["features"][0]["properties"]["state_code"].as_str();
        Ok(Self {
            state: code.map(|code| format!("state:{code}")),
            ..Self::new(villages)
        })
    }

    /// Villages, and the blocks, districts and cells that they make up.
    #[must_use]
    pub fn new(mut villages: Vec<Village>) -> Self {
        villages.sort_by(|a, b| a.id.cmp(&b.id));
        let mut members: BTreeMap<String, BTreeMap<String, Vec<usize>>> = BTreeMap::new();
        for (at, village) in villages.iter().enumerate() {
            let mut add = |layer: &str, unit: String| {
                let units = members.entry(layer.to_owned()).or_default();
                units.entry(unit).or_default().push(at);
            };
            add("village", village.id.clone());
            add("block", village.block.clone());
            add("district", village.district.clone());
            for resolution in 3..=6 {
                if let Some(cell) = parent(&village.h3, resolution) {
                    add(&format!("h3_r{resolution}"), cell);
                }
            }
        }
        Self {
            villages,
            members,
            state: None,
        }
    }

    /// Villages of a unit, by position.
    #[must_use]
    pub fn of(&self, layer: &str, unit: &str) -> &[usize] {
        self.members
            .get(layer)
            .and_then(|units| units.get(unit))
            .map_or(&[], Vec::as_slice)
    }

    /// Inhabitants of a unit.
    #[must_use]
    pub fn population(&self, layer: &str, unit: &str) -> u64 {
        self.of(layer, unit)
            .iter()
            .map(|v| self.villages[*v].population)
            .sum()
    }
}
