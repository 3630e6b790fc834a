//! What is to be done with each column, made ready once for a load.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::NaiveDate;
use safeground_schema::{FieldKind, FieldSpec, PlaceId, Table};

use super::date::DateReading;
use super::key::KeyHasher;
use super::locate::Finder;
use super::number::Dress;
use super::totals::{Figures, figures};
use super::value::Value;
use crate::IngestError;
use crate::locate::Gazetteer;
use crate::mapping::{Coarsen, Decision, FieldRule, Mapping, Origin, Reading, Record, unit_factor};

/// The conversion of one load; shared by all threads.
pub(crate) struct Plan<'l> {
    pub mapping: &'l Mapping,
    pub gazetteer: &'l Gazetteer,
    pub load_id: String,
    pub records: Vec<RecordPlan>,
    /// Columns whose figures are added up, record by record.
    pub figures: Vec<Figures>,
}

/// How one record of a row is made.
pub(crate) struct RecordPlan {
    /// One per field of the table that is not filled by locating.
    pub fields: Vec<FieldPlan>,
}

/// How one field of a record is made.
pub(crate) struct FieldPlan {
    pub spec: &'static FieldSpec,
    /// Index of the field in the table.
    pub index: usize,
    pub input: Input,
    pub reading: Reading,
    /// Texts that mean "no value".
    pub missing: Vec<String>,
    pub factor: f64,
    pub dress: Dress,
    pub date: DateReading,
}

/// Where the cells of a field come from.
pub(crate) enum Input {
    /// A column of the file.
    Column(ColumnInput),
    /// The same value for every row.
    Constant(Value),
    /// Nothing: the record leaves the field empty.
    Nothing,
}

/// A column and what was decided about it.
pub(crate) struct ColumnInput {
    pub name: Arc<str>,
    /// Whether its cells may stand in the quarantine.
    pub is_shown: bool,
    pub coarsen: Option<Coarsen>,
    pub hasher: Option<KeyHasher>,
}

/// State of one thread: what it has found so far.
pub(crate) struct Worker<'l> {
    pub plan: &'l Plan<'l>,
    pub finders: Vec<Vec<Finder<'l>>>,
}

impl<'l> Worker<'l> {
    /// A fresh worker.
    pub(crate) fn new(plan: &'l Plan<'l>) -> Result<Self, IngestError> {
        let finders = plan
            .mapping
            .locators
            .iter()
            .map(|group| {
                group
                    .locators
                    .iter()
                    .map(|locator| Finder::new(locator, group, plan))
                    .collect()
            })
            .collect::<Result<_, _>>()?;
        Ok(Self { plan, finders })
    }
}

impl<'l> Plan<'l> {
    /// Prepares the conversion.
    pub(crate) fn new(
        mapping: &'l Mapping,
        gazetteer: &'l Gazetteer,
        secret: &[u8],
        today: NaiveDate,
        load_id: String,
    ) -> Result<Self, IngestError> {
        let records: Vec<RecordPlan> = mapping
            .records
            .iter()
            .map(|record| RecordPlan {
                fields: mapping
                    .fields
                    .iter()
                    .map(|rule| field_plan(mapping, record, rule, secret, today))
                    .collect(),
            })
            .collect();
        let plan = Self {
            mapping,
            gazetteer,
            load_id,
            figures: figures(mapping.table, &records),
            records,
        };
        plan.constant_places_are_known()?;
        Ok(plan)
    }

    /// A place that the mapping names for every row must exist.
    fn constant_places_are_known(&self) -> Result<(), IngestError> {
        for field in self.records.iter().flat_map(|record| &record.fields) {
            let (FieldKind::Place, Input::Constant(Value::Text(text))) =
                (field.spec.kind, &field.input)
            else {
                continue;
            };
            let is_known = text
                .parse::<PlaceId>()
                .is_ok_and(|id| self.gazetteer.by_id(&id).is_ok());
            if !is_known {
                return Err(IngestError::mapping(
                    format!("columns.{}.constant", field.spec.name),
                    format!("no known place `{text}`"),
                    "load that place first, or correct its id",
                ));
            }
        }
        Ok(())
    }

    /// Whether the cells of a column may stand in the quarantine.
    pub(crate) fn is_shown(&self, column: &str) -> bool {
        is_shown(self.mapping, column)
    }
}

fn is_shown(mapping: &Mapping, column: &str) -> bool {
    matches!(mapping.decisions.get(column), None | Some(Decision::Allow))
}

fn field_plan(
    mapping: &Mapping,
    record: &Record,
    rule: &FieldRule,
    secret: &[u8],
    today: NaiveDate,
) -> FieldPlan {
    let spec = rule.spec;
    let input = match &rule.origin {
        Origin::Column(column) => column_input(mapping, column, spec, secret),
        Origin::Constant(value) => Input::Constant(value.clone()),
        Origin::Record => {
            let column = if record.value_field == Some(spec.name) {
                record.value.as_ref()
            } else {
                record.fields.get(spec.name)
            };
            match (record.set.get(spec.name), column) {
                (Some(value), _) => Input::Constant(value.clone()),
                (None, Some(column)) => column_input(mapping, column, spec, secret),
                (None, None) => Input::Nothing,
            }
        }
    };
    let record_unit = mapping.record_unit(record);
    let is_survey = mapping.table == Table::Indicators;
    let may_be_percent = spec.unit.starts_with("share")
        || (is_survey && record_unit.is_none_or(|unit| unit == "percent"));
    let mut missing = mapping.source.missing.clone();
    missing.extend(rule.reading.missing.iter().cloned());
    let coarsen = match &input {
        Input::Column(ColumnInput {
            coarsen: Some(Coarsen::Date(part)),
            ..
        }) => Some(*part),
        _ => None,
    };
    FieldPlan {
        spec,
        index: mapping
            .table
            .fields()
            .iter()
            .position(|field| field.name == spec.name)
            .expect("rules are made of the fields of the table"),
        input,
        missing,
        factor: rule
            .reading
            .unit
            .and_then(|unit| unit_factor(unit, spec, record_unit))
            .unwrap_or(1.0),
        dress: Dress {
            percent_sign: may_be_percent,
            brackets: is_survey,
        },
        date: DateReading {
            order: mapping.source.date_order,
            serials: false,
            // A place may be known to end.
            latest: (spec.name != "valid_to").then_some(today),
            coarsen,
        },
        reading: rule.reading.clone(),
    }
}

fn column_input(mapping: &Mapping, column: &str, spec: &FieldSpec, secret: &[u8]) -> Input {
    let (coarsen, hasher) = match mapping.decisions.get(column) {
        Some(Decision::Coarsen(coarsen)) => (Some(*coarsen), None),
        Some(Decision::KeyHash { namespace }) => (
            None,
            Some(KeyHasher::new(secret, spec.name, namespace.as_deref())),
        ),
        _ => (None, None),
    };
    Input::Column(ColumnInput {
        name: Arc::from(column),
        is_shown: is_shown(mapping, column),
        coarsen,
        hasher,
    })
}

/// What a bounded memory of lookups may hold.
pub(crate) const REMEMBERED: usize = 1 << 18;

/// Remembers results by text, and forgets all of them when full.
#[derive(Debug)]
pub(crate) struct Memory<T> {
    known: HashMap<Box<str>, T>,
}

impl<T> Default for Memory<T> {
    fn default() -> Self {
        Self {
            known: HashMap::new(),
        }
    }
}

impl<T: Clone> Memory<T> {
    /// The result for this text, found now or before.
    pub(crate) fn get_or(&mut self, text: &str, find: impl FnOnce() -> T) -> T {
        if let Some(known) = self.known.get(text) {
            return known.clone();
        }
        if self.known.len() >= REMEMBERED {
            self.known.clear();
        }
        let found = find();
        self.known.insert(text.into(), found.clone());
        found
    }
}
