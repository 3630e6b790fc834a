//! Rings simplified for a zoom.

/// Twice the area of an open ring by the surveyor's formula; positive if the
/// ring runs clockwise on a screen, where y grows downwards.
pub(crate) fn signed_area(ring: &[[i64; 2]]) -> i64 {
    let next = ring.iter().cycle().skip(1);
    ring.iter()
        .zip(next)
        .map(|(a, b)| a[0] * b[1] - b[0] * a[1])
        .sum()
}

/// A ring of world coordinates on the grid of a zoom.
///
/// Every point moves to the nearest multiple of `grid`, where the world is
/// `world` units wide; points that fall together, spikes and points on a
/// straight line go. Because a point moves the same way in every ring that
/// has it, neighbours keep a common border without gaps, which line
/// simplification ring by ring does not give. The result is open, and empty
/// if the ring has no area left. O(n).
pub(crate) fn snap_ring(ring: &[[f64; 2]], world: f64, grid: i64) -> Vec<[i64; 2]> {
    let place = |value: f64| (value * world / grid as f64).round() as i64 * grid;
    let mut points: Vec<[i64; 2]> = Vec::with_capacity(ring.len() / 2);
    for &[x, y] in ring {
        push_straightened(&mut points, [place(x), place(y)]);
    }
    // The ring has no beginning: the same at its seam.
    loop {
        let before = points.len();
        if before < 3 {
            return Vec::new();
        }
        if points[0] == points[before - 1]
            || on_line(points[before - 2], points[before - 1], points[0])
        {
            points.pop();
        } else if on_line(points[before - 1], points[0], points[1]) {
            points.remove(0);
        } else {
            break;
        }
    }
    if signed_area(&points) == 0 {
        return Vec::new();
    }
    points
}

fn push_straightened(points: &mut Vec<[i64; 2]>, point: [i64; 2]) {
    while let Some(&last) = points.last() {
        if last == point {
            return;
        }
        match points.len().checked_sub(2) {
            Some(before) if on_line(points[before], last, point) => {
                points.pop();
            }
            _ => break,
        }
    }
    points.push(point);
}

/// Whether `b` adds nothing between `a` and `c`: on their line, or the tip of
/// a spike.
fn on_line(a: [i64; 2], b: [i64; 2], c: [i64; 2]) -> bool {
    (b[0] - a[0]) * (c[1] - b[1]) == (b[1] - a[1]) * (c[0] - b[0])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn straight_points_spikes_and_the_repeated_end_go() {
        let ring = [
            [0.0, 0.0],
            [0.5, 0.0],
            [1.0, 0.0],
            [1.0, 1.0],
            [1.0, 3.0],
            [1.0, 1.0],
            [0.0, 1.0],
            [0.0, 0.0],
        ];
        assert_eq!(snap_ring(&ring, 8.0, 1), [[0, 0], [8, 0], [8, 8], [0, 8]]);
    }

    #[test]
    fn a_ring_smaller_than_the_grid_is_empty() {
        let ring = [[0.1, 0.1], [0.11, 0.1], [0.11, 0.11]];
        assert!(snap_ring(&ring, 8.0, 4).is_empty());
    }

    #[test]
    fn clockwise_on_the_screen_is_positive() {
        assert_eq!(signed_area(&[[0, 0], [4, 0], [4, 4], [0, 4]]), 32);
    }
}
