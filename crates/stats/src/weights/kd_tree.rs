//! A k-d tree that stays as it was made.

/// Points in a leaf, at most.
const LEAF: usize = 8;

/// Points in space in a balanced tree (Friedman, Bentley & Finkel, 1977).
///
/// A point goes by its place in the order of the leaves, so that what belongs
/// to near points lies near in memory when it is kept in that order, too.
pub(super) struct KdTree {
    points: Vec<[f64; 3]>,
    /// Axis and place of the cut of each inner node; node i has the children
    /// 2i + 1 and 2i + 2, and halves its share of the points.
    cuts: Vec<(u8, f64)>,
}

impl KdTree {
    /// The tree, and for each of its points the place in the input. The points
    /// must be finite. O(n log n).
    pub(super) fn new(points: impl Iterator<Item = [f64; 3]>) -> (Self, Vec<u32>) {
        let mut placed: Vec<([f64; 3], u32)> = points.zip(0..).collect();
        let mut cuts = Vec::new();
        cut(&mut placed, 0, &mut cuts);
        let (points, order) = placed.into_iter().unzip();
        (Self { points, cuts }, order)
    }

    /// Visits points with their squared distance from `origin`, leaving out
    /// what lies further than the reach, squared, that the last visit gave
    /// back; `reach` is the first. Points at that distance are visited; some a
    /// little further may be.
    pub(super) fn visit(
        &self,
        origin: [f64; 3],
        mut reach: f64,
        mut visit: impl FnMut(usize, f64) -> f64,
    ) {
        // What remains to be seen: node, its share, its offset from the origin
        // along each axis.
        let mut waiting = Waiting::with_capacity(32);
        waiting.push((0, 0, self.points.len(), [0.0; 3]));
        while let Some((mut node, mut from, mut to, offset)) = waiting.pop() {
            if squared(offset) > reach {
                continue;
            }
            while to - from > LEAF {
                let (axis, place) = self.cuts[node];
                let axis = usize::from(axis);
                let half = from + (to - from) / 2;
                let gap = origin[axis] - place;
                let mut beyond = offset;
                beyond[axis] = gap;
                let (near, far) = if gap < 0.0 {
                    ((2 * node + 1, from, half), (2 * node + 2, half, to))
                } else {
                    ((2 * node + 2, half, to), (2 * node + 1, from, half))
                };
                if squared(beyond) <= reach {
                    waiting.push((far.0, far.1, far.2, beyond));
                }
                (node, from, to) = near;
            }
            for (place, point) in (from..to).zip(&self.points[from..to]) {
                let apart = [0, 1, 2].map(|axis| origin[axis] - point[axis]);
                let distance = squared(apart);
                if distance <= reach {
                    reach = visit(place, distance);
                }
            }
        }
    }
}

fn cut(share: &mut [([f64; 3], u32)], node: usize, cuts: &mut Vec<(u8, f64)>) {
    if share.len() <= LEAF {
        return;
    }
    let width = |axis: usize| {
        let values = share.iter().map(|(point, _)| point[axis]);
        let (low, high) = values.fold((f64::MAX, f64::MIN), |(low, high), value| {
            (low.min(value), high.max(value))
        });
        high - low
    };
    let widths = [width(0), width(1), width(2)];
    let axis = (0..3).fold(0, |best, axis| {
        if widths[axis] > widths[best] {
            axis
        } else {
            best
        }
    });
    let half = share.len() / 2;
    // By place, too, so that the tree is the same whatever the sort does.
    let (low, middle, _) = share.select_nth_unstable_by(half, |a, b| {
        a.0[axis].total_cmp(&b.0[axis]).then(a.1.cmp(&b.1))
    });
    let (place, low) = (middle.0[axis], low.len());
    if cuts.len() <= node {
        cuts.resize(node + 1, (0, 0.0));
    }
    cuts[node] = (axis as u8, place);
    let (low, high) = share.split_at_mut(low);
    cut(low, 2 * node + 1, cuts);
    cut(high, 2 * node + 2, cuts);
}

type Waiting = Vec<(usize, usize, usize, [f64; 3])>;

fn squared([x, y, z]: [f64; 3]) -> f64 {
    x * x + y * y + z * z
}
