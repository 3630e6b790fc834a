//! A part of all days and visits, searched by itself.

use rand_chacha::ChaCha8Rng;

use super::anneal::Days;
use super::exchange::Search;
use super::groups::{groups, near_team};
use super::model::Model;
use crate::schedule::areas::unit;
use crate::schedule::params::Borders;

/// Days of some teams, with the visits that stand in them or may come in.
pub(super) struct Piece {
    /// How many teams.
    pub(super) teams: usize,
    /// Days and visits, by their numbers in the search.
    days: Vec<usize>,
    visits: Vec<usize>,
    /// Visits of each day, by their places in `visits`.
    pub(super) routes: Days,
}

impl Piece {
    pub(super) fn model(&self, search: &Search) -> Model {
        let days: Vec<_> = self.days.iter().map(|day| search.days[*day]).collect();
        let visits: Vec<_> = self
            .visits
            .iter()
            .map(|visit| search.visits[*visit])
            .collect();
        let params = search.task.params;
        Model::new(search.task.request, &days, &visits, params.borders())
    }

    /// Puts days found into those of the whole search.
    pub(super) fn write(&self, found: &[Vec<usize>], all: &mut [Vec<usize>]) {
        for (day, visits) in self.days.iter().zip(found) {
            all[*day] = visits.iter().map(|visit| self.visits[*visit]).collect();
        }
    }
}

/// Divides all days and visits of a search. Each visit is in one piece: with
/// the day it stands in, else with one of the nearest teams.
pub(super) fn pieces(search: &Search, random: &mut ChaCha8Rng) -> Vec<Piece> {
    let teams = search.of_team.len();
    let keeps_borders = search.task.params.borders() == Borders::Kept;
    let middles = middles(search);
    let groups: Vec<Vec<usize>> = if keeps_borders {
        (0..teams).map(|team| vec![team]).collect()
    } else {
        groups(&middles, random)
    };
    let mut group_of = vec![0; teams];
    for (group, teams) in groups.iter().enumerate() {
        for team in teams {
            group_of[*team] = group;
        }
    }
    let mut is_planned = vec![false; search.visits.len()];
    let mut pieces: Vec<Piece> = groups
        .iter()
        .map(|teams| {
            let mut piece = Piece {
                teams: teams.len(),
                days: Vec::new(),
                visits: Vec::new(),
                routes: Vec::new(),
            };
            for day in teams.iter().flat_map(|team| &search.of_team[*team]) {
                let first = piece.visits.len();
                piece.visits.extend(&search.current[*day]);
                piece.routes.push((first..piece.visits.len()).collect());
                piece.days.push(*day);
            }
            for visit in &piece.visits {
                is_planned[*visit] = true;
            }
            piece
        })
        .collect();
    for visit in (0..search.visits.len()).filter(|visit| !is_planned[*visit]) {
        let team = if keeps_borders {
            search.visits[visit].home
        } else {
            near_team(&middles, search.points[visit], random)
        };
        pieces[group_of[team]].visits.push(visit);
    }
    pieces
}

/// The middle of the work of each team, or its base if it has none.
fn middles(search: &Search) -> Vec<[f64; 3]> {
    search
        .of_team
        .iter()
        .zip(&search.task.request.teams)
        .map(|(days, team)| {
            let visits = days.iter().flat_map(|day| &search.current[*day]);
            let (mut sum, mut count) = ([0.0; 3], 0usize);
            for visit in visits {
                for (sum, value) in sum.iter_mut().zip(search.points[*visit]) {
                    *sum += value;
                }
                count += 1;
            }
            match count {
                0 => unit(team.base),
                _ => sum.map(|value| value / count as f64),
            }
        })
        .collect()
}
