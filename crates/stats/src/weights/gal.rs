//! GAL: neighbour lists as text.

use super::text::{
    NamedWeights, TextHeader, WeightsTextError, begin, find, index, lines, repeated, unit_count,
};
use super::{SpatialWeights, from_adjacency};

/// Reads GAL text, as GeoDa, libpysal and spdep write it.
///
/// The first line is `n` or `0 n layer variable`; then come, for each unit, a
/// line `id count` and a line with the ids of its neighbours, blank or missing
/// for an island. Blank lines elsewhere, CRLF and a byte order mark do not
/// matter. Ids are text and compared to the letter: `01` is not `1`. Units keep
/// the order of their records. The weights are binary; a unit that names itself
/// has self-weight 1.
///
/// # Errors
/// [`WeightsTextError`] with line, value and remedy: for a malformed header or
/// record, an id unknown or used twice, a neighbour named twice, and numbers of
/// units or neighbours that disagree with those announced.
pub fn parse_gal(text: &str) -> Result<NamedWeights, WeightsTextError> {
    let mut lines = lines(text);
    let expected = unit_count(lines.next())?;
    let mut records: Vec<(usize, &str)> = Vec::new();
    let mut lists: Vec<(usize, &str)> = Vec::new();
    while let Some((line, record)) = lines.next() {
        let (id, count) = id_and_count(record).ok_or_else(|| WeightsTextError::Fields {
            line,
            found: record.to_owned(),
            expected: "a record `id count`",
        })?;
        let (line_of_list, list) = if count == 0 {
            (line, "")
        } else {
            lines.next().unwrap_or((line, ""))
        };
        let found = list.split_ascii_whitespace().count();
        if found != count {
            return Err(WeightsTextError::NeighbourCount {
                line: line_of_list,
                id: id.to_owned(),
                found,
                expected: count,
            });
        }
        records.push((line, id));
        lists.push((line_of_list, list));
    }
    if records.len() != expected {
        return Err(WeightsTextError::UnitCount {
            found: records.len(),
            expected,
        });
    }
    let index = index(records.iter().copied())?;
    let mut columns = (Vec::new(), Vec::new());
    for (unit, (line, list)) in lists.iter().enumerate() {
        for id in list.split_ascii_whitespace() {
            columns.0.push(unit as u32);
            columns.1.push(find(&index, *line, id)? as u32);
        }
    }
    let ones = vec![1.0; columns.0.len()];
    let weights = from_adjacency(expected, &columns.0, &columns.1, &ones).map_err(|error| {
        let (unit, neighbour) = repeated(&error);
        WeightsTextError::RepeatedNeighbour {
            line: lists[unit].0,
            id: records[unit].1.to_owned(),
            neighbour: records[neighbour].1.to_owned(),
        }
    })?;
    Ok(NamedWeights {
        ids: records.iter().map(|(_, id)| (*id).to_owned()).collect(),
        weights,
    })
}

fn id_and_count(record: &str) -> Option<(&str, usize)> {
    let mut fields = record.split_ascii_whitespace();
    let (id, count) = (fields.next()?, fields.next()?.parse().ok()?);
    fields.next().is_none().then_some((id, count))
}

/// Writes GAL text: the links, not their weights; a unit with a self-weight
/// names itself. An island has a blank line, as GeoDa and spdep write it.
///
/// # Errors
/// [`WeightsTextError`] unless there is one id for each unit, unique, not empty
/// and without spaces.
pub fn write_gal(
    ids: &[impl AsRef<str>],
    weights: &SpatialWeights,
    header: TextHeader<'_>,
) -> Result<String, WeightsTextError> {
    let mut text = begin(ids, weights, header)?;
    for (unit, id) in ids.iter().enumerate() {
        let own = (weights.self_weight(unit) != 0.0).then_some(unit);
        let count = weights.cardinality(unit) + usize::from(own.is_some());
        text.extend([id.as_ref(), " ", &count.to_string(), "\n"]);
        for (at, other) in own.into_iter().chain(weights.neighbours(unit)).enumerate() {
            text.extend([if at == 0 { "" } else { " " }, ids[other].as_ref()]);
        }
        text.push('\n');
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::testing::lists;

    #[test]
    fn headers_line_ends_and_islands_are_read_in_all_their_forms() {
        for text in [
            "3\na 1\nb\nb 1\na\nc 0\n\n",
            "3\na 1\nb\nb 1\na\nc 0",
            "\u{feff}0 3 layer ID\r\na 1\r\nb\r\nb 1\r\na\r\nc 0\r\n\r\n",
            "0 3 layer ID\n\na 1\n b \nb 1\na\n\nc 0\n",
        ] {
            let read = parse_gal(text).unwrap();
            assert_eq!(read.ids, ["a", "b", "c"]);
            assert_eq!(lists(&read.weights), [vec![1], vec![0], vec![]]);
        }
        let first_is_island = parse_gal("2\nx 0\n\ny 1\nx\n").unwrap();
        assert_eq!(first_is_island.weights.islands(), [0]);
    }

    #[test]
    fn faults_name_line_value_and_remedy() {
        for (text, part) in [
            ("", "empty"),
            ("x\n", "line 1: header \"x\""),
            ("3 4 layer id\n", "line 1"),
            ("1\na\n", "line 2: \"a\"; expected a record"),
            ("1\na -1\n", "line 2"),
            ("2\na 1\nc\nb 0\n", "line 3: no unit has the id \"c\""),
            ("2\na 2\nb\nb 0\n", "line 3: 1 neighbours of unit \"a\""),
            ("3\na 1\nb\nb 0\n", "2 units, but the header says 3"),
            ("2\na 0\na 0\n", "line 3: a second unit has the id \"a\""),
            ("2\na 2\nb b\nb 0\n", "names neighbour \"b\" twice"),
            ("2\na 0\nb 1\n", "0 neighbours"),
        ] {
            let error = parse_gal(text).unwrap_err().to_string();
            assert!(error.contains(part), "{text:?}: {error}");
        }
    }

    #[test]
    fn ids_that_cannot_be_written_are_refused() {
        let weights = SpatialWeights::from_lists(vec![vec![1], vec![]]).unwrap();
        for ids in [vec!["a"], vec!["a", "a"], vec!["a", "b c"], vec!["", "b"]] {
            assert!(write_gal(&ids, &weights, TextHeader::Count).is_err());
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused_without_a_panic(text in "[0-3a ]{0,4}(\r?\n[0-3a ]{0,6}){0,8}") {
            let _ = parse_gal(&text);
        }
    }
}
