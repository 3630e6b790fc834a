//! `safeground ingest`: files into the lake.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use arrow::array::RecordBatch;
use chrono::NaiveDate;
use safeground_engine::lake::{
    Begun, Committed, Lake, LakeSecret, LoadRecord, LoadSummary, NewLoad,
};
use safeground_ingest::{
    Gazetteer, IngestError, LoadId, LoadReport, LoadRequest, Mapping, MaxRejects, Sink, identify,
    load,
};
use safeground_schema::Table;
use serde::Serialize;
use tokio::sync::mpsc;

use super::lake::LakeArgs;
use super::loads::quarantine_file;
use super::resources::ResourceArgs;

/// Batches that may wait between conversion and the lake.
const BATCHES_UNDER_WAY: usize = 4;

/// Load files into a table of the lake.
///
/// A mapping file says what the columns mean; `safeground mapping init` writes
/// a first draft. Before anything is stored the gate looks for personal data
/// and stops the load where the mapping does not say what to do with it. Rows
/// that fail validation go to the quarantine, and the report says where that
/// is. One call is one load: all of it is visible afterwards, or nothing; the
/// same content again changes nothing.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    lake: LakeArgs,
    /// Table to fill; the mapping names the same.
    #[arg(long = "as", value_name = "TABLE")]
    table: Table,
    /// Mapping file.
    #[arg(long, value_name = "FILE")]
    mapping: PathBuf,
    /// Most rejected rows, as a number or a share such as `5%`; with more
    /// nothing is loaded. No limit if absent.
    #[arg(long, value_name = "LIMIT")]
    max_rejects: Option<MaxRejects>,
    /// Day of the load; dates after it are rejected. Today if absent.
    #[arg(long, value_name = "DATE")]
    today: Option<NaiveDate>,
    #[command(flatten)]
    resources: ResourceArgs,
    /// Report as JSON.
    #[arg(long)]
    json: bool,
    /// Files, loaded together as one load.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
}

/// Loads the files and reports.
pub async fn run(args: Args) -> anyhow::Result<()> {
    let mapping = read_mapping(&args.mapping, args.table)?;
    let lake = args.lake.open_or_create().await?;
    let order = Order {
        files: args.files,
        mapping,
        max_rejects: args.max_rejects.unwrap_or(MaxRejects::Unlimited),
        today: args
            .today
            .unwrap_or_else(|| chrono::Local::now().date_naive()),
        threads: args.resources.threads(),
    };
    let loaded_on = order.today;
    match load_into(&lake, order).await? {
        Outcome::Loaded(report) if args.json => {
            let answer = LoadedNow {
                already_loaded: false,
                loaded_on,
                report: &report,
            };
            println!("{}", serde_json::to_string_pretty(&answer)?);
        }
        Outcome::Loaded(report) => print!("{report}"),
        Outcome::Already(record) => {
            let quarantine_file = quarantine_file(&lake, &record).await?;
            if args.json {
                let answer = LoadedBefore::new(&record, quarantine_file);
                println!("{}", serde_json::to_string_pretty(&answer)?);
                return Ok(());
            }
            println!(
                "already loaded as {} on {}: nothing changed",
                record.load_id, record.loaded_on
            );
            if let Some(file) = quarantine_file {
                println!("quarantined records are in {file}");
            }
        }
    }
    Ok(())
}

/// What `--json` prints after a load.
#[derive(Serialize)]
struct LoadedNow<'a> {
    already_loaded: bool,
    loaded_on: NaiveDate,
    #[serde(flatten)]
    report: &'a LoadReport,
}

/// What `--json` prints where the same content was loaded before: the same
/// fields. What only reading the files tells is null.
#[derive(Serialize)]
struct LoadedBefore<'a> {
    already_loaded: bool,
    loaded_on: NaiveDate,
    load_id: &'a str,
    table: &'static str,
    files: &'a [String],
    read: u64,
    accepted: u64,
    quarantined: u64,
    quarantine_file: Option<String>,
    source_rows: (),
    repaired: (),
    blank_rows: (),
    rejects: (),
    totals: (),
    names: (),
    columns: (),
    notes: (),
}

impl<'a> LoadedBefore<'a> {
    fn new(record: &'a LoadRecord, quarantine_file: Option<String>) -> Self {
        Self {
            already_loaded: true,
            loaded_on: record.loaded_on,
            load_id: &record.load_id,
            table: record.table.name(),
            files: &record.files,
            read: record.read,
            accepted: record.rows,
            quarantined: record.quarantined,
            quarantine_file,
            source_rows: (),
            repaired: (),
            blank_rows: (),
            rejects: (),
            totals: (),
            names: (),
            columns: (),
            notes: (),
        }
    }
}

/// Reads a mapping file for a table.
pub fn read_mapping(file: &Path, table: Table) -> anyhow::Result<Mapping> {
    let text = std::fs::read_to_string(file)
        .with_context(|| format!("cannot read the mapping {}", file.display()))?;
    let mapping = Mapping::parse(&text).with_context(|| file.display().to_string())?;
    anyhow::ensure!(
        mapping.table() == table,
        "{}: the mapping is for the table `{}`, but `--as {table}` is given",
        file.display(),
        mapping.table()
    );
    Ok(mapping)
}

/// Files to load and how.
#[derive(Debug)]
pub struct Order {
    /// Files, one load.
    pub files: Vec<PathBuf>,
    /// Mapping.
    pub mapping: Mapping,
    /// Most rejected rows.
    pub max_rejects: MaxRejects,
    /// Day of the load.
    pub today: NaiveDate,
    /// Threads.
    pub threads: usize,
}

/// What came of a load.
#[derive(Debug)]
pub enum Outcome {
    /// It was loaded.
    Loaded(Box<LoadReport>),
    /// The same content had been loaded before.
    Already(Box<LoadRecord>),
}

/// Loads files into a lake: either all of it or nothing.
///
/// # Errors
/// What stops the load: the gate, too many rejects, an unreadable file, a
/// lake that cannot be written. Nothing of the load shows then.
pub async fn load_into(lake: &Lake, order: Order) -> anyhow::Result<Outcome> {
    let (id, order) = tokio::task::spawn_blocking(move || {
        let id = identify(&order.files, order.mapping.table(), order.mapping.part());
        id.map(|id| (id, order))
    })
    .await??;
    let new = NewLoad {
        load_id: id.load_id.clone(),
        files: id.files.iter().map(|file| file.name.clone()).collect(),
        content_sha256: id.content_sha256.clone(),
        mapping_sha256: order.mapping.sha256(),
        part: order.mapping.part().map(str::to_owned),
        loaded_on: order.today,
    };
    let mut writer = match lake.begin(order.mapping.table(), new).await? {
        Begun::Already(record) => return Ok(Outcome::Already(record)),
        Begun::New(writer) => writer,
    };
    let gazetteer = Gazetteer::new(lake.gazetteer().await?);
    let (send, mut receive) = mpsc::channel(BATCHES_UNDER_WAY);
    let conversion = Conversion {
        order,
        id,
        gazetteer,
        secret: lake.secret().clone(),
        quarantine: writer.quarantine().to_owned(),
    };
    let converted = tokio::task::spawn_blocking(move || conversion.run(&mut Channel(send)));
    let mut written = Ok(());
    while let Some(batch) = receive.recv().await {
        written = writer.write(batch).await;
        if written.is_err() {
            break;
        }
    }
    // A conversion under way learns from the closed channel that it is over.
    drop(receive);
    let report = converted.await?;
    let report = match (written, report) {
        // What the lake says comes first: the conversion then only knows
        // that its batches were not taken.
        (Err(error), _) => Err(error.into()),
        (Ok(()), Err(error)) => Err(anyhow::Error::from(error)),
        (Ok(()), Ok(report)) => Ok(report),
    };
    match report {
        Err(error) => {
            if let Err(remains) = writer.abort().await {
                tracing::warn!(%remains, "files of the load stay until the next one sweeps them");
            }
            Err(error)
        }
        Ok(mut report) => {
            let summary = LoadSummary {
                read: report.read,
                quarantined: report.quarantined,
            };
            match writer.commit(summary).await? {
                Committed::Loaded(record) => {
                    // The load stands, whether or not the lake can be read now.
                    report.quarantine_file =
                        quarantine_file(lake, &record).await.unwrap_or_else(|error| {
                            tracing::warn!(%error, "`safeground loads` says where the quarantine is");
                            None
                        });
                    Ok(Outcome::Loaded(Box::new(report)))
                }
                Committed::Already(record) => Ok(Outcome::Already(Box::new(record))),
            }
        }
    }
}

/// What a conversion needs, owned, for a thread of its own.
struct Conversion {
    order: Order,
    id: LoadId,
    gazetteer: Gazetteer,
    secret: LakeSecret,
    quarantine: PathBuf,
}

impl Conversion {
    fn run(&self, sink: &mut dyn Sink) -> Result<LoadReport, IngestError> {
        let scratch = std::env::temp_dir();
        let request = LoadRequest {
            files: &self.order.files,
            mapping: &self.order.mapping,
            gazetteer: &self.gazetteer,
            secret: self.secret.as_bytes(),
            today: self.order.today,
            max_rejects: self.order.max_rejects,
            threads: self.order.threads,
            scratch: &scratch,
        };
        load(&request, &self.id, sink, &self.quarantine)
    }
}

/// Hands batches to the writing side; waits while it is behind.
struct Channel(mpsc::Sender<RecordBatch>);

impl Sink for Channel {
    fn write(
        &mut self,
        batch: RecordBatch,
    ) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        self.0
            .blocking_send(batch)
            .map_err(|_| "the lake stopped taking rows".into())
    }
}
