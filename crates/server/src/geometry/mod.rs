//! Planar geometry of tiles: projection, snapping and clipping.
//!
//! World coordinates are Web Mercator normalised to the unit square, x to the
//! east and y to the south, so that a tile of zoom `z` is a square of side
//! `2^-z`. A shape that crosses the 180th meridian is kept in one piece and
//! reaches beyond 1.

mod clip;
mod mercator;
mod shape;
mod snap;

pub(crate) use clip::{Rect, clip_ring};
pub(crate) use mercator::project;
pub(crate) use shape::{Shape, WorldShape, split_at_antimeridian};
pub(crate) use snap::{signed_area, snap_ring};
