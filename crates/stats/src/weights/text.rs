//! What the text formats of weights share: header, ids, errors.

use std::collections::HashMap;

use super::SpatialWeights;
use crate::StatsError;

/// Weights with the ids of their units, as text files name them.
#[derive(Debug, Clone, PartialEq)]
pub struct NamedWeights {
    /// Id of each unit, in the order of the weights.
    pub ids: Vec<String>,
    /// The weights.
    pub weights: SpatialWeights,
}

/// First line of a GAL or GWT text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextHeader<'a> {
    /// The number of units alone.
    Count,
    /// `0 n layer variable`, as GeoDa and spdep write it.
    Layer {
        /// Name of the layer the ids come from.
        layer: &'a str,
        /// Name of its column of ids.
        variable: &'a str,
    },
}

/// Why a text of weights cannot be read or written.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum WeightsTextError {
    /// The text is empty.
    #[error("the text is empty; expected a header with the number of units on line 1")]
    Empty,
    /// The header does not name the number of units.
    #[error("line {line}: header {found:?}; expected `n` or `0 n layer variable`")]
    Header {
        /// Line, from 1.
        line: usize,
        /// Text found.
        found: String,
    },
    /// A line does not have the fields it must have.
    #[error("line {line}: {found:?}; expected {expected}")]
    Fields {
        /// Line, from 1.
        line: usize,
        /// Text found.
        found: String,
        /// Fields in words.
        expected: &'static str,
    },
    /// A unit has another number of neighbours than its record says.
    #[error(
        "line {line}: {found} neighbours of unit {id:?}, but its record says {expected}; \
         list all of them on the line below the record"
    )]
    NeighbourCount {
        /// Line, from 1.
        line: usize,
        /// Id of the unit.
        id: String,
        /// Neighbours listed.
        found: usize,
        /// Neighbours announced.
        expected: usize,
    },
    /// There are fewer or more units than the header says.
    #[error(
        "{found} units, but the header says {expected}; \
         correct the header, or for GWT, which omits islands, give the list of ids"
    )]
    UnitCount {
        /// Units found.
        found: usize,
        /// Units announced.
        expected: usize,
    },
    /// An id that no unit has.
    #[error("line {line}: no unit has the id {id:?}; add its record or correct the id")]
    UnknownId {
        /// Line, from 1.
        line: usize,
        /// The id.
        id: String,
    },
    /// An id that two units have.
    #[error("line {line}: a second unit has the id {id:?}; ids must be unique")]
    RepeatedId {
        /// Line, or place in the list of ids, from 1.
        line: usize,
        /// The id.
        id: String,
    },
    /// A link given twice.
    #[error("line {line}: unit {id:?} names neighbour {neighbour:?} twice; give each link once")]
    RepeatedNeighbour {
        /// Line, from 1.
        line: usize,
        /// Id of the unit.
        id: String,
        /// Id of the neighbour.
        neighbour: String,
    },
    /// A weight that is no weight.
    #[error("line {line}: weight {found:?}; expected a number from 0 to 10^100")]
    Weight {
        /// Line, from 1.
        line: usize,
        /// Text found.
        found: String,
    },
    /// An id, layer or variable that would break the columns.
    #[error("{text:?} is empty or has a space in it; the format parts its columns with spaces")]
    Space {
        /// The text.
        text: String,
    },
    /// Another number of ids than of units.
    #[error("{found} ids, expected {expected}: one for each unit")]
    Ids {
        /// Ids given.
        found: usize,
        /// Units.
        expected: usize,
    },
}

/// Lines that are not blank, numbered from 1. CRLF, a byte order mark and
/// blanks at either end do not count.
pub(super) fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    text.lines()
        .map(str::trim)
        .enumerate()
        .map(|(at, line)| (at + 1, line))
        .filter(|(_, line)| !line.is_empty())
}

/// Number of units of a header.
pub(super) fn unit_count(header: Option<(usize, &str)>) -> Result<usize, WeightsTextError> {
    let (line, found) = header.ok_or(WeightsTextError::Empty)?;
    let mut fields = found.split_ascii_whitespace();
    let (first, second) = (fields.next(), fields.next());
    let count = if second.is_some() { second } else { first };
    count
        .filter(|_| second.is_none() || first == Some("0"))
        .and_then(|count| count.parse().ok())
        .ok_or_else(|| WeightsTextError::Header {
            line,
            found: found.to_owned(),
        })
}

/// Place of each id.
pub(super) fn index<'a>(
    ids: impl Iterator<Item = (usize, &'a str)>,
) -> Result<HashMap<&'a str, u32>, WeightsTextError> {
    let mut index = HashMap::new();
    for (line, id) in ids {
        let place = index.len() as u32;
        if index.insert(id, place).is_some() {
            return Err(WeightsTextError::RepeatedId {
                line,
                id: id.to_owned(),
            });
        }
    }
    Ok(index)
}

/// Place of an id, or which line names one that is not there.
pub(super) fn find(
    index: &HashMap<&str, u32>,
    line: usize,
    id: &str,
) -> Result<usize, WeightsTextError> {
    let unknown = || WeightsTextError::UnknownId {
        line,
        id: id.to_owned(),
    };
    index.get(id).map(|at| *at as usize).ok_or_else(unknown)
}

/// The link that is there twice: the one fault that links can still have when
/// ids and weights have been checked.
pub(super) fn repeated(error: &StatsError) -> (usize, usize) {
    match error {
        StatsError::RepeatedNeighbour { unit, neighbour } => (*unit, *neighbour),
        _ => (0, 0),
    }
}

/// Checks the ids of a text to be written, and begins it with its header.
pub(super) fn begin(
    ids: &[impl AsRef<str>],
    weights: &SpatialWeights,
    header: TextHeader<'_>,
) -> Result<String, WeightsTextError> {
    if ids.len() != weights.len() {
        return Err(WeightsTextError::Ids {
            found: ids.len(),
            expected: weights.len(),
        });
    }
    let ids = ids.iter().map(AsRef::as_ref);
    index(ids.clone().enumerate().map(|(at, id)| (at + 1, id)))?;
    let (text, names) = match header {
        TextHeader::Count => (format!("{}\n", weights.len()), ["x"; 2]),
        TextHeader::Layer { layer, variable } => (
            format!("0 {} {layer} {variable}\n", weights.len()),
            [layer, variable],
        ),
    };
    for name in ids.chain(names) {
        if name.is_empty() || name.contains(char::is_whitespace) {
            return Err(WeightsTextError::Space {
                text: name.to_owned(),
            });
        }
    }
    Ok(text)
}
