//! `cargo xtask india`: public data about India, from file to map.

use std::path::PathBuf;

use anyhow::Context as _;
use serde::Deserialize;

use crate::Options;
use crate::command::Step;
use crate::served::{Build, Served, build};

const HOW_TO_GET_THE_DATA: &str = "\
The files are public and are not part of this repository. Put into one folder:
  india/lgd_states.csv, lgd_districts.csv, lgd_subdistricts.csv, lgd_blocks.csv
      Local Government Directory (lgdirectory.gov.in), downloads by level
  india/census2011_villages_towns.parquet, census2011_subdistricts.csv
      Primary Census Abstract 2011, Office of the Registrar General (censusindia.gov.in)
  india/districts_2011_census.geojson, districts_2019_nfhs5.geojson, bihar/blocks.geojson
      boundaries of your own choice with census codes, joined with the
      National Family Health Survey district fact sheets (rchiips.org/nfhs)
  india/ncrb_crimes_against_children_2001_2013.csv and the messy/ originals
      National Crime Records Bureau tables (data.gov.in)
  india/pmgsy_habitations.parquet
      PMGSY habitations (geosadak-pmgsy.nic.in)
and name the folder with --data. Mapping files: crates/xtask/india/.";

/// One load: a file, the table it fills, and how.
#[derive(Debug, Deserialize)]
struct Load {
    file: String,
    table: String,
    mapping: String,
}

/// The loads in their order.
#[derive(Debug, Deserialize)]
struct Plan {
    load: Vec<Load>,
}

/// Loads every file of the plan, releases, and serves.
pub(crate) fn run(options: &Options) -> anyhow::Result<()> {
    let data = options
        .value("--data")
        .map_or_else(|| crate::root().join("../shared/data"), PathBuf::from);
    let mappings = crate::root().join("crates/xtask/india");
    let plan: Plan = toml::from_str(
        &std::fs::read_to_string(mappings.join("india.toml"))
            .context("crates/xtask/india/india.toml")?,
    )
    .context("crates/xtask/india/india.toml")?;
    let absent: Vec<&str> = plan
        .load
        .iter()
        .map(|load| load.file.as_str())
        .filter(|file| !data.join(file).exists())
        .collect();
    anyhow::ensure!(
        absent.is_empty(),
        "not found in {}:\n  {}\n\n{HOW_TO_GET_THE_DATA}",
        data.display(),
        absent.join("\n  ")
    );
    let binary = build(if options.has("--dev") {
        Build::Dev
    } else {
        Build::Release
    })?;
    let binary_name = binary.to_str().context("the target folder is not text")?;
    let folder = crate::target_folder().join("india");
    std::fs::create_dir_all(&folder)?;
    let path = |name: &str| folder.join(name).to_str().map(str::to_owned);
    let lake = path("lake").context("the target folder is not text")?;
    let releases = path("releases").context("the target folder is not text")?;
    for load in &plan.load {
        let file = data.join(&load.file);
        let mapping = mappings.join(&load.mapping);
        Step::new(
            binary_name,
            &[
                "ingest",
                "--lake",
                &lake,
                "--as",
                &load.table,
                "--mapping",
                mapping.to_str().context("the path is not text")?,
                file.to_str().context("the path is not text")?,
            ],
        )
        .run()?;
    }
    Step::new(
        binary_name,
        &[
            "release",
            "--lake",
            &lake,
            "--releases",
            &releases,
            "--seed",
            "7",
        ],
    )
    .run()?;
    let port = options
        .value("--port")
        .unwrap_or(if options.has("--once") { "0" } else { "8080" });
    let address = format!("127.0.0.1:{port}");
    let served = Served::start(
        &binary,
        &["serve", "--releases", &releases, "--listen", &address],
    )?;
    if options.has("--once") {
        crate::demo::self_check(&served)?;
        return served.stop();
    }
    println!("\nOpen {} in a browser; Ctrl-C ends it.", served.url);
    served.wait()
}
