//! Surfaces: density and relative risk of points.
