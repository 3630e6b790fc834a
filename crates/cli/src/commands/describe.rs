//! `safeground describe`: what a lake holds.

use super::lake::LakeArgs;

/// Say what a lake holds: rows by table, places by layer, indicators by
/// period, with sums to check against the publishers' totals.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    lake: LakeArgs,
    /// Describe as JSON.
    #[arg(long)]
    json: bool,
}

/// Describes the lake.
///
/// # Errors
/// Where the lake cannot be read.
pub async fn run(args: Args) -> anyhow::Result<()> {
    let description = args.lake.open().await?.describe().await?;
    if args.json {
        println!("{}", serde_json::to_string_pretty(&description)?);
        return Ok(());
    }
    for table in description.tables.iter().filter(|table| table.loads > 0) {
        println!(
            "{:<24} {:>12} rows in {} loads",
            table.table, table.rows, table.loads
        );
    }
    for layer in &description.layers {
        println!(
            "{:<24} {:>9} places ({} with polygon, {} with point), population {}, children 0-6 {}",
            layer.layer,
            layer.places,
            layer.with_geometry,
            layer.with_point,
            layer.population,
            layer.children_0_6
        );
    }
    for figures in &description.indicators {
        println!(
            "{:<40} {:<16} {:<10} {:>7} values, sum {}",
            figures.indicator, figures.layer, figures.period, figures.with_value, figures.sum
        );
    }
    Ok(())
}
