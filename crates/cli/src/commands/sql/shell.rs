//! The shell: statements until the user leaves.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use clap::ValueEnum as _;
use rustyline::error::ReadlineError;
use rustyline::history::DefaultHistory;
use safeground_sql::TableEntry;
use safeground_sql::pool::Pool;

use super::ask::{HowArgs, Output, once};
use super::progress::Progress;

const HELP: &str = "\
Statements end with `;`. Ctrl-C cancels a query, Ctrl-D leaves.
  \\d            tables          \\d TABLE      columns of a table
  \\df           functions       \\o FORM       table, csv, json, ndjson
  \\cite         citation        \\?  this help    \\q  leave";

/// Reads statements until the user leaves.
pub(super) async fn shell(pool: &Pool, mut how: HowArgs) -> anyhow::Result<()> {
    let history = history_file();
    let mut editor = Some(editor(pool, history.as_deref())?);
    println!("\\? helps, \\d lists tables.");
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
        let mut progress = Progress::on_terminal();
        let answered = tokio::select! {
            answered = once(pool, &text, &how, &mut progress) => Some(answered),
            // Dropping the query kills its worker.
            _ = tokio::signal::ctrl_c() => None,
        };
        progress.end();
        match answered {
            Some(Ok(())) => eprintln!("{:.3} s", start.elapsed().as_secs_f64()),
            Some(Err(error)) => eprintln!("error: {error:#}"),
            None => eprintln!("cancelled"),
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
fn citation(release_id: &str) -> String {
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
