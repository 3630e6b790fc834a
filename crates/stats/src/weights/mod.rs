//! Spatial weights: who is whose neighbour.
//!
//! Made from polygons ([`contiguity()`]), from H3 cells ([`grid_disk`],
//! [`grid_ring`]), from positions on the globe or a plane
//! ([`nearest_neighbours`], [`distance_band()`], [`inverse_distance()`],
//! [`kernel_weights`]), from regions ([`block_weights`]), or read from
//! neighbour lists ([`parse_gal`], [`parse_gwt`], [`from_adjacency`]).
//! [`SpatialWeights`] then combines, scales and describes them. Islands are
//! kept throughout, and reported.

mod adjacency;
mod attach;
mod block;
mod border;
mod connectivity;
mod contiguity;
mod distance_band;
mod gal;
mod gwt;
mod h3;
mod higher_order;
mod inverse_distance;
mod kd_tree;
mod kernel;
mod matrix;
mod nearest;
mod positions;
mod rows;
mod set_operations;
mod sites;
mod style;
mod subset;
mod summary;
mod sums;
mod symmetry;
mod text;

pub use adjacency::{Adjacency, from_adjacency};
pub use block::block_weights;
pub use contiguity::{Contiguity, ContiguityParams, contiguity};
pub use distance_band::{connecting_distance, distance_band};
pub use gal::{parse_gal, write_gal};
pub use gwt::{parse_gwt, write_gwt};
pub use h3::{grid_disk, grid_ring};
pub use higher_order::Steps;
pub use inverse_distance::{Coincident, InverseDistanceParams, inverse_distance};
pub use kernel::{Bandwidth, Kernel, KernelDiagonal, KernelParams, KernelWeights, kernel_weights};
pub use matrix::{Row, SpatialWeights};
pub use nearest::nearest_neighbours;
pub(crate) use positions::EARTH_RADIUS_M;
pub use positions::{Place, PlanarPosition, Position};
pub use style::WeightStyle;
pub use summary::WeightsSummary;
pub use sums::WeightSums;
pub use text::{NamedWeights, TextHeader, WeightsTextError};
