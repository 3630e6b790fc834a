//! The first pass: every value of every column goes past the gate, and every
//! row leaves a hash by which repetitions are found.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use safeground_schema::{FieldKind, FieldSpec, Table};

use super::pipeline::{self, Numbered};
use super::repeats::{Repeated, Repeats, row_hashes};
use super::request::LoadRequest;
use crate::IngestError;
use crate::gate::{ColumnContext, ColumnGate, ColumnRole, Finding};
use crate::locate::ParentKey;
use crate::mapping::file::Duplicates;
use crate::mapping::{Mapping, Method, Origin};
use crate::source::{Chunk, Input};

/// Gates of one thread by column.
type Gates = BTreeMap<String, ColumnGate>;

/// Looks at all values of all files. Returns the rows that repeat an earlier
/// one.
///
/// # Errors
/// [`IngestError::PersonalData`] with every column that looks like personal
/// data and that the mapping does not decide about.
pub(super) fn inspect(
    request: &LoadRequest<'_>,
    inputs: &[Input],
    threads: usize,
) -> Result<Repeated, IngestError> {
    let mapping = request.mapping;
    let roles = roles(mapping);
    let repeats = (mapping.source.duplicates == Duplicates::Quarantine)
        .then(|| Mutex::new(Repeats::new(request.scratch)));
    let workers = vec![Gates::new(); threads];
    let gates = pipeline::run(
        inputs,
        workers,
        |gates, numbered: Numbered| {
            observe(gates, &numbered.chunk, mapping, &roles);
            if let Some(repeats) = &repeats {
                let hashes = row_hashes(&numbered.chunk);
                repeats
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .add(numbered.first_row, &hashes)?;
            }
            Ok(())
        },
        |()| Ok(()),
    )?;
    let findings = verdict(gates);
    if !findings.is_empty() {
        return Err(IngestError::PersonalData(findings));
    }
    match repeats {
        Some(repeats) => repeats
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner)
            .finish(),
        None => Ok(Repeated::default()),
    }
}

fn observe(
    gates: &mut Gates,
    chunk: &Chunk,
    mapping: &Mapping,
    roles: &BTreeMap<&str, ColumnRole>,
) {
    for column in chunk.columns() {
        let name = column.name().as_str();
        let Ok(cells) = column.str() else { continue };
        // Whatever was decided about a column, its values were decided about.
        if mapping.decisions.contains_key(name) {
            continue;
        }
        if !gates.contains_key(name) {
            let role = roles.get(name).copied().unwrap_or_default();
            gates.insert(
                name.to_owned(),
                ColumnGate::new(name, ColumnContext::of(role)),
            );
        }
        if let Some(gate) = gates.get_mut(name) {
            gate.see(cells.iter().flatten());
        }
    }
}

fn verdict(gates: Vec<Gates>) -> Vec<Finding> {
    let mut merged = Gates::new();
    for (name, gate) in gates.into_iter().flatten() {
        match merged.get_mut(&name) {
            Some(known) => known.merge(&gate),
            None => {
                merged.insert(name, gate);
            }
        }
    }
    merged.into_values().flat_map(ColumnGate::verdict).collect()
}

/// What the mapping does with each column that it uses.
fn roles(mapping: &Mapping) -> BTreeMap<&str, ColumnRole> {
    let mut roles = BTreeMap::new();
    // How a row is located says most about a column, so it stands first.
    for locator in mapping.locators.iter().flat_map(|group| &group.locators) {
        for (index, column) in locator.columns().into_iter().enumerate() {
            let role = match &locator.method {
                Method::Code { .. } | Method::Cell { .. } => ColumnRole::Code,
                Method::Coordinates { .. } => ColumnRole::Coordinate,
                Method::Name {
                    parent: Some(parent),
                    ..
                } if index == 1 && parent.within.by != ParentKey::Name => ColumnRole::Code,
                Method::Name { .. } => ColumnRole::PlaceName,
            };
            roles.entry(column).or_insert(role);
        }
    }
    for rule in &mapping.fields {
        if let Origin::Column(column) = &rule.origin {
            roles
                .entry(column)
                .or_insert_with(|| role_of(mapping.table, rule.spec, rule.reading.codes.is_some()));
        }
    }
    for record in &mapping.records {
        if let (Some(column), Some(name)) = (&record.value, record.value_field)
            && let Some(spec) = mapping.table.field(name)
        {
            roles
                .entry(column)
                .or_insert_with(|| role_of(mapping.table, spec, false));
        }
        for (name, column) in &record.fields {
            if let Some(spec) = mapping.table.field(name) {
                roles
                    .entry(column)
                    .or_insert_with(|| role_of(mapping.table, spec, false));
            }
        }
    }
    roles
}

fn role_of(table: Table, field: &FieldSpec, has_codes: bool) -> ColumnRole {
    match field.kind {
        FieldKind::Number if field.unit.starts_with("degrees") => ColumnRole::Coordinate,
        FieldKind::Integer | FieldKind::Number => ColumnRole::Measure,
        FieldKind::Code { .. } | FieldKind::Period => ColumnRole::Code,
        FieldKind::Text if has_codes || field.name.ends_with("_code") => ColumnRole::Code,
        FieldKind::Text if table == Table::Places && field.name == "name" => ColumnRole::PlaceName,
        FieldKind::Geometry => ColumnRole::Geometry,
        _ => ColumnRole::Other,
    }
}
