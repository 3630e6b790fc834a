//! `safeground demo`: the whole way on synthetic input.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use chrono::NaiveDate;
use safeground_engine::Resources;
use safeground_engine::lake::{Lake, LakeOptions, LakeUrl};
use safeground_engine::release::{ReleaseRequest, run_on};
use safeground_ingest::{Mapping, MaxRejects};
use safeground_privacy::{Audience, Policy};
use safeground_server::Config;
use safeground_synth::{SynthRequest, generate};
use serde::{Deserialize, Serialize};

use super::ingest::{Order, Outcome, load_into};
use super::{release, serve};

/// Seed of everything random in the demo.
const SEED: u64 = 7;

/// Name of the file that says that a demo is complete, written last.
const COMPLETE: &str = "demo.json";

/// Make a fictional state, load it, release it and serve the map.
///
/// Everything is synthetic. A second start finds the releases of the first.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Folder of the demo: input, lake and releases.
    #[arg(long, value_name = "DIR", default_value = "safeground-demo")]
    dir: PathBuf,
    /// Address and port to listen on; port 0 takes a free one.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// Number of incidents relative to the usual demo.
    #[arg(long, default_value_t = 1.0)]
    scale: f64,
}

/// The usual policy, but for the days of settling: nothing is reported late.
fn policy() -> Policy {
    Policy {
        settling_days: 0,
        ..Policy::default()
    }
}

/// What a demo was made with.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct MadeWith {
    code_version: String,
    policy: String,
    seed: u64,
    scale: f64,
}

impl MadeWith {
    /// What a demo would be made with by this build.
    fn now(scale: f64) -> Self {
        Self {
            code_version: safeground_engine::release::CODE_VERSION.to_owned(),
            policy: policy().to_toml(),
            seed: SEED,
            scale,
        }
    }
}

/// Makes the demo where it is not there yet, and serves it.
pub async fn run(args: Args) -> anyhow::Result<()> {
    let made_with = MadeWith::now(args.scale);
    let releases = args.dir.join("releases");
    if is_complete(&args.dir, &made_with)? {
        println!("The demo in {} is complete.", args.dir.display());
    } else {
        make(&args.dir, args.scale).await?;
    }
    println!(
        "Synthetic data. For the planners' release: \
         safeground token create --releases {} --audience planning",
        releases.display()
    );
    let config = Config {
        sql_worker: Some(serve::sql_worker()?),
        ..Config::default()
    };
    serve::serve(&releases, args.listen, config, None).await
}

/// Whether a demo made with the same things is there. One made with others
/// is cleared; a folder that is no demo is refused.
fn is_complete(folder: &Path, made_with: &MadeWith) -> anyhow::Result<bool> {
    let marker = folder.join(COMPLETE);
    if let Ok(text) = std::fs::read_to_string(&marker) {
        if serde_json::from_str::<MadeWith>(&text).is_ok_and(|found| found == *made_with) {
            return Ok(true);
        }
        // The marker goes first, so that a half-cleared demo is not complete.
        std::fs::remove_file(&marker).context("cannot clear the earlier demo")?;
    }
    for part in ["input", "lake", "releases"] {
        let part = folder.join(part);
        if part.exists() {
            std::fs::remove_dir_all(&part)
                .with_context(|| format!("cannot clear {}", part.display()))?;
        }
    }
    Ok(false)
}

/// Gives a lake of invented children a secret that everybody knows, so that
/// its pseudonyms and the noise of its public release are the same everywhere.
fn keep_no_secret(lake: &Path) -> std::io::Result<()> {
    let secret = lake.join("_safeground").join("secret");
    if !secret.exists() {
        std::fs::create_dir_all(lake.join("_safeground"))?;
        std::fs::write(
            secret,
            format!("{:064x}\n", 0x5AFE_6120_0D00_0000_u64 + SEED),
        )?;
    }
    Ok(())
}

/// Makes a demo: input, lake and releases, in folders of these names.
///
/// # Errors
/// Whatever stops one of the steps; a rerun goes on from there.
pub async fn make(folder: &Path, scale: f64) -> anyhow::Result<()> {
    let made_with = MadeWith::now(scale);
    let input = folder.join("input");
    println!(
        "Making a fictional state (synthetic data) in {} …",
        folder.display()
    );
    let request = SynthRequest::new(made_with.seed, made_with.scale, input.clone())?;
    let report = tokio::task::spawn_blocking(move || generate(&request)).await??;
    let url = LakeUrl::local(&folder.join("lake"))?;
    keep_no_secret(&folder.join("lake")).context("cannot make the lake of the demo")?;
    let lake = Lake::open_or_create(&url, &LakeOptions::from_env()).await?;
    let last_day: NaiveDate = report
        .calendar
        .1
        .parse()
        .context("the generator's last day is not a date")?;
    for made in &report.loads {
        let text = std::fs::read_to_string(input.join(&made.mapping))?;
        let order = Order {
            files: vec![input.join(&made.file)],
            mapping: Mapping::parse(&text).with_context(|| made.mapping.display().to_string())?,
            max_rejects: MaxRejects::Rows(0),
            today: last_day,
            threads: Resources::default().threads,
        };
        if let Outcome::Loaded(loaded) = load_into(&lake, order).await? {
            println!(
                "  {:<24} {:>9} rows from {}",
                made.table.name(),
                loaded.accepted,
                made.file.display()
            );
        }
    }
    let request = ReleaseRequest {
        policy: policy(),
        seed: made_with.seed,
        today: last_day,
        audiences: Audience::ALL.to_vec(),
        releases: folder.join("releases"),
        resources: Resources::default(),
    };
    let report = run_on(&lake.input().await?, &request).await?;
    release::print(&report);
    let marker = serde_json::to_string_pretty(&made_with)?;
    std::fs::write(folder.join(COMPLETE), marker).context("cannot finish the demo")?;
    Ok(())
}
