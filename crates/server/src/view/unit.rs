//! What is known of a unit besides its scores.

use crate::geometry::Shape;

/// A place or an H3 cell of a layer.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Unit {
    /// Place identifier, or the cell in lowercase hexadecimal.
    pub(crate) id: String,
    /// Name of a place.
    pub(crate) name: Option<String>,
    /// Place that it is part of.
    pub(crate) parent_id: Option<String>,
    /// Name of that place.
    pub(crate) parent_name: Option<String>,
    /// Code in the Local Government Directory.
    pub(crate) lgd_code: Option<String>,
    /// Code in the census of 2011.
    pub(crate) census2011_code: Option<String>,
    /// Inhabitants.
    pub(crate) population: Option<i64>,
    /// Children under 18.
    pub(crate) children: Option<i64>,
    /// Households.
    pub(crate) households: Option<i64>,
    /// Area.
    pub(crate) area_km2: Option<f64>,
    /// Its shape.
    pub(crate) shape: Shape,
}

impl Unit {
    /// A unit of which only the identifier and the shape are known.
    pub(crate) fn bare(id: &str, shape: Shape) -> Self {
        Self {
            id: id.to_owned(),
            name: None,
            parent_id: None,
            parent_name: None,
            lgd_code: None,
            census2011_code: None,
            population: None,
            children: None,
            households: None,
            area_km2: None,
            shape,
        }
    }
}
