//! One query, asked and answered.

use std::io::{IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, bail};
use clap::ValueEnum;
use futures::StreamExt as _;
use safeground_sql::gate::GateLimits;
use safeground_sql::pool::{Answer, Pool, PoolParams, Query, Turns};
use safeground_sql::{Format, Parameter, Parameters, QueryLimits, ReleasedTables, WorkerLimits};

use super::progress::Progress;
use super::received::{Amount, Batches, Counter};
use super::shell::shell;
use crate::commands::serve::sql_worker;
use crate::commands::which::ReleaseArgs;

/// Ask a release in SQL: one query with `-c` or `-f`, else a shell.
///
/// Read-only. Each query runs in a process of its own that can open nothing
/// but the tables of the release.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    release: ReleaseArgs,
    /// Ask this and stop.
    #[arg(short, long, value_name = "SQL", conflicts_with = "file")]
    command: Option<String>,
    /// Ask what this file holds and stop.
    #[arg(short, long, value_name = "FILE")]
    file: Option<PathBuf>,
    #[command(flatten)]
    how: HowArgs,
}

/// How a query is asked and answered.
#[derive(Debug, clap::Args)]
pub struct HowArgs {
    /// Value of a placeholder: `name=text` for `$name`, or `name:=JSON` for
    /// numbers, dates and cells such as `cell:={"h3":"8560925bfffffff"}`.
    #[arg(long = "param", value_name = "NAME=VALUE")]
    params: Vec<String>,
    /// Form of the answer.
    #[arg(long, value_enum, default_value_t = Output::Table)]
    pub(super) output: Output,
    /// File to write the answer to; standard output if absent.
    #[arg(short = 'o', long = "to", value_name = "FILE")]
    to: Option<PathBuf>,
    /// Seconds that a query may take.
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    deadline: u64,
}

/// Form of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Output {
    /// A table for reading.
    Table,
    /// CSV.
    Csv,
    /// JSON.
    Json,
    /// JSON, one row a line.
    Ndjson,
    /// Parquet.
    Parquet,
    /// Arrow IPC stream.
    Arrow,
}

impl Output {
    /// The format that an answer is asked for in.
    pub(in crate::commands) fn format(self) -> Format {
        match self {
            Self::Table | Self::Arrow => Format::Arrow,
            Self::Csv => Format::Csv,
            Self::Json => Format::Json,
            Self::Ndjson => Format::Ndjson,
            Self::Parquet => Format::Parquet,
        }
    }

    /// Whether a terminal can show it.
    pub(super) fn is_text(self) -> bool {
        !matches!(self, Self::Parquet | Self::Arrow)
    }
}

/// Runs one query, or the shell.
pub async fn run(args: Args) -> anyhow::Result<()> {
    let text = match (&args.command, &args.file) {
        (Some(text), _) => Some(text.clone()),
        (None, Some(path)) => Some(
            std::fs::read_to_string(path)
                .with_context(|| format!("cannot read {}", path.display()))?,
        ),
        (None, None) => None,
    };
    match text {
        Some(text) => ask_once(&args.release, &text, &args.how).await,
        None => {
            let opened = open(&args.release, args.how.deadline).await?;
            opened.tell();
            shell(&opened.pool, args.how).await
        }
    }
}

/// Asks a release one query, writes the answer, and tells which release it is
/// from.
pub(in crate::commands) async fn ask_once(
    release: &ReleaseArgs,
    text: &str,
    how: &HowArgs,
) -> anyhow::Result<()> {
    let opened = open(release, how.deadline).await?;
    once(&opened.pool, text, how, &mut Progress::hidden()).await?;
    opened.tell();
    Ok(())
}

/// A release that can be asked.
struct Opened {
    pool: Pool,
    /// Where its manifest lies.
    manifest: PathBuf,
}

impl Opened {
    /// Tells which release answers, and where its manifest is, on standard
    /// error: standard output is for the rows alone.
    fn tell(&self) {
        eprintln!(
            "Release {}, manifest {}",
            self.pool.release_id(),
            self.manifest.display()
        );
    }
}

/// Workers over the release asked for.
async fn open(args: &ReleaseArgs, deadline_seconds: u64) -> anyhow::Result<Opened> {
    let id = args.id()?;
    let released = args.open(&id)?.map(|data| data.manifest);
    let folder = args.folder(&id)?;
    let tables = ReleasedTables::open(&folder, &released)?;
    let query = QueryLimits {
        rows: 10_000_000,
        answer_bytes: 4 << 30,
        deadline: Duration::from_secs(deadline_seconds.max(1)),
    };
    let worker = WorkerLimits::new(4 << 30, 600, 0, GateLimits::default())?;
    let turns = Turns {
        running: 1,
        running_of_one: 1,
        queries_of_one: 1,
        waiting: 1,
        wait: Duration::from_secs(10),
        fresh: 1,
        fresh_for: Duration::from_millis(150),
    };
    let params = PoolParams::new(sql_worker()?, 1, turns, query, worker)?;
    Ok(Opened {
        pool: Pool::start(params, tables).await?,
        manifest: folder.join("manifest.json"),
    })
}

/// Asks one query and writes its answer.
pub(super) async fn once(
    pool: &Pool,
    text: &str,
    how: &HowArgs,
    progress: &mut Progress,
) -> anyhow::Result<()> {
    if how.to.is_none() && !how.output.is_text() && std::io::stdout().is_terminal() {
        bail!("a terminal cannot show this form; name a file with `-o FILE`");
    }
    let mut query = Query::new(text);
    query.parameters = parameters(&how.params)?;
    query.format = how.output.format();
    let answer = progress.while_waiting(pool.query("shell", query)).await?;
    if how.output != Output::Table {
        return pass_on(answer, how, progress).await;
    }
    let batches = received(answer, progress).await?;
    let rows = batches.rows();
    let text = format!("{}\n{rows} rows\n", batches.table()?);
    progress.end();
    match &how.to {
        Some(path) => write(path, text.as_bytes()),
        None => page(&text),
    }
}

/// Reads a whole answer in Arrow.
async fn received(mut answer: Answer, progress: &mut Progress) -> anyhow::Result<Batches> {
    let mut batches = Batches::default();
    while let Some(part) = progress.while_waiting(answer.next()).await {
        batches.add(part?)?;
        progress.received(Amount::Rows(batches.rows()));
    }
    Ok(batches)
}

/// Writes an answer as it comes.
async fn pass_on(mut answer: Answer, how: &HowArgs, progress: &mut Progress) -> anyhow::Result<()> {
    let mut sink: Box<dyn std::io::Write> = match &how.to {
        Some(path) => Box::new(
            std::fs::File::create(path)
                .with_context(|| format!("cannot write {}", path.display()))?,
        ),
        None => Box::new(std::io::stdout().lock()),
    };
    // Rows on a terminal show by themselves how far the query is.
    let shows_itself = how.to.is_none() && std::io::stdout().is_terminal();
    let mut counter = Counter::of(how.output);
    while let Some(part) = progress.while_waiting(answer.next()).await {
        let part = part.context("the answer is cut short")?;
        if shows_itself {
            progress.end();
        }
        sink.write_all(&part)?;
        counter.add(&part);
        progress.received(counter.amount());
    }
    Ok(sink.flush()?)
}

fn write(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    std::fs::write(path, bytes).with_context(|| format!("cannot write {}", path.display()))
}

/// An Arrow stream as a table for reading.
pub(in crate::commands) fn table(bytes: &[u8]) -> anyhow::Result<String> {
    let mut batches = Batches::default();
    batches.add(bytes)?;
    batches.table()
}

/// Shows a text, in the user's pager if it is longer than a screen.
fn page(text: &str) -> anyhow::Result<()> {
    const SCREEN_LINES: usize = 40;
    let mut out = std::io::stdout().lock();
    if !out.is_terminal() || text.lines().count() <= SCREEN_LINES {
        return Ok(out.write_all(text.as_bytes())?);
    }
    let pager = std::env::var("PAGER").unwrap_or_else(|_| "less".to_owned());
    let started = Command::new(&pager)
        .arg("-FRSX")
        .stdin(Stdio::piped())
        .spawn();
    let Ok(mut child) = started else {
        return Ok(out.write_all(text.as_bytes())?);
    };
    if let Some(mut stdin) = child.stdin.take() {
        // Whoever leaves the pager early has read enough.
        let _ = stdin.write_all(text.as_bytes());
    }
    child.wait().with_context(|| format!("{pager} failed"))?;
    Ok(())
}

/// Values by name.
fn parameters(params: &[String]) -> anyhow::Result<Parameters> {
    if params.is_empty() {
        return Ok(Parameters::default());
    }
    let mut named = std::collections::BTreeMap::new();
    for param in params {
        let (name, value) = param
            .split_once('=')
            .with_context(|| format!("`{param}`: expected `name=value` or `name:=JSON`"))?;
        let (name, value) = match name.strip_suffix(':') {
            Some(name) => {
                let value = serde_json::from_str(value).with_context(|| {
                    format!("`{param}`: expected JSON after `:=`; write `name=text` for a text")
                })?;
                (name, value)
            }
            None => (name, Parameter::Text(value.to_owned())),
        };
        if named.insert(name.to_owned(), value).is_some() {
            bail!("`{name}` is given twice");
        }
    }
    Ok(Parameters::Named(named))
}
