//! A layer: its units and their measures.

use std::collections::BTreeMap;

use rstar::{AABB, RTree, RTreeObject};
use safeground_schema::Period;
use safeground_schema::release::ManifestLayer;

use super::{Measures, Unit};
use crate::problem::Problem;
use crate::query::Interval;
use crate::tiles::TileIndex;

/// A layer of a release.
#[derive(Debug)]
pub(crate) struct LayerView {
    /// Its entry in the manifest.
    pub(crate) info: ManifestLayer,
    /// Its units, sorted by identifier.
    pub(crate) units: Vec<Unit>,
    /// Measures by theme and then period.
    pub(crate) measures: BTreeMap<String, BTreeMap<String, Measures>>,
    /// Themes in the order of the manifest.
    pub(crate) themes: Vec<String>,
    /// Bounding boxes of the units in degrees.
    pub(crate) extents: RTree<Extent>,
    /// Shapes for tiles.
    pub(crate) tiles: TileIndex,
}

/// Bounding box of a unit.
#[derive(Debug, Clone)]
pub(crate) struct Extent {
    /// Position of the unit in its layer.
    pub(crate) unit: usize,
    /// West, south, east, north.
    pub(crate) bounds: [f64; 4],
}

impl RTreeObject for Extent {
    type Envelope = AABB<[f64; 2]>;

    fn envelope(&self) -> Self::Envelope {
        let [west, south, east, north] = self.bounds;
        AABB::from_corners([west, south], [east, north])
    }
}

/// One theme and period of a layer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Selection<'a> {
    /// Theme.
    pub(crate) theme: &'a str,
    /// Period.
    pub(crate) period: &'a str,
    /// Measures of all units.
    pub(crate) measures: &'a Measures,
}

impl LayerView {
    /// The theme and period asked for. Without a theme it is the first of the
    /// layer; without a period the latest that there is.
    pub(crate) fn select(
        &self,
        theme: Option<&str>,
        period: Option<&str>,
    ) -> Result<Selection<'_>, Problem> {
        let (theme, periods) = self.theme(theme)?;
        let found = match period {
            Some(period) => periods.get_key_value(period),
            None => periods.last_key_value(),
        };
        let (period, measures) = found.ok_or_else(|| Problem::UnknownValue {
            what: "period of this theme and layer",
            valid: periods.keys().cloned().collect(),
        })?;
        Ok(Selection {
            theme,
            period,
            measures,
        })
    }

    /// The latest period of a theme that shares a month with an interval;
    /// `None` if there is none.
    pub(crate) fn select_within(
        &self,
        theme: Option<&str>,
        interval: &Interval,
    ) -> Result<Option<Selection<'_>>, Problem> {
        let (theme, periods) = self.theme(theme)?;
        Ok(periods
            .iter()
            .rev()
            .find(|(period, _)| {
                period
                    .parse::<Period>()
                    .is_ok_and(|period| interval.meets(period))
            })
            .map(|(period, measures)| Selection {
                theme,
                period,
                measures,
            }))
    }

    fn theme(&self, theme: Option<&str>) -> Result<(&str, &BTreeMap<String, Measures>), Problem> {
        let theme = theme.or(self.themes.first().map(String::as_str));
        theme
            .and_then(|theme| self.measures.get_key_value(theme))
            .map(|(theme, periods)| (theme.as_str(), periods))
            .ok_or_else(|| Problem::UnknownValue {
                what: "theme in this layer",
                valid: self.themes.clone(),
            })
    }

    /// Position of a unit by its identifier.
    pub(crate) fn unit(&self, id: &str) -> Result<usize, Problem> {
        self.units
            .binary_search_by(|unit| unit.id.as_str().cmp(id))
            .map_err(|_| Problem::UnknownValue {
                what: "unit in this layer",
                valid: Vec::new(),
            })
    }
}
