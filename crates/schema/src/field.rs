//! Fields of the lake's tables.

use std::collections::HashMap;

use arrow_schema::{DataType, Field};

/// What a field holds; decides its Arrow type and how the loader reads it.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum FieldKind {
    /// Short text such as a name or a code of the source. Never free text.
    Text,
    /// Whole number.
    Integer,
    /// Decimal number.
    Number,
    /// Calendar day; leaves the lake as a month or coarser.
    Date,
    /// One code of a closed list.
    Code {
        /// Name of the list.
        list: &'static str,
        /// Allowed codes.
        codes: fn() -> Vec<&'static str>,
    },
    /// Identifier of a place (`level:code`).
    Place,
    /// H3 cell of resolution 8 or coarser, as a 64-bit integer.
    H3,
    /// Keyed hash (HMAC-SHA-256, hex) of an identifier; never leaves the lake.
    Key,
    /// Period text (`2021`, `2021-Q3`, `2019/2021`).
    Period,
    /// Geometry as well-known binary, EPSG:4326, longitude first.
    Geometry,
}

/// One field of a table.
#[derive(Debug, Clone, Copy)]
pub struct FieldSpec {
    /// Column name.
    pub name: &'static str,
    /// What it holds.
    pub kind: FieldKind,
    /// Whether it may be empty.
    pub nullable: bool,
    /// Unit of a number, in words; empty where there is none.
    pub unit: &'static str,
    /// One sentence for the dictionary.
    pub description: &'static str,
}

impl FieldSpec {
    /// The Arrow field: strings as `Utf8`, H3 cells as `Int64` (Delta Lake has
    /// no unsigned integers; the top bit of a cell is never set), geometry as
    /// `Binary` tagged `geoarrow.wkb`.
    #[must_use]
    pub fn arrow_field(&self) -> Field {
        let data_type = match self.kind {
            FieldKind::Text
            | FieldKind::Code { .. }
            | FieldKind::Place
            | FieldKind::Key
            | FieldKind::Period => DataType::Utf8,
            FieldKind::Integer | FieldKind::H3 => DataType::Int64,
            FieldKind::Number => DataType::Float64,
            FieldKind::Date => DataType::Date32,
            FieldKind::Geometry => DataType::Binary,
        };
        let field = Field::new(self.name, data_type, self.nullable);
        if matches!(self.kind, FieldKind::Geometry) {
            field.with_metadata(geoarrow_wkb())
        } else {
            field
        }
    }

    /// Allowed codes, where the field holds one.
    #[must_use]
    pub fn codes(&self) -> Option<Vec<&'static str>> {
        match self.kind {
            FieldKind::Code { codes, .. } => Some(codes()),
            _ => None,
        }
    }
}

/// Field metadata that marks a binary column as GeoArrow WKB in longitude,
/// latitude (GeoArrow specification 0.2, extension type `geoarrow.wkb`).
#[must_use]
pub fn geoarrow_wkb() -> HashMap<String, String> {
    HashMap::from([
        ("ARROW:extension:name".into(), "geoarrow.wkb".into()),
        (
            "ARROW:extension:metadata".into(),
            r#"{"crs":"OGC:CRS84","crs_type":"authority_code"}"#.into(),
        ),
    ])
}
