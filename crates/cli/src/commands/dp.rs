//! `safeground dp`: questions about single rows, answered with noise.

use std::collections::BTreeMap;
use std::path::PathBuf;

use safeground_engine::questions::{
    Asked, QuestionRequest, YearBudget, ask, left_out, remaining, schema,
};
use safeground_engine::release::LeftOut;
use safeground_engine::{EngineError, Resources};
use safeground_privacy::Policy;
use safeground_privacy::noise::Epsilon;
use safeground_privacy::query::{Answer, Column, Refusal, Schema};

use super::lake::LakeArgs;
use super::resources::ResourceArgs;
use super::who::WhoArgs;

/// Ask about single rows, and be answered with noise.
///
/// A question has one measure and public groups, such as `SELECT district,
/// COUNT(DISTINCT child) FROM incidents WHERE category = 'trafficking' AND
/// period BETWEEN '2024' AND '2025' GROUP BY district`. What it costs is charged
/// to each year whose rows it reads, before it runs, and is never refunded.
/// The same question, in whatever spelling, has one answer, and whoever asks
/// again gets it free.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    lake: LakeArgs,
    #[command(flatten)]
    who: WhoArgs,
    /// Policy file; the built-in policy, which is also the floor, if absent.
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
    /// The question.
    #[arg(
        value_name = "QUESTION",
        requires = "epsilon",
        required_unless_present = "other"
    )]
    question: Option<String>,
    /// What the question may cost each of its years: more is more accurate.
    #[arg(long, value_name = "EPSILON", requires = "question")]
    epsilon: Option<Epsilon>,
    #[command(flatten)]
    other: Other,
    #[command(flatten)]
    resources: ResourceArgs,
    /// Report as JSON.
    #[arg(long)]
    json: bool,
}

/// What may be looked up instead.
#[derive(Debug, clap::Args)]
#[group(id = "other", multiple = false, conflicts_with = "question")]
struct Other {
    /// List what may be asked about: tables, periods, columns and their keys.
    #[arg(long)]
    tables: bool,
    /// Tell what may still be spent on the rows of each year.
    #[arg(long)]
    remaining: bool,
    /// Tell how many rows no question counts, since they do not name their
    /// child. Exact, so for the steward alone.
    #[arg(long)]
    left_out: bool,
}

/// An answer as JSON.
#[derive(Debug, serde::Serialize)]
struct AnswerReport<'a> {
    answer: &'a Answer,
    charged: Option<Epsilon>,
    remaining: &'a BTreeMap<i32, Epsilon>,
}

/// A refusal as JSON.
#[derive(Debug, serde::Serialize)]
struct RefusalReport {
    refused: &'static str,
    reason: String,
}

/// Answers, or tells what may be asked.
pub async fn run(args: Args) -> anyhow::Result<()> {
    let policy = super::release::policy(args.policy.as_deref())?;
    let lake = args.lake.open_as(&args.who).await?;
    if args.other.remaining {
        let years = remaining(&lake.vault()).await?;
        return print(args.json, &years, |years| print_years(years, &policy));
    }
    let input = lake.input().await?;
    let resources = Resources::from(args.resources);
    if args.other.tables {
        let schema = schema(&input, &policy, resources).await?;
        return print(args.json, &schema, print_schema);
    }
    if args.other.left_out {
        let left_out = left_out(&input).await?;
        return print(args.json, &left_out, |tables| print_left_out(tables));
    }
    let (Some(question), Some(epsilon)) = (args.question, args.epsilon) else {
        anyhow::bail!("a question and its --epsilon are needed");
    };
    let request = QuestionRequest {
        policy,
        question,
        epsilon,
        token: None,
        resources,
    };
    match ask(&input, &request).await {
        Ok(asked) => {
            let report = AnswerReport {
                answer: asked.answer.get(),
                charged: asked.charged,
                remaining: &asked.remaining,
            };
            print(args.json, &report, |_| print_answer(&asked))
        }
        Err(EngineError::Refused(refusal)) => {
            if args.json {
                print(true, &report_of(refusal), |_| {})?;
            }
            Err(EngineError::Refused(refusal).into())
        }
        Err(error) => Err(error.into()),
    }
}

fn report_of(refusal: Refusal) -> RefusalReport {
    RefusalReport {
        refused: refusal.code(),
        reason: refusal.to_string(),
    }
}

/// Prints a value as JSON or for people.
fn print<T: serde::Serialize>(
    json: bool,
    value: &T,
    for_people: impl FnOnce(&T),
) -> anyhow::Result<()> {
    if json {
        println!("{}", serde_json::to_string_pretty(value)?);
    } else {
        for_people(value);
    }
    Ok(())
}

fn print_answer(asked: &Asked) {
    let answer = asked.answer.get();
    for line in table(answer) {
        println!("{line}");
    }
    println!();
    println!(
        "The interval is what the noise leaves likely at {:.0} %, each row for itself. Standard error \
         {:.1}; values are multiples of {}. Of one child and year {} at most.",
        answer.confidence * 100.0,
        answer.standard_error,
        answer.rounded_to,
        match answer.contribution_bound {
            1 => "one row or group counts".to_owned(),
            bound => format!("{bound} rows or groups count"),
        }
    );
    match asked.charged {
        Some(epsilon) => println!("epsilon {epsilon} charged to each of its years"),
        None => println!("asked before: free"),
    }
    let left: Vec<String> = asked
        .remaining
        .iter()
        .map(|(year, left)| format!("{year}: {left}"))
        .collect();
    println!("left for questions: {}", left.join(", "));
}

/// The answer as lines: a head, then one line for each group.
fn table(answer: &Answer) -> Vec<String> {
    let mut rows = vec![answer.groups.clone()];
    rows[0].extend(["value".to_owned(), "interval".to_owned()]);
    for cell in &answer.cells {
        let mut row = cell.keys.clone();
        row.push(cell.value.to_string());
        row.push(format!("{} to {}", cell.low, cell.high));
        rows.push(row);
    }
    let widths: Vec<usize> = (0..rows[0].len())
        .map(|column| rows.iter().map(|row| row[column].len()).max().unwrap_or(0))
        .collect();
    let numbers = answer.groups.len();
    rows.iter()
        .map(|row| {
            let cells = row.iter().zip(&widths).enumerate();
            let padded = cells.map(|(column, (text, width))| match column == numbers {
                true => format!("{text:>width$}"),
                false => format!("{text:<width$}"),
            });
            let line = padded.collect::<Vec<_>>().join("  ");
            line.trim_end().to_owned()
        })
        .collect()
}

fn print_years(years: &[YearBudget], policy: &Policy) {
    for year in years {
        println!(
            "{}: epsilon {} of {} spent, {} left",
            year.year, year.spent, year.cap, year.remaining
        );
    }
    println!(
        "any other year: epsilon {} left, or less where public draws took more",
        policy.questions.yearly_epsilon
    );
}

fn print_schema(schema: &Schema) {
    if schema.tables().is_empty() {
        println!("Nothing may be asked yet: no quarter has ended and settled.");
    }
    for (name, table) in schema.tables() {
        let (first, last) = (
            table.calendar.name(0),
            table.calendar.name(table.calendar.len() - 1),
        );
        println!("{name}: period {first} to {last}");
        println!(
            "  of one child and year count {} rows, in {} group(s)",
            table.rows_per_child, table.groups_per_child
        );
        for (column, kind) in &table.columns {
            println!("  {column:<16} {}", described(kind));
        }
    }
}

/// What a column takes; long lists by their ends.
fn described(column: &Column) -> String {
    match (column, column.keys()) {
        (Column::Number { lowest, highest }, _) => {
            format!("a number, SUM(CLAMP(…, {lowest}, {highest})) at most")
        }
        (_, Some([first, .., last])) if matches!(column, Column::Place { .. }) => {
            let keys = column.keys().map_or(0, <[String]>::len);
            format!("{keys} places, '{first}' to '{last}'; --json lists them")
        }
        (_, keys) => {
            let keys = keys.unwrap_or_default().iter();
            let quoted: Vec<String> = keys.map(|key| format!("'{key}'")).collect();
            quoted.join(", ")
        }
    }
}

fn print_left_out(tables: &[LeftOut]) {
    for table in tables {
        println!("{}: {} rows: {}", table.table, table.rows, table.reason);
    }
}
