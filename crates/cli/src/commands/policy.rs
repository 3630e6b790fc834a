//! `safeground policy`: start, check and look up disclosure policies.

use std::path::PathBuf;

use anyhow::Context as _;
use clap::Subcommand;
use safeground_privacy::Policy;

/// Start, check and look up disclosure policies.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Print the built-in policy, which is also the floor: a file to start
    /// from.
    Init,
    /// Check policy files against the floor.
    Check {
        /// Policy files.
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
    /// Print the JSON Schema of policy files, for editors.
    Schema,
}

/// Runs one of the actions.
pub fn run(args: Args) -> anyhow::Result<()> {
    match args.action {
        Action::Init => print!("{}", Policy::default().to_toml()),
        Action::Check { files } => {
            for file in files {
                let text = std::fs::read_to_string(&file)
                    .with_context(|| format!("cannot read the policy {}", file.display()))?;
                Policy::from_toml(&text).with_context(|| file.display().to_string())?;
                println!("{}: no looser than the floor", file.display());
            }
        }
        Action::Schema => {
            println!(
                "{}",
                serde_json::to_string_pretty(Policy::json_schema().as_value())?
            );
        }
    }
    Ok(())
}
