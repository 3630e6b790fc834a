//! GWT: weighted links as text.

use super::matrix::LARGEST_WEIGHT;
use super::text::{
    NamedWeights, TextHeader, WeightsTextError, begin, find, index, lines, repeated, unit_count,
};
use super::{SpatialWeights, from_adjacency};

/// Reads GWT text, as GeoDa, libpysal and spdep write it; GeoDa's KWT is the
/// same.
///
/// The first line is `n` or `0 n layer variable`; each other line is a link
/// `id neighbour weight`, in any order. The third column is taken as the weight
/// as it stands: GeoDa writes the distance there for nearest neighbours and
/// distance bands. A link of a unit to itself is its self-weight.
///
/// An island has no line. So the ids of all units, in the wanted order, must be
/// given where there are islands; without `ids`, units stand in the order in
/// which the text first names them.
///
/// # Errors
/// [`WeightsTextError`] with line, value and remedy: for a malformed header or
/// link, an unknown id, a link given twice, a weight that is negative or no
/// number, and a number of units other than announced.
pub fn parse_gwt(text: &str, ids: Option<&[String]>) -> Result<NamedWeights, WeightsTextError> {
    let mut lines = lines(text);
    let expected = unit_count(lines.next())?;
    let mut links: Vec<(usize, &str, &str, f64)> = Vec::new();
    for (line, link) in lines {
        let fields: Vec<&str> = link.split_ascii_whitespace().collect();
        let [from, to, weight] = fields[..] else {
            return Err(WeightsTextError::Fields {
                line,
                found: link.to_owned(),
                expected: "a link `id neighbour weight`",
            });
        };
        let weight = weight
            .parse()
            .ok()
            .filter(|weight| (0.0..=LARGEST_WEIGHT).contains(weight))
            .ok_or_else(|| WeightsTextError::Weight {
                line,
                found: weight.to_owned(),
            })?;
        links.push((line, from, to, weight));
    }
    let known = match ids {
        Some(ids) => {
            let ids = ids.iter().map(String::as_str).enumerate();
            index(ids.map(|(at, id)| (at + 1, id)))?
        }
        None => first_named(&links),
    };
    if known.len() != expected {
        return Err(WeightsTextError::UnitCount {
            found: known.len(),
            expected,
        });
    }
    let mut columns = (Vec::new(), Vec::new(), Vec::new());
    for (line, from, to, weight) in &links {
        columns.0.push(find(&known, *line, from)? as u32);
        columns.1.push(find(&known, *line, to)? as u32);
        columns.2.push(*weight);
    }
    let mut names: Vec<(u32, &str)> = known.iter().map(|(id, at)| (*at, *id)).collect();
    names.sort_unstable();
    let weights =
        from_adjacency(expected, &columns.0, &columns.1, &columns.2).map_err(|error| {
            let (unit, neighbour) = repeated(&error);
            let (id, neighbour) = (names[unit].1, names[neighbour].1);
            let second = links
                .iter()
                .rfind(|link| (link.1, link.2) == (id, neighbour));
            WeightsTextError::RepeatedNeighbour {
                line: second.map_or(0, |link| link.0),
                id: id.to_owned(),
                neighbour: neighbour.to_owned(),
            }
        })?;
    Ok(NamedWeights {
        ids: names.into_iter().map(|(_, id)| id.to_owned()).collect(),
        weights,
    })
}

/// Ids in the order in which links name them.
fn first_named<'a>(
    links: &[(usize, &'a str, &'a str, f64)],
) -> std::collections::HashMap<&'a str, u32> {
    let mut index = std::collections::HashMap::new();
    for id in links.iter().flat_map(|link| [link.1, link.2]) {
        let next = index.len() as u32;
        index.entry(id).or_insert(next);
    }
    index
}

/// Writes GWT text. Weights are written so that reading gives the same bits;
/// self-weights are links of a unit to itself. An island has no line: keep the
/// list of ids and give it to [`parse_gwt`].
///
/// # Errors
/// [`WeightsTextError`] unless there is one id for each unit, unique, not empty
/// and without spaces.
pub fn write_gwt(
    ids: &[impl AsRef<str>],
    weights: &SpatialWeights,
    header: TextHeader<'_>,
) -> Result<String, WeightsTextError> {
    let mut text = begin(ids, weights, header)?;
    for (unit, id) in ids.iter().enumerate() {
        let own = weights.self_weight(unit);
        let own = (own != 0.0).then_some((unit, own));
        for (other, weight) in own.into_iter().chain(weights.weighted(unit)) {
            let (id, other) = (id.as_ref(), ids[other].as_ref());
            text.extend([id, " ", other, " ", &weight.to_string(), "\n"]);
        }
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn ids(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn links_come_in_any_order_and_islands_need_the_ids() {
        let text = "0 3 layer ID\r\nb a 0.5\r\na b 2e-1\r\na a 1\r\n";
        let named = parse_gwt(text, Some(&ids(&["a", "b", "c"]))).unwrap();
        assert_eq!(named.weights.weight(0, 1), Some(0.2));
        assert_eq!(named.weights.weight(1, 0), Some(0.5));
        assert_eq!(named.weights.self_weight(0), 1.0);
        assert_eq!(named.weights.islands(), [2]);
        let error = parse_gwt(text, None).unwrap_err().to_string();
        assert!(error.contains("give the list of ids"), "{error}");
        let first = parse_gwt("2\nb a 1\na b 1\n", None).unwrap();
        assert_eq!(first.ids, ["b", "a"]);
    }

    #[test]
    fn faults_name_line_value_and_remedy() {
        for (text, part) in [
            ("2\na b\n", "line 2: \"a b\"; expected a link"),
            ("2\na b x\n", "line 2: weight \"x\""),
            ("2\na b -1\n", "line 2: weight \"-1\""),
            ("2\na b inf\n", "line 2: weight \"inf\""),
            (
                "2\na b 1\nb a 1\na b 2\n",
                "line 4: unit \"a\" names neighbour \"b\" twice",
            ),
            ("1\na b 1\n", "2 units, but the header says 1"),
        ] {
            let error = parse_gwt(text, None).unwrap_err().to_string();
            assert!(error.contains(part), "{text:?}: {error}");
        }
        let error = parse_gwt("1\na z 1\n", Some(&ids(&["a"]))).unwrap_err();
        assert!(
            error
                .to_string()
                .contains("line 2: no unit has the id \"z\"")
        );
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(
            rows in prop::collection::vec(prop::collection::btree_map(0..9_usize, 0.0..1e9f64, 0..6), 9),
        ) {
            let lists = rows.into_iter().map(|row| row.into_iter().collect()).collect();
            let weights = SpatialWeights::from_weighted_lists(lists).unwrap();
            let ids: Vec<String> = (0..9).map(|unit| format!("{:02}", 9 - unit)).collect();
            let header = TextHeader::Layer { layer: "tracts", variable: "ID" };
            let text = write_gwt(&ids, &weights, header).unwrap();
            let read = parse_gwt(&text, Some(&ids)).unwrap();
            prop_assert_eq!(&read.ids, &ids);
            for unit in 0..9 {
                prop_assert!(read.weights.weighted(unit).eq(weights.weighted(unit)));
                prop_assert_eq!(read.weights.self_weight(unit), weights.self_weight(unit));
            }
            let gal = super::super::write_gal(&ids, &weights, TextHeader::Count).unwrap();
            let links = super::super::parse_gal(&gal).unwrap();
            for unit in 0..9 {
                prop_assert!(links.weights.neighbours(unit).eq(weights.neighbours(unit)));
            }
        }

        #[test]
        fn any_text_is_read_or_refused_without_a_panic(text in "[0-3a ]{0,4}(\r?\n[0-3a .-]{0,8}){0,8}") {
            let _ = parse_gwt(&text, None);
            let _ = parse_gwt(&text, Some(&ids(&["1", "2"])));
        }
    }
}
