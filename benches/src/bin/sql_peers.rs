//! Our side of `cargo xtask bench --peers --sql`.
//!
//! `sql_peers write FOLDER` writes ten million points and the places of their
//! cells as Parquet; `sql_peers run FOLDER` asks the questions of
//! `benches/peers/questions.json` and writes seconds and answers to
//! `ours.json`. Points lie around 400 towns, as people do.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context as _, bail};
use arrow::array::{ArrayRef, AsArray as _, Float64Array, Int32Array, RecordBatch, UInt64Array};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float64Type};
use datafusion::execution::SessionStateBuilder;
use datafusion::prelude::{ParquetReadOptions, SessionConfig, SessionContext};
use h3o::{LatLng, Resolution};
use parquet::arrow::ArrowWriter;
use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution as _, Normal};
use safeground_sql::grouping::DealGroups;
use serde::Deserialize;
use serde_json::{Value, json};

const POINTS: usize = 10_000_000;
const TOWNS: usize = 400;
const ROWS_AT_A_TIME: usize = 1_000_000;
const CELLS_OF_A_PLACE: usize = 7;
const SEED: u64 = 12_345;
const REPEATS: usize = 3;

/// A question that both sides are asked.
#[derive(Deserialize)]
struct Question {
    work: String,
    sql: String,
}

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.as_slice() {
        [command, folder] if command == "write" => write(Path::new(folder)),
        [command, folder] if command == "run" => {
            tokio::runtime::Runtime::new()?.block_on(run(Path::new(folder)))
        }
        _ => bail!("expected `write FOLDER` or `run FOLDER`"),
    }
}

fn write(folder: &Path) -> anyhow::Result<()> {
    let mut random = ChaCha8Rng::seed_from_u64(SEED);
    let towns: Vec<(f64, f64)> = (0..TOWNS)
        .map(|_| {
            (
                random.random_range(12.0..30.0),
                random.random_range(72.0..88.0),
            )
        })
        .collect();
    let spread = Normal::new(0.0, 0.15)?;
    let mut cells = std::collections::BTreeSet::new();
    let mut points = Table::new(&folder.join("points.parquet"))?;
    for _ in 0..POINTS / ROWS_AT_A_TIME {
        let mut columns = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for _ in 0..ROWS_AT_A_TIME {
            let (north, east) = towns[random.random_range(0..TOWNS)];
            let latitude = north + spread.sample(&mut random);
            let longitude = east + spread.sample(&mut random);
            let cell = u64::from(LatLng::new(latitude, longitude)?.to_cell(Resolution::Eight));
            cells.insert(cell);
            columns.0.push(latitude);
            columns.1.push(longitude);
            columns.2.push(cell);
            columns.3.push(random.random_range(1..5));
        }
        points.write([
            (
                "latitude",
                Arc::new(Float64Array::from(columns.0)) as ArrayRef,
            ),
            ("longitude", Arc::new(Float64Array::from(columns.1))),
            ("cell", Arc::new(UInt64Array::from(columns.2))),
            ("events", Arc::new(Int32Array::from(columns.3))),
        ])?;
    }
    points.finish()?;
    let place = (0..cells.len()).map(|at| (at / CELLS_OF_A_PLACE) as i32);
    let mut places = Table::new(&folder.join("places.parquet"))?;
    places.write([
        ("place", Arc::new(place.collect::<Int32Array>()) as ArrayRef),
        ("cell", Arc::new(cells.into_iter().collect::<UInt64Array>())),
    ])?;
    places.finish()
}

/// A Parquet file that grows by batches of the same columns.
struct Table {
    path: std::path::PathBuf,
    writer: Option<ArrowWriter<File>>,
}

impl Table {
    fn new(path: &Path) -> anyhow::Result<Self> {
        Ok(Self {
            path: path.to_owned(),
            writer: None,
        })
    }

    fn write<const N: usize>(&mut self, columns: [(&str, ArrayRef); N]) -> anyhow::Result<()> {
        let batch = RecordBatch::try_from_iter(columns)?;
        if self.writer.is_none() {
            let file = File::create(&self.path)
                .with_context(|| format!("cannot write {}", self.path.display()))?;
            self.writer = Some(ArrowWriter::try_new(file, batch.schema(), None)?);
        }
        let writer = self.writer.as_mut().context("it was opened above")?;
        Ok(writer.write(&batch)?)
    }

    fn finish(self) -> anyhow::Result<()> {
        self.writer.context("a table has rows")?.close()?;
        Ok(())
    }
}

async fn run(folder: &Path) -> anyhow::Result<()> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("peers/questions.json");
    let text = std::fs::read_to_string(&path)
        .with_context(|| format!("cannot read {}", path.display()))?;
    let questions: Vec<Question> = serde_json::from_str(&text)?;
    let mut results: BTreeMap<String, BTreeMap<String, Value>> = BTreeMap::new();
    // The first is how a worker answers; the second is what dealing gains.
    for (threads, deals) in [(1, true), (1, false), (2, false)] {
        let dealt = if deals { ", dealt" } else { "" };
        let variant = format!("{threads} threads{dealt}");
        let mut state = SessionStateBuilder::new()
            .with_config(SessionConfig::new().with_target_partitions(threads))
            .with_default_features();
        if deals {
            state = state.with_physical_optimizer_rule(Arc::new(DealGroups::default()));
        }
        let context = SessionContext::new_with_state(state.build());
        safeground_sql::functions::register(&context)?;
        for table in ["points", "places"] {
            let path = folder.join(format!("{table}.parquet"));
            let path = path.to_str().context("the folder's path is not text")?;
            let options = ParquetReadOptions::default();
            context.register_parquet(table, path, options).await?;
        }
        for Question { work, sql } in &questions {
            let mut least = f64::INFINITY;
            let mut answer = f64::NAN;
            for _ in 0..REPEATS {
                let start = Instant::now();
                let batches = context.sql(sql).await?.collect().await?;
                least = least.min(start.elapsed().as_secs_f64());
                answer = number(&batches)?;
            }
            println!("{work:<28} {variant:<18} {least:10.4} s");
            results.entry(work.clone()).or_default().insert(
                variant.clone(),
                json!({ "seconds": least, "answer": answer }),
            );
        }
    }
    let text = serde_json::to_string_pretty(&results)?;
    std::fs::write(folder.join("ours.json"), text).context("cannot write the results")
}

/// The column `answer` of the only row, as far as a double can hold it.
fn number(batches: &[RecordBatch]) -> anyhow::Result<f64> {
    let batch = batches
        .iter()
        .find(|batch| batch.num_rows() == 1)
        .context("the question has one row")?;
    let column = batch.column_by_name("answer").context("and an answer")?;
    Ok(cast(column, &DataType::Float64)?
        .as_primitive::<Float64Type>()
        .value(0))
}
