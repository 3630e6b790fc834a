//! Borders: arcs that neighbours share, smoothed, and the polygons they make.
//!
//! Every border between two regions is traced once, along the vertices of the
//! cells, as an arc between the points where three regions meet. Smoothing an
//! arc moves it for both sides alike, and blocks, districts and the state are
//! put together from the same arcs, so that there is no gap or overlap.

use std::collections::{BTreeMap, BTreeSet};

use h3o::LatLng;

use super::land::Land;

/// Passes of smoothing; each vertex moves halfway to the middle of the two
/// beside it.
const PASSES: usize = 4;

/// The water around and within the state.
const WATER: u16 = u16::MAX;

/// A vertex in millionths of a degree, east and north.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Vertex {
    /// Longitude in millionths of a degree.
    pub(crate) east: i32,
    /// Latitude in millionths of a degree.
    pub(crate) north: i32,
}

/// A closed ring; the first vertex is repeated at the end.
pub(crate) type Ring = Vec<Vertex>;

/// A polygon: the outer ring anticlockwise, then its holes clockwise.
pub(crate) type Shape = Vec<Ring>;

/// A stretch of border with one region on each side.
#[derive(Debug)]
struct Arc {
    /// Region to the left when walking along the arc.
    left: u16,
    /// Region to the right.
    right: u16,
    /// Vertices from end to end; the ends of a closed arc are equal.
    vertices: Vec<Vertex>,
}

/// All borders between regions.
#[derive(Debug)]
pub(super) struct Borders {
    arcs: Vec<Arc>,
}

impl Borders {
    /// Traces and smooths the borders between regions of cells.
    pub(super) fn new(land: &Land, regions: &[u16]) -> Self {
        let sides = sides(land, regions);
        let mut arcs = trace(&sides);
        for arc in &mut arcs {
            smooth(&mut arc.vertices);
        }
        Self { arcs }
    }

    /// The polygons of a group of regions, largest first.
    pub(super) fn shapes(&self, inside: impl Fn(u16) -> bool) -> Vec<Shape> {
        let inside = |region: u16| region != WATER && inside(region);
        let mut starts: BTreeMap<Vertex, Vec<Vertex>> = BTreeMap::new();
        let mut rings: Vec<Ring> = Vec::new();
        for arc in &self.arcs {
            let mut vertices = match (inside(arc.left), inside(arc.right)) {
                (true, false) => arc.vertices.clone(),
                (false, true) => arc.vertices.iter().rev().copied().collect(),
                _ => continue,
            };
            if vertices.first() == vertices.last() {
                rings.push(vertices);
            } else {
                let start = vertices.remove(0);
                starts.insert(start, vertices);
            }
        }
        while let Some((start, vertices)) = starts.pop_first() {
            let mut ring = vec![start];
            ring.extend(vertices);
            while let Some(next) = ring.last().and_then(|end| starts.remove(end)) {
                ring.extend(next);
            }
            rings.push(ring);
        }
        assemble(rings)
    }

    /// Pairs of regions that share a stretch of border, each once.
    pub(super) fn neighbours(&self) -> BTreeSet<(u16, u16)> {
        self.arcs
            .iter()
            .filter(|arc| arc.left != WATER && arc.right != WATER)
            .map(|arc| (arc.left.min(arc.right), arc.left.max(arc.right)))
            .collect()
    }
}

/// Twice the signed area of a ring; positive if anticlockwise.
fn doubled_area(ring: &Ring) -> i128 {
    ring.windows(2)
        .map(|pair| {
            i128::from(pair[0].east) * i128::from(pair[1].north)
                - i128::from(pair[1].east) * i128::from(pair[0].north)
        })
        .sum()
}

/// Puts each hole into the smallest outer ring around it.
fn assemble(rings: Vec<Ring>) -> Vec<Shape> {
    let (mut outer, holes): (Vec<Ring>, Vec<Ring>) =
        rings.into_iter().partition(|ring| doubled_area(ring) > 0);
    outer.sort_by_key(|ring| std::cmp::Reverse(doubled_area(ring)));
    let mut shapes: Vec<Shape> = outer.into_iter().map(|ring| vec![ring]).collect();
    for hole in holes {
        let around = shapes
            .iter_mut()
            .rev()
            .find(|shape| is_around(&shape[0], hole[0]));
        around
            .expect("a hole lies in the ring of the region it is cut out of")
            .push(hole);
    }
    shapes
}

/// Whether a point lies inside a ring: crossings of a ray to the east.
fn is_around(ring: &Ring, point: Vertex) -> bool {
    let (x, y) = (i128::from(point.east), i128::from(point.north));
    ring.windows(2)
        .filter(|pair| {
            let (x0, y0) = (i128::from(pair[0].east), i128::from(pair[0].north));
            let (x1, y1) = (i128::from(pair[1].east), i128::from(pair[1].north));
            let turn = (x1 - x0) * (y - y0) - (y1 - y0) * (x - x0);
            (y0 > y) != (y1 > y) && (turn > 0) == (y1 > y0)
        })
        .count()
        % 2
        == 1
}

/// Directed sides of cells that lie on a border: from vertex to vertex, with
/// the cell's region on the left and the other region on the right.
type Sides = BTreeMap<(Vertex, Vertex), (u16, u16)>;

fn sides(land: &Land, regions: &[u16]) -> Sides {
    let mut owner: BTreeMap<(Vertex, Vertex), u16> = BTreeMap::new();
    for (cell, region) in regions.iter().enumerate() {
        let mut ring: Vec<Vertex> = land.cells[cell]
            .vertexes()
            .map(|vertex| Vertex::of(LatLng::from(vertex)))
            .collect();
        ring.push(ring[0]);
        if doubled_area(&ring) < 0 {
            ring.reverse();
        }
        for pair in ring.windows(2) {
            owner.insert((pair[0], pair[1]), *region);
        }
    }
    let mut sides = Sides::new();
    for ((from, to), left) in &owner {
        match owner.get(&(*to, *from)) {
            Some(right) if right == left => {}
            Some(right) => {
                sides.insert((*from, *to), (*left, *right));
            }
            None => {
                sides.insert((*from, *to), (*left, WATER));
            }
        }
    }
    sides
}

impl Vertex {
    /// The vertex nearest a point.
    pub(crate) fn of(point: LatLng) -> Self {
        Self {
            east: libm::round(point.lng() * 1e6) as i32,
            north: libm::round(point.lat() * 1e6) as i32,
        }
    }
}

/// Where one can go on from each vertex, with the regions to left and right.
type Steps = BTreeMap<Vertex, Vec<(Vertex, (u16, u16))>>;

/// Joins sides into arcs between the points where three regions meet.
fn trace(sides: &Sides) -> Vec<Arc> {
    // One direction of each border: the lower region on the left.
    let mut next = Steps::new();
    let mut degree: BTreeMap<Vertex, usize> = BTreeMap::new();
    for ((from, to), (left, right)) in sides {
        if left < right {
            next.entry(*from).or_default().push((*to, (*left, *right)));
            *degree.entry(*from).or_default() += 1;
            *degree.entry(*to).or_default() += 1;
        }
    }
    let is_node = |vertex: &Vertex| degree.get(vertex).is_some_and(|n| *n > 2);
    let nodes: Vec<Vertex> = degree.keys().filter(|v| is_node(v)).copied().collect();
    let mut arcs = Vec::new();
    for node in nodes {
        while let Some(arc) = walk(&mut next, node, is_node) {
            arcs.push(arc);
        }
    }
    // What is left are borders that meet no third region.
    while let Some(start) = next
        .iter()
        .find(|(_, to)| !to.is_empty())
        .map(|(from, _)| *from)
    {
        arcs.extend(walk(&mut next, start, |vertex| *vertex == start));
    }
    arcs
}

/// Follows one arc from a vertex until `ends` says so, taking its sides out.
fn walk(next: &mut Steps, start: Vertex, ends: impl Fn(&Vertex) -> bool) -> Option<Arc> {
    let (mut at, (left, right)) = next.get_mut(&start)?.pop()?;
    let mut vertices = vec![start, at];
    while !ends(&at) {
        at = next
            .get_mut(&at)
            .and_then(Vec::pop)
            .expect("a border that is not at a node goes on")
            .0;
        vertices.push(at);
    }
    Some(Arc {
        left,
        right,
        vertices,
    })
}

/// Smooths an arc; its ends stay where they are unless it is closed.
fn smooth(vertices: &mut [Vertex]) {
    for _ in 0..PASSES {
        let old = vertices.to_vec();
        for (vertex, three) in vertices[1..].iter_mut().zip(old.windows(3)) {
            *vertex = blend(three[0], three[1], three[2]);
        }
        // A closed border meets no third region, so its end may move as well.
        if let [first, second, .., before_last, last] = old[..]
            && first == last
        {
            let end = blend(before_last, first, second);
            vertices[0] = end;
            vertices[old.len() - 1] = end;
        }
    }
}

/// The vertex moved halfway to the middle of the two beside it.
fn blend(before: Vertex, at: Vertex, after: Vertex) -> Vertex {
    let mean = |value: fn(Vertex) -> i32| {
        let sum = i64::from(value(before)) + 2 * i64::from(value(at)) + i64::from(value(after));
        sum.div_euclid(4) as i32
    };
    Vertex {
        east: mean(|vertex| vertex.east),
        north: mean(|vertex| vertex.north),
    }
}
