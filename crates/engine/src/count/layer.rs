//! Layers that can be counted: administrative places and H3 cells.

use safeground_schema::Layer;

/// A set of units that a release shows together.
///
/// Written `district`, `district@2011` or `h3_r5`. Places sort before cells,
/// wide before fine, so that a release lists what a reader looks for first.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LayerKey {
    /// Administrative places of one level and vintage.
    Place(Layer),
    /// H3 cells of one resolution, 0 to 15.
    H3(u8),
}

impl std::fmt::Display for LayerKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Place(layer) => layer.fmt(f),
            Self::H3(resolution) => write!(f, "h3_r{resolution}"),
        }
    }
}

impl LayerKey {
    /// Title for people: `Districts`, `Districts (2011)`, `H3 cells, resolution 5`.
    #[must_use]
    pub fn title(&self) -> String {
        use safeground_schema::Level;
        match self {
            Self::H3(resolution) => format!("H3 cells, resolution {resolution}"),
            Self::Place(layer) => {
                let plural = match layer.level {
                    Level::State => "States",
                    Level::District => "Districts",
                    Level::Subdistrict => "Sub-districts",
                    Level::Block => "Blocks",
                    Level::Village => "Villages",
                    Level::Habitation => "Habitations",
                };
                match &layer.vintage {
                    Some(vintage) => format!("{plural} ({vintage})"),
                    None => plural.to_owned(),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_layer_is_written_as_releases_name_it() {
        assert_eq!(LayerKey::H3(5).to_string(), "h3_r5");
        let layer = LayerKey::Place("district@2011".parse().unwrap());
        assert_eq!(layer.to_string(), "district@2011");
        assert_eq!(layer.title(), "Districts (2011)");
    }
}
