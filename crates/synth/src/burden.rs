//! How many incidents are expected where and when, and how many of them
//! become known.

use safeground_schema::Category;

use crate::SynthRequest;
use crate::calendar::{MONTHS, Month, YEARS};
use crate::effort::Effort;
use crate::geography::BLOCKS;
use crate::planted::{CHANCE_DEVIATIONS, CHANCE_YEAR};
use crate::profiles::{CATEGORIES, PROFILES, REPEAT_SHARE, index};
use crate::random::Stream;
use crate::world::World;

/// Category of the chance count.
pub(crate) const CHANCE_CATEGORY: Category = Category::OnlineAbuse;

/// One number per category and month.
type Table = [[f64; MONTHS]; CATEGORIES];

/// Expected numbers.
#[derive(Debug)]
pub(crate) struct Burden {
    /// True incidents per child and month, by block, at scale 1.
    truth: Vec<Table>,
    /// Recorded incidents per child and month, by block, at the scale of the
    /// request and before repetition.
    recorded: Vec<Table>,
    /// What distinguishes each village from its block.
    pub(crate) village_factors: Vec<[f64; CATEGORIES]>,
    /// Children of each block weighted by the factors of their villages.
    weighted_children: Vec<[f64; CATEGORIES]>,
    /// Factor on the chance count.
    pub(crate) chance_factor: f64,
}

impl Burden {
    /// The expectation: population × base rate × relative risk × season ×
    /// village factor, and for records × detection × scale.
    pub(crate) fn new(world: &World, effort: &Effort, request: &SynthRequest) -> Self {
        let village_factors = village_factors(world, request.seed());
        let mut weighted_children = vec![[0.0; CATEGORIES]; BLOCKS];
        for (village, factors) in world.villages.iter().zip(&village_factors) {
            for (sum, factor) in weighted_children[village.block].iter_mut().zip(factors) {
                *sum += factor * f64::from(village.children_under_18);
            }
        }
        let mut truth = vec![[[0.0; MONTHS]; CATEGORIES]; BLOCKS];
        let mut recorded = truth.clone();
        for (category, profile) in PROFILES.iter().enumerate() {
            let season = profile.season();
            for block in 0..BLOCKS {
                for month in Month::all() {
                    let risk = world.planted.relative_risk(
                        &world.geography,
                        block,
                        profile.category,
                        month,
                    );
                    let expected = profile.rate / 100_000.0 / 12.0 * risk * season[month.0];
                    let known = effort.detection(world, block, month, profile);
                    truth[block][category][month.0] = expected;
                    recorded[block][category][month.0] =
                        expected * known * request.scale() / (1.0 + REPEAT_SHARE);
                }
            }
        }
        let mut burden = Self {
            truth,
            recorded,
            village_factors,
            weighted_children,
            chance_factor: 1.0,
        };
        burden.plant_chance(world);
        burden
    }

    /// Raises one count of a small district as a rare draw would.
    fn plant_chance(&mut self, world: &World) {
        let district = world.planted.chance_high;
        let category = index(CHANCE_CATEGORY);
        let expected = self.expected_records(world, district, category, CHANCE_YEAR);
        self.chance_factor = 1.0 + CHANCE_DEVIATIONS / expected.max(1e-9).sqrt();
        for block in world.geography.districts[district].blocks.clone() {
            for month in 12 * CHANCE_YEAR..12 * CHANCE_YEAR + 12 {
                self.recorded[block][category][month] *= self.chance_factor;
            }
        }
    }

    /// Recorded incidents per child of a block in a month, before the factor
    /// of the village and before repetition.
    pub(crate) fn recorded_per_child(&self, block: usize, category: usize, month: Month) -> f64 {
        self.recorded[block][category][month.0]
    }

    /// True incidents expected in a district and year, at scale 1.
    pub(crate) fn true_incidents(
        &self,
        world: &World,
        district: usize,
        category: usize,
        year: usize,
    ) -> f64 {
        self.sum(&self.truth, world, district, category, year)
    }

    /// Records expected in a district and year at the scale of the request,
    /// repetitions included.
    pub(crate) fn expected_records(
        &self,
        world: &World,
        district: usize,
        category: usize,
        year: usize,
    ) -> f64 {
        self.sum(&self.recorded, world, district, category, year) * (1.0 + REPEAT_SHARE)
    }

    /// True incidents per 100,000 children and year of a block, on average
    /// over the calendar and without the factors of its villages.
    pub(crate) fn block_rate(&self, block: usize, category: usize) -> f64 {
        self.truth[block][category].iter().sum::<f64>() / YEARS as f64 * 100_000.0
    }

    fn sum(
        &self,
        table: &[Table],
        world: &World,
        district: usize,
        category: usize,
        year: usize,
    ) -> f64 {
        world.geography.districts[district]
            .blocks
            .clone()
            .map(|block| {
                let months = &table[block][category][12 * year..12 * year + 12];
                months.iter().sum::<f64>() * self.weighted_children[block][category]
            })
            .sum()
    }
}

/// Gamma factors of mean 1, or 1 where the category is a negative control.
fn village_factors(world: &World, seed: u64) -> Vec<[f64; CATEGORIES]> {
    let mut stream = Stream::new(seed, "village factors");
    world
        .villages
        .iter()
        .map(|_| {
            std::array::from_fn(|category| match PROFILES[category].village_shape {
                Some(shape) => stream.gamma_around_one(shape),
                None => 1.0,
            })
        })
        .collect()
}
