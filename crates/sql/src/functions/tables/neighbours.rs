//! Who is whose neighbour, as a call says.

use arrow::array::{AsArray, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::DataType;
use geo::{InteriorPoint as _, MultiPolygon, Point};
use h3o::LatLng;
use safeground_stats::weights::{
    Contiguity, ContiguityParams, Position, SpatialWeights, contiguity, distance_band, grid_disk,
    nearest_neighbours,
};

use super::super::h3::polygons_of;
use super::call::{Argument, Call, Kind, optional};
use super::error::StatisticsError;
use super::function::{Inputs, Rows};
use super::own_weights::own;
use super::positions::{Positions, cells, read_cells};
use super::units::NamedColumn;

type Result<T> = std::result::Result<T, StatisticsError>;

/// Most links between units, in all.
const MOST_LINKS: usize = 1 << 28;

/// The arguments that say who is whose neighbour.
pub(super) const ARGUMENTS: &[Argument] = &[
    optional(
        "neighbours",
        Kind::Word,
        "'h3'",
        "Who is whose neighbour: 'h3' (cells at most k steps away on the grid), 'nearest' (the count nearest), 'distance' (at most distance_m away), 'queen' (areas that touch), 'rook' (areas that share a border), 'own' (the rows of weights).",
    ),
    optional(
        "k",
        Kind::Integer,
        "1",
        "For 'h3': steps on the grid, 1 to 100.",
    ),
    optional(
        "count",
        Kind::Integer,
        "8",
        "For 'nearest': number of neighbours, 1 to 1,000, chosen among all rows, those without a value too.",
    ),
    optional(
        "distance_m",
        Kind::Number,
        "",
        "For 'distance': metres along the great circle.",
    ),
    optional(
        "cell",
        Kind::Column,
        "the id",
        "For 'h3', and for 'nearest' and 'distance' by cell centres: column of H3 cells.",
    ),
    optional(
        "latitude",
        Kind::Column,
        "",
        "For 'nearest' and 'distance': column of degrees north, with longitude.",
    ),
    optional(
        "longitude",
        Kind::Column,
        "",
        "For 'nearest' and 'distance': column of degrees east, with latitude.",
    ),
    optional(
        "geometry",
        Kind::Column,
        "",
        "For 'queen' and 'rook': column of WKB polygons or multipolygons in degrees; null is an island.",
    ),
    optional(
        "tolerance_degrees",
        Kind::Number,
        "0.0001",
        "For 'queen' and 'rook': largest gap that still counts as touching.",
    ),
    optional(
        "weights",
        Kind::Query,
        "",
        "For 'own': a query whose columns are, in this order, the id of a unit, the id of its neighbour, and the weight (1 if there is no third column).",
    ),
];

/// A checked definition of neighbours.
#[derive(Debug, Clone)]
pub(super) enum Neighbours {
    H3 {
        cells: NamedColumn,
        k: u32,
    },
    Nearest {
        positions: Positions,
        count: usize,
    },
    Distance {
        positions: Positions,
        distance_m: f64,
    },
    Contiguity {
        geometry: NamedColumn,
        params: ContiguityParams,
    },
    Own {
        id: NamedColumn,
        weighted: bool,
    },
}

#[derive(Debug, Clone, Copy)]
enum Method {
    H3,
    Nearest,
    Distance,
    Contiguity(Contiguity),
    Own,
}

impl Neighbours {
    /// The neighbours a call asks for.
    pub(super) fn bind(call: &Call, id: &NamedColumn, inputs: &Inputs) -> Result<Self> {
        let input = inputs.input.as_ref();
        let method = call.word(
            "neighbours",
            &[
                ("h3", Method::H3),
                ("nearest", Method::Nearest),
                ("distance", Method::Distance),
                ("queen", Method::Contiguity(Contiguity::Queen)),
                ("rook", Method::Contiguity(Contiguity::Rook)),
                ("own", Method::Own),
            ],
        )?;
        Ok(match method {
            Method::H3 => Self::H3 {
                cells: cells(call, id, input)?,
                k: call.integer("k", 1, 1..=100)? as u32,
            },
            Method::Nearest => Self::Nearest {
                positions: Positions::bind(call, id, input)?,
                count: call.integer("count", 8, 1..=1_000)? as usize,
            },
            Method::Distance => Self::Distance {
                positions: Positions::bind(call, id, input)?,
                distance_m: call
                    .number("distance_m")?
                    .ok_or(StatisticsError::MissingArgument {
                        function: call.function,
                        name: "distance_m",
                        remedy: "write distance_m => a number of metres",
                    })?,
            },
            Method::Contiguity(kind) => {
                let name =
                    call.required_text("geometry", "write geometry => a column of WKB polygons")?;
                let tolerance = call.number("tolerance_degrees")?.unwrap_or(0.0001);
                Self::Contiguity {
                    geometry: NamedColumn::find(call.function, "geometry", name, input)?.typed(
                        input,
                        is_bytes,
                        "bytes (WKB)",
                    )?,
                    params: ContiguityParams::new(kind, tolerance)
                        .map_err(|source| StatisticsError::Statistic {
                            function: call.function,
                            source,
                        })?
                        .geographic(),
                }
            }
            Method::Own => {
                let weights = inputs
                    .weights
                    .as_ref()
                    .ok_or(StatisticsError::MissingArgument {
                        function: call.function,
                        name: "weights",
                        remedy: "write weights => (SELECT unit, neighbour, weight FROM ...)",
                    })?;
                let expected = "two or three columns: unit, neighbour, weight";
                if !(2..=3).contains(&weights.fields().len()) {
                    return Err(StatisticsError::ArgumentValue {
                        function: call.function,
                        name: "weights".to_owned(),
                        value: format!("a query of {} columns", weights.fields().len()),
                        expected: expected.to_owned(),
                    });
                }
                Self::Own {
                    id: id.clone(),
                    weighted: weights.fields().len() == 3,
                }
            }
        })
    }

    /// The weights over units in order.
    pub(super) fn build(&self, function: &'static str, rows: &Rows) -> Result<SpatialWeights> {
        let statistic = |source| StatisticsError::Statistic { function, source };
        let units = rows.input.num_rows();
        match self {
            Self::H3 { cells, k } => {
                let around = 3 * *k as usize * (*k as usize + 1);
                check_links(function, units, around.min(units))?;
                grid_disk(&read_cells(cells, &rows.input)?, *k).map_err(statistic)
            }
            Self::Nearest { positions, count } => {
                check_links(function, units, (*count).min(units))?;
                nearest_neighbours(&positions.read(&rows.input)?, *count).map_err(statistic)
            }
            Self::Distance {
                positions,
                distance_m,
            } => {
                let positions = positions.read(&rows.input)?;
                check_links(function, units, links_of_some(&positions, *distance_m))?;
                distance_band(&positions, *distance_m).map_err(statistic)
            }
            Self::Contiguity { geometry, params } => {
                let polygons = read_polygons(geometry, &rows.input)?;
                let borrowed: Vec<_> = polygons.iter().map(Option::as_ref).collect();
                contiguity(&borrowed, params).map_err(statistic)
            }
            Self::Own { id, weighted } => own(function, id, *weighted, rows),
        }
    }

    /// Where each unit is, to draw links: its position, the centre of its
    /// cell, or a point inside its area. Nothing for own weights.
    pub(super) fn points(&self, rows: &Rows) -> Result<Vec<Option<Point>>> {
        let positions = match self {
            Self::H3 { cells, .. } => Positions::Cells(cells.clone()).read(&rows.input)?,
            Self::Nearest { positions, .. } | Self::Distance { positions, .. } => {
                positions.read(&rows.input)?
            }
            Self::Contiguity { geometry, .. } => {
                let areas = read_polygons(geometry, &rows.input)?;
                let inside = |area: Option<MultiPolygon>| area?.interior_point();
                return Ok(areas.into_iter().map(inside).collect());
            }
            Self::Own { .. } => return Ok(Vec::new()),
        };
        let point = |at: Position| Point::new(at.longitude, at.latitude);
        Ok(positions.into_iter().map(|at| at.map(point)).collect())
    }
}

fn is_bytes(found: &DataType) -> bool {
    matches!(
        found,
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView
    )
}

fn read_polygons(column: &NamedColumn, input: &RecordBatch) -> Result<Vec<Option<MultiPolygon>>> {
    let bytes = cast(input.column(column.at), &DataType::Binary).map_err(|source| {
        StatisticsError::Arrow {
            function: column.function,
            source,
        }
    })?;
    let mut unreadable = 0;
    let polygons = bytes
        .as_binary::<i32>()
        .iter()
        .map(|bytes| {
            let polygons = polygons_of(column.function, bytes?);
            unreadable += usize::from(polygons.is_err());
            polygons.ok()
        })
        .collect();
    if unreadable > 0 {
        return Err(StatisticsError::Unreadable {
            function: column.function,
            column: column.name.clone(),
            rows: unreadable,
            expected: "WKB polygons or multipolygons",
        });
    }
    Ok(polygons)
}

fn check_links(function: &'static str, units: usize, links: usize) -> Result<()> {
    if units.saturating_mul(links) > MOST_LINKS {
        return Err(StatisticsError::TooManyLinks {
            function,
            units,
            links,
        });
    }
    Ok(())
}

/// How many units lie within a distance of a unit, on average over up to 64 of
/// them at even steps: an estimate, before links without end are made.
fn links_of_some(positions: &[Option<Position>], distance_m: f64) -> usize {
    let sampled = positions.len().min(64);
    let Some(step) = positions.len().checked_div(sampled) else {
        return 0;
    };
    let point = |position: &Position| LatLng::new(position.latitude, position.longitude).ok();
    let points: Vec<LatLng> = positions.iter().flatten().filter_map(point).collect();
    let links: usize = positions
        .iter()
        .step_by(step)
        .take(sampled)
        .flatten()
        .filter_map(point)
        .map(|from| {
            points
                .iter()
                .filter(|to| from.distance_m(**to) <= distance_m)
                .count()
        })
        .sum();
    links / sampled
}

/// Rows put in order of their units.
pub(super) fn ordered(rows: &Rows, id: &NamedColumn) -> Result<Rows> {
    Ok(Rows {
        input: super::units::in_order(&rows.input, id)?,
        weights: rows.weights.clone(),
    })
}
