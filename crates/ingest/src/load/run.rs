//! A load from its files to its report.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use arrow::array::{Array, AsArray, BooleanArray, RecordBatch};
use arrow::compute::filter_record_batch;
use safeground_schema::{ADDITIVE_UNITS, ErrorCode, Table};
use xxhash_rust::xxh3::Xxh3;

use super::control::Control;
use super::identify::LoadId;
use super::inspect::inspect;
use super::keys::KeySet;
use super::pipeline;
use super::quarantine::Quarantine;
use super::report::{ColumnUse, LoadReport, Tally};
use super::request::{LoadRequest, Sink};
use crate::IngestError;
use crate::convert::{Accepted, Cause, Converted, Plan, Reject, Worker, key_fields};
use crate::mapping::{Decision, Mapping, Method};
use crate::source::Input;

/// Causes named when a load stops for too many rejects.
const TOP_CAUSES: usize = 10;

/// Loads files: hands the accepted rows to `sink` and writes the others to
/// the Parquet file `quarantine`.
///
/// 1. The columns that the mapping names must be in every file.
/// 2. All values of all columns go past the gate; rows repeated letter for
///    letter are found.
/// 3. Rows are converted, validated and located chunk by chunk and handed on
///    in the order of the files, the same for any number of threads.
///
/// Memory stays bounded by the chunks in flight, the places known, and, for
/// tables whose rows have a key, 16 bytes per accepted row.
///
/// If it fails after the sink has taken batches, the sink must discard them;
/// the quarantine file is then removed.
///
/// # Errors
/// [`IngestError`] says what stopped the load.
pub fn load(
    request: &LoadRequest<'_>,
    id: &LoadId,
    sink: &mut dyn Sink,
    quarantine: &Path,
) -> Result<LoadReport, IngestError> {
    let inputs = inputs(request)?;
    let columns = check_columns(request.mapping, &inputs)?;
    let plan = Plan::new(
        request.mapping,
        request.gazetteer,
        request.secret,
        request.today,
        id.load_id.clone(),
    )?;
    // Made before the first pass, so that a wrong alias is told at once.
    let threads = request.threads.max(1);
    let workers = (0..threads)
        .map(|_| Worker::new(&plan))
        .collect::<Result<Vec<_>, _>>()?;
    let repeated = inspect(request, &inputs, threads)?;

    let outcome = (|| {
        let mut receiver = Receiver {
            table: request.mapping.table(),
            keys: KeySet::new(),
            sink,
            quarantine: Quarantine::create(quarantine, id)?,
            tally: Tally::default(),
            control: Control::new(&plan.figures),
        };
        pipeline::run(
            &inputs,
            workers,
            |worker, numbered| {
                worker.convert(&numbered.chunk, |row| {
                    repeated.is_repeat(numbered.first_row + row as u64)
                })
            },
            |converted| receiver.receive(converted),
        )?;
        let Receiver {
            quarantine,
            tally,
            control,
            ..
        } = receiver;
        quarantine.finish()?;
        report(request, id, &tally, &control, columns)
    })();
    if outcome.is_err() {
        // Nothing of a failed load stays; that the file may not exist yet is fine.
        let _ = std::fs::remove_file(quarantine);
    }
    outcome
}

fn inputs(request: &LoadRequest<'_>) -> Result<Vec<Input>, IngestError> {
    request
        .files
        .iter()
        .enumerate()
        .map(|(index, path)| Input::new(path, &request.mapping.source, index))
        .collect()
}

/// Checks that every file has the columns that the mapping needs, and says
/// what is done with those that are not stored as they are.
fn check_columns(
    mapping: &Mapping,
    inputs: &[Input],
) -> Result<(ColumnUse, Vec<String>), IngestError> {
    let needed = mapping.columns_needed();
    let used: BTreeSet<&str> = needed.iter().map(|(column, _)| *column).collect();
    let mut present: BTreeMap<String, ()> = BTreeMap::new();
    for input in inputs {
        let source = input.open()?;
        let columns: BTreeSet<&str> = source.columns().iter().map(String::as_str).collect();
        if let Some((column, key)) = needed.iter().find(|(column, _)| !columns.contains(column)) {
            return Err(IngestError::ColumnMissing {
                path: input.path().to_owned(),
                column: (*column).to_owned(),
                key: key.clone(),
                columns: source.columns().join(", "),
            });
        }
        present.extend(source.columns().iter().map(|column| (column.clone(), ())));
    }
    let mut columns = ColumnUse::default();
    let located_by_point: BTreeSet<&str> = mapping
        .locators
        .iter()
        .flat_map(|group| &group.locators)
        .filter(|locator| {
            mapping.table != Table::Places && matches!(locator.method, Method::Coordinates { .. })
        })
        .flat_map(|locator| locator.columns())
        .collect();
    for column in present.keys() {
        match mapping.decisions.get(column) {
            Some(Decision::Drop) => columns.dropped.push(column.clone()),
            _ if !used.contains(column.as_str()) => columns.unused.push(column.clone()),
            Some(Decision::KeyHash { .. }) => columns.hashed.push(column.clone()),
            Some(Decision::Coarsen(_)) => columns.coarsened.push(column.clone()),
            _ if located_by_point.contains(column.as_str()) => {
                columns.coarsened.push(column.clone());
            }
            _ => {}
        }
    }
    let notes = mapping
        .decisions
        .keys()
        .filter(|column| !present.contains_key(*column))
        .map(|column| format!("[pii] decides about column `{column}`, which no file has"))
        .collect();
    Ok((columns, notes))
}

fn report(
    request: &LoadRequest<'_>,
    id: &LoadId,
    tally: &Tally,
    control: &Control<'_>,
    (columns, notes): (ColumnUse, Vec<String>),
) -> Result<LoadReport, IngestError> {
    let records = request.mapping.records.len() as u64;
    let read = tally.source_rows * records;
    assert_eq!(
        tally.accepted + tally.quarantined,
        read,
        "every record is accepted or quarantined"
    );
    if request.max_rejects.is_exceeded(tally.quarantined, read) {
        return Err(IngestError::TooManyRejects {
            rejected: tally.quarantined,
            read,
            allowed: request.max_rejects.to_string(),
            top: tally.top(TOP_CAUSES, id),
        });
    }
    Ok(LoadReport {
        load_id: id.load_id.clone(),
        table: request.mapping.table().name(),
        files: id.files.iter().map(|file| file.name.clone()).collect(),
        source_rows: tally.source_rows,
        read,
        accepted: tally.accepted,
        quarantined: tally.quarantined,
        quarantine_file: None,
        repaired: tally.repaired,
        blank_rows: tally.blank,
        rejects: tally.counts(),
        totals: control.totals(),
        names: control.names(request.mapping),
        columns,
        notes,
    })
}

/// Takes converted chunks in the order of the files.
struct Receiver<'r> {
    table: Table,
    /// Hashes of the keys of accepted rows.
    keys: KeySet,
    sink: &'r mut dyn Sink,
    quarantine: Quarantine<'r>,
    tally: Tally,
    control: Control<'r>,
}

impl Receiver<'_> {
    fn receive(&mut self, converted: Converted) -> Result<(), IngestError> {
        self.tally.source_rows += converted.source_rows;
        self.tally.repaired += converted.repaired;
        self.tally.blank += converted.blank;
        self.control.add(&converted.sums, &converted.names);
        for reject in converted.rejects {
            self.reject(reject)?;
        }
        for accepted in converted.accepted {
            let batch = self.without_repeated_keys(accepted)?;
            let rows = batch.num_rows() as u64;
            if rows == 0 {
                continue;
            }
            self.sink.write(batch).map_err(|source| IngestError::Sink {
                table: self.table.name(),
                source,
            })?;
            self.tally.accepted += rows;
        }
        Ok(())
    }

    fn reject(&mut self, reject: Reject) -> Result<(), IngestError> {
        self.tally.reject(&reject);
        self.quarantine.add(reject)
    }

    /// The batch without the rows whose key an earlier row has.
    fn without_repeated_keys(&mut self, accepted: Accepted) -> Result<RecordBatch, IngestError> {
        let names = key_fields(self.table);
        if names.is_empty() {
            return Ok(accepted.batch);
        }
        let keys = row_keys(&accepted.batch, names);
        let mut kept = Vec::with_capacity(keys.len());
        for (key, adds_up) in keys.iter().zip(adds_up(self.table, &accepted.batch)) {
            let is_new = adds_up || self.keys.insert(*key).map_err(IngestError::Temporary)?;
            kept.push(is_new);
        }
        if kept.iter().all(|kept| *kept) {
            return Ok(accepted.batch);
        }
        let column = std::sync::Arc::from(names.join(", "));
        for (origin, _) in accepted
            .origins
            .iter()
            .zip(&kept)
            .filter(|(_, kept)| !**kept)
        {
            self.reject(Reject {
                file: origin.file,
                row: origin.row,
                line: origin.line,
                cause: Cause::of_column(ErrorCode::DuplicateKey, &column, None),
            })?;
        }
        let batch = filter_record_batch(&accepted.batch, &BooleanArray::from(kept))
            .map_err(IngestError::arrow("keeping the rows of new keys"))?;
        self.control
            .reject(accepted.record, &accepted.batch, &batch)?;
        Ok(batch)
    }
}

/// Rows whose figures are added to those of other rows with the same key.
fn adds_up(table: Table, batch: &RecordBatch) -> Vec<bool> {
    let units = match table {
        Table::Indicators => batch.column_by_name("unit"),
        _ => None,
    };
    match units {
        Some(units) => {
            let units = units.as_string::<i32>().iter();
            units
                .map(|unit| unit.is_some_and(|unit| ADDITIVE_UNITS.contains(&unit)))
                .collect()
        }
        None => vec![false; batch.num_rows()],
    }
}

fn row_keys(batch: &RecordBatch, names: &[&str]) -> Vec<u128> {
    let columns: Vec<_> = names
        .iter()
        .filter_map(|name| batch.column_by_name(name))
        .map(|array| array.as_string::<i32>())
        .collect();
    (0..batch.num_rows())
        .map(|row| {
            let mut hasher = Xxh3::new();
            for column in &columns {
                let text = if column.is_valid(row) {
                    column.value(row)
                } else {
                    ""
                };
                hasher.update(&(text.len() as u64).to_be_bytes());
                hasher.update(text.as_bytes());
            }
            hasher.digest128()
        })
        .collect()
}
