//! The shape of a unit, on the globe and in world coordinates.

use geo::{Coord, Geometry, LineString, MultiPolygon, Polygon};
use h3o::CellIndex;

use super::project;

/// Shape of a unit in degrees.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Shape {
    /// Nothing is known.
    None,
    /// A point that stands for the place: longitude, latitude.
    Point([f64; 2]),
    /// Its polygons as released.
    Polygons(MultiPolygon<f64>),
    /// An H3 cell; its boundary is computed.
    Cell(CellIndex),
}

impl Shape {
    /// The shape of a place: its polygons if it has any, else its point.
    pub(crate) fn of_place(geometry: Option<Geometry<f64>>, point: Option<[f64; 2]>) -> Self {
        match geometry {
            Some(Geometry::MultiPolygon(polygons)) if !polygons.0.is_empty() => {
                Self::Polygons(polygons)
            }
            Some(Geometry::Polygon(polygon)) => Self::Polygons(MultiPolygon(vec![polygon])),
            Some(Geometry::Point(point)) => Self::Point([point.x(), point.y()]),
            _ => point.map_or(Self::None, Self::Point),
        }
    }

    /// World coordinates, for tiles.
    pub(crate) fn to_world(&self) -> WorldShape {
        match self {
            Self::None => WorldShape::None,
            Self::Point([longitude, latitude]) => WorldShape::Point(project(*longitude, *latitude)),
            Self::Polygons(polygons) => WorldShape::polygons(&polygons.0),
            Self::Cell(cell) => WorldShape::polygons(&[unrolled_boundary(*cell)]),
        }
    }

    /// West, south, east, north in degrees; east may exceed 180 for a cell
    /// that crosses the 180th meridian.
    pub(crate) fn bounds(&self) -> Option<[f64; 4]> {
        let of = |coords: &mut dyn Iterator<Item = Coord<f64>>| {
            coords.fold(None, |bounds: Option<[f64; 4]>, c| {
                let [w, s, e, n] = bounds.unwrap_or([c.x, c.y, c.x, c.y]);
                Some([w.min(c.x), s.min(c.y), e.max(c.x), n.max(c.y)])
            })
        };
        match self {
            Self::None => None,
            Self::Point([x, y]) => Some([*x, *y, *x, *y]),
            Self::Polygons(polygons) => of(&mut polygons
                .iter()
                .flat_map(|polygon| polygon.exterior().0.iter().copied())),
            Self::Cell(cell) => of(&mut unrolled_boundary(*cell).exterior().0.iter().copied()),
        }
    }
}

/// Shape of a unit in world coordinates. Rings are open.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum WorldShape {
    /// Nothing is known.
    None,
    /// A point.
    Point([f64; 2]),
    /// Polygons, each an outer ring and its holes.
    Polygons(Vec<Vec<Vec<[f64; 2]>>>),
}

impl WorldShape {
    fn polygons(polygons: &[Polygon<f64>]) -> Self {
        let ring = |line: &LineString<f64>| {
            let open = line.0.len() - usize::from(line.is_closed() && !line.0.is_empty());
            line.0[..open].iter().map(|c| project(c.x, c.y)).collect()
        };
        Self::Polygons(
            polygons
                .iter()
                .map(|polygon| {
                    std::iter::once(polygon.exterior())
                        .chain(polygon.interiors())
                        .map(ring)
                        .collect()
                })
                .collect(),
        )
    }

    /// Least x and y, greatest x and y.
    pub(crate) fn bounds(&self) -> Option<([f64; 2], [f64; 2])> {
        let widen = |bounds: Option<([f64; 2], [f64; 2])>, p: [f64; 2]| {
            let (min, max) = bounds.unwrap_or((p, p));
            Some((
                [min[0].min(p[0]), min[1].min(p[1])],
                [max[0].max(p[0]), max[1].max(p[1])],
            ))
        };
        match self {
            Self::None => None,
            Self::Point(point) => widen(None, *point),
            Self::Polygons(polygons) => polygons
                .iter()
                .filter_map(|rings| rings.first())
                .flatten()
                .copied()
                .fold(None, widen),
        }
    }
}

/// Boundary of a cell; if it crosses the 180th meridian its western
/// longitudes are turned once round, so that it stays whole.
fn unrolled_boundary(cell: CellIndex) -> Polygon<f64> {
    let mut ring: Vec<Coord<f64>> = cell
        .boundary()
        .iter()
        .map(|corner| Coord {
            x: corner.lng(),
            y: corner.lat(),
        })
        .collect();
    let (west, east) = ring.iter().fold((f64::MAX, f64::MIN), |(west, east), c| {
        (west.min(c.x), east.max(c.x))
    });
    if east - west > 180.0 {
        for corner in &mut ring {
            if corner.x < 0.0 {
                corner.x += 360.0;
            }
        }
    }
    Polygon::new(LineString(ring), Vec::new())
}

/// Boundary of a cell for GeoJSON: cut at the 180th meridian if it crosses it
/// (RFC 7946, section 3.1.9), each part with longitudes within ±180.
pub(crate) fn split_at_antimeridian(cell: CellIndex) -> Vec<Polygon<f64>> {
    let whole = unrolled_boundary(cell);
    let ring = &whole.exterior().0;
    if ring.iter().all(|c| c.x <= 180.0) {
        return vec![whole];
    }
    [true, false]
        .into_iter()
        .map(|west| {
            let inside = |c: Coord<f64>| if west { c.x <= 180.0 } else { c.x >= 180.0 };
            let mut part = Vec::new();
            for pair in ring.windows(2) {
                let (a, b) = (pair[0], pair[1]);
                if inside(a) {
                    part.push(a);
                }
                if inside(a) != inside(b) {
                    let share = (180.0 - a.x) / (b.x - a.x);
                    part.push(Coord {
                        x: 180.0,
                        y: a.y + share * (b.y - a.y),
                    });
                }
            }
            if !west {
                for corner in &mut part {
                    corner.x -= 360.0;
                }
            }
            Polygon::new(LineString(part), Vec::new())
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use h3o::{LatLng, Resolution};

    fn cell(latitude: f64, longitude: f64) -> CellIndex {
        LatLng::new(latitude, longitude)
            .unwrap()
            .to_cell(Resolution::Three)
    }

    #[test]
    fn a_cell_across_the_180th_meridian_is_narrow_in_world_coordinates() {
        let (min, max) = Shape::Cell(cell(-17.0, 179.99))
            .to_world()
            .bounds()
            .unwrap();
        assert!(max[0] - min[0] < 0.01, "{min:?} {max:?}");
        assert!(max[0] > 1.0);
    }

    #[test]
    fn a_cell_across_the_180th_meridian_is_two_polygons_in_geojson() {
        let parts = split_at_antimeridian(cell(-17.0, 179.99));
        assert_eq!(parts.len(), 2);
        for part in parts {
            let longitudes: Vec<f64> = part.exterior().0.iter().map(|c| c.x).collect();
            let spread = longitudes.iter().fold(f64::MIN, |a, &b| a.max(b))
                - longitudes.iter().fold(f64::MAX, |a, &b| a.min(b));
            assert!(spread < 3.0, "{longitudes:?}");
            assert!(longitudes.iter().all(|x| x.abs() <= 180.0));
        }
        assert_eq!(split_at_antimeridian(cell(25.0, 87.0)).len(), 1);
    }
}
