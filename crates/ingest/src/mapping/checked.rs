//! The checked mapping, the only one that a load accepts.

use std::collections::BTreeMap;

use regex::Regex;
use safeground_schema::{FieldSpec, Layer, PlaceId, Table};

use super::Decision;
use super::file::{DateOrder, Duplicates, Encoding, Format, MappingFile};
use crate::IngestError;
use crate::convert::text::CodeTable;
use crate::convert::value::Value;
use crate::locate::{NameRule, Within};

/// A checked mapping of one kind of file to one table of the lake.
#[derive(Debug, Clone)]
pub struct Mapping {
    pub(crate) table: Table,
    pub(crate) part: Option<String>,
    pub(crate) sha256: String,
    pub(crate) source: SourceOptions,
    pub(crate) excludes: Vec<ExcludeRule>,
    /// Fields filled by `columns` and `reshape`, in the order of the table.
    pub(crate) fields: Vec<FieldRule>,
    /// The records that one row becomes: one without `reshape`.
    pub(crate) records: Vec<Record>,
    pub(crate) locators: Vec<LocatorGroup>,
    pub(crate) decisions: BTreeMap<String, Decision>,
}

impl Mapping {
    /// Reads and checks the text of a mapping file.
    ///
    /// # Errors
    /// [`IngestError::MappingSyntax`] if it is not TOML of the documented
    /// shape, [`IngestError::Mapping`] if it contradicts itself or the table.
    pub fn parse(text: &str) -> Result<Self, IngestError> {
        let file: MappingFile = toml::from_str(text).map_err(Box::new)?;
        super::check::check(&file, text)
    }

    /// Table of the lake that the rows go to.
    #[must_use]
    pub fn table(&self) -> Table {
        self.table
    }

    /// Name that tells apart two loads of one file into one table.
    #[must_use]
    pub fn part(&self) -> Option<&str> {
        self.part.as_deref()
    }

    /// SHA-256 of the content of the mapping in hexadecimal; comments, order
    /// of keys and white space do not count.
    #[must_use]
    pub fn sha256(&self) -> String {
        self.sha256.clone()
    }

    /// Columns that the mapping needs, with the key that names each.
    pub(crate) fn columns_needed(&self) -> Vec<(&str, String)> {
        let mut needed: Vec<(&str, String)> = Vec::new();
        for rule in &self.excludes {
            needed.push((&rule.column, "exclude.column".to_owned()));
        }
        for rule in &self.fields {
            if let Origin::Column(column) = &rule.origin {
                needed.push((column, format!("columns.{}.from", rule.spec.name)));
            }
        }
        for record in &self.records {
            if let Some(column) = &record.value {
                needed.push((column, "reshape.columns.column".to_owned()));
            }
            for (field, column) in &record.fields {
                needed.push((column, format!("reshape.columns.fields.{field}")));
            }
        }
        for group in &self.locators {
            for locator in &group.locators {
                for column in locator.columns() {
                    needed.push((column, "locate".to_owned()));
                }
            }
        }
        if let Some(column) = &self.source.ragged_join {
            needed.push((column, "source.ragged_join".to_owned()));
        }
        needed
    }
}

/// How files are read.
#[derive(Debug, Clone, Default)]
pub(crate) struct SourceOptions {
    pub format: Option<Format>,
    pub delimiter: Option<u8>,
    pub encoding: Option<Encoding>,
    /// Names where the file has no header; empty for `column_1`, `column_2` …
    pub names: Option<Vec<String>>,
    pub skip_lines: usize,
    pub sheet: Option<String>,
    pub layer: Option<String>,
    pub date_order: Option<DateOrder>,
    pub missing: Vec<String>,
    pub ragged_join: Option<String>,
    pub duplicates: Duplicates,
}

/// Rows that are not data.
#[derive(Debug, Clone)]
pub(crate) struct ExcludeRule {
    pub column: String,
    pub test: ExcludeTest,
    pub reason: String,
}

/// When a row is excluded.
#[derive(Debug, Clone)]
pub(crate) enum ExcludeTest {
    /// The cell is one of these.
    Equals(Vec<String>),
    /// The cell matches.
    Matches(Regex),
    /// The cell is none of these.
    NotEquals(Vec<String>),
}

impl ExcludeTest {
    /// Whether a row with this trimmed cell is excluded.
    pub(crate) fn excludes(&self, cell: &str) -> bool {
        match self {
            Self::Equals(texts) => texts.iter().any(|text| text == cell),
            Self::Matches(pattern) => pattern.is_match(cell),
            Self::NotEquals(texts) => !texts.iter().any(|text| text == cell),
        }
    }
}

/// How one field is filled.
#[derive(Debug, Clone)]
pub(crate) struct FieldRule {
    pub spec: &'static FieldSpec,
    pub origin: Origin,
    pub reading: Reading,
}

/// Where the value of a field comes from.
#[derive(Debug, Clone)]
pub(crate) enum Origin {
    /// A column of the file.
    Column(String),
    /// The same value for every row.
    Constant(Value),
    /// The record of the reshape tells: its value column, a column of its own or a constant.
    Record,
}

/// How a cell becomes a value.
#[derive(Debug, Clone, Default)]
pub(crate) struct Reading {
    pub pattern: Option<Regex>,
    pub codes: Option<CodeTable>,
    pub when: Option<Vec<(Regex, Value)>>,
    pub unit: Option<super::file::Unit>,
    /// Width to which digits of a text are filled with zeros; 0 for texts as
    /// they are.
    pub pad: usize,
    pub when_missing: Option<Value>,
    pub missing: Vec<String>,
    pub round: bool,
}

/// One record that a row becomes.
#[derive(Debug, Clone, Default)]
pub(crate) struct Record {
    /// Column of the value, with `reshape`.
    pub value: Option<String>,
    /// Field that takes the value, with `reshape`.
    pub value_field: Option<&'static str>,
    /// Constants of the record by field.
    pub set: BTreeMap<&'static str, Value>,
    /// Columns of the record by field.
    pub fields: BTreeMap<&'static str, String>,
}

/// The ways in which one field is located, in order.
#[derive(Debug, Clone)]
pub(crate) struct LocatorGroup {
    /// Field that takes the place.
    pub target: &'static FieldSpec,
    pub locators: Vec<Locator>,
}

/// One way to locate a row.
#[derive(Debug, Clone)]
pub(crate) struct Locator {
    pub method: Method,
    /// The row defines the place.
    pub create: bool,
    /// No match leaves the field empty.
    pub optional: bool,
    /// Texts that mean "no code", those of the source included.
    pub missing: Vec<String>,
}

/// What kind of code names a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CodeKind {
    /// Local Government Directory.
    Lgd,
    /// Census of 2011.
    Census2011,
    /// The code of the place id, or the whole id where no layer is given.
    Id,
}

/// By what a row is located.
#[derive(Debug, Clone)]
pub(crate) enum Method {
    /// By a code.
    Code {
        kind: CodeKind,
        layer: Option<Layer>,
        columns: Vec<String>,
        join: String,
        pad: usize,
        slug: bool,
    },
    /// By name.
    Name {
        layer: Layer,
        column: String,
        parent: Option<Parent>,
        rule: NameRule,
        aliases: BTreeMap<String, PlaceId>,
    },
    /// By latitude and longitude.
    Coordinates {
        latitude: String,
        longitude: String,
        area: Option<[f64; 4]>,
        resolution: u8,
    },
    /// By H3 cell.
    Cell { column: String, resolution: u8 },
}

/// Where a row tells the parent of a name.
#[derive(Debug, Clone)]
pub(crate) struct Parent {
    pub column: String,
    pub within: Within,
    pub pad: usize,
}

impl Locator {
    /// Columns that it reads.
    pub(crate) fn columns(&self) -> Vec<&str> {
        match &self.method {
            Method::Code { columns, .. } => columns.iter().map(String::as_str).collect(),
            Method::Name { column, parent, .. } => std::iter::once(column.as_str())
                .chain(parent.iter().map(|parent| parent.column.as_str()))
                .collect(),
            Method::Coordinates {
                latitude,
                longitude,
                ..
            } => vec![latitude, longitude],
            Method::Cell { column, .. } => vec![column],
        }
    }
}
