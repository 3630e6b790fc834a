//! `safeground mapping`: draft, check and document mapping files.

use std::path::PathBuf;

use anyhow::Context as _;
use clap::Subcommand;
use safeground_ingest::{Mapping, draft, mapping_json_schema, mapping_markdown};
use safeground_schema::Table;

/// Draft, check and look up mapping files.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Write a first draft by looking at a file; read and correct it.
    Init {
        /// Table to fill; guessed from the columns if absent.
        #[arg(long = "as", value_name = "TABLE")]
        table: Option<Table>,
        /// File to look at.
        file: PathBuf,
    },
    /// Check mapping files without loading anything.
    Check {
        /// Mapping files.
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
    /// Print the JSON Schema of mapping files, for editors.
    Schema,
    /// Print the reference of mapping files.
    Reference,
}

/// Runs one of the actions.
pub fn run(args: Args) -> anyhow::Result<()> {
    match args.action {
        Action::Init { table, file } => print!("{}", draft(&file, table)?),
        Action::Check { files } => {
            for file in files {
                let text = std::fs::read_to_string(&file)
                    .with_context(|| format!("cannot read {}", file.display()))?;
                let mapping = Mapping::parse(&text).with_context(|| file.display().to_string())?;
                println!("{}: fits the table {}", file.display(), mapping.table());
            }
        }
        Action::Schema => {
            println!("{}", serde_json::to_string_pretty(&mapping_json_schema())?);
        }
        Action::Reference => print!("{}", mapping_markdown()),
    }
    Ok(())
}
