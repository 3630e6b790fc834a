//! The fictional state with everything that is fixed before incidents are
//! drawn.

use crate::SynthRequest;
use crate::burden::Burden;
use crate::effort::Effort;
use crate::geography::{BLOCKS, DISTRICTS, Geography};
use crate::planted::Planted;
use crate::population::{Village, settle};

/// Places, people and what is planted.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) geography: Geography,
    pub(crate) villages: Vec<Village>,
    /// Children below 18.
    pub(crate) children_of_block: Vec<f64>,
    /// Children below 18.
    pub(crate) children_of_district: Vec<f64>,
    pub(crate) planted: Planted,
}

impl World {
    /// Makes the state of a seed.
    pub(crate) fn new(seed: u64) -> Self {
        let geography = Geography::new();
        let villages = settle(&geography, seed);
        let mut children_of_block = vec![0.0; BLOCKS];
        let mut children_of_district = vec![0.0; DISTRICTS];
        for village in &villages {
            let children = f64::from(village.children_under_18);
            children_of_block[village.block] += children;
            children_of_district[geography.blocks[village.block].district] += children;
        }
        let planted = Planted::new(&geography, &children_of_district, seed);
        Self {
            geography,
            villages,
            children_of_block,
            children_of_district,
            planted,
        }
    }

    /// District of a village.
    pub(crate) fn district_of(&self, village: &Village) -> usize {
        self.geography.blocks[village.block].district
    }
}

/// A state with the work done in it and the harm expected.
#[derive(Debug)]
pub(crate) struct Model {
    pub(crate) world: World,
    pub(crate) effort: Effort,
    pub(crate) burden: Burden,
}

impl Model {
    /// The model of a request.
    pub(crate) fn new(request: &SynthRequest) -> Self {
        let world = World::new(request.seed());
        let effort = Effort::new(&world, request.seed());
        let burden = Burden::new(&world, &effort, request);
        Self {
            world,
            effort,
            burden,
        }
    }
}
