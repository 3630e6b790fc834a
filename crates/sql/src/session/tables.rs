//! The tables of a session: files of the release, its manifest, and a catalog.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanArray, Float64Array, Int64Array, RecordBatch, StringArray, UInt64Array,
};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow::error::ArrowError;
use safeground_schema::release::{
    BREAKDOWNS_DICTIONARY, LayerKind, Manifest, PLACES_DICTIONARY, SCORES_DICTIONARY,
};

/// Columns of a table by name, with unit and meaning.
type Dictionary = &'static [(&'static str, &'static str, &'static str)];

const LAYERS: Dictionary = &[
    ("id", "", "Layer: `district`, `district@2011`, `h3_r5`."),
    ("title", "", "Title for people."),
    ("kind", "", "`place` or `h3`."),
    ("h3_resolution", "", "H3 resolution, of a layer of cells."),
    ("units", "units", "Number of units."),
];

const THEMES: Dictionary = &[
    ("code", "", "Theme, as `scores` names it."),
    ("title", "", "Title for people."),
    ("unit", "", "Unit of its rates."),
    ("denominator", "", "What its rate is divided by, in words."),
    ("source", "", "Publisher, of an indicator."),
    ("note", "", "What a careful reader must know."),
];

const COVERAGE: Dictionary = &[
    ("layer", "", "Layer."),
    ("theme", "", "Theme."),
    ("period", "", "A period that layer and theme have."),
    (
        "protection",
        "",
        "How its counts are protected: `suppressed`, `banded` or `noise`; empty for published indicators.",
    ),
    (
        "noise_standard_deviation",
        "children, or as the theme says",
        "Standard deviation of the noise in its counts, where there is any.",
    ),
];

/// A table as lists show it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct TableEntry {
    /// Schema: `public`, or `information_schema`.
    pub schema: String,
    /// Name.
    pub name: String,
    /// Columns, in order.
    pub columns: Vec<ColumnEntry>,
}

/// A column as lists show it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct ColumnEntry {
    /// Name.
    pub name: String,
    /// Arrow type.
    pub data_type: String,
    /// Whether it may hold nothing.
    pub nullable: bool,
    /// Unit, empty where there is none.
    pub unit: String,
    /// Meaning, empty where its name says it.
    pub meaning: String,
}

/// Describes a table by its Arrow schema.
pub(crate) fn entry(schema_name: &str, name: &str, schema: &Schema) -> TableEntry {
    let dictionary = match name {
        "scores" => SCORES_DICTIONARY,
        "breakdowns" => BREAKDOWNS_DICTIONARY,
        "places" => PLACES_DICTIONARY,
        "layers" => LAYERS,
        "themes" => THEMES,
        "coverage" => COVERAGE,
        _ => &[],
    };
    let described = |column: &str| {
        let mut known = dictionary.iter().filter(|(known, ..)| *known == column);
        known
            .next()
            .map_or(("", ""), |(_, unit, meaning)| (*unit, *meaning))
    };
    let columns = schema.fields().iter().map(|field| {
        let (unit, meaning) = described(field.name());
        ColumnEntry {
            name: field.name().clone(),
            data_type: field.data_type().to_string(),
            nullable: field.is_nullable(),
            unit: unit.to_owned(),
            meaning: meaning.to_owned(),
        }
    });
    TableEntry {
        schema: schema_name.to_owned(),
        name: name.to_owned(),
        columns: columns.collect(),
    }
}

/// Tables made from the manifest: what the layers and themes are, and which
/// periods there are with which protection.
pub(crate) fn of_manifest(
    manifest: &Manifest,
) -> Result<Vec<(&'static str, RecordBatch)>, ArrowError> {
    let layers = &manifest.layers;
    let layers = table(vec![
        required("id", text(layers.iter().map(|layer| layer.id.as_str()))),
        required(
            "title",
            text(layers.iter().map(|layer| layer.title.as_str())),
        ),
        required(
            "kind",
            text(layers.iter().map(|layer| match layer.kind {
                LayerKind::Place => "place",
                LayerKind::H3 => "h3",
            })),
        ),
        optional(
            "h3_resolution",
            Arc::new(Int64Array::from_iter(
                layers
                    .iter()
                    .map(|layer| layer.h3_resolution.map(i64::from)),
            )),
        ),
        required(
            "units",
            Arc::new(UInt64Array::from_iter_values(
                layers.iter().map(|layer| layer.units),
            )),
        ),
    ])?;
    let themes = &manifest.themes;
    let themes = table(vec![
        required("code", text(themes.iter().map(|theme| theme.code.as_str()))),
        required(
            "title",
            text(themes.iter().map(|theme| theme.title.as_str())),
        ),
        required("unit", text(themes.iter().map(|theme| theme.unit.as_str()))),
        optional(
            "denominator",
            texts(themes.iter().map(|theme| theme.denominator.as_deref())),
        ),
        optional(
            "source",
            texts(themes.iter().map(|theme| theme.source.as_deref())),
        ),
        optional(
            "note",
            texts(themes.iter().map(|theme| theme.note.as_deref())),
        ),
    ])?;
    let periods: Vec<_> = manifest
        .available
        .iter()
        .flat_map(|available| {
            available
                .periods
                .iter()
                .map(move |period| (available, period))
        })
        .collect();
    let protection = periods.iter().map(|(available, _)| {
        let known = serde_json::to_value(available.protection).ok()?;
        known.as_str().map(str::to_owned)
    });
    let coverage = table(vec![
        required(
            "layer",
            text(
                periods
                    .iter()
                    .map(|(available, _)| available.layer.as_str()),
            ),
        ),
        required(
            "theme",
            text(
                periods
                    .iter()
                    .map(|(available, _)| available.theme.as_str()),
            ),
        ),
        required(
            "period",
            text(periods.iter().map(|(_, period)| period.as_str())),
        ),
        optional("protection", Arc::new(StringArray::from_iter(protection))),
        optional(
            "noise_standard_deviation",
            Arc::new(Float64Array::from_iter(
                periods
                    .iter()
                    .map(|(available, _)| available.noise_standard_deviation),
            )),
        ),
    ])?;
    Ok(vec![
        ("layers", layers),
        ("themes", themes),
        ("coverage", coverage),
    ])
}

/// `information_schema.tables` and `.columns`: the public catalog, and not the
/// engine's, which tells settings of the machine.
pub(crate) fn information_schema(
    tables: &[TableEntry],
) -> Result<[(&'static str, RecordBatch); 2], ArrowError> {
    let list = table(vec![
        required(
            "table_schema",
            text(tables.iter().map(|table| table.schema.as_str())),
        ),
        required(
            "table_name",
            text(tables.iter().map(|table| table.name.as_str())),
        ),
        required("table_type", text(tables.iter().map(|_| "BASE TABLE"))),
    ])?;
    let columns: Vec<_> = tables
        .iter()
        .flat_map(|table| {
            (1_u64..)
                .zip(&table.columns)
                .map(move |(at, column)| (table, at, column))
        })
        .collect();
    let columns = table(vec![
        required(
            "table_schema",
            text(columns.iter().map(|(table, ..)| table.schema.as_str())),
        ),
        required(
            "table_name",
            text(columns.iter().map(|(table, ..)| table.name.as_str())),
        ),
        required(
            "column_name",
            text(columns.iter().map(|(.., column)| column.name.as_str())),
        ),
        required(
            "ordinal_position",
            Arc::new(UInt64Array::from_iter_values(
                columns.iter().map(|(_, at, _)| *at),
            )),
        ),
        required(
            "data_type",
            text(columns.iter().map(|(.., column)| column.data_type.as_str())),
        ),
        required(
            "is_nullable",
            Arc::new(BooleanArray::from_iter(
                columns.iter().map(|(.., column)| Some(column.nullable)),
            )),
        ),
        required(
            "unit",
            text(columns.iter().map(|(.., column)| column.unit.as_str())),
        ),
        required(
            "meaning",
            text(columns.iter().map(|(.., column)| column.meaning.as_str())),
        ),
    ])?;
    Ok([("tables", list), ("columns", columns)])
}

type Column = (&'static str, bool, ArrayRef);

fn required(name: &'static str, values: ArrayRef) -> Column {
    (name, false, values)
}

fn optional(name: &'static str, values: ArrayRef) -> Column {
    (name, true, values)
}

fn text<'a>(values: impl Iterator<Item = &'a str>) -> ArrayRef {
    Arc::new(StringArray::from_iter_values(values))
}

fn texts<'a>(values: impl Iterator<Item = Option<&'a str>>) -> ArrayRef {
    Arc::new(StringArray::from_iter(values))
}

fn table(columns: Vec<Column>) -> Result<RecordBatch, ArrowError> {
    let fields = columns.iter().map(|(name, nullable, values)| {
        let data_type: &DataType = values.data_type();
        Field::new(*name, data_type.clone(), *nullable)
    });
    let schema: SchemaRef = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
    RecordBatch::try_new(
        schema,
        columns.into_iter().map(|(.., values)| values).collect(),
    )
}
