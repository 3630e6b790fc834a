//! Spatial weights: who is whose neighbour.

mod connectivity;
mod contiguity;
mod h3;
mod matrix;
mod nearest;
mod sums;

pub use contiguity::{Contiguity, ContiguityParams, contiguity};
pub use h3::grid_disk;
pub use matrix::{Row, SpatialWeights};
pub use nearest::{Position, distance_band, nearest_neighbours};
pub use sums::WeightSums;
