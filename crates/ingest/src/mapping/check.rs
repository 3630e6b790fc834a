//! From the mapping as written to the checked mapping.

use std::collections::{BTreeMap, BTreeSet};

use regex::Regex;
use safeground_schema::{FieldKind, FieldSpec, Table};
use sha2::{Digest, Sha256};

use super::checked::{ExcludeRule, ExcludeTest, Method, Origin, Record, SourceOptions};
use super::file::{ExcludeSpec, MappingFile, ReshapeSpec, SourceSpec};
use super::{Coarsen, Decision, Mapping, check_columns, check_locate, units};
use crate::IngestError;
use crate::convert::text::normal_text;
use crate::convert::value::Value;
use crate::error::toml_key;

/// Fields of `places` that follow from the place id.
pub(super) const FOLLOWS_PLACE_ID: [&str; 2] = ["level", "vintage"];

/// Checks a mapping against its table and itself.
pub(super) fn check(file: &MappingFile, text: &str) -> Result<Mapping, IngestError> {
    if file.version != 1 {
        return Err(IngestError::mapping(
            "version",
            format!("version {} is not known", file.version),
            "write `version = 1`",
        ));
    }
    let table: Table = file.table.parse().map_err(|_| {
        IngestError::mapping(
            "table",
            format!("the lake has no table `{}`", file.table),
            format!(
                "write one of: {}",
                Table::ALL
                    .iter()
                    .map(|t| t.name())
                    .collect::<Vec<_>>()
                    .join(", ")
            ),
        )
    })?;
    let decisions = decisions(file)?;
    let records = match &file.reshape {
        Some(reshape) => records(table, reshape)?,
        None => vec![Record::default()],
    };
    let fields = check_columns::fields(table, file, &records, &decisions)?;
    let locators = check_locate::groups(table, file)?;
    let mapping = Mapping {
        table,
        part: part(file.part.as_deref())?,
        sha256: content_sha256(text)?,
        source: source(&file.source)?,
        excludes: file
            .exclude
            .iter()
            .enumerate()
            .map(|(index, spec)| exclude(index, spec))
            .collect::<Result<_, _>>()?,
        fields,
        records,
        locators,
        decisions,
    };
    units_fit(&mapping)?;
    decisions_fit(&mapping)?;
    nothing_twice(&mapping)?;
    nothing_required_is_missing(&mapping)?;
    Ok(mapping)
}

fn part(part: Option<&str>) -> Result<Option<String>, IngestError> {
    match part {
        Some(part)
            if part.is_empty()
                || !part
                    .chars()
                    .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_')) =>
        {
            Err(IngestError::mapping(
                "part",
                format!("`{part}` is not a name"),
                "write ASCII letters, digits, `-` and `_`, such as `villages`",
            ))
        }
        other => Ok(other.map(str::to_owned)),
    }
}

/// SHA-256 of the parsed content. Tables of the parsed form are sorted by
/// key, so two ways to write one mapping hash alike.
fn content_sha256(text: &str) -> Result<String, IngestError> {
    let content: toml::Table = toml::from_str(text).map_err(Box::new)?;
    let sorted: BTreeMap<String, toml::Value> = content.into_iter().collect();
    let canonical =
        serde_json::to_string(&sorted).expect("a parsed mapping has text keys and plain values");
    Ok(crate::load::hex(&Sha256::digest(canonical.as_bytes())))
}

fn decisions(file: &MappingFile) -> Result<BTreeMap<String, Decision>, IngestError> {
    file.pii
        .iter()
        .map(|(column, spec)| {
            Ok((
                normal_text(column).into_owned(),
                Decision::check(column, spec)?,
            ))
        })
        .collect()
}

fn source(spec: &SourceSpec) -> Result<SourceOptions, IngestError> {
    let delimiter = match spec.delimiter.as_deref() {
        None => None,
        Some("tab") => Some(b'\t'),
        Some(text) => match text.as_bytes() {
            [byte] if byte.is_ascii() && !byte.is_ascii_alphanumeric() && *byte != b'"' => {
                Some(*byte)
            }
            _ => {
                return Err(IngestError::mapping(
                    "source.delimiter",
                    format!("`{text}` is not one sign"),
                    "write one ASCII sign such as `,` `;` `|`, or `\\t` for a tabulator",
                ));
            }
        },
    };
    let header = spec.header.unwrap_or(true);
    if header && spec.names.is_some() {
        return Err(IngestError::mapping(
            "source.names",
            "the file has a header that names its columns",
            "write `header = false`, or remove `names`",
        ));
    }
    let names: Vec<String> = spec
        .names
        .iter()
        .flatten()
        .map(|name| normal_text(name).into_owned())
        .collect();
    let mut seen = BTreeSet::new();
    if let Some(name) = names
        .iter()
        .find(|name| name.is_empty() || !seen.insert(name.as_str()))
    {
        return Err(IngestError::mapping(
            "source.names",
            format!("the name `{name}` is empty or stands twice"),
            "give each column a name of its own",
        ));
    }
    Ok(SourceOptions {
        format: spec.format,
        delimiter,
        encoding: spec.encoding,
        names: (!header).then_some(names),
        skip_lines: spec.skip_lines.unwrap_or(0),
        sheet: spec.sheet.clone(),
        layer: spec.layer.clone(),
        date_order: spec.date_order,
        missing: trimmed(&spec.missing),
        ragged_join: spec
            .ragged_join
            .as_deref()
            .map(|name| normal_text(name).into_owned()),
        duplicates: spec.duplicates,
    })
}

/// Texts as cells are compared with them.
pub(super) fn trimmed(texts: &[String]) -> Vec<String> {
    texts.iter().map(|text| text.trim().to_owned()).collect()
}

fn exclude(index: usize, spec: &ExcludeSpec) -> Result<ExcludeRule, IngestError> {
    let key = format!("exclude[{index}]");
    if spec.reason.trim().is_empty() {
        return Err(IngestError::mapping(
            format!("{key}.reason"),
            "the reason is empty",
            "say why such rows are not data; it stands in the quarantine",
        ));
    }
    let test = match (&spec.equals, &spec.matches, &spec.not_equals) {
        (Some(texts), None, None) => ExcludeTest::Equals(trimmed(texts)),
        (None, Some(pattern), None) => {
            ExcludeTest::Matches(regex(&format!("{key}.matches"), pattern)?)
        }
        (None, None, Some(texts)) => ExcludeTest::NotEquals(trimmed(texts)),
        _ => {
            return Err(IngestError::mapping(
                key,
                "there must be exactly one of `equals`, `matches` and `not_equals`",
                "keep one of them",
            ));
        }
    };
    Ok(ExcludeRule {
        column: normal_text(&spec.column).into_owned(),
        test,
        reason: normal_text(&spec.reason).into_owned(),
    })
}

/// A regular expression of the mapping.
pub(super) fn regex(key: &str, pattern: &str) -> Result<Regex, IngestError> {
    Regex::new(pattern).map_err(|error| {
        IngestError::mapping(
            key,
            format!("`{pattern}` is not a regular expression: {error}"),
            "correct it; a literal text in TOML stands between single quotes",
        )
    })
}

/// The field of this name, or an error that lists the fields.
pub(super) fn field(
    table: Table,
    key: &str,
    name: &str,
) -> Result<&'static FieldSpec, IngestError> {
    table.field(name).ok_or_else(|| {
        IngestError::mapping(
            key,
            format!("table `{table}` has no field `{name}`"),
            format!(
                "write one of: {}",
                table
                    .fields()
                    .iter()
                    .map(|f| f.name)
                    .collect::<Vec<_>>()
                    .join(", ")
            ),
        )
    })
}

/// A value of the mapping for a field.
pub(super) fn value(key: &str, field: &FieldSpec, text: &str) -> Result<Value, IngestError> {
    Value::parse(field, text).map_err(|code| {
        let remedy = match field.kind {
            FieldKind::Code { codes, .. } => format!("write one of: {}", codes().join(", ")),
            FieldKind::Date => "write a date such as `2024-01-31`".to_owned(),
            FieldKind::Place => "write a place id such as `district:220`".to_owned(),
            _ => code.action().trim_end_matches('.').to_owned(),
        };
        IngestError::mapping(
            key,
            format!(
                "`{text}` does not fit field `{}` ({})",
                field.name,
                code.as_str()
            ),
            remedy,
        )
    })
}

fn records(table: Table, spec: &ReshapeSpec) -> Result<Vec<Record>, IngestError> {
    let value_field = field(table, "reshape.value", &spec.value)?;
    if spec.columns.is_empty() {
        return Err(IngestError::mapping(
            "reshape.columns",
            "there is none",
            "add a [[reshape.columns]] for each column that becomes a record",
        ));
    }
    let first: BTreeSet<&String> = spec.columns[0]
        .set
        .keys()
        .chain(spec.columns[0].fields.keys())
        .collect();
    spec.columns
        .iter()
        .enumerate()
        .map(|(index, column)| {
            let key = format!("reshape.columns[{index}]");
            let mut record = Record {
                value: Some(normal_text(&column.column).into_owned()),
                value_field: Some(value_field.name),
                ..Record::default()
            };
            for (name, text) in &column.set {
                let key = format!("{key}.set.{name}");
                let spec = field(table, &key, name)?;
                record.set.insert(spec.name, value(&key, spec, text)?);
            }
            for (name, header) in &column.fields {
                let spec = field(table, &format!("{key}.fields.{name}"), name)?;
                record
                    .fields
                    .insert(spec.name, normal_text(header).into_owned());
            }
            if let Some(name) = record
                .set
                .keys()
                .find(|name| **name == value_field.name || record.fields.contains_key(*name))
            {
                return Err(IngestError::mapping(
                    format!("{key}.set.{name}"),
                    "the field is filled twice",
                    "keep one of `value`, `set` and `fields`",
                ));
            }
            let names: BTreeSet<&String> = column.set.keys().chain(column.fields.keys()).collect();
            if let Some(name) = names
                .iter()
                .chain(first.iter())
                .find(|name| !(names.contains(**name) && first.contains(**name)))
                && table.field(name).is_some_and(|field| !field.nullable)
            {
                return Err(IngestError::mapping(
                    key,
                    format!("field `{name}` is filled in some records and not in others"),
                    "fill it in every [[reshape.columns]]",
                ));
            }
            Ok(record)
        })
        .collect()
}

/// The unit of each record must suit the unit stated for its figure.
fn units_fit(mapping: &Mapping) -> Result<(), IngestError> {
    for rule in &mapping.fields {
        let Some(unit) = rule.reading.unit else {
            continue;
        };
        for record in &mapping.records {
            if units::factor(unit, rule.spec, mapping.record_unit(record)).is_none() {
                return Err(IngestError::mapping(
                    format!("columns.{}.unit", rule.spec.name),
                    format!(
                        "`{}` cannot be converted to the unit of the field ({})",
                        unit.as_str(),
                        if rule.spec.unit.is_empty() {
                            "none"
                        } else {
                            rule.spec.unit
                        }
                    ),
                    "state a unit of the same kind; a figure whose unit another field gives needs that field as a constant",
                ));
            }
        }
    }
    Ok(())
}

impl Mapping {
    /// Unit of the figure of a record, where the mapping fixes it.
    pub(crate) fn record_unit<'m>(&'m self, record: &'m Record) -> Option<&'m str> {
        let set = record.set.get("unit");
        let constant = || {
            self.fields.iter().find_map(|rule| match &rule.origin {
                Origin::Constant(value) if rule.spec.name == "unit" => Some(value),
                _ => None,
            })
        };
        match set.or_else(constant) {
            Some(Value::Text(unit)) => Some(unit),
            _ => None,
        }
    }
}

/// A dropped column is used nowhere but to exclude rows.
fn decisions_fit(mapping: &Mapping) -> Result<(), IngestError> {
    for (column, key) in mapping.columns_needed() {
        let is_filter = key == "exclude.column" || key == "source.ragged_join";
        let located = key == "locate";
        match mapping.decisions.get(column) {
            Some(Decision::Drop) if !is_filter => {
                return Err(IngestError::mapping(
                    format!("pii.{}", toml_key(column)),
                    format!("the column is dropped and also used by `{key}`"),
                    "use it no more, or decide otherwise about it",
                ));
            }
            Some(Decision::KeyHash { .. }) if located => {
                return Err(IngestError::mapping(
                    format!("pii.{}", toml_key(column)),
                    "a hashed column cannot locate a row",
                    "locate by another column, or say with `allow` why this one is harmless",
                ));
            }
            _ => {}
        }
    }
    for locator in mapping.locators.iter().flat_map(|group| &group.locators) {
        let by_point = matches!(locator.method, Method::Coordinates { .. });
        for column in locator.columns() {
            match mapping.decisions.get(column) {
                Some(Decision::Coarsen(Coarsen::Decimals(_))) if by_point => {}
                Some(Decision::Coarsen(_)) => {
                    return Err(IngestError::mapping(
                        format!("pii.{}", toml_key(column)),
                        "a column that is made coarser this way cannot locate a row",
                        "keep decimals of coordinates only, or decide otherwise about the column",
                    ));
                }
                _ => {}
            }
        }
    }
    Ok(())
}

fn nothing_twice(mapping: &Mapping) -> Result<(), IngestError> {
    let mut filled: BTreeSet<&str> = mapping.fields.iter().map(|rule| rule.spec.name).collect();
    for group in &mapping.locators {
        for name in group.fills(mapping.table) {
            if !filled.insert(name) {
                return Err(IngestError::mapping(
                    format!("columns.{name}"),
                    "the field is filled twice, here and by [[locate]]",
                    format!("remove `columns.{name}`, or the [[locate]] that fills it"),
                ));
            }
        }
    }
    Ok(())
}

fn nothing_required_is_missing(mapping: &Mapping) -> Result<(), IngestError> {
    let mut filled: BTreeSet<&str> = mapping.fields.iter().map(|rule| rule.spec.name).collect();
    for group in &mapping.locators {
        filled.extend(group.fills(mapping.table));
    }
    for field in mapping.table.fields() {
        if field.nullable || filled.contains(field.name) {
            continue;
        }
        let remedy = match field.kind {
            FieldKind::Place => format!("add a [[locate]] with `field = \"{}\"`", field.name),
            _ => format!(
                "add [columns.{}] with `from` or `constant`: {}",
                field.name,
                field.description.trim_end_matches('.')
            ),
        };
        return Err(IngestError::mapping(
            format!("columns.{}", field.name),
            format!(
                "table `{}` needs the field and nothing fills it",
                mapping.table
            ),
            remedy,
        ));
    }
    Ok(())
}
