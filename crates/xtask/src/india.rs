//! `cargo xtask india`: public data about India, from file to map.

mod loads;
mod truths;

use std::path::PathBuf;

use anyhow::Context as _;

use self::loads::Plan;
use crate::Options;
use crate::command::Step;
use crate::served::{Build, Served, build};

const HOW_TO_GET_THE_DATA: &str = "\
The files are public and are not part of this repository. Each comes from its
publisher; put them into one folder under these names and name the folder with
--data. The mappings in crates/xtask/india/ say which columns they need.

  india/lgd_states.csv, lgd_districts.csv, lgd_subdistricts.csv, lgd_blocks.csv
      Local Government Directory, lgdirectory.gov.in, `Download directory`, one
      file per level, under the Government Open Data License - India
  india/census2011_villages_towns.parquet, census2011_subdistricts.csv
  messy/census2011_pca_10_205.csv, census2011_pca_10_210.csv
      Primary Census Abstract 2011, Office of the Registrar General and Census
      Commissioner, censusindia.gov.in: villages and towns of all states in one
      table, sub-districts in another, and two districts as published
  india/districts_2011_census.geojson, districts_2019_nfhs5.geojson
  bihar/blocks.geojson
      boundaries of your own choice, in degrees (EPSG:4326), with census codes
      or with state and district as NFHS-5 names them, joined with the district
      fact sheets of the National Family Health Survey, rchiips.org/nfhs
  messy/nfhs5_compendium_districts_as_parsed.csv
      the compendium of the same fact sheets, one row per district and indicator
  india/ncrb_crimes_against_children_2001_2013.csv
  messy/ncrb_children_2001_2012_as_published.csv
  messy/ncrb_children_2013_as_published.csv
  messy/ncrb_arrests_disposal_2014_as_published.csv
      National Crime Records Bureau, crimes against children by district,
      data.gov.in; the first is the same brought to census districts
  india/pmgsy_habitations.parquet, bihar/habitation_to_census_village.csv
      habitations of the rural roads programme, geosadak-pmgsy.nic.in; the second
      names the census village of a habitation where you know it
  courts/year_wise_cases.csv, case_disposal_patterns_by_district.csv
      POCSO cases of three states, HAQ Centre for Child Rights and CivicDataLab";

/// Loads every file of the plan, checks what is known of the data, releases,
/// and serves.
pub(crate) fn run(options: &Options) -> anyhow::Result<()> {
    let data = options
        .value("--data")
        .map_or_else(|| crate::root().join("../shared/data"), PathBuf::from);
    let plan = Plan::read(&crate::root().join("crates/xtask/india"))?;
    let absent = plan.absent(&data);
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
    let folder = crate::target_folder().join("india");
    let loads = plan.run(&binary, &data, &folder)?;
    loads::print_summary(&loads);
    truths::check_loads(&loads)?;
    truths::check_lake(&binary, &folder.join("lake"))?;
    let served = release_and_serve(options, &binary, &folder)?;
    if options.has("--once") {
        crate::demo::self_check(&served)?;
        truths::check_served(&served)?;
        served.stop()?;
        println!("\nindia: all checks passed");
        return Ok(());
    }
    println!("\nOpen {} in a browser; Ctrl-C ends it.", served.url);
    served.wait()
}

fn release_and_serve(
    options: &Options,
    binary: &std::path::Path,
    folder: &std::path::Path,
) -> anyhow::Result<Served> {
    let path = |name: &str| -> anyhow::Result<String> {
        let path = folder.join(name);
        Ok(path
            .to_str()
            .context("the target folder is not text")?
            .to_owned())
    };
    let (lake, releases) = (path("lake")?, path("releases")?);
    let program = binary.to_str().context("the target folder is not text")?;
    Step::new(
        program,
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
    Served::start(
        binary,
        &["serve", "--releases", &releases, "--listen", &address],
    )
}
