//! The mapping as written: TOML, unknown keys refused.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

/// A mapping file: how one kind of input becomes rows of one table.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "Safeground mapping, version 1")]
pub(crate) struct MappingFile {
    /// Version of this format: 1.
    pub version: u32,
    /// Table of the lake that the rows go to.
    pub table: String,
    /// Name that tells apart two loads of one file into one table.
    pub part: Option<String>,
    /// How the file is read.
    #[serde(default)]
    pub source: SourceSpec,
    /// Rows that are not data, such as totals and footers.
    #[serde(default)]
    pub exclude: Vec<ExcludeSpec>,
    /// What the fields of the table are made of.
    #[serde(default)]
    pub columns: BTreeMap<String, ColumnSpec>,
    /// Several columns of a row that become records of their own.
    pub reshape: Option<ReshapeSpec>,
    /// How a row is tied to a place.
    #[serde(default)]
    pub locate: Vec<LocateSpec>,
    /// Decisions about columns that may hold personal data.
    #[serde(default)]
    pub pii: BTreeMap<String, DecisionSpec>,
}

/// Format of an input file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Format {
    /// Text separated by a delimiter.
    Csv,
    /// Excel workbook.
    Xlsx,
    /// OpenDocument spreadsheet.
    Ods,
    /// Apache Parquet.
    Parquet,
    /// Arrow IPC file (Feather 2).
    Arrow,
    /// GeoJSON feature collection.
    GeoJson,
    /// ESRI shapefile with its .dbf.
    Shapefile,
    /// OGC GeoPackage.
    GeoPackage,
    /// FlatGeobuf.
    FlatGeobuf,
}

/// Encoding of a delimited text file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
pub(crate) enum Encoding {
    /// UTF-8.
    #[serde(rename = "utf-8")]
    Utf8,
    /// Windows-1252, which covers ISO 8859-1.
    #[serde(rename = "windows-1252")]
    Windows1252,
}

/// Order of day, month and year where a date is not written in ISO form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum DateOrder {
    /// Day, month, year.
    Dmy,
    /// Month, day, year.
    Mdy,
    /// Year, month, day.
    Ymd,
}

/// What happens to rows repeated letter for letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Duplicates {
    /// The first is kept, the others go to the quarantine.
    #[default]
    Quarantine,
    /// All are kept.
    Keep,
}

/// How the file is read.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SourceSpec {
    /// Format; by extension where absent.
    pub format: Option<Format>,
    /// Delimiter of a CSV file, one character; sniffed where absent.
    pub delimiter: Option<String>,
    /// Encoding of a CSV file; by byte order mark and validity where absent.
    pub encoding: Option<Encoding>,
    /// Whether the first row names the columns; true where absent.
    pub header: Option<bool>,
    /// Names of the columns in order, with `header = false`.
    pub names: Option<Vec<String>>,
    /// Lines (rows of a sheet) before the header; 0 where absent.
    pub skip_lines: Option<usize>,
    /// Sheet of a workbook; the first where absent.
    pub sheet: Option<String>,
    /// Layer of a GeoPackage; the first feature table where absent.
    pub layer: Option<String>,
    /// Order of day, month and year; without it only ISO dates are read.
    pub date_order: Option<DateOrder>,
    /// Texts that mean "no value" in every column; empty cells always do.
    #[serde(default)]
    pub missing: Vec<String>,
    /// Column into which the surplus cells of a row are joined back.
    pub ragged_join: Option<String>,
    /// What happens to rows repeated letter for letter; `quarantine` where absent.
    #[serde(default)]
    pub duplicates: Duplicates,
}

/// Rows that are not data; exactly one of `equals`, `matches`, `not_equals`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ExcludeSpec {
    /// Column looked at.
    pub column: String,
    /// The row is excluded if the trimmed cell is one of these.
    pub equals: Option<Vec<String>>,
    /// The row is excluded if the cell matches this regular expression.
    pub matches: Option<String>,
    /// The row is excluded if the trimmed cell is none of these.
    pub not_equals: Option<Vec<String>>,
    /// Why such rows are not data; stands in the quarantine.
    pub reason: String,
}

/// What a field is made of; exactly one of `from` and `constant`, neither
/// where `reshape` fills the field.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ColumnSpec {
    /// Header of the column.
    pub from: Option<String>,
    /// The same value for every row.
    pub constant: Option<String>,
    /// Regular expression whose first capture group is the cell.
    pub pattern: Option<String>,
    /// Text of the file to code of the table; exact first, then without
    /// regard to case and spaces.
    pub codes: Option<BTreeMap<String, String>>,
    /// First match gives the value, no match gives an empty one; instead of `codes`.
    pub when: Option<Vec<WhenSpec>>,
    /// Unit of the figure in the file.
    pub unit: Option<Unit>,
    /// Codes in text fields: width to which digits are filled with zeros from
    /// the left.
    pub pad: Option<usize>,
    /// Value of an empty cell.
    pub when_missing: Option<String>,
    /// Texts that mean "no value" in this column, besides those of `source.missing`.
    #[serde(default)]
    pub missing: Vec<String>,
    /// Whole numbers: a fraction is rounded instead of rejected.
    #[serde(default)]
    pub round: bool,
}

/// One rule of `when`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct WhenSpec {
    /// Regular expression that the cell must match.
    pub matches: String,
    /// The value it then has.
    pub value: String,
}

/// Unit of a figure in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Unit {
    /// As it stands.
    One,
    /// Hundreds.
    Hundred,
    /// Thousands.
    Thousand,
    /// Hundreds of thousands (1,00,000).
    Lakh,
    /// Millions.
    Million,
    /// Tens of millions (1,00,00,000).
    Crore,
    /// Hectares.
    Hectare,
    /// Acres.
    Acre,
    /// Square metres.
    SquareMetre,
    /// Square miles.
    SquareMile,
    /// 0 to 100.
    Percent,
    /// 0 to 1.
    Share,
}

/// Several columns of a row that become records of their own.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReshapeSpec {
    /// Field that takes the cell.
    pub value: String,
    /// The columns, one record each.
    pub columns: Vec<ReshapeColumnSpec>,
}

/// One column that becomes a record.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReshapeColumnSpec {
    /// Header of the column.
    pub column: String,
    /// Constants of the record, field to value.
    #[serde(default)]
    pub set: BTreeMap<String, String>,
    /// Other columns that belong to this record, field to header.
    #[serde(default)]
    pub fields: BTreeMap<String, String>,
}

/// By what a row is tied to a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum LocateBy {
    /// Code of the Local Government Directory.
    Lgd,
    /// Code of the 2011 census.
    Census2011,
    /// Identifier such as `district:220`, or its code where `layer` is given.
    Id,
    /// Name, within a parent if one is given.
    Name,
    /// Latitude and longitude; stored as an H3 cell.
    Coordinates,
    /// H3 cell as hexadecimal text.
    H3,
}

/// One way to tie a row to a place. The first of a field whose cells are
/// filled decides.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LocateSpec {
    /// Field that takes the place; `place_id` where absent.
    pub field: Option<String>,
    /// By what.
    pub by: LocateBy,
    /// Level, or level and vintage: `district`, `district@2011`.
    pub layer: Option<String>,
    /// Column of the code, name or cell.
    pub column: Option<String>,
    /// Columns whose texts together are the code.
    pub columns: Option<Vec<String>>,
    /// Text between the columns; empty where absent.
    pub join: Option<String>,
    /// Width to which each column is filled with zeros from the left.
    pub pad: Option<usize>,
    /// By `id` with `layer`: the code is made of the words of the columns, in
    /// lower case and with hyphens between them (`West Bengal`, `Nadia` gives
    /// `west-bengal-nadia`), for lists that have no code.
    #[serde(default)]
    pub slug: bool,
    /// Texts that mean "no code" in these columns, besides those of
    /// `source.missing`, such as `0` or `00000`.
    #[serde(default)]
    pub missing: Vec<String>,
    /// Table `places`: the row defines the place.
    #[serde(default)]
    pub create: bool,
    /// A row that matches nothing keeps an empty field instead of being rejected.
    #[serde(default)]
    pub optional: bool,
    /// The parent that a name is looked up in.
    pub within: Option<WithinSpec>,
    /// Least similarity of names, 0 to 1; 0.90 where absent.
    pub threshold: Option<f64>,
    /// Least lead over the next best name; 0.03 where absent.
    pub margin: Option<f64>,
    /// Spelling to place id, `PARENT / NAME` to place id, or spelling of the
    /// parent to the id of the parent.
    #[serde(default)]
    pub aliases: BTreeMap<String, String>,
    /// Column of the latitude.
    pub latitude: Option<String>,
    /// Column of the longitude.
    pub longitude: Option<String>,
    /// West, south, east and north bounds in degrees.
    pub area: Option<[f64; 4]>,
    /// H3 resolution stored, 0 to 8; 8 where absent.
    pub resolution: Option<u8>,
}

/// The parent that a name is looked up in.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct WithinSpec {
    /// Layer of the parent.
    pub layer: String,
    /// Column that tells the parent.
    pub column: String,
    /// By what: `name` (where absent), `lgd` or `census2011`.
    pub by: Option<LocateBy>,
    /// Width to which a code is filled with zeros from the left.
    pub pad: Option<usize>,
}

/// What is done with a column that may hold personal data.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(
    untagged,
    expecting = "a decision is \"drop\", \"key_hash\", { key_hash = \"namespace\" }, { coarsen = 2 }, { coarsen = \"month\" }, { coarsen = \"year\" } or { allow = \"why it is harmless\" }"
)]
pub(crate) enum DecisionSpec {
    /// `"drop"` or `"key_hash"`.
    Word(DecisionWord),
    /// A table with exactly one of the three keys.
    Detail(DecisionDetail),
}

/// Decisions without detail.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum DecisionWord {
    /// The column is not stored.
    Drop,
    /// The column becomes a pseudonym.
    KeyHash,
}

/// Decisions with detail; exactly one key.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DecisionDetail {
    /// The column becomes a pseudonym in this namespace.
    pub key_hash: Option<String>,
    /// The column is made coarser.
    pub coarsen: Option<CoarsenSpec>,
    /// Why the column is harmless.
    pub allow: Option<String>,
}

/// How a column is made coarser.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(
    untagged,
    expecting = "coarsen is a number of decimals from 0 to 2, \"month\" or \"year\""
)]
pub(crate) enum CoarsenSpec {
    /// Decimals kept of a number.
    Decimals(u8),
    /// Part kept of a date.
    Date(CoarsenDate),
}

/// Part kept of a date; the first day of it is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum CoarsenDate {
    /// First day of the month.
    Month,
    /// First day of the year.
    Year,
}
