//! A load in a temporary folder, with everything it handed on.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{Float64Type, Int64Type};
use arrow::util::display::{ArrayFormatter, FormatOptions};
use chrono::NaiveDate;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use safeground_ingest::{
    Gazetteer, IngestError, LoadReport, LoadRequest, Mapping, MaxRejects, Sink, identify, load,
};
use safeground_schema::GazetteerEntry;

/// Takes batches and keeps them.
#[derive(Default)]
pub struct Kept {
    pub batches: Vec<RecordBatch>,
}

impl Sink for Kept {
    fn write(
        &mut self,
        batch: RecordBatch,
    ) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        self.batches.push(batch);
        Ok(())
    }
}

/// One row as text by column; empty fields are absent.
pub type Row = BTreeMap<String, String>;

/// What a load handed on.
pub struct Outcome {
    pub report: LoadReport,
    pub batches: Vec<RecordBatch>,
    pub rows: Vec<Row>,
    pub quarantine: Vec<Row>,
}

impl Outcome {
    /// Codes of the quarantine in order.
    pub fn codes(&self) -> Vec<&str> {
        self.quarantine
            .iter()
            .map(|row| row["code"].as_str())
            .collect()
    }

    /// Values of a field in order; empty ones as an empty text.
    pub fn values(&self, field: &str) -> Vec<&str> {
        self.rows
            .iter()
            .map(|row| row.get(field).map_or("", String::as_str))
            .collect()
    }
}

/// A folder of input files and the places that are known.
pub struct House {
    pub folder: tempfile::TempDir,
    pub places: Vec<GazetteerEntry>,
    pub max_rejects: MaxRejects,
    pub threads: usize,
}

impl House {
    pub fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            places: Vec::new(),
            max_rejects: MaxRejects::Unlimited,
            threads: 2,
        }
    }

    pub fn with_places(ids: &[(&str, &str)]) -> Self {
        let mut house = Self::new();
        house.places = ids.iter().map(|(id, name)| place(id, name)).collect();
        house
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, content).unwrap();
        path
    }

    pub fn load(&self, mapping: &str, files: &[PathBuf]) -> Result<Outcome, IngestError> {
        let mut kept = Kept::default();
        let report = self.load_into(mapping, files, &mut kept)?;
        let quarantine = read_parquet(&self.path("quarantine.parquet"));
        let quarantine = quarantine.iter().flat_map(rows).collect();
        let rows: Vec<Row> = kept.batches.iter().flat_map(rows).collect();
        let outcome = Outcome {
            report,
            batches: kept.batches,
            rows,
            quarantine,
        };
        outcome.balances();
        Ok(outcome)
    }

    pub fn load_into(
        &self,
        mapping: &str,
        files: &[PathBuf],
        sink: &mut dyn Sink,
    ) -> Result<LoadReport, IngestError> {
        let mapping = Mapping::parse(mapping)?;
        let id = identify(files, mapping.table(), mapping.part())?;
        let gazetteer = Gazetteer::new(self.places.clone());
        load(
            &LoadRequest {
                files,
                mapping: &mapping,
                gazetteer: &gazetteer,
                secret: b"secret of the lake",
                today: NaiveDate::from_ymd_opt(2025, 6, 30).unwrap(),
                max_rejects: self.max_rejects,
                threads: self.threads,
                scratch: self.folder.path(),
            },
            &id,
            sink,
            &self.path("quarantine.parquet"),
        )
    }

    /// Loads one CSV of this text.
    pub fn csv(&self, mapping: &str, text: &str) -> Outcome {
        let path = self.write("input.csv", text);
        match self.load(mapping, &[path]) {
            Ok(outcome) => outcome,
            Err(error) => panic!("{error}"),
        }
    }

    /// Loads one CSV of this text, which must fail; the error as text.
    pub fn csv_fails(&self, mapping: &str, text: &str) -> String {
        let path = self.write("input.csv", text);
        match self.load(mapping, &[path]) {
            Ok(_) => panic!("the load should fail"),
            Err(error) => error.to_string(),
        }
    }
}

impl Outcome {
    fn balances(&self) {
        let report = &self.report;
        assert_eq!(report.accepted + report.quarantined, report.read);
        assert_eq!(report.accepted, self.rows.len() as u64);
        assert_eq!(report.quarantined, self.quarantine.len() as u64);
        let counted: u64 = report.rejects.iter().map(|reject| reject.count).sum();
        assert_eq!(counted, report.quarantined);
    }
}

pub fn place(id: &str, name: &str) -> GazetteerEntry {
    let place_id: safeground_schema::PlaceId = id.parse().unwrap();
    let code = place_id.code.clone();
    let is_current = place_id.layer.vintage.is_none();
    GazetteerEntry {
        place_id,
        name: Some(name.to_owned()),
        parent_id: None,
        lgd_code: is_current.then(|| code.clone()),
        census2011_code: (!is_current).then_some(code),
        latitude: None,
        longitude: None,
    }
}

pub fn read_parquet(path: &Path) -> Vec<RecordBatch> {
    let file = std::fs::File::open(path).unwrap();
    ParquetRecordBatchReaderBuilder::try_new(file)
        .unwrap()
        .build()
        .unwrap()
        .map(Result::unwrap)
        .collect()
}

/// The rows of a batch as text.
pub fn rows(batch: &RecordBatch) -> Vec<Row> {
    let options = FormatOptions::default();
    let schema = batch.schema();
    let formatters: Vec<_> = batch
        .columns()
        .iter()
        .map(|column| ArrayFormatter::try_new(column.as_ref(), &options).unwrap())
        .collect();
    (0..batch.num_rows())
        .map(|row| {
            schema
                .fields()
                .iter()
                .zip(batch.columns())
                .zip(&formatters)
                .filter(|((_, column), _)| column.is_valid(row))
                .map(|((field, _), formatter)| {
                    (field.name().clone(), formatter.value(row).to_string())
                })
                .collect()
        })
        .collect()
}

/// Sum of a whole-number field over all batches.
pub fn sum(batches: &[RecordBatch], field: &str) -> i64 {
    batches
        .iter()
        .map(|batch| {
            arrow::compute::sum(
                batch
                    .column_by_name(field)
                    .unwrap()
                    .as_primitive::<Int64Type>(),
            )
            .unwrap_or(0)
        })
        .sum()
}

/// Numbers of a field.
pub fn numbers(batches: &[RecordBatch], field: &str) -> Vec<Option<f64>> {
    batches
        .iter()
        .flat_map(|batch| {
            batch
                .column_by_name(field)
                .unwrap()
                .as_primitive::<Float64Type>()
                .iter()
                .collect::<Vec<_>>()
        })
        .collect()
}

/// The shared data, or nothing with a word about it.
pub fn shared(name: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../../shared/data")
        .join(name);
    if path.exists() {
        Some(path)
    } else {
        eprintln!("skipped: {name} is not at ../shared/data");
        None
    }
}
