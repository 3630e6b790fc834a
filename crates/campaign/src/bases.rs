//! Where teams set out if nobody says: in the middle of their work.
//!
//! 1. Villages are chosen once as if a team could set out from the
//!    representative point of each block.
//! 2. The chosen villages, weighted by their team-days, are parted into as many
//!    clusters as there are teams without a base: k-means (Lloyd 1982, *Least
//!    squares quantization in PCM*) from farthest-first starts (Gonzalez 1985),
//!    the heaviest village first, on a plane that touches the globe at their
//!    middle.
//! 3. A team sets out from the chosen village nearest to the middle of its
//!    cluster, so that there is a place to stay.

use safeground_planning::choose::{LatLng, great_circle_km};

/// Rounds after which clusters are taken as they are; they settle far earlier.
const MOST_ROUNDS: usize = 100;

/// Middles of `count` clusters of weighted points, each one of the points, by
/// their numbers. With fewer points than clusters some repeat; none without any
/// point. O(rounds · points · count), the same for the same input.
#[must_use]
pub fn middles(points: &[(LatLng, f64)], count: usize) -> Vec<usize> {
    if points.is_empty() {
        return Vec::new();
    }
    let plane = Plane::around(points);
    let flat: Vec<(f64, f64)> = points.iter().map(|(point, _)| plane.of(*point)).collect();
    let mut centres: Vec<(f64, f64)> = starts(points, count)
        .into_iter()
        .map(|point| flat[point])
        .collect();
    let mut cluster = vec![usize::MAX; flat.len()];
    for _ in 0..MOST_ROUNDS {
        let next: Vec<usize> = flat.iter().map(|point| nearest(&centres, *point)).collect();
        if next == cluster {
            break;
        }
        cluster = next;
        for (number, centre) in centres.iter_mut().enumerate() {
            let members = (0..flat.len()).filter(|point| cluster[*point] == number);
            let sum = members.fold((0.0, 0.0, 0.0), |(x, y, weight), point| {
                let w = points[point].1.max(f64::MIN_POSITIVE);
                (x + w * flat[point].0, y + w * flat[point].1, weight + w)
            });
            // An empty cluster stays where it is.
            if sum.2 > 0.0 {
                *centre = (sum.0 / sum.2, sum.1 / sum.2);
            }
        }
    }
    centres
        .iter()
        .map(|centre| nearest(&flat, *centre))
        .collect()
}

/// The heaviest point, and then always the one farthest from those before.
fn starts(points: &[(LatLng, f64)], count: usize) -> Vec<usize> {
    let heaviest = (0..points.len())
        .max_by(|a, b| points[*a].1.total_cmp(&points[*b].1).then(b.cmp(a)))
        .expect("there are points");
    let mut starts = vec![heaviest];
    let mut distance: Vec<f64> = vec![f64::INFINITY; points.len()];
    while starts.len() < count {
        let last = points[starts[starts.len() - 1]].0;
        for (distance, (point, _)) in distance.iter_mut().zip(points) {
            *distance = distance.min(great_circle_km(last, *point));
        }
        let farthest = (0..points.len())
            .max_by(|a, b| distance[*a].total_cmp(&distance[*b]).then(b.cmp(a)))
            .expect("there are points");
        starts.push(farthest);
    }
    starts.truncate(count);
    starts
}

fn nearest(centres: &[(f64, f64)], point: (f64, f64)) -> usize {
    let squared = |centre: &(f64, f64)| (centre.0 - point.0).powi(2) + (centre.1 - point.1).powi(2);
    (0..centres.len())
        .min_by(|a, b| {
            squared(&centres[*a])
                .total_cmp(&squared(&centres[*b]))
                .then(a.cmp(b))
        })
        .expect("there are centres")
}

/// Degrees east shrunk to the length of degrees north.
struct Plane {
    east: f64,
    shrink: f64,
}

impl Plane {
    fn around(points: &[(LatLng, f64)]) -> Self {
        let count = points.len() as f64;
        let latitude = points.iter().map(|(point, _)| point.latitude).sum::<f64>() / count;
        Self {
            east: points[0].0.longitude,
            shrink: libm::cos(latitude.to_radians()),
        }
    }

    fn of(&self, point: LatLng) -> (f64, f64) {
        let mut east = point.longitude - self.east;
        // Across the antimeridian.
        if east > 180.0 {
            east -= 360.0;
        } else if east < -180.0 {
            east += 360.0;
        }
        (east * self.shrink, point.latitude)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(latitude: f64, longitude: f64) -> (LatLng, f64) {
        (
            LatLng {
                latitude,
                longitude,
            },
            1.0,
        )
    }

    #[test]
    fn two_groups_of_villages_have_a_team_in_the_middle_of_each() {
        let points = [
            at(25.0, 85.0),
            at(25.0, 85.1),
            at(25.0, 85.2),
            at(27.0, 88.0),
            at(27.1, 88.0),
            at(27.2, 88.0),
        ];
        let mut found = middles(&points, 2);
        found.sort_unstable();
        assert_eq!(found, [1, 4]);
    }

    #[test]
    fn groups_across_the_antimeridian_stay_together() {
        let points = [
            at(0.0, 179.9),
            at(0.0, -179.9),
            at(0.0, 180.0),
            at(0.0, 170.0),
        ];
        let mut found = middles(&points, 2);
        found.sort_unstable();
        assert_eq!(found, [2, 3]);
    }

    #[test]
    fn more_teams_than_villages_share_a_village() {
        assert_eq!(middles(&[at(1.0, 2.0)], 3), [0, 0, 0]);
        assert!(middles(&[], 3).is_empty());
    }
}
