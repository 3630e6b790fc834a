//! Which teams exchange visits with each other for a while.

use rand::Rng as _;
use rand_chacha::ChaCha8Rng;

/// Most teams that are searched as one.
const MOST_TEAMS: usize = 5;

/// Teams that an unplanned visit is offered to, one of them by lot.
const TEAMS_OFFERED: usize = 3;

/// Divides teams into groups of at most [`MOST_TEAMS`] that lie together, by
/// halves across random directions, so that teams divided once meet in another
/// round. `points` are the middles of the teams' work on the unit sphere.
///
/// O(teams × log² teams).
pub(super) fn groups(points: &[[f64; 3]], random: &mut ChaCha8Rng) -> Vec<Vec<usize>> {
    let mut open = vec![(0..points.len()).collect::<Vec<usize>>()];
    let mut done = Vec::new();
    while let Some(mut teams) = open.pop() {
        if teams.len() <= MOST_TEAMS {
            teams.sort_unstable();
            done.push(teams);
            continue;
        }
        let direction: [f64; 3] = std::array::from_fn(|_| random.random_range(-1.0..1.0));
        let along = |team: usize| dot(points[team], direction);
        teams.sort_by(|a, b| along(*a).total_cmp(&along(*b)).then(a.cmp(b)));
        open.push(teams.split_off(teams.len() / 2));
        open.push(teams);
    }
    done
}

/// One of the nearest teams of a point, by lot.
pub(super) fn near_team(points: &[[f64; 3]], point: [f64; 3], random: &mut ChaCha8Rng) -> usize {
    let mut teams: Vec<usize> = (0..points.len()).collect();
    teams.sort_by(|a, b| {
        let nearness = |team: usize| dot(points[team], point);
        nearness(*b).total_cmp(&nearness(*a)).then(a.cmp(b))
    });
    let most = TEAMS_OFFERED.min(teams.len()) as u64;
    teams[random.random_range(0..most) as usize]
}

fn dot(a: [f64; 3], b: [f64; 3]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::choose::stream;

    #[test]
    fn every_team_is_in_one_group_and_no_group_is_too_large() {
        for teams in 1..40 {
            let mut random = stream(teams as u64, 0);
            let points: Vec<[f64; 3]> = (0..teams)
                .map(|_| std::array::from_fn(|_| random.random_range(-1.0..1.0)))
                .collect();
            let groups = groups(&points, &mut random);
            assert!(groups.iter().all(|group| group.len() <= MOST_TEAMS));
            let mut all = groups.concat();
            all.sort_unstable();
            assert_eq!(all, (0..teams).collect::<Vec<usize>>());
        }
    }
}
