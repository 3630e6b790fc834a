//! A field of hexes with values, cases and population.

use h3o::{CellIndex, LatLng, Resolution};
use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution as _, Normal, Poisson};

/// Hexes around one point, nearest first, with a smooth field under noise.
#[derive(Debug, Clone)]
pub struct Hexes {
    /// Cells of H3 resolution 9.
    pub cells: Vec<CellIndex>,
    /// A wave of about ten cells' length, plus as much standard normal noise.
    pub values: Vec<f64>,
    /// Poisson counts at rates that follow the wave.
    pub cases: Vec<f64>,
    /// Between 200 and 3,000.
    pub population: Vec<f64>,
}

impl Hexes {
    /// So many hexes; the same for the same number.
    ///
    /// # Panics
    /// Never for up to 10⁸ hexes, which lie within the plain around the
    /// chosen point.
    #[must_use]
    pub fn new(count: usize) -> Self {
        let centre = LatLng::new(20.0, 75.0)
            .expect("a point on the globe")
            .to_cell(Resolution::Nine);
        let mut rings = 0_usize;
        while 1 + 3 * rings * (rings + 1) < count {
            rings += 1;
        }
        let rings = u32::try_from(rings).expect("rings fit the plain");
        let mut cells: Vec<CellIndex> = centre.grid_disk(rings);
        cells.truncate(count);
        let mut random = ChaCha8Rng::seed_from_u64(7);
        let noise = Normal::new(0.0, 1.0).expect("a valid deviation");
        let mut values = Vec::with_capacity(count);
        let mut cases = Vec::with_capacity(count);
        let mut population = Vec::with_capacity(count);
        for cell in &cells {
            let at = LatLng::from(*cell);
            let wave = (at.lat() * 200.0).sin() * (at.lng() * 200.0).cos();
            let people = f64::from(random.random_range(200_u32..3_000));
            let expected = people * 0.004 * (1.0 + 0.5 * wave);
            values.push(wave + noise.sample(&mut random));
            cases.push(
                Poisson::new(expected)
                    .expect("the rate is above zero")
                    .sample(&mut random),
            );
            population.push(people);
        }
        Self {
            cells,
            values,
            cases,
            population,
        }
    }
}
