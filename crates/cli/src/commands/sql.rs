//! `safeground sql`: a release in SQL, once or in a shell.

use std::io::{IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::Duration;

use anyhow::{Context as _, bail};
use arrow::array::RecordBatch;
use arrow::ipc::reader::StreamReader;
use arrow::util::pretty::pretty_format_batches;
use clap::ValueEnum;
use futures::StreamExt as _;
use rustyline::error::ReadlineError;
use rustyline::history::DefaultHistory;
use safeground_sql::gate::GateLimits;
use safeground_sql::pool::{Answer, Pool, PoolParams, Query, Turns};
use safeground_sql::{
    Format, Parameter, Parameters, QueryLimits, ReleasedTables, TableEntry, WorkerLimits,
};

use super::serve::sql_worker;
use super::which::ReleaseArgs;

/// The hidden argument that makes this program a worker.
pub const WORKER: &str = "sql-worker";

/// Whether this process was started to be a worker.
#[must_use]
pub fn is_worker() -> bool {
    let mut arguments = std::env::args_os().skip(1);
    arguments.next().is_some_and(|first| first == WORKER) && arguments.next().is_none()
}

/// Answers one query of the parent process.
#[must_use]
pub fn work() -> ExitCode {
    match safeground_sql::worker::run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // It has seen no query yet, so that causes hold no values.
            let cause = std::error::Error::source(&error);
            let cause = cause.map(|cause| format!(": {cause}"));
            eprintln!("error: {error}{}", cause.unwrap_or_default());
            ExitCode::FAILURE
        }
    }
}

/// Ask a release in SQL: one query with `-c` or `-f`, else a shell.
///
/// Read-only. Each query runs in a process of its own that can open nothing
/// but the tables of the release.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    pub(super) release: ReleaseArgs,
    /// Ask this and stop.
    #[arg(short, long, value_name = "SQL", conflicts_with = "file")]
    command: Option<String>,
    /// Ask what this file holds and stop.
    #[arg(short, long, value_name = "FILE")]
    file: Option<PathBuf>,
    #[command(flatten)]
    pub(super) how: HowArgs,
}

/// How a query is asked and answered.
#[derive(Debug, clap::Args)]
pub struct HowArgs {
    /// Value of a placeholder: `name=text` for `$name`, or `name:=JSON` for
    /// numbers, dates and cells such as `cell:={"h3":"8560925bfffffff"}`.
    #[arg(long = "param", value_name = "NAME=VALUE")]
    pub(super) params: Vec<String>,
    /// Form of the answer.
    #[arg(long, value_enum, default_value_t = Output::Table)]
    pub(super) output: Output,
    /// File to write the answer to; standard output if absent.
    #[arg(short = 'o', long = "to", value_name = "FILE")]
    pub(super) to: Option<PathBuf>,
    /// Seconds that a query may take.
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    pub(super) deadline: u64,
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
    pub(super) fn format(self) -> Format {
        match self {
            Self::Table | Self::Arrow => Format::Arrow,
            Self::Csv => Format::Csv,
            Self::Json => Format::Json,
            Self::Ndjson => Format::Ndjson,
            Self::Parquet => Format::Parquet,
        }
    }

    /// Whether a terminal can show it.
    fn is_text(self) -> bool {
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
    let pool = open(&args.release, args.how.deadline).await?;
    match text {
        Some(text) => once(&pool, &text, &args.how).await,
        None => shell(&pool, args.how).await,
    }
}

/// Workers over the release asked for.
pub(super) async fn open(args: &ReleaseArgs, deadline_seconds: u64) -> anyhow::Result<Pool> {
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
    Ok(Pool::start(params, tables).await?)
}

/// Asks one query and writes its answer.
pub(super) async fn once(pool: &Pool, text: &str, how: &HowArgs) -> anyhow::Result<()> {
    if how.to.is_none() && !how.output.is_text() && std::io::stdout().is_terminal() {
        bail!("a terminal cannot show this form; name a file with `-o FILE`");
    }
    let mut query = Query::new(text);
    query.parameters = parameters(&how.params)?;
    query.format = how.output.format();
    let answer = pool.query("shell", query).await?;
    match how.output {
        Output::Table => {
            let (bytes, summary) = answer.collect().await?;
            let shown = table(&bytes)?;
            let text = format!("{shown}\n{} rows\n", summary.rows);
            match &how.to {
                Some(path) => write(path, text.as_bytes()),
                None => page(&text),
            }
        }
        _ => pass_on(answer, how.to.as_deref()).await,
    }
}

/// Writes an answer as it comes.
async fn pass_on(mut answer: Answer, to: Option<&Path>) -> anyhow::Result<()> {
    let mut sink: Box<dyn std::io::Write> = match to {
        Some(path) => Box::new(
            std::fs::File::create(path)
                .with_context(|| format!("cannot write {}", path.display()))?,
        ),
        None => Box::new(std::io::stdout().lock()),
    };
    while let Some(part) = answer.next().await {
        sink.write_all(&part.context("the answer is cut short")?)?;
    }
    Ok(sink.flush()?)
}

fn write(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    std::fs::write(path, bytes).with_context(|| format!("cannot write {}", path.display()))
}

/// An Arrow stream as a table for reading.
pub(super) fn table(bytes: &[u8]) -> anyhow::Result<String> {
    let reader = StreamReader::try_new(bytes, None)?;
    let schema = reader.schema();
    let mut batches: Vec<RecordBatch> = reader.collect::<Result<_, _>>()?;
    if batches.is_empty() {
        batches.push(RecordBatch::new_empty(schema));
    }
    Ok(pretty_format_batches(&batches)?.to_string())
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
pub(super) fn parameters(params: &[String]) -> anyhow::Result<Parameters> {
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

const HELP: &str = "\
Statements end with `;`. Ctrl-C cancels a query, Ctrl-D leaves.
  \\d            tables          \\d TABLE      columns of a table
  \\df           functions       \\o FORM       table, csv, json, ndjson
  \\cite         citation        \\?  this help    \\q  leave";

/// Reads statements until the user leaves.
async fn shell(pool: &Pool, mut how: HowArgs) -> anyhow::Result<()> {
    let history = history_file();
    let mut editor = Some(editor(pool, history.as_deref())?);
    println!(
        "Release {}. \\? helps, \\d lists tables.",
        pool.release_id()
    );
    let mut pending = String::new();
    while let Some(mut reader) = editor.take() {
        let prompt = if pending.is_empty() { "sql> " } else { "  -> " };
        let (read, reader) = tokio::task::spawn_blocking(move || {
            let read = reader.readline(prompt);
            (read, reader)
        })
        .await?;
        let reader = editor.insert(reader);
        let line = match read {
            Ok(line) => line,
            Err(ReadlineError::Interrupted) => {
                pending.clear();
                continue;
            }
            Err(ReadlineError::Eof) => break,
            Err(error) => return Err(error.into()),
        };
        if pending.is_empty() && line.trim_start().starts_with('\\') {
            reader.add_history_entry(&line)?;
            if matches!(line.trim(), "\\q" | "\\quit") {
                break;
            }
            if let Err(error) = meta(pool, line.trim(), &mut how) {
                eprintln!("error: {error}");
            }
            continue;
        }
        pending.push_str(&line);
        pending.push('\n');
        if !line.trim_end().ends_with(';') {
            continue;
        }
        let text = std::mem::take(&mut pending);
        reader.add_history_entry(text.trim())?;
        let start = std::time::Instant::now();
        tokio::select! {
            answered = once(pool, &text, &how) => match answered {
                Ok(()) => eprintln!("{:.3} s", start.elapsed().as_secs_f64()),
                Err(error) => eprintln!("error: {error:#}"),
            },
            // Dropping the query kills its worker.
            _ = tokio::signal::ctrl_c() => eprintln!("cancelled"),
        }
    }
    if let (Some(editor), Some(path)) = (editor.as_mut(), history) {
        editor.save_history(&path)?;
    }
    Ok(())
}

/// Commands that begin with a backslash.
fn meta(pool: &Pool, line: &str, how: &mut HowArgs) -> anyhow::Result<()> {
    let mut words = line.split_whitespace();
    match (words.next(), words.next()) {
        (Some("\\?"), _) => println!("{HELP}"),
        (Some("\\d"), None) => {
            for table in pool.tables() {
                println!("{}.{}", table.schema, table.name);
            }
        }
        (Some("\\d"), Some(name)) => {
            let table = pool.tables().into_iter().find(|table| table.name == name);
            let table =
                table.with_context(|| format!("there is no table `{name}`; \\d lists them"))?;
            print!("{}", described(&table));
        }
        (Some("\\df"), _) => {
            let (functions, tables) = pool.functions();
            println!("{}\n\ntables:\n{}", functions.join(" "), tables.join(" "));
        }
        (Some("\\o"), Some(form)) => {
            let output = Output::from_str(form, true)
                .ok()
                .filter(|output| output.is_text())
                .context("expected table, csv, json or ndjson")?;
            how.output = output;
        }
        (Some("\\cite"), _) => println!("{}", citation(&pool.release_id())),
        _ => bail!("unknown command; \\? lists them"),
    }
    Ok(())
}

/// How a number from a release is cited.
pub(super) fn citation(release_id: &str) -> String {
    format!(
        "Safeground release {release_id}. Reproducible from its manifest: /v1/manifest, or \
         manifest.json in the folder of the release."
    )
}

fn described(table: &TableEntry) -> String {
    let width = table.columns.iter().map(|column| column.name.len()).max();
    let width = width.unwrap_or(0);
    let lines = table.columns.iter().map(|column| {
        let null = if column.nullable { "" } else { ", never null" };
        let unit = if column.unit.is_empty() {
            String::new()
        } else {
            format!(" [{}]", column.unit)
        };
        format!(
            "{:<width$}  {}{null}{unit}  {}\n",
            column.name, column.data_type, column.meaning
        )
    });
    lines.collect()
}

/// Where the shell keeps what was typed: the user's state folder.
fn history_file() -> Option<PathBuf> {
    let folder = std::env::var_os("XDG_STATE_HOME")
        .map(PathBuf::from)
        .or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".local/state")))?
        .join("safeground");
    std::fs::create_dir_all(&folder).ok()?;
    Some(folder.join("sql_history"))
}

type Editor = rustyline::Editor<Completer, DefaultHistory>;

fn editor(pool: &Pool, history: Option<&Path>) -> anyhow::Result<Editor> {
    let mut editor = Editor::new()?;
    editor.set_helper(Some(Completer::of(pool)));
    if let Some(path) = history.filter(|path| path.exists()) {
        editor.load_history(path)?;
    }
    Ok(editor)
}

/// Completes names of tables, columns and functions, and words of SQL.
#[derive(rustyline::Helper, rustyline::Highlighter, rustyline::Hinter, rustyline::Validator)]
struct Completer {
    words: Vec<String>,
}

impl Completer {
    fn of(pool: &Pool) -> Self {
        const SQL: [&str; 24] = [
            "SELECT",
            "FROM",
            "WHERE",
            "GROUP BY",
            "ORDER BY",
            "LIMIT",
            "JOIN",
            "LEFT JOIN",
            "ON",
            "AND",
            "OR",
            "NOT",
            "IN",
            "BETWEEN",
            "LIKE",
            "IS NULL",
            "IS NOT NULL",
            "DESC",
            "AS",
            "WITH",
            "UNION ALL",
            "HAVING",
            "DISTINCT",
            "EXPLAIN",
        ];
        let (functions, tables) = pool.functions();
        let mut words: Vec<String> = SQL.iter().map(|word| (*word).to_owned()).collect();
        for table in pool.tables() {
            words.push(table.name);
            words.extend(table.columns.into_iter().map(|column| column.name));
        }
        let call = |name: String| format!("{name}(");
        words.extend(functions.into_iter().chain(tables).map(call));
        words.sort();
        words.dedup();
        Self { words }
    }
}

impl rustyline::completion::Completer for Completer {
    type Candidate = String;

    fn complete(
        &self,
        line: &str,
        position: usize,
        _: &rustyline::Context<'_>,
    ) -> rustyline::Result<(usize, Vec<String>)> {
        let typed = &line[..position];
        let is_part = |c: char| c.is_alphanumeric() || c == '_';
        let begin = typed.rfind(|c: char| !is_part(c)).map_or(0, |at| {
            at + typed[at..].chars().next().map_or(1, char::len_utf8)
        });
        let word = typed[begin..].to_lowercase();
        if word.is_empty() {
            return Ok((position, Vec::new()));
        }
        let found = self
            .words
            .iter()
            .filter(|known| known.to_lowercase().starts_with(&word));
        Ok((begin, found.cloned().collect()))
    }
}
