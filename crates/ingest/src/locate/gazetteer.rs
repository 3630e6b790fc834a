//! The known places, by identifier and by code.

use std::collections::HashMap;

use safeground_schema::{GazetteerEntry, Layer, PlaceId};

use super::NoMatch;

/// The known places of a lake.
#[derive(Debug, Clone, Default)]
pub struct Gazetteer {
    entries: Vec<GazetteerEntry>,
    by_id: HashMap<PlaceId, u32>,
    by_lgd: HashMap<Layer, HashMap<String, Vec<u32>>>,
    by_census2011: HashMap<Layer, HashMap<String, Vec<u32>>>,
    children: Vec<Vec<u32>>,
    by_layer: HashMap<Layer, Vec<u32>>,
}

impl Gazetteer {
    /// Indexes these places. Of entries that share an identifier the last
    /// wins, as a later load does in the lake.
    #[must_use]
    pub fn new(entries: Vec<GazetteerEntry>) -> Self {
        let mut last: HashMap<PlaceId, GazetteerEntry> = HashMap::with_capacity(entries.len());
        for entry in entries {
            last.insert(entry.place_id.clone(), entry);
        }
        let mut entries: Vec<GazetteerEntry> = last.into_values().collect();
        entries.sort_by(|a, b| a.place_id.cmp(&b.place_id));

        let mut gazetteer = Self {
            children: vec![Vec::new(); entries.len()],
            ..Self::default()
        };
        for (index, entry) in entries.iter().enumerate() {
            let index = u32::try_from(index).expect("fewer than four billion places");
            gazetteer.by_id.insert(entry.place_id.clone(), index);
            let layer = entry.layer();
            push(&mut gazetteer.by_layer, layer, index);
            if let Some(code) = &entry.lgd_code {
                push_code(&mut gazetteer.by_lgd, layer, code, index);
            }
            if let Some(code) = &entry.census2011_code {
                push_code(&mut gazetteer.by_census2011, layer, code, index);
            }
        }
        for (child, entry) in entries.iter().enumerate() {
            let parent = entry
                .parent_id
                .as_ref()
                .and_then(|parent| gazetteer.by_id.get(parent));
            if let Some(&parent) = parent {
                let child = u32::try_from(child).expect("fewer than four billion places");
                gazetteer.children[parent as usize].push(child);
            }
        }
        gazetteer.entries = entries;
        gazetteer
    }

    /// All places, sorted by identifier.
    #[must_use]
    pub fn entries(&self) -> &[GazetteerEntry] {
        &self.entries
    }

    /// The place of this identifier.
    ///
    /// # Errors
    /// [`NoMatch::Unmatched`] if it is not known.
    pub fn by_id(&self, place_id: &PlaceId) -> Result<&GazetteerEntry, NoMatch> {
        self.index_of(place_id)
            .map(|index| self.entry(index))
            .ok_or(NoMatch::Unmatched)
    }

    /// The place of this layer with this Local Government Directory code,
    /// letter for letter.
    ///
    /// # Errors
    /// [`NoMatch::Unmatched`] or, if several places carry the code (as some
    /// directories do with `00000`), [`NoMatch::Ambiguous`].
    pub fn by_lgd_code(&self, layer: &Layer, code: &str) -> Result<&GazetteerEntry, NoMatch> {
        self.by_code(&self.by_lgd, layer, code)
    }

    /// The place of this layer with this code of the 2011 census, letter for
    /// letter.
    ///
    /// # Errors
    /// As [`Gazetteer::by_lgd_code`].
    pub fn by_census2011_code(
        &self,
        layer: &Layer,
        code: &str,
    ) -> Result<&GazetteerEntry, NoMatch> {
        self.by_code(&self.by_census2011, layer, code)
    }

    /// Whether any place of this layer is known.
    #[must_use]
    pub fn has_layer(&self, layer: &Layer) -> bool {
        self.by_layer.contains_key(layer)
    }

    fn by_code(
        &self,
        index: &HashMap<Layer, HashMap<String, Vec<u32>>>,
        layer: &Layer,
        code: &str,
    ) -> Result<&GazetteerEntry, NoMatch> {
        match index.get(layer).and_then(|codes| codes.get(code.trim())) {
            None => Err(NoMatch::Unmatched),
            Some(places) if places.len() == 1 => Ok(self.entry(places[0])),
            Some(_) => Err(NoMatch::Ambiguous),
        }
    }

    pub(super) fn index_of(&self, place_id: &PlaceId) -> Option<u32> {
        self.by_id.get(place_id).copied()
    }

    pub(super) fn entry(&self, index: u32) -> &GazetteerEntry {
        &self.entries[index as usize]
    }

    /// The places of a layer, sorted by identifier.
    pub(super) fn layer(&self, layer: &Layer) -> &[u32] {
        self.by_layer.get(layer).map_or(&[], Vec::as_slice)
    }

    /// The places of a layer at any depth below a place, sorted by identifier.
    pub(super) fn within(&self, ancestor: u32, layer: &Layer) -> Vec<u32> {
        let mut found = Vec::new();
        let mut open = vec![ancestor];
        // Two loads that disagree can make a ring of parents.
        let mut visited = std::collections::HashSet::from([ancestor]);
        while let Some(place) = open.pop() {
            for &child in &self.children[place as usize] {
                if visited.insert(child) {
                    if self.entry(child).layer() == layer {
                        found.push(child);
                    }
                    open.push(child);
                }
            }
        }
        found.sort_unstable();
        found
    }
}

fn push(index: &mut HashMap<Layer, Vec<u32>>, layer: &Layer, place: u32) {
    match index.get_mut(layer) {
        Some(places) => places.push(place),
        None => {
            index.insert(layer.clone(), vec![place]);
        }
    }
}

fn push_code(
    index: &mut HashMap<Layer, HashMap<String, Vec<u32>>>,
    layer: &Layer,
    code: &str,
    place: u32,
) {
    let codes = match index.get_mut(layer) {
        Some(codes) => codes,
        None => index.entry(layer.clone()).or_default(),
    };
    codes.entry(code.trim().to_owned()).or_default().push(place);
}
