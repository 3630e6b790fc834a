//! `safeground policy`: start, check, look up and approve disclosure policies.

use std::path::PathBuf;

use anyhow::bail;
use clap::Subcommand;
use safeground_engine::govern::{Approving, MOST_DAYS, StewardKey, approve};
use safeground_privacy::Policy;

use super::lake::LakeArgs;
use super::release::read;
use super::who::WhoArgs;

/// Start, check, look up and approve disclosure policies.
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
    /// Approve, as a steward, a policy that is looser than the floor.
    ///
    /// Two stewards must approve of the very same policy before `safeground
    /// release` accepts it; comments and the order of lines do not count. Every
    /// release made under it says so, with the names of both.
    Approve {
        #[command(flatten)]
        lake: LakeArgs,
        #[command(flatten)]
        who: WhoArgs,
        /// Policy file.
        #[arg(long, value_name = "FILE")]
        policy: PathBuf,
        /// Your key, from `safeground steward init`.
        #[arg(long, value_name = "FILE")]
        key: PathBuf,
        /// Why. Kept in the lake with the approval, for those who look after
        /// it; name no child and no place.
        #[arg(long, value_name = "TEXT")]
        reason: String,
        /// Days that the approval holds.
        #[arg(long, value_name = "DAYS", default_value_t = 30,
            value_parser = clap::value_parser!(i64).range(1..=MOST_DAYS))]
        days: i64,
    },
}

/// Runs one of the actions.
pub async fn run(args: Args) -> anyhow::Result<()> {
    match args.action {
        Action::Init => print!("{}", Policy::default().to_toml()),
        Action::Check { files } => {
            for file in files {
                let loosened = read(&file, Policy::from_toml_with_override)?.loosened()?;
                if !loosened.is_empty() {
                    let rules: Vec<String> = loosened.iter().map(ToString::to_string).collect();
                    bail!(
                        "{}: looser than the floor: {}; set these to the floor or stricter, or \
                         have two stewards approve (`safeground policy approve`)",
                        file.display(),
                        rules.join(", ")
                    );
                }
                println!("{}: no looser than the floor", file.display());
            }
        }
        Action::Schema => {
            println!(
                "{}",
                serde_json::to_string_pretty(Policy::json_schema().as_value())?
            );
        }
        Action::Approve {
            lake,
            who,
            policy,
            key,
            reason,
            days,
        } => {
            let policy = read(&policy, Policy::from_toml_with_override)?;
            let key = StewardKey::read(&key)?;
            let vault = lake.open_as(&who).await?.vault();
            let approving = Approving {
                policy: &policy,
                reason: &reason,
                days,
            };
            let approval = approve(&vault, &key, &approving).await?;
            println!(
                "{} approves of policy {} until {}. It loosens:",
                approval.steward, approval.policy, approval.expires
            );
            for rule in &approval.rules {
                println!("  {rule}");
            }
        }
    }
    Ok(())
}
