//! Spatial weights: who is whose neighbour.
//!
//! | from | method | file |
//! |---|---|---|
//! | polygons | [`contiguity()`]: rook, queen, with a tolerance | `contiguity.rs`, `border.rs` |
//! | H3 cells | [`grid_disk()`], [`grid_ring()`] | `h3.rs` |
//! | places | [`nearest_neighbours()`] | `nearest.rs` |
//! | | [`distance_band()`], [`connecting_distance()`] | `distance_band.rs` |
//! | | [`inverse_distance()`] | `inverse_distance.rs` |
//! | | [`kernel_weights()`], fixed or adaptive | `kernel.rs` |
//! | regions | [`block_weights()`] | `block.rs` |
//! | text and lists | [`parse_gal()`], [`parse_gwt()`], [`from_adjacency()`], and back | `gal.rs`, `gwt.rs`, `adjacency.rs` |
//!
//! Places are on the globe ([`Position`], great circle) or on a plane
//! ([`PlanarPosition`]).
//!
//! [`SpatialWeights`] holds the links, row by row, self-weights apart from
//! them, and combines, scales and describes them:
//! [`row_standardised`](SpatialWeights::row_standardised) and the other
//! [styles](SpatialWeights::styled) of spdep, [steps of higher
//! order](SpatialWeights::higher_order), [union](SpatialWeights::union) and
//! its kin, [symmetry](SpatialWeights::symmetrised),
//! [subsets](SpatialWeights::subset), [attaching
//! islands](SpatialWeights::islands_attached), [components](SpatialWeights::components),
//! [S0, S1, S2](SpatialWeights::sums) and a
//! [summary](SpatialWeights::summary). Islands are kept throughout, and
//! reported.
//!
//! Deliberately absent: triangulations and graphs made from them (Delaunay,
//! Gabriel, sphere of influence), and negative weights.

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
