//! `safeground policy`: start, check, look up and approve disclosure policies,
//! and see what noise would cost.

use std::path::PathBuf;

use anyhow::bail;
use clap::Subcommand;
use safeground_engine::Resources;
use safeground_engine::govern::{Approving, MOST_DAYS, StewardKey, approve};
use safeground_engine::release::{ErrorOfSize, UtilityRequest, UtilityRow, utility_curve};
use safeground_privacy::Policy;
use safeground_privacy::audit::Act;
use safeground_privacy::noise::Epsilon;

use super::lake::LakeArgs;
use super::release::read;
use super::resources::ResourceArgs;
use super::who::WhoArgs;

/// Share of the top 5 % that a layer should keep.
const ENOUGH: f64 = 0.95;

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
    /// Print how much of the top 5 % noise would keep, by theme, layer and
    /// period, and how far off it puts counts of each size: what to choose
    /// shares of epsilon by.
    ///
    /// It compares with the exact ranking of the lake. Keep it inside the
    /// lake's walls: no epsilon pays for these figures. That they were computed
    /// is written to the audit log.
    Utility(UtilityArgs),
}

/// What to compare.
#[derive(Debug, clap::Args)]
struct UtilityArgs {
    #[command(flatten)]
    lake: LakeArgs,
    #[command(flatten)]
    who: WhoArgs,
    /// Epsilon of one layer; may be repeated.
    #[arg(
        long = "epsilon",
        value_name = "NUMBER",
        default_values = ["0.1", "0.2", "0.5", "0.7", "1", "2", "4"]
    )]
    epsilons: Vec<Epsilon>,
    /// H3 resolution beside districts; may be repeated.
    #[arg(
        long = "h3",
        value_name = "RESOLUTION",
        value_parser = clap::value_parser!(u8).range(0..=8),
        default_values_t = [4, 5, 6]
    )]
    h3_resolutions: Vec<u8>,
    /// Draws of noise for each period.
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    draws: u32,
    /// Seed of these draws, which protect nothing.
    #[arg(long, default_value_t = 7)]
    seed: u64,
    #[command(flatten)]
    resources: ResourceArgs,
    /// Table as JSON.
    #[arg(long)]
    json: bool,
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
        Action::Utility(args) => utility(args).await?,
    }
    Ok(())
}

async fn utility(args: UtilityArgs) -> anyhow::Result<()> {
    let lake = args.lake.open_as(&args.who).await?;
    let cells = args.h3_resolutions.iter().map(|r| format!("h3_r{r}"));
    let layers = std::iter::once("district".to_owned()).chain(cells);
    // Written before anything is read, as of raw tables.
    lake.audit()
        .write(Act::ExactRead {
            command: "policy utility".into(),
            layers: layers.collect(),
        })
        .await?;
    let input = lake.input().await?;
    let request = UtilityRequest {
        epsilons: args.epsilons.clone(),
        h3_resolutions: args.h3_resolutions,
        draws: args.draws,
        seed: args.seed,
        resources: Resources::from(args.resources),
    };
    let rows = utility_curve(&input.session, request).await?;
    if args.json {
        println!("{}", serde_json::to_string_pretty(&rows)?);
    } else {
        print!(
            "{}\n{}",
            as_markdown(&args.epsilons, &rows),
            errors_as_markdown(&args.epsilons, &rows)
        );
    }
    Ok(())
}

/// Head of a table: three columns of text and two of numbers, then one for
/// each epsilon.
fn table_head(columns: &str, epsilons: &[Epsilon]) -> String {
    let mut text = columns.to_owned();
    for epsilon in epsilons {
        text += &format!(" ε = {epsilon} |");
    }
    text += "\n|---|---|---|--:|--:|";
    text += &"--:|".repeat(epsilons.len());
    text.push('\n');
    text
}

/// The curve as a table of percentages, those from 95 % on in bold.
fn as_markdown(epsilons: &[Epsilon], rows: &[UtilityRow]) -> String {
    let mut text = table_head("| theme | layer | period | units | mean count |", epsilons);
    for row in rows {
        text += &format!(
            "| {} | {} | {} | {} | {:.2} |",
            row.theme, row.layer, row.period, row.units, row.mean_count
        );
        for overlap in &row.top_5_percent_overlap {
            let percent = 100.0 * overlap;
            text += &if *overlap >= ENOUGH {
                format!(" **{percent:.0}** |")
            } else {
                format!(" {percent:.0} |")
            };
        }
        text.push('\n');
    }
    text
}

/// Errors by size of the count, in per cent of it.
fn errors_as_markdown(epsilons: &[Epsilon], rows: &[UtilityRow]) -> String {
    let mut text = table_head("| theme | layer | period | count | units |", epsilons);
    for row in rows {
        for ErrorOfSize {
            from,
            to,
            units,
            median,
        } in &row.relative_error
        {
            let size = to.map_or(format!("{from}+"), |to| format!("{from}–{to}"));
            let UtilityRow {
                theme,
                layer,
                period,
                ..
            } = row;
            text += &format!("| {theme} | {layer} | {period} | {size} | {units} |");
            for error in median {
                text += &format!(" ±{:.0} % |", 100.0 * error);
            }
            text.push('\n');
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_keeps_95_percent_stands_out() {
        let row = UtilityRow {
            theme: "missing".into(),
            layer: "district".into(),
            period: "year",
            units: 36,
            periods: 6,
            mean_count: 41.25,
            top_5_percent_overlap: vec![0.5, 0.95],
            relative_error: vec![ErrorOfSize {
                from: 11,
                to: Some(49),
                units: 180,
                median: vec![0.25, 0.041],
            }],
        };
        let epsilons = ["0.1", "1"].map(|e| e.parse().expect("an epsilon"));
        let rows = [row];
        let errors = errors_as_markdown(&epsilons, &rows);
        assert!(errors.contains("| missing | district | year | 11–49 | 180 | ±25 % | ±4 % |\n"));
        let text = as_markdown(&epsilons, &rows);
        assert!(text.contains("| missing | district | year | 36 | 41.25 | 50 | **95** |\n"));
    }
}
