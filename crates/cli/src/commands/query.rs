//! `safeground query`: the questions of `queries/` by name.

use anyhow::Context as _;
use rust_embed::RustEmbed;

use super::sql::{HowArgs, ask_once};
use super::which::ReleaseArgs;

/// The files of `queries/`.
#[derive(RustEmbed)]
#[folder = "../../queries"]
struct Questions;

/// Ask one of the questions that come with Safeground; without a name, list
/// them.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Name of the question.
    name: Option<String>,
    /// Print the question instead of asking it.
    #[arg(long)]
    show: bool,
    #[command(flatten)]
    release: ReleaseArgs,
    #[command(flatten)]
    how: HowArgs,
}

/// Asks, shows or lists.
pub async fn run(args: Args) -> anyhow::Result<()> {
    let Some(name) = &args.name else {
        for (name, text) in questions() {
            println!("{name:<28} {}", purpose(&text));
        }
        return Ok(());
    };
    let text = question(name).with_context(|| {
        let names: Vec<String> = questions().into_iter().map(|(name, _)| name).collect();
        format!(
            "there is no question `{name}`; expected one of {}",
            names.join(", ")
        )
    })?;
    if args.show {
        print!("{text}");
        return Ok(());
    }
    ask_once(&args.release, &text, &args.how).await
}

/// All questions, by name.
pub fn questions() -> Vec<(String, String)> {
    let mut questions: Vec<(String, String)> = Questions::iter()
        .filter_map(|file| {
            let name = file.strip_suffix(".sql")?.to_owned();
            let text = question(&name)?;
            Some((name, text))
        })
        .collect();
    questions.sort();
    questions
}

fn question(name: &str) -> Option<String> {
    let file = Questions::get(&format!("{name}.sql"))?;
    String::from_utf8(file.data.into_owned()).ok()
}

/// The purpose in the header of a question.
fn purpose(text: &str) -> &str {
    let line = text.lines().next().unwrap_or_default();
    line.strip_prefix("-- Purpose: ").unwrap_or(line)
}
