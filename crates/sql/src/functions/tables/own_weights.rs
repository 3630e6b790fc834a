//! Weights that a query gives.

use std::collections::BTreeMap;

use arrow::array::{Array, ArrayRef};
use arrow::compute::{cast, concat};
use safeground_stats::weights::{SpatialWeights, from_adjacency};

use super::error::StatisticsError;
use super::function::Rows;
use super::units::{Keys, NamedColumn};

type Result<T> = std::result::Result<T, StatisticsError>;

/// Weights from rows of unit, neighbour and weight. A row of a unit with itself
/// is its self-weight, and with weight 0 an island, as `spatial_weights` writes
/// it.
pub(super) fn own(
    function: &'static str,
    id: &NamedColumn,
    weighted: bool,
    rows: &Rows,
) -> Result<SpatialWeights> {
    let links = rows
        .weights
        .as_ref()
        .expect("bound with a query of weights");
    let ids = rows.input.column(id.at);
    let arrow = |source| StatisticsError::Arrow { function, source };
    let as_id = |at: usize| cast(links.column(at), ids.data_type()).map_err(arrow);
    let (from, to): (ArrayRef, ArrayRef) = (as_id(0)?, as_id(1)?);
    // Ids and both ends of links are ranked together, so that equal ones
    // have one rank; units come first and are distinct already.
    let all = concat(&[ids, &from, &to]).map_err(arrow)?;
    let column = NamedColumn {
        argument: "weights",
        ..id.clone()
    };
    let (ranks, _) = Keys::of(&column, &all)?.ranked();
    let units = ids.len();
    let unit_of: BTreeMap<usize, usize> = (0..units).map(|unit| (ranks[unit], unit)).collect();
    let ends = |row: usize| {
        let from = unit_of.get(&ranks[units + row])?;
        let to = unit_of.get(&ranks[units + links.num_rows() + row])?;
        Some((*from, *to))
    };
    let unknown = (0..links.num_rows())
        .filter(|row| ends(*row).is_none())
        .count();
    if unknown > 0 {
        return Err(StatisticsError::UnknownUnit {
            function,
            rows: unknown,
        });
    }
    let weights: Vec<f64> = if weighted {
        let weight = NamedColumn {
            function,
            argument: "weights",
            name: links.schema().field(2).name().clone(),
            at: 2,
        }
        .numeric(&links.schema())?;
        let numbers = weight.numbers(links)?;
        let missing = numbers.iter().filter(|number| number.is_none()).count();
        if missing > 0 {
            return Err(StatisticsError::Null {
                function,
                name: "weights",
                column: weight.name,
                rows: missing,
            });
        }
        numbers.into_iter().flatten().collect()
    } else {
        vec![1.0; links.num_rows()]
    };
    let (focal, neighbor): (Vec<u32>, Vec<u32>) = (0..links.num_rows())
        .map(|row| ends(row).expect("checked above"))
        .map(|(from, to)| (from as u32, to as u32))
        .unzip();
    from_adjacency(units, &focal, &neighbor, &weights)
        .map_err(|source| StatisticsError::Statistic { function, source })
}
