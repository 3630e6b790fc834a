//! Vector tiles under PostGIS names, which `geodatafusion` lacks: one file
//! each.

mod aggregate;
mod encoding;
mod geometry;
mod st_asmvt;
mod st_asmvtgeom;
mod st_tileenvelope;
mod st_transform;

use datafusion::logical_expr::{AggregateUDF, DocSection, ScalarUDF};

/// The section of the documentation that they stand in.
const SECTION: DocSection = DocSection {
    include: true,
    label: "Vector tiles",
    description: None,
};

/// Functions of values.
pub(super) fn functions() -> Vec<ScalarUDF> {
    vec![
        ScalarUDF::new_from_impl(st_tileenvelope::TileEnvelope::new()),
        ScalarUDF::new_from_impl(st_transform::Transform::new()),
        ScalarUDF::new_from_impl(st_asmvtgeom::AsMvtGeom::new()),
    ]
}

/// Functions of groups of rows.
pub(super) fn aggregates() -> Vec<AggregateUDF> {
    vec![AggregateUDF::new_from_impl(st_asmvt::AsMvt::new())]
}
