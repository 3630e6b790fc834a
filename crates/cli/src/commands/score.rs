//! `safeground score`: the steward's own table, on exact counts.

use std::path::PathBuf;

use anyhow::Context as _;
use arrow::array::RecordBatch;
use clap::ValueEnum;
use safeground_engine::Resources;
use safeground_engine::score::{StewardRequest, steward};
use safeground_privacy::audit::Act;
use safeground_schema::{Layer, PeriodKind};

use super::lake::LakeArgs;
use super::resources::ResourceArgs;
use super::who::WhoArgs;

/// Score exact counts, for a steward's eyes.
///
/// Nothing is withheld: small counts and zeros show. The table belongs inside
/// the lake's walls and is never served; publish with `safeground release`.
/// That it was made is written to the audit log first.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    lake: LakeArgs,
    #[command(flatten)]
    who: WhoArgs,
    /// File to write: Parquet or, with the ending `.csv`, CSV. Readable by
    /// its owner alone.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Layer such as `district` or `district@2011`; may be repeated. All
    /// layers of places if absent.
    #[arg(long = "layer", value_name = "LAYER")]
    layers: Vec<Layer>,
    /// H3 resolution to score as well, 0 to 8; may be repeated.
    #[arg(long = "h3", value_name = "RESOLUTION", value_parser = clap::value_parser!(u8).range(0..=8))]
    h3_resolutions: Vec<u8>,
    /// Length of a period.
    #[arg(long, value_enum, default_value_t = Every::Year)]
    period: Every,
    /// Seed of the intervals of scores and ranks.
    #[arg(long, default_value_t = 7)]
    seed: u64,
    #[command(flatten)]
    resources: ResourceArgs,
}

/// Length of a period of counting.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Every {
    /// Calendar month.
    Month,
    /// Calendar quarter.
    Quarter,
    /// Calendar year.
    Year,
    /// All years together.
    Span,
}

impl From<Every> for PeriodKind {
    fn from(every: Every) -> Self {
        match every {
            Every::Month => Self::Month,
            Every::Quarter => Self::Quarter,
            Every::Year => Self::Year,
            Every::Span => Self::Span,
        }
    }
}

/// Scores and writes the table.
pub async fn run(args: Args) -> anyhow::Result<()> {
    let lake = args.lake.open_as(&args.who).await?;
    let cells = args.h3_resolutions.iter().map(|r| format!("h3_r{r}"));
    let mut layers: Vec<String> = args.layers.iter().map(ToString::to_string).collect();
    if layers.is_empty() {
        layers.push("all places".to_owned());
    }
    // Written before anything is read, as of raw tables.
    lake.audit()
        .write(Act::ExactRead {
            command: "score".into(),
            layers: layers.into_iter().chain(cells).collect(),
        })
        .await?;
    let input = lake.input().await?;
    let request = StewardRequest {
        layers: args.layers,
        h3_resolutions: args.h3_resolutions,
        kind: args.period.into(),
        seed: args.seed,
        resources: Resources::from(args.resources),
    };
    let table = steward(&input.session, request).await?;
    write(&table, &args.out).with_context(|| format!("cannot write {}", args.out.display()))?;
    eprintln!(
        "{} rows in {}. They hold exact counts: keep them inside the lake's walls.",
        table.num_rows(),
        args.out.display()
    );
    Ok(())
}

/// Writes to a new file beside the target and puts it in place whole.
fn write(table: &RecordBatch, path: &std::path::Path) -> anyhow::Result<()> {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(std::path::Path::new("."));
    // A temporary file is readable by its owner alone, and stays so.
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    if path.extension().is_some_and(|ending| ending == "csv") {
        arrow::csv::Writer::new(file.as_file_mut()).write(table)?;
    } else {
        let bytes = safeground_engine::release::table_to_parquet(table)?;
        std::io::Write::write_all(file.as_file_mut(), &bytes)?;
    }
    file.as_file().sync_all()?;
    file.persist(path)?;
    Ok(())
}
