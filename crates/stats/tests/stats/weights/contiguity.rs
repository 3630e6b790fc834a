//! Contiguity against DE-9IM, a tolerant naive twin, and real districts.

use std::collections::{HashMap, HashSet};

use geo::coordinate_position::CoordPos;
use geo::dimensions::Dimensions;
use geo::{
    CoordsIter as _, Distance as _, Euclidean, LinesIter as _, MapCoords as _, MultiPolygon,
    Polygon, Relate as _, coord, polygon,
};
use proptest::prelude::*;
use safeground_stats::weights::{Contiguity, ContiguityParams, SpatialWeights, contiguity};

use super::lists;
use crate::oracle::{multi_polygon, shared};
use crate::threads::on_any_threads;

fn weights(kind: Contiguity, tolerance: f64, shapes: &[MultiPolygon<f64>]) -> SpatialWeights {
    let shapes: Vec<_> = shapes.iter().map(Some).collect();
    let params = ContiguityParams::new(kind, tolerance).unwrap();
    let weights = on_any_threads(|| contiguity(&shapes, &params).unwrap());
    assert!(weights.is_symmetric());
    weights
}

/// Whether 0 and 1 are queen and rook neighbours, and the same in the other
/// order.
fn pair(tolerance: f64, a: &MultiPolygon<f64>, b: &MultiPolygon<f64>) -> (bool, bool) {
    let of = |kind, shapes: &[MultiPolygon<f64>]| weights(kind, tolerance, shapes).links() == 2;
    let both = |shapes: [MultiPolygon<f64>; 2]| {
        (
            of(Contiguity::Queen, &shapes),
            of(Contiguity::Rook, &shapes),
        )
    };
    let forth = both([a.clone(), b.clone()]);
    assert_eq!(forth, both([b.clone(), a.clone()]), "order of units");
    forth
}

fn rectangle(x: f64, y: f64, width: f64, height: f64) -> MultiPolygon<f64> {
    let (right, top) = (x + width, y + height);
    let shape = polygon![(x: x, y: y), (x: right, y: y), (x: right, y: top), (x: x, y: top)];
    MultiPolygon::new(vec![shape])
}

/// Borders meet, and meet in a line.
fn de_9im(shapes: &[MultiPolygon<f64>], least: Dimensions) -> Vec<Vec<usize>> {
    let meet = |a: &MultiPolygon<f64>, b: &MultiPolygon<f64>| {
        let matrix = a.relate(b);
        matrix.get(CoordPos::OnBoundary, CoordPos::OnBoundary) >= least
    };
    (0..shapes.len())
        .map(|i| {
            (0..shapes.len())
                .filter(|j| i != *j && meet(&shapes[i], &shapes[*j]))
                .collect()
        })
        .collect()
}

fn agrees_with_de_9im(shapes: &[MultiPolygon<f64>]) {
    let queen = lists(&weights(Contiguity::Queen, 0.0, shapes));
    assert_eq!(
        queen,
        de_9im(shapes, Dimensions::ZeroDimensional),
        "{shapes:?}"
    );
    let rook = lists(&weights(Contiguity::Rook, 0.0, shapes));
    assert_eq!(
        rook,
        de_9im(shapes, Dimensions::OneDimensional),
        "{shapes:?}"
    );
}

/// Cuts a square along whole numbers into rectangles: T-junctions all over.
fn cut(x: u8, y: u8, width: u8, height: u8, cuts: &mut Vec<u8>, out: &mut Vec<MultiPolygon<f64>>) {
    match cuts.pop() {
        Some(at) if at % 4 != 0 && width.max(height) > 1 => {
            if width >= height {
                let first = 1 + at % (width - 1);
                cut(x, y, first, height, cuts, out);
                cut(x + first, y, width - first, height, cuts, out);
            } else {
                let first = 1 + at % (height - 1);
                cut(x, y, width, first, cuts, out);
                cut(x, y + first, width, height - first, cuts, out);
            }
        }
        _ => {
            let [x, y, width, height] = [x, y, width, height].map(f64::from);
            out.push(rectangle(x, y, width, height));
        }
    }
}

fn partitions() -> impl Strategy<Value = Vec<MultiPolygon<f64>>> {
    prop::collection::vec(any::<u8>(), 0..40).prop_map(|mut cuts| {
        let mut shapes = Vec::new();
        cut(0, 0, 12, 12, &mut cuts, &mut shapes);
        shapes
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn partitions_into_rectangles_agree_with_de_9im(shapes in partitions()) {
        agrees_with_de_9im(&shapes);
    }

    /// Rectangles that overlap, repeat, contain and touch each other.
    #[test]
    fn heaps_of_rectangles_agree_with_de_9im(
        corners in prop::collection::vec((0..6_u8, 0..6_u8, 1..4_u8, 1..4_u8), 2..9),
    ) {
        let shapes: Vec<_> = corners
            .into_iter()
            .map(|(x, y, w, h)| {
                let [x, y, w, h] = [x, y, w, h].map(f64::from);
                rectangle(x, y, w, h)
            })
            .collect();
        agrees_with_de_9im(&shapes);
    }

    #[test]
    fn heaps_of_triangles_agree_with_de_9im(
        corners in prop::collection::vec(prop::array::uniform6(0..5_i8), 2..9),
    ) {
        let shapes: Vec<_> = corners
            .into_iter()
            .filter(|[a, b, c, d, e, f]| (c - a) * (f - b) != (d - b) * (e - a))
            .map(|corners| {
                let [a, b, c, d, e, f] = corners.map(f64::from);
                MultiPolygon::new(vec![polygon![(x: a, y: b), (x: c, y: d), (x: e, y: f)]])
            })
            .collect();
        agrees_with_de_9im(&shapes);
    }

    /// A partition turned and moved, so that T-junctions are off their line by
    /// rounding; rings begun elsewhere and walked backward; units in another
    /// order.
    #[test]
    fn rounding_and_order_do_not_part_neighbours(
        shapes in partitions(),
        turn in 0.0..1.5f64,
        offset in -1e6..1e6f64,
        begin in 0..4_usize,
    ) {
        let (sine, cosine) = turn.sin_cos();
        let moved: Vec<MultiPolygon<f64>> = shapes
            .iter()
            .rev()
            .map(|shape| {
                let turned = shape.map_coords(|p| coord! {
                    x: offset + 0.1 * (cosine * p.x - sine * p.y),
                    y: -offset + 0.1 * (sine * p.x + cosine * p.y),
                });
                let mut ring: Vec<_> = turned.exterior_coords_iter().skip(1).collect();
                ring.rotate_left(begin);
                ring.reverse();
                MultiPolygon::new(vec![Polygon::new(ring.into(), vec![])])
            })
            .collect();
        for kind in [Contiguity::Queen, Contiguity::Rook] {
            let order: Vec<usize> = (0..shapes.len()).rev().collect();
            let back = weights(kind, 0.0, &moved).subset(&order).unwrap();
            prop_assert_eq!(lists(&back), lists(&weights(kind, 0.0, &shapes)));
        }
    }

    /// Each polygon's vertices moved on their own by less than a quarter of the
    /// tolerance: slivers and overlaps everywhere, the same neighbours. Two
    /// polygons that meet in a corner then run beside each other for at most
    /// twice that at each of two pairs of edges, the tolerance in sum.
    #[test]
    fn slivers_within_the_tolerance_do_not_part_neighbours(
        shapes in partitions(),
        jitter in prop::collection::vec(-1.0..1.0f64, 64),
    ) {
        let mut at = 0;
        let mut next = || {
            at += 1;
            0.0024 * jitter[(at * 37 + at / 64) % 64]
        };
        let moved: Vec<_> = shapes
            .iter()
            .map(|shape| {
                let mut ring: Vec<_> = shape.exterior_coords_iter().skip(1).collect();
                for p in &mut ring {
                    p.x += next();
                    p.y += next();
                }
                MultiPolygon::new(vec![Polygon::new(ring.into(), vec![])])
            })
            .collect();
        for kind in [Contiguity::Queen, Contiguity::Rook] {
            let exact = lists(&weights(kind, 0.0, &shapes));
            prop_assert_eq!(lists(&weights(kind, 0.01, &moved)), exact);
        }
    }

    /// Queen: the distance between borders, by geo.
    #[test]
    fn queens_are_no_further_apart_than_the_tolerance(
        corners in prop::collection::vec(prop::array::uniform6(0.0..5.0f64), 2..9),
        tolerance in 0.0..1.0f64,
    ) {
        let shapes: Vec<_> = corners
            .into_iter()
            .map(|[a, b, c, d, e, f]| {
                MultiPolygon::new(vec![polygon![(x: a, y: b), (x: c, y: d), (x: e, y: f)]])
            })
            .collect();
        let gap = |i: usize, j: usize| {
            let pairs = shapes[i].lines_iter().flat_map(|a| shapes[j].lines_iter().map(move |b| (a, b)));
            pairs.map(|(a, b)| Euclidean.distance(&a, &b)).fold(f64::MAX, f64::min)
        };
        let expected: Vec<Vec<usize>> = (0..shapes.len())
            .map(|i| (0..shapes.len()).filter(|j| i != *j && gap(i, *j) <= tolerance).collect())
            .collect();
        prop_assert_eq!(lists(&weights(Contiguity::Queen, tolerance, &shapes)), expected);
    }
}

#[test]
fn a_vertex_in_the_middle_of_the_others_edge_touches_in_both_directions() {
    let long = rectangle(0.0, 0.0, 10.0, 1.0);
    assert_eq!(
        pair(0.0, &long, &rectangle(3.0, 1.0, 2.0, 1.0)),
        (true, true)
    );
    let shifted = rectangle(9.0, 1.0, 10.0, 1.0);
    assert_eq!(
        pair(0.0, &long, &shifted),
        (true, true),
        "each has one vertex on the other"
    );
    let tip = MultiPolygon::new(vec![
        polygon![(x: 5.0, y: 1.0), (x: 6.0, y: 2.0), (x: 4.0, y: 2.0)],
    ]);
    assert_eq!(pair(0.0, &long, &tip), (true, false));
    assert_eq!(pair(0.1, &long, &tip), (true, false));
}

#[test]
fn corners_are_no_border_however_many() {
    let base = rectangle(0.0, 0.0, 10.0, 1.0);
    let arch = MultiPolygon::new(vec![polygon![
        (x: 1.0, y: 1.0), (x: 5.0, y: 4.0), (x: 9.0, y: 1.0), (x: 9.0, y: 5.0), (x: 1.0, y: 5.0),
    ]]);
    assert_eq!(pair(0.0, &base, &arch), (true, false));
    assert_eq!(pair(0.05, &base, &arch), (true, false));
    let in_line = rectangle(10.0, 1.0, 5.0, 1.0);
    assert_eq!(pair(0.0, &base, &in_line), (true, false));
    assert_eq!(pair(0.05, &base, &in_line), (true, false));
}

/// Vertices closer together than the tolerance must not make a corner a
/// border, nor hide a border.
#[test]
fn dense_vertices_change_nothing() {
    let dense = |shape: &MultiPolygon<f64>| -> MultiPolygon<f64> {
        let ring: Vec<_> = shape
            .lines_iter()
            .flat_map(|line| {
                (0..200).map(move |step| line.start + line.delta() * (f64::from(step) / 200.0))
            })
            .collect();
        MultiPolygon::new(vec![Polygon::new(ring.into(), vec![])])
    };
    let base = dense(&rectangle(0.0, 0.0, 1.0, 1.0));
    let corner = dense(&rectangle(1.0, 1.0, 1.0, 1.0));
    let diamond = dense(&MultiPolygon::new(vec![polygon![
        (x: 0.5, y: 1.0), (x: 1.0, y: 1.5), (x: 0.5, y: 2.0), (x: 0.0, y: 1.5),
    ]]));
    let beside = dense(&rectangle(1.002, 0.3, 1.0, 1.0));
    assert_eq!(pair(0.02, &base, &corner), (true, false));
    assert_eq!(pair(0.02, &base, &diamond), (true, false));
    assert_eq!(pair(0.02, &base, &beside), (true, true));
    assert_eq!(pair(0.001, &base, &beside), (false, false));
}

#[test]
fn enclaves_duplicates_parts_and_overlaps_are_as_documented() {
    let hole = rectangle(4.0, 4.0, 2.0, 2.0);
    let ring = MultiPolygon::new(vec![Polygon::new(
        rectangle(0.0, 0.0, 10.0, 10.0).0[0].exterior().clone(),
        vec![hole.0[0].exterior().clone()],
    )]);
    assert_eq!(pair(0.0, &ring, &hole), (true, true), "an enclave");
    assert_eq!(
        pair(0.0, &ring, &ring),
        (true, true),
        "the same polygon twice"
    );
    let inside = rectangle(4.5, 4.5, 1.0, 1.0);
    assert_eq!(
        pair(0.0, &ring, &inside),
        (false, false),
        "within the hole, off its border"
    );
    let parts = MultiPolygon::new(vec![
        rectangle(20.0, 20.0, 1.0, 1.0).0[0].clone(),
        rectangle(10.0, 2.0, 1.0, 1.0).0[0].clone(),
    ]);
    assert_eq!(
        pair(0.0, &ring, &parts),
        (true, true),
        "the second part touches"
    );
    let crossing = rectangle(9.0, 3.0, 5.0, 5.0);
    assert_eq!(pair(0.0, &ring, &crossing), (true, false), "borders cross");
    let empty = MultiPolygon::new(vec![]);
    assert_eq!(pair(0.0, &ring, &empty), (false, false));
}

#[test]
fn borders_at_the_date_line_touch_when_told_so() {
    let east = rectangle(178.0, -18.0, 2.0, 4.0);
    let west = rectangle(-180.0, -17.0, 2.0, 4.0);
    let away = rectangle(-175.0, -17.0, 2.0, 4.0);
    let shapes = [Some(&east), Some(&west), Some(&away)];
    for (kind, tolerance) in [
        (Contiguity::Queen, 0.0),
        (Contiguity::Rook, 0.0),
        (Contiguity::Rook, 1e-4),
    ] {
        let params = ContiguityParams::new(kind, tolerance).unwrap();
        assert_eq!(contiguity(&shapes, &params).unwrap().links(), 0);
        let globe = contiguity(&shapes, &params.geographic()).unwrap();
        assert_eq!(lists(&globe), [vec![1], vec![0], vec![]]);
    }
}

#[test]
fn a_coordinate_that_is_no_number_is_refused_by_unit() {
    let good = rectangle(0.0, 0.0, 1.0, 1.0);
    let bad = rectangle(0.0, f64::NAN, 1.0, 1.0);
    let params = ContiguityParams::new(Contiguity::Queen, 0.0).unwrap();
    let error = contiguity(&[Some(&good), Some(&bad)], &params).unwrap_err();
    assert!(error.to_string().contains("unit 1"), "{error}");
    assert!(ContiguityParams::new(Contiguity::Queen, f64::INFINITY).is_err());
}

fn districts(file: &str) -> Option<Vec<MultiPolygon<f64>>> {
    let json = super::json(shared(&format!("data/india/{file}"))?);
    let features = json["features"].as_array().unwrap();
    Some(
        features
            .iter()
            .map(|f| multi_polygon(&f["geometry"]))
            .collect(),
    )
}

/// Pairs that share a vertex (libpysal's queen) are ours; so are pairs that
/// share an edge longer than the tolerance (its rook).
#[test]
fn real_districts_that_share_vertices_or_edges_are_neighbours() {
    for file in [
        "districts_2011_census.geojson",
        "districts_2019_nfhs5.geojson",
    ] {
        let Some(shapes) = districts(file) else {
            return;
        };
        let bits = |p: geo::Coord<f64>| (p.x.to_bits(), p.y.to_bits());
        let mut at: HashMap<_, HashSet<usize>> = HashMap::new();
        let mut along: HashMap<_, HashSet<usize>> = HashMap::new();
        for (unit, shape) in shapes.iter().enumerate() {
            for line in shape.lines_iter() {
                let (a, b) = (bits(line.start), bits(line.end));
                at.entry(a).or_default().insert(unit);
                if line.dx().hypot(line.dy()) > 1e-4 {
                    along.entry((a.min(b), a.max(b))).or_default().insert(unit);
                }
            }
        }
        let queen = weights(Contiguity::Queen, 1e-4, &shapes);
        let rook = weights(Contiguity::Rook, 1e-4, &shapes);
        let all_in = |weights: &SpatialWeights, together: Vec<&HashSet<usize>>| {
            for (a, b) in together
                .iter()
                .flat_map(|units| units.iter().flat_map(|a| units.iter().map(move |b| (a, b))))
            {
                assert!(a == b || weights.weight(*a, *b).is_some(), "{file} {a} {b}");
            }
        };
        all_in(&queen, at.values().collect());
        all_in(&rook, along.values().collect());
        assert_eq!(rook.difference(&queen).unwrap().links(), 0);
        eprintln!("{file}: queen {:?}", queen.summary());
        eprintln!("{file}: rook {:?}", rook.summary());
    }
}
