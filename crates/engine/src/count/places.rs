//! The places of a lake, as columns, with their tree.

use std::collections::HashMap;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float64Type, Int64Type};
use datafusion::prelude::SessionContext;
use h3o::{CellIndex, LatLng, Resolution};
use safeground_schema::{Layer, Level};

use crate::EngineError;

/// Longest chain of parents followed; the levels are six, a cycle in the
/// data must not hang the count.
const MAX_DEPTH: usize = 8;

/// All places, sorted by identifier; a place is known by its index.
#[derive(Debug, Default)]
pub struct Places {
    /// Identifiers, sorted.
    pub ids: Vec<String>,
    /// Index into [`Places::layers`].
    pub layer: Vec<u16>,
    /// Layers that occur, sorted.
    pub layers: Vec<Layer>,
    /// Index of the place it lies in.
    pub parent: Vec<Option<u32>>,
    /// Official name.
    pub name: Vec<Option<String>>,
    /// Local Government Directory code.
    pub lgd_code: Vec<Option<String>>,
    /// Code in the 2011 census.
    pub census2011_code: Vec<Option<String>>,
    /// Degrees north.
    pub latitude: Vec<Option<f64>>,
    /// Degrees east.
    pub longitude: Vec<Option<f64>>,
    /// H3 cell of the representative point, resolution 8.
    pub cell: Vec<Option<CellIndex>>,
    /// Square kilometres.
    pub area_km2: Vec<Option<f64>>,
    /// Households.
    pub households: Vec<Option<i64>>,
    /// Population.
    pub population: Vec<Option<i64>>,
    /// Children aged 0 to 6.
    pub children_0_6: Vec<Option<i64>>,
    /// Children below 18.
    pub children_under_18: Vec<Option<i64>>,
    /// Whether the place has a polygon.
    pub has_geometry: Vec<bool>,
    /// Whether any source of the figures calls itself synthetic.
    pub synthetic: bool,
    index: HashMap<String, u32>,
    by_text: HashMap<String, Option<u16>>,
}

impl Places {
    /// Reads the `places` table of the session, one row per place.
    ///
    /// # Errors
    /// The query's failure, or [`EngineError::Content`] for an identifier
    /// that is none.
    pub async fn read(ctx: &SessionContext) -> Result<Self, EngineError> {
        let batches = ctx
            .sql(
                "SELECT place_id, name, parent_id, lgd_code, census2011_code, latitude, longitude, \
                 h3, area_km2, households, population, children_0_6, children_under_18, \
                 geometry IS NOT NULL AS has_geometry, source FROM places ORDER BY place_id",
            )
            .await?
            .collect()
            .await?;
        let mut places = Self::default();
        let mut parents = Vec::new();
        for batch in &batches {
            places.append(batch, &mut parents)?;
        }
        places.finish(&parents);
        Ok(places)
    }

    /// Number of places.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// Index of a place.
    #[must_use]
    pub fn find(&self, place_id: &str) -> Option<u32> {
        self.index.get(place_id).copied()
    }

    /// Layer of a place.
    #[must_use]
    pub fn layer_of(&self, place: u32) -> &Layer {
        &self.layers[usize::from(self.layer[place as usize])]
    }

    /// Level of a place.
    #[must_use]
    pub fn level_of(&self, place: u32) -> Level {
        self.layer_of(place).level
    }

    /// The place itself, the place it lies in, and so on upward.
    pub fn lineage(&self, place: u32) -> impl Iterator<Item = u32> + '_ {
        std::iter::successors(Some(place), |p| self.parent[*p as usize]).take(MAX_DEPTH)
    }

    /// Indices of the places of a layer, in the order of their identifiers.
    #[must_use]
    pub fn of_layer(&self, layer: &Layer) -> Vec<u32> {
        let Ok(wanted) = self.layers.binary_search(layer) else {
            return Vec::new();
        };
        (0..self.len() as u32)
            .filter(|p| usize::from(self.layer[*p as usize]) == wanted)
            .collect()
    }

    /// The one layer of a level in which events are counted: the vintage that
    /// most other places lie in, the later of equals. Of two vintages of one
    /// level the differences would tell small numbers, so counts are given in
    /// one; which one follows from the places alone.
    #[must_use]
    pub fn counted_layer(&self, level: Level) -> Option<&Layer> {
        let mut members = vec![0_usize; self.layers.len()];
        for place in 0..self.len() as u32 {
            for around in self.lineage(place) {
                members[usize::from(self.layer[around as usize])] += 1;
            }
        }
        self.layers
            .iter()
            .zip(members)
            .filter(|(layer, _)| layer.level == level)
            .max_by_key(|(_, members)| *members)
            .map(|(layer, _)| layer)
    }

    fn append(
        &mut self,
        batch: &RecordBatch,
        parents: &mut Vec<Option<String>>,
    ) -> Result<(), EngineError> {
        let text = |name: &str| cast(&batch[name], &DataType::Utf8);
        let owned = |column: &dyn Array| -> Vec<Option<String>> {
            let column = column.as_string::<i32>();
            column.iter().map(|v| v.map(str::to_owned)).collect()
        };
        let whole = |name: &str| -> Vec<Option<i64>> {
            batch[name].as_primitive::<Int64Type>().iter().collect()
        };
        let number = |name: &str| -> Vec<Option<f64>> {
            batch[name].as_primitive::<Float64Type>().iter().collect()
        };
        for id in text("place_id")?.as_string::<i32>().iter() {
            let id = id.unwrap_or_default();
            let layer = self.layer_from_id(id)?;
            self.layer.push(layer);
            self.ids.push(id.to_owned());
        }
        self.name.extend(owned(&text("name")?));
        self.lgd_code.extend(owned(&text("lgd_code")?));
        self.census2011_code
            .extend(owned(&text("census2011_code")?));
        parents.extend(owned(&text("parent_id")?));
        let (latitude, longitude, h3) = (number("latitude"), number("longitude"), whole("h3"));
        for row in 0..batch.num_rows() {
            self.cell
                .push(point_cell(h3[row], latitude[row], longitude[row]));
        }
        self.latitude.extend(latitude);
        self.longitude.extend(longitude);
        self.area_km2.extend(number("area_km2"));
        self.households.extend(whole("households"));
        self.population.extend(whole("population"));
        self.children_0_6.extend(whole("children_0_6"));
        self.children_under_18.extend(whole("children_under_18"));
        let geometry = batch["has_geometry"].as_boolean();
        self.has_geometry
            .extend(geometry.iter().map(|v| v == Some(true)));
        let source = text("source")?;
        self.synthetic |= source
            .as_string::<i32>()
            .iter()
            .flatten()
            .any(|s| s.to_ascii_lowercase().contains("synthetic"));
        Ok(())
    }

    fn layer_from_id(&mut self, id: &str) -> Result<u16, EngineError> {
        let text = id.split_once(':').map_or(id, |(layer, _)| layer);
        if let Some(Some(known)) = self.by_text.get(text) {
            return Ok(*known);
        }
        let layer: Layer = text.parse().map_err(|e| EngineError::Content {
            table: "places",
            reason: format!("place_id `{id}`: {e}"),
        })?;
        let number = self.layers.len() as u16;
        self.layers.push(layer);
        self.by_text.insert(text.to_owned(), Some(number));
        Ok(number)
    }

    /// Sorts the layers, links parents by index and drops links that do not
    /// lead to a wider or equal level, so that no walk can go in circles.
    fn finish(&mut self, parents: &[Option<String>]) {
        let mut order: Vec<usize> = (0..self.layers.len()).collect();
        order.sort_by(|a, b| self.layers[*a].cmp(&self.layers[*b]));
        let mut renumbered = vec![0_u16; order.len()];
        for (new, old) in order.iter().enumerate() {
            renumbered[*old] = new as u16;
        }
        for layer in &mut self.layer {
            *layer = renumbered[usize::from(*layer)];
        }
        self.layers.sort();
        self.by_text.clear();
        self.index = self.ids.iter().cloned().zip(0..).collect();
        self.parent = (0..self.len() as u32)
            .map(|place| {
                let parent = self.find(parents[place as usize].as_deref()?)?;
                (self.level_of(parent) < self.level_of(place)).then_some(parent)
            })
            .collect();
    }
}

/// Resolution-8 cell of a representative point.
fn point_cell(h3: Option<i64>, latitude: Option<f64>, longitude: Option<f64>) -> Option<CellIndex> {
    let from_point = || {
        let point = LatLng::new(latitude?, longitude?).ok()?;
        Some(point.to_cell(Resolution::Eight))
    };
    h3.and_then(|cell| CellIndex::try_from(cell as u64).ok())
        .or_else(from_point)
}
