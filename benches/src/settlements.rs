//! Places that a campaign could visit: habitations of India where their file is
//! present, and a layout from a seed always.

use std::fs::File;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use parquet::file::reader::{FileReader as _, SerializedFileReader};
use parquet::record::{Field, Row};
use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use safeground_planning::choose::{Benefit, Effort, LatLng, Place};

/// Habitations of Bihar, below the folder of public data.
pub const BIHAR: &str = "bihar/habitations.parquet";

/// Habitations of 28 states.
pub const INDIA: &str = "india/pmgsy_habitations.parquet";

/// Places to the square degree in Bihar, about.
const PER_SQUARE_DEGREE: f64 = 10_000.0;

/// Habitations of a file of public data; `None`, said aloud, where it is
/// absent.
///
/// Rows without people or outside India are left out, as an import would.
///
/// # Errors
/// A file that is there and cannot be read.
pub fn habitations(name: &str) -> anyhow::Result<Option<Vec<Place>>> {
    let path = data().join(name);
    if !path.exists() {
        println!("skipped: {} is not there", path.display());
        return Ok(None);
    }
    read(&path)
        .map(Some)
        .with_context(|| path.display().to_string())
}

/// The folder of public data beside the workspace.
fn data() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data")
}

fn read(path: &Path) -> anyhow::Result<Vec<Place>> {
    let reader = SerializedFileReader::new(File::open(path)?)?;
    let mut places = Vec::new();
    for row in reader.get_row_iter(None)? {
        let row = row?;
        let number = |name: &str| number(&row, name);
        let (Some(latitude), Some(longitude)) = (number("lat"), number("lon")) else {
            continue;
        };
        let people = number("TOT_POPULA").unwrap_or(0.0);
        let inside = (6.0..38.0).contains(&latitude) && (68.0..98.0).contains(&longitude);
        if inside && people > 0.0 {
            let position = LatLng {
                latitude,
                longitude,
            };
            let block = format!("{:.0}", number("BLOCK_ID").unwrap_or(0.0));
            places.push(place(places.len(), position, block, people));
        }
    }
    Ok(places)
}

fn number(row: &Row, name: &str) -> Option<f64> {
    let (_, field) = row.get_column_iter().find(|(column, _)| *column == name)?;
    let value = match field {
        Field::Double(value) => *value,
        Field::Float(value) => f64::from(*value),
        Field::Long(value) => *value as f64,
        Field::Int(value) => f64::from(*value),
        _ => return None,
    };
    value.is_finite().then_some(value)
}

/// Places around made-up towns, as dense as Bihar; the same for the same seed.
#[must_use]
pub fn scattered(count: usize, seed: u64) -> Vec<Place> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let side = (count as f64 / PER_SQUARE_DEGREE).sqrt();
    let towns: Vec<[f64; 2]> = (0..count.div_ceil(200))
        .map(|_| {
            [
                random.random_range(0.0..side),
                random.random_range(0.0..side),
            ]
        })
        .collect();
    (0..count)
        .map(|number| {
            let town = towns[random.random_range(0..towns.len())];
            let [north, east] = town.map(|centre| {
                let spread: f64 = (0..4).map(|_| random.random_range(-0.15..0.15)).sum();
                (centre + spread).rem_euclid(side)
            });
            let position = LatLng {
                latitude: 20.0 + north,
                longitude: 75.0 + east,
            };
            let block = format!("{:.0} {:.0}", (5.0 * north).floor(), (5.0 * east).floor());
            let people = random.random_range(3.0..8.0f64).exp().round();
            place(number, position, block, people)
        })
        .collect()
}

fn place(number: usize, position: LatLng, block: String, people: f64) -> Place {
    Place {
        id: format!("habitation:{number}"),
        position,
        block,
        district: "district:1".to_owned(),
        population: Some(people as u64),
        benefit: Benefit {
            mean: people,
            lower: 0.5 * people,
        },
        effort: Effort::TeamDays(1.0),
        visits: Vec::new(),
        under_observed: number.is_multiple_of(5),
        partner: None,
        base: None,
    }
}
