//! Checks of `[columns.FIELD]`.

use std::collections::{BTreeMap, BTreeSet};

use safeground_schema::{FieldKind, FieldSpec, Table};

use super::check::{field, regex, trimmed, value};
use super::checked::{FieldRule, Origin, Reading, Record};
use super::file::{ColumnSpec, MappingFile};
use super::{Coarsen, Decision};
use crate::IngestError;
use crate::convert::text::{CodeTable, normal_text};
use crate::error::toml_key;

/// The rules of all fields filled by columns, constants or records.
pub(super) fn fields(
    table: Table,
    file: &MappingFile,
    records: &[Record],
    decisions: &BTreeMap<String, Decision>,
) -> Result<Vec<FieldRule>, IngestError> {
    for name in file.columns.keys() {
        field(table, &format!("columns.{name}"), name)?;
    }
    let by_record: BTreeSet<&str> = records
        .iter()
        .flat_map(|record| {
            record
                .value_field
                .into_iter()
                .chain(record.set.keys().copied())
                .chain(record.fields.keys().copied())
        })
        .collect();
    let mut rules = Vec::new();
    for spec in table.fields() {
        let written = file.columns.get(spec.name);
        if written.is_none() && !by_record.contains(spec.name) {
            continue;
        }
        let default = ColumnSpec::default();
        let column = written.unwrap_or(&default);
        let key = format!("columns.{}", spec.name);
        let rule = FieldRule {
            spec,
            origin: origin(spec, column, by_record.contains(spec.name), &key)?,
            reading: reading(spec, column, &key)?,
        };
        kind_allows(&rule, &key)?;
        rules.push(rule);
    }
    for rule in &rules {
        for column in columns_of(rule, records) {
            decision_fits(rule.spec, column, decisions)?;
        }
    }
    Ok(rules)
}

fn columns_of<'r>(rule: &'r FieldRule, records: &'r [Record]) -> Vec<&'r str> {
    match &rule.origin {
        Origin::Column(column) => vec![column],
        Origin::Constant(_) => Vec::new(),
        Origin::Record => records
            .iter()
            .filter_map(|record| {
                if record.value_field == Some(rule.spec.name) {
                    record.value.as_deref()
                } else {
                    record.fields.get(rule.spec.name).map(String::as_str)
                }
            })
            .collect(),
    }
}

fn origin(
    spec: &FieldSpec,
    column: &ColumnSpec,
    by_record: bool,
    key: &str,
) -> Result<Origin, IngestError> {
    match (&column.from, &column.constant, by_record) {
        (Some(from), None, false) => Ok(Origin::Column(normal_text(from).into_owned())),
        (None, Some(constant), false) => {
            value(&format!("{key}.constant"), spec, constant).map(Origin::Constant)
        }
        (None, None, true) => Ok(Origin::Record),
        (Some(_), Some(_), _) => Err(IngestError::mapping(
            key,
            "both `from` and `constant` are given",
            "keep one of them",
        )),
        (_, _, true) => Err(IngestError::mapping(
            key,
            "the field is filled twice, here and by [reshape]",
            "remove `from` and `constant`; [reshape] gives the cell",
        )),
        (None, None, false) => Err(IngestError::mapping(
            key,
            "neither `from` nor `constant` is given",
            "write `from = \"Header\"` or `constant = \"text\"`",
        )),
    }
}

fn reading(spec: &FieldSpec, column: &ColumnSpec, key: &str) -> Result<Reading, IngestError> {
    if column.constant.is_some()
        && (column.pattern.is_some()
            || column.codes.is_some()
            || column.when.is_some()
            || column.unit.is_some()
            || column.pad.is_some()
            || column.when_missing.is_some()
            || !column.missing.is_empty()
            || column.round)
    {
        return Err(IngestError::mapping(
            key,
            "a constant needs no reading",
            "keep `constant` alone, written as it is to be stored",
        ));
    }
    if column.codes.is_some() && column.when.is_some() {
        return Err(IngestError::mapping(
            key,
            "both `codes` and `when` are given",
            "keep one of them",
        ));
    }
    let pattern = match &column.pattern {
        None => None,
        Some(text) => {
            let key = format!("{key}.pattern");
            let pattern = regex(&key, text)?;
            if pattern.captures_len() < 2 {
                return Err(IngestError::mapping(
                    key,
                    format!("`{text}` has no capture group"),
                    "put the part that is the cell between ( and )",
                ));
            }
            Some(pattern)
        }
    };
    let when = match &column.when {
        None => None,
        Some(rules) => Some(
            rules
                .iter()
                .enumerate()
                .map(|(index, rule)| {
                    let key = format!("{key}.when[{index}]");
                    Ok((
                        regex(&format!("{key}.matches"), &rule.matches)?,
                        value(&format!("{key}.value"), spec, &rule.value)?,
                    ))
                })
                .collect::<Result<Vec<_>, IngestError>>()?,
        ),
    };
    if column.round && !matches!(spec.kind, FieldKind::Integer) {
        return Err(IngestError::mapping(
            format!("{key}.round"),
            format!("field `{}` is not a whole number", spec.name),
            "remove it",
        ));
    }
    if column.pad.is_some() && !matches!(spec.kind, FieldKind::Text) {
        return Err(IngestError::mapping(
            format!("{key}.pad"),
            format!("field `{}` holds no text", spec.name),
            "remove it; a number needs no zeros",
        ));
    }
    Ok(Reading {
        pad: column.pad.unwrap_or(0),
        pattern,
        codes: codes(spec, column, key)?,
        when,
        unit: column.unit,
        when_missing: column
            .when_missing
            .as_deref()
            .map(|text| value(&format!("{key}.when_missing"), spec, text))
            .transpose()?,
        missing: trimmed(&column.missing),
        round: column.round,
    })
}

fn codes(
    spec: &FieldSpec,
    column: &ColumnSpec,
    key: &str,
) -> Result<Option<CodeTable>, IngestError> {
    let allowed = spec.codes().unwrap_or_default();
    let empty = BTreeMap::new();
    let translations = match (&column.codes, spec.kind) {
        (None, FieldKind::Code { .. }) => &empty,
        (None, _) => return Ok(None),
        (Some(codes), FieldKind::Code { .. } | FieldKind::Text | FieldKind::Period) => codes,
        (Some(_), _) => {
            return Err(IngestError::mapping(
                format!("{key}.codes"),
                format!("field `{}` holds no code", spec.name),
                "remove it; `pattern` extracts a figure from a text",
            ));
        }
    };
    for (spelling, code) in translations {
        value(&format!("{key}.codes.{}", toml_key(spelling)), spec, code)?;
    }
    CodeTable::new(translations, &allowed)
        .map(Some)
        .map_err(|spelling| {
            IngestError::mapping(
                format!("{key}.codes.{}", toml_key(&spelling)),
                "another spelling that differs in case and spaces alone has another code",
                "give both the same code",
            )
        })
}

/// Kinds that only some origins can fill.
fn kind_allows(rule: &FieldRule, key: &str) -> Result<(), IngestError> {
    match (&rule.origin, rule.spec.kind) {
        (Origin::Column(_) | Origin::Record, FieldKind::Place) => Err(IngestError::mapping(
            key,
            format!(
                "field `{}` is a place, which must be looked up",
                rule.spec.name
            ),
            format!(
                "write [[locate]] with `field = \"{}\"` and `by = \"lgd\"`, `\"census2011\"`, `\"id\"` or `\"name\"`",
                rule.spec.name
            ),
        )),
        (_, FieldKind::H3) => Err(IngestError::mapping(
            key,
            "an H3 cell is filled by [[locate]]",
            "write [[locate]] with `by = \"h3\"` or `by = \"coordinates\"`",
        )),
        (Origin::Record, FieldKind::Key | FieldKind::Geometry) => Err(IngestError::mapping(
            key,
            "a record of [reshape] cannot fill it",
            "fill it by `from`",
        )),
        (Origin::Column(column), FieldKind::Geometry) if column != crate::source::GEOMETRY => {
            Err(IngestError::mapping(
                format!("{key}.from"),
                format!("`{column}` is not the geometry of a spatial file"),
                format!("write `from = \"{}\"`", crate::source::GEOMETRY),
            ))
        }
        _ => Ok(()),
    }
}

/// The decision about a column must suit the field that it fills.
fn decision_fits(
    spec: &FieldSpec,
    column: &str,
    decisions: &BTreeMap<String, Decision>,
) -> Result<(), IngestError> {
    let decision = decisions.get(column);
    let key = format!("pii.{}", toml_key(column));
    match (decision, spec.kind) {
        (Some(Decision::KeyHash { .. }), FieldKind::Key) => Ok(()),
        (_, FieldKind::Key) => Err(IngestError::mapping(
            format!("columns.{}.from", spec.name),
            format!("field `{}` holds pseudonyms only", spec.name),
            format!("write `{} = \"key_hash\"` under [pii]", toml_key(column)),
        )),
        (Some(Decision::KeyHash { .. }), _) => Err(IngestError::mapping(
            key,
            format!(
                "the column is hashed and fills field `{}`, which holds no pseudonym",
                spec.name
            ),
            "fill a field that ends in `_key`, or decide otherwise about the column",
        )),
        (Some(Decision::Coarsen(Coarsen::Decimals(_))), FieldKind::Number | FieldKind::Integer)
        | (Some(Decision::Coarsen(Coarsen::Date(_))), FieldKind::Date)
        | (None | Some(Decision::Allow | Decision::Drop), _) => Ok(()),
        (Some(Decision::Coarsen(_)), _) => Err(IngestError::mapping(
            key,
            format!("this way to coarsen does not suit field `{}`", spec.name),
            "keep decimals of numbers, and `month` or `year` of dates",
        )),
    }
}
