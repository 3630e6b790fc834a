//! Local statistics: where values cluster.

mod class;
mod getis_ord;

pub use class::HotspotClass;
pub use getis_ord::{GetisOrd, GetisOrdParams, SelfNeighbour, getis_ord};
