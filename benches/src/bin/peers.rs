//! Our side of `cargo xtask bench --peers`.
//!
//! `peers write FOLDER [--large]` writes the inputs that both sides read;
//! `peers run FOLDER [--large]` does the work and writes seconds and a figure
//! of each answer to `ours.json`.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Instant;

use anyhow::{Context as _, bail};
use h3o::{CellIndex, LatLng};
use safeground_benches::Hexes;
use safeground_stats::local::{
    GetisOrdParams, LocalMoranParams, VarianceDivisor, getis_ord, getis_ord_permutation,
    local_moran, local_moran_permutation,
};
use safeground_stats::permutation::PermutationParams;
use safeground_stats::rates::{SpatialEmpiricalBayesParams, spatial_empirical_bayes};
use safeground_stats::scan::{MonteCarlo, Places, ScanParams, SpatialCounts, circular_scan};
use safeground_stats::weights::{Position, SpatialWeights, grid_disk};
use serde_json::{Value, json};

const UNITS: usize = 100_000;
/// Every village of India.
const LARGE: usize = 640_000;
const PERMUTATIONS: usize = 999;
const SEED: u64 = 12_345;
/// Of the scan.
const PLACES: usize = 3_000;

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let is_large = arguments.iter().any(|argument| argument == "--large");
    match arguments.as_slice() {
        [command, folder, ..] if command == "write" => {
            write(&Hexes::new(UNITS), &Path::new(folder).join("units.csv"))?;
            if is_large {
                write(&Hexes::new(LARGE), &Path::new(folder).join("large.csv"))?;
            }
            Ok(())
        }
        [command, folder, ..] if command == "run" => run(Path::new(folder), is_large),
        _ => bail!("expected `write FOLDER [--large]` or `run FOLDER [--large]`"),
    }
}

fn write(hexes: &Hexes, path: &Path) -> anyhow::Result<()> {
    let mut writer =
        csv::Writer::from_path(path).with_context(|| format!("cannot write {}", path.display()))?;
    writer.write_record(["cell", "value", "cases", "population"])?;
    for unit in 0..hexes.cells.len() {
        writer.write_record([
            hexes.cells[unit].to_string(),
            hexes.values[unit].to_string(),
            hexes.cases[unit].to_string(),
            hexes.population[unit].to_string(),
        ])?;
    }
    writer.flush().context("cannot write the units")
}

/// Inputs as both sides read them.
struct Units {
    cells: Vec<CellIndex>,
    values: Vec<Option<f64>>,
    cases: Vec<Option<f64>>,
    population: Vec<Option<f64>>,
}

fn read(path: &Path) -> anyhow::Result<Units> {
    let mut units = Units {
        cells: Vec::new(),
        values: Vec::new(),
        cases: Vec::new(),
        population: Vec::new(),
    };
    let mut reader =
        csv::Reader::from_path(path).with_context(|| format!("cannot read {}", path.display()))?;
    for record in reader.records() {
        let record = record?;
        units.cells.push(record[0].parse()?);
        units.values.push(Some(record[1].parse()?));
        units.cases.push(Some(record[2].parse()?));
        units.population.push(Some(record[3].parse()?));
    }
    Ok(units)
}

/// Times of our side, by work and variant.
#[derive(Default)]
struct Results(BTreeMap<String, BTreeMap<String, Value>>);

impl Results {
    /// Does the work `repeats` times and notes the least time.
    fn time<T>(
        &mut self,
        work: &str,
        variant: &str,
        repeats: usize,
        mut task: impl FnMut() -> anyhow::Result<T>,
        answer: impl Fn(&T) -> f64,
    ) -> anyhow::Result<T> {
        let mut least = f64::INFINITY;
        let mut last = None;
        for _ in 0..repeats {
            let start = Instant::now();
            let result = task()?;
            least = least.min(start.elapsed().as_secs_f64());
            last = Some(result);
        }
        let last = last.context("work is done at least once")?;
        println!("{work:<28} {variant:<22} {least:10.5} s");
        self.0.entry(work.to_owned()).or_default().insert(
            variant.to_owned(),
            json!({ "seconds": least, "answer": answer(&last) }),
        );
        Ok(last)
    }
}

fn run(folder: &Path, is_large: bool) -> anyhow::Result<()> {
    let units = read(&folder.join("units.csv"))?;
    let mut results = Results::default();
    let weights = results.time(
        "k_ring_weights",
        "grid_disk",
        5,
        || Ok(grid_disk(&units.cells, 1)?),
        |weights| weights.links() as f64,
    )?;
    let shared = PermutationParams::new(PERMUTATIONS, SEED)?;
    for (variant, permutation) in [
        ("shared draws", shared),
        ("draws of its own", shared.per_unit()),
    ] {
        moran(
            &mut results,
            "local_moran_999",
            variant,
            &units,
            &weights,
            &permutation,
        )?;
        results.time(
            "gi_star_999",
            variant,
            3,
            || {
                let z = getis_ord(&units.values, &weights, &GetisOrdParams::star())?;
                getis_ord_permutation(&units.values, &weights, &permutation)?;
                Ok(z)
            },
            |z| z.iter().flatten().map(|g| g.z.abs()).sum(),
        )?;
    }
    results.time(
        "gi_star_analytic",
        "getis_ord",
        20,
        || Ok(getis_ord(&units.values, &weights, &GetisOrdParams::star())?),
        |z| z.iter().flatten().map(|g| g.z.abs()).sum(),
    )?;
    results.time(
        "spatial_eb",
        "marshall",
        5,
        || {
            Ok(spatial_empirical_bayes(
                &units.cases,
                &units.population,
                &weights,
                &SpatialEmpiricalBayesParams::marshall(),
            )?)
        },
        |rates| rates.iter().flatten().map(|rate| rate.rate).sum(),
    )?;
    scan(&mut results, &units)?;
    if is_large {
        let units = read(&folder.join("large.csv"))?;
        let weights = grid_disk(&units.cells, 1)?;
        moran(
            &mut results,
            "local_moran_999_640k",
            "shared draws",
            &units,
            &weights,
            &shared,
        )?;
    }
    std::fs::write(
        folder.join("ours.json"),
        serde_json::to_string_pretty(&results.0)?,
    )
    .context("cannot write our times")
}

/// The first places alone: the work grows with their square.
fn scan(results: &mut Results, units: &Units) -> anyhow::Result<()> {
    let positions: Vec<Position> = units.cells[..PLACES].iter().map(position).collect();
    let places = Places::geographic(&positions)?;
    let of = |column: &[Option<f64>]| column[..PLACES].iter().flatten().copied().collect();
    let (cases, population): (Vec<f64>, Vec<f64>) = (of(&units.cases), of(&units.population));
    let cases: Vec<u64> = cases.iter().map(|count| *count as u64).collect();
    let counts = SpatialCounts::poisson(&cases, &population)?;
    let params = ScanParams::new(MonteCarlo::new(PERMUTATIONS, SEED));
    results.time(
        "circular_scan_999",
        "circular_scan",
        1,
        || Ok(circular_scan(&places, &counts, &params)?),
        |scan| {
            let most_likely = scan.clusters.first();
            most_likely.map_or(0.0, |cluster| cluster.log_likelihood_ratio)
        },
    )?;
    Ok(())
}

fn position(cell: &CellIndex) -> Position {
    let centre = LatLng::from(*cell);
    Position {
        latitude: centre.lat(),
        longitude: centre.lng(),
    }
}

fn moran(
    results: &mut Results,
    work: &str,
    variant: &str,
    units: &Units,
    weights: &SpatialWeights,
    permutation: &PermutationParams,
) -> anyhow::Result<()> {
    let params = LocalMoranParams::new(VarianceDivisor::UnitsLessOne);
    results.time(
        work,
        variant,
        3,
        || {
            let moran = local_moran(&units.values, weights, &params)?;
            local_moran_permutation(&units.values, weights, &params, permutation)?;
            Ok(moran)
        },
        |moran| moran.iter().flatten().map(|unit| unit.statistic).sum(),
    )?;
    Ok(())
}
