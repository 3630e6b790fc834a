//! The study region: where events could have been seen.

use std::collections::HashSet;

use h3o::{CellIndex, LatLng, Resolution};

use super::Locations;
use crate::StatsError;
use crate::error::{check_length, check_not_negative};
use crate::weights::Position;

/// A region made of small pieces, each with a centre and an area. Integrals
/// over the region are sums over the pieces (the midpoint rule), so pieces
/// should be small beside the bandwidth.
#[derive(Debug, Clone, PartialEq)]
pub struct StudyRegion {
    pieces: Locations,
    area_km2: Vec<f64>,
    cells: HashSet<CellIndex>,
    resolution: Option<Resolution>,
}

impl StudyRegion {
    /// The region covered by H3 cells of one resolution, each with its own
    /// area.
    ///
    /// # Errors
    /// [`StatsError`] if there is no cell, resolutions differ, or a cell is
    /// listed twice.
    pub fn cells(cells: &[CellIndex]) -> Result<Self, StatsError> {
        let Some(first) = cells.first() else {
            return Err(StatsError::TooFew {
                method: "a study region",
                found: 0,
                least: 1,
            });
        };
        let mut set = HashSet::with_capacity(cells.len());
        for (unit, cell) in cells.iter().enumerate() {
            if cell.resolution() != first.resolution() {
                return Err(StatsError::MixedGeometry {
                    what: "cells of the study region",
                });
            }
            if !set.insert(*cell) {
                return Err(StatsError::Value {
                    what: "times the cell is listed so far",
                    unit,
                    value: 2.0,
                    expected: "each cell once",
                });
            }
        }
        Ok(Self {
            pieces: Locations::cells(cells),
            area_km2: cells.iter().map(|cell| cell.area_km2()).collect(),
            cells: set,
            resolution: Some(first.resolution()),
        })
    }

    /// A region of other pieces, such as the pixels of a grid in the plane.
    ///
    /// # Errors
    /// [`StatsError`] if lengths differ, there is no piece, or an area is
    /// negative or not finite.
    pub fn pieces(pieces: Locations, area_km2: Vec<f64>) -> Result<Self, StatsError> {
        check_length("area_km2", area_km2.len(), pieces.len())?;
        let areas: Vec<_> = area_km2.iter().copied().map(Some).collect();
        check_not_negative("area_km2", &areas)?;
        if pieces.is_empty() {
            return Err(StatsError::TooFew {
                method: "a study region",
                found: 0,
                least: 1,
            });
        }
        Ok(Self {
            pieces,
            area_km2,
            cells: HashSet::new(),
            resolution: None,
        })
    }

    /// Whether a position lies in one of the cells; `None` for a region of
    /// other pieces, whose outline is not known.
    #[must_use]
    pub fn contains(&self, position: Position) -> Option<bool> {
        let resolution = self.resolution?;
        let inside = LatLng::new(position.latitude, position.longitude)
            .is_ok_and(|place| self.cells.contains(&place.to_cell(resolution)));
        Some(inside)
    }

    /// Which of the places are in the region; all of them where its outline is
    /// not known.
    pub(crate) fn inside(&self, places: &Locations) -> Vec<bool> {
        places
            .vectors()
            .iter()
            .map(|[x, y, z]| {
                let latitude = z.atan2(x.hypot(*y)).to_degrees();
                let longitude = y.atan2(*x).to_degrees();
                self.contains(Position {
                    latitude,
                    longitude,
                })
                .unwrap_or(true)
            })
            .collect()
    }

    /// Centres of the pieces.
    #[must_use]
    pub fn centres(&self) -> &Locations {
        &self.pieces
    }

    /// Areas of the pieces, km².
    #[must_use]
    pub fn area_km2(&self) -> &[f64] {
        &self.area_km2
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_of_cells_knows_what_is_inside() {
        let place = LatLng::new(25.6, 85.1).unwrap();
        let centre = place.to_cell(Resolution::Six);
        let cells: Vec<_> = centre.grid_disk(2);
        let region = StudyRegion::cells(&cells).unwrap();
        let at = |latitude, longitude| Position {
            latitude,
            longitude,
        };
        assert_eq!(region.contains(at(25.6, 85.1)), Some(true));
        assert_eq!(region.contains(at(20.0, 85.1)), Some(false));
        assert_eq!(region.area_km2().len(), 19);
        assert!(StudyRegion::cells(&[]).is_err());
        assert!(StudyRegion::cells(&[centre, centre]).is_err());
        assert!(StudyRegion::cells(&[centre, place.to_cell(Resolution::Five)]).is_err());
    }
}
