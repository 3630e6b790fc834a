//! Where units are: coordinates, or centres of H3 cells.

use arrow::array::{AsArray, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Int64Type, Schema, UInt64Type};
use h3o::{CellIndex, LatLng};
use safeground_stats::weights::Position;

use super::super::h3::parse_index;
use super::call::Call;
use super::error::StatisticsError;
use super::units::NamedColumn;

type Result<T> = std::result::Result<T, StatisticsError>;

/// Where units are.
#[derive(Debug, Clone)]
pub(super) enum Positions {
    /// Columns of latitude and longitude.
    Coordinates(NamedColumn, NamedColumn),
    /// Centres of cells.
    Cells(NamedColumn),
}

impl Positions {
    /// The positions a call names.
    pub(super) fn bind(call: &Call, id: &NamedColumn, input: &Schema) -> Result<Self> {
        let coordinate = |argument, name: &str| {
            NamedColumn::find(call.function, argument, name, input)?.numeric(input)
        };
        match (call.text("latitude")?, call.text("longitude")?) {
            (Some(latitude), Some(longitude)) => Ok(Self::Coordinates(
                coordinate("latitude", latitude)?,
                coordinate("longitude", longitude)?,
            )),
            (None, None) => cells(call, id, input).map(Self::Cells),
            (latitude, _) => Err(StatisticsError::MissingArgument {
                function: call.function,
                name: if latitude.is_some() {
                    "longitude"
                } else {
                    "latitude"
                },
                remedy: "give both coordinates, or a column of cells",
            }),
        }
    }

    /// A position for each unit; `None` where a coordinate is null.
    pub(super) fn read(&self, input: &RecordBatch) -> Result<Vec<Option<Position>>> {
        match self {
            Self::Coordinates(latitude, longitude) => {
                let longitudes = longitude.numbers(input)?;
                Ok(latitude
                    .numbers(input)?
                    .into_iter()
                    .zip(longitudes)
                    .map(|(latitude, longitude)| {
                        Some(Position {
                            latitude: latitude?,
                            longitude: longitude?,
                        })
                    })
                    .collect())
            }
            Self::Cells(column) => Ok(read_cells(column, input)?
                .into_iter()
                .map(|cell| {
                    let centre = LatLng::from(cell);
                    Some(Position {
                        latitude: centre.lat(),
                        longitude: centre.lng(),
                    })
                })
                .collect()),
        }
    }
}

/// The column of cells a call names, the ids if it names none.
pub(super) fn cells(call: &Call, id: &NamedColumn, input: &Schema) -> Result<NamedColumn> {
    let column = match call.text("cell")? {
        Some(name) => NamedColumn::find(call.function, "cell", name, input)?,
        None => id.clone(),
    };
    column.typed(
        input,
        |found| {
            matches!(
                found,
                DataType::UInt64
                    | DataType::Int64
                    | DataType::Utf8
                    | DataType::LargeUtf8
                    | DataType::Utf8View
            )
        },
        "H3 cells as UInt64, Int64 or text; for other units say neighbours => 'queen', 'nearest', …",
    )
}

/// The cells in a column, none of which may be null.
pub(super) fn read_cells(column: &NamedColumn, input: &RecordBatch) -> Result<Vec<CellIndex>> {
    let values = input.column(column.at);
    let arrow = |source| StatisticsError::Arrow {
        function: column.function,
        source,
    };
    let bits: Vec<Option<u64>> = match values.data_type() {
        DataType::UInt64 => values.as_primitive::<UInt64Type>().iter().collect(),
        DataType::Int64 => values
            .as_primitive::<Int64Type>()
            .iter()
            .map(|bits| bits.map(|bits| bits as u64))
            .collect(),
        _ => cast(values, &DataType::Utf8)
            .map_err(arrow)?
            .as_string::<i32>()
            .iter()
            .map(|text| text.and_then(parse_index))
            .collect(),
    };
    let cells: Vec<CellIndex> = bits
        .iter()
        .filter_map(|bits| CellIndex::try_from((*bits)?).ok())
        .collect();
    if cells.len() < bits.len() {
        return Err(StatisticsError::Unreadable {
            function: column.function,
            column: column.name.clone(),
            rows: bits.len() - cells.len(),
            expected: "valid H3 cells",
        });
    }
    Ok(cells)
}
