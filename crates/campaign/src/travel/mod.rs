//! Ways that the planner knows: kilometres and minutes between places.
//!
//! They take the place of great circle × road factor in the costs by which
//! villages are chosen, in the areas of the teams and in the routes. A way told
//! in one direction alone holds for both; one without minutes takes them from
//! the pace; a pair that is not told at all keeps the great circle, or is
//! refused by name where so asked ([`UntoldAsk`]).

mod told;

use std::collections::{BTreeSet, HashMap};

use safeground_planning::choose::{LatLng, great_circle_km};
use safeground_planning::schedule::{Roads, Way, WayTable};

use self::told::Faults;
use crate::ask::{BaseAsk, PaceAsk, UntoldAsk};
use crate::candidates::{Candidates, VILLAGE};
use crate::cost;
use crate::names::{ANY, resolve};
use crate::tables::Tables;
use crate::{Ask, CampaignError};

/// Most villages and teams of a table of ways, which is square: 16 bytes a pair.
const MOST_POINTS: usize = 3_000;

/// Most faults told at once.
const MOST_FAULTS: usize = 20;

/// What stands before the name of a team whose base is an end of a way.
const TEAM: &str = "team:";

/// An end of a way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum End {
    /// A place, by its number in the tables.
    Place(usize),
    /// The base of a team, by its number in the request.
    Base(usize),
}

/// Ways told by the request, with their ends found in the release.
#[derive(Debug, Clone)]
pub struct KnownWays {
    ways: HashMap<(End, End), (f64, Option<f64>)>,
    /// What else stands at a point: teams and the places given as their bases,
    /// and villages.
    at: HashMap<[u64; 2], Vec<End>>,
}

/// A point as a key.
fn key(point: LatLng) -> [u64; 2] {
    [point.latitude.to_bits(), point.longitude.to_bits()]
}

/// Of how many pairs of a schedule the way was told, each direction by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pairs {
    /// Told, in this direction or in the other.
    pub told: u64,
    /// Great circle × road factor instead.
    pub filled: u64,
}

impl KnownWays {
    /// Finds the ends of the ways; `None` where none are told. `stated` are the
    /// bases of the teams, as far as stated.
    ///
    /// O(ways + places), and O(places) for each end given by a name.
    ///
    /// # Errors
    /// [`CampaignError::Ways`] with every end that is not found and every way
    /// told twice.
    pub(crate) fn read(
        ask: &Ask,
        tables: &Tables,
        stated: &[Option<LatLng>],
    ) -> Result<Option<Self>, CampaignError> {
        if ask.travel.ways.is_empty() {
            return Ok(None);
        }
        let mut found: HashMap<&str, Result<End, String>> = HashMap::new();
        let mut ways = HashMap::with_capacity(ask.travel.ways.len());
        let mut faults = Faults::default();
        for (number, way) in ask.travel.ways.iter().enumerate() {
            let mut ends = [&way.from, &way.to].map(|text| {
                let end = found.entry(text).or_insert_with(|| end(text, ask, tables));
                end.clone()
            });
            for fault in ends.iter_mut().filter_map(|end| end.as_ref().err()) {
                faults.add(format!("{}: {fault}", way.label(number)));
            }
            if let [Ok(from), Ok(to)] = ends
                && ways.insert((from, to), (way.km, way.minutes)).is_some()
            {
                faults.add(format!(
                    "{}: the way from `{}` to `{}` is given twice; keep one",
                    way.label(number),
                    way.from,
                    way.to
                ));
            }
        }
        faults.none()?;
        let mut at: HashMap<[u64; 2], Vec<End>> = HashMap::new();
        for (number, (team, point)) in ask.teams.iter().zip(stated).enumerate() {
            let Some(point) = point else { continue };
            let here = at.entry(key(*point)).or_default();
            here.push(End::Base(number));
            if let Some(BaseAsk::Place(place)) = &team.base
                && let Ok(place) = resolve(tables, "teams", place, ANY)
            {
                here.push(End::Place(place));
            }
        }
        for (number, place) in tables.places.iter().enumerate() {
            if let Some((latitude, longitude)) = place.position
                && place.layer == VILLAGE
            {
                let point = LatLng {
                    latitude,
                    longitude,
                };
                at.entry(key(point)).or_default().push(End::Place(number));
            }
        }
        Ok(Some(Self { ways, at }))
    }

    /// What a point where teams set out goes by.
    fn ends_at(&self, point: LatLng) -> &[End] {
        self.at.get(&key(point)).map_or(&[], Vec::as_slice)
    }

    /// The way from a base to a place and back, where it is told; `straight` is
    /// that by great circle.
    pub(crate) fn there_and_back(
        &self,
        pace: &PaceAsk,
        straight: cost::Way,
        base: LatLng,
        place: usize,
    ) -> Option<cost::Way> {
        let (from, to) = (self.ends_at(base), [End::Place(place)]);
        let (out, back) = (self.way(from, &to)?, self.way(&to, from)?);
        let minutes = |(km, minutes): (f64, Option<f64>)| {
            minutes.unwrap_or(60.0 * km / pace.speed_km_per_hour)
        };
        Some(cost::Way {
            km: out.0 + back.0,
            minutes: minutes(out) + minutes(back),
            ..straight
        })
    }

    fn way(&self, from: &[End], to: &[End]) -> Option<(f64, Option<f64>)> {
        let told = |from: &[End], to: &[End]| {
            let pairs = from
                .iter()
                .flat_map(|from| to.iter().map(move |to| (*from, *to)));
            pairs
                .into_iter()
                .find_map(|pair| self.ways.get(&pair).copied())
        };
        told(from, to).or_else(|| told(to, from))
    }

    /// The roads of a schedule whose stops are these places, and of how many
    /// pairs the way was told. O((stops + teams)²).
    ///
    /// # Errors
    /// [`CampaignError::TooLarge`] for more villages than a table may have,
    /// [`CampaignError::UntoldWays`] for pairs that must be told and are not.
    pub(crate) fn roads(
        &self,
        ask: &Ask,
        tables: &Tables,
        stops: &[(usize, LatLng)],
        bases: &[LatLng],
    ) -> Result<(Roads, Pairs), CampaignError> {
        let points = stops.len() + bases.len();
        if points > MOST_POINTS {
            return Err(CampaignError::TooLarge {
                field: "travel.ways",
                what: "villages and teams with ways between all of them",
                found: points,
                most: MOST_POINTS,
                remedy: "plan fewer villages at once, or leave out travel.ways".to_owned(),
            });
        }
        let mut ends: Vec<(Vec<End>, LatLng)> = stops
            .iter()
            .map(|(place, position)| (vec![End::Place(*place)], *position))
            .collect();
        for (team, base) in bases.iter().enumerate() {
            let own = std::iter::once(End::Base(team));
            let here = self.ends_at(*base).iter().copied();
            ends.push((own.chain(here).collect(), *base));
        }
        let mut untold = Untold::default();
        let pace = &ask.pace;
        let mut pairs = Pairs { told: 0, filled: 0 };
        let mut ways = Vec::with_capacity(points * points);
        for (from, (from_ends, from_point)) in ends.iter().enumerate() {
            for (to, (to_ends, to_point)) in ends.iter().enumerate() {
                let told = self.way(from_ends, to_ends).filter(|_| from != to);
                // Nobody drives from base to base.
                if from != to && from.min(to) < stops.len() {
                    match told {
                        Some(_) => pairs.told += 1,
                        None => pairs.filled += 1,
                    }
                    let is_here = from_ends.iter().any(|end| to_ends.contains(end));
                    if told.is_none() && from < to && !is_here {
                        untold.add(from_ends[0], to_ends[0]);
                    }
                }
                let straight = || pace.road_factor * great_circle_km(*from_point, *to_point);
                let (km, minutes) = told.unwrap_or_else(|| (straight(), None));
                ways.push(Way {
                    km,
                    minutes: minutes.unwrap_or(60.0 * km / pace.speed_km_per_hour),
                });
            }
        }
        untold.none_if_refused(ask, tables)?;
        Ok((Roads::Ways(WayTable::new(points, ways)?), pairs))
    }
}

impl Candidates {
    /// Refuses bases and villages between which no way is told, where none may
    /// be left out. O(villages × bases).
    ///
    /// # Errors
    /// [`CampaignError::UntoldWays`].
    pub(crate) fn check_ways(&self, ask: &Ask) -> Result<(), CampaignError> {
        let (Some(ways), UntoldAsk::Refuse) = (&self.ways, ask.travel.untold) else {
            return Ok(());
        };
        let mut untold = Untold::default();
        for (team, base) in self.bases.iter().enumerate() {
            let own = std::iter::once(End::Base(team));
            let from: Vec<End> = own.chain(ways.ends_at(*base).iter().copied()).collect();
            for known in &self.known {
                let to = End::Place(known.place);
                if !from.contains(&to) && ways.way(&from, &[to]).is_none() {
                    untold.add(from[0], to);
                }
            }
        }
        untold.none_if_refused(ask, &self.tables)
    }
}

/// Pairs without a way, as many as can be told at once.
#[derive(Default)]
struct Untold {
    pairs: Vec<(End, End)>,
    all: usize,
}

impl Untold {
    fn add(&mut self, from: End, to: End) {
        self.all += 1;
        if self.pairs.len() < MOST_FAULTS {
            self.pairs.push((from, to));
        }
    }

    fn none_if_refused(self, ask: &Ask, tables: &Tables) -> Result<(), CampaignError> {
        if self.all == 0 || ask.travel.untold == UntoldAsk::GreatCircle {
            return Ok(());
        }
        let name = |end: End| match end {
            End::Place(place) => tables.places[place].id.clone(),
            End::Base(team) => format!("{TEAM}{}", ask.teams[team].name),
        };
        Err(CampaignError::UntoldWays {
            count: self.all,
            pairs: self
                .pairs
                .into_iter()
                .map(|(from, to)| format!("{} to {}", name(from), name(to)))
                .collect(),
        })
    }
}

/// The place or base that a text names.
fn end(text: &str, ask: &Ask, tables: &Tables) -> Result<End, String> {
    if let Some(name) = text.strip_prefix(TEAM) {
        let named: BTreeSet<usize> = (0..ask.teams.len())
            .filter(|team| ask.teams[*team].name == name)
            .collect();
        return match named.first() {
            Some(team) if named.len() == 1 => Ok(End::Base(*team)),
            Some(_) => Err(format!(
                "`{text}` is the name of several teams; rename them"
            )),
            None => Err(format!("`{text}` is no team of the request; correct it")),
        };
    }
    resolve(tables, "travel.ways", text, ANY)
        .map(End::Place)
        .map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ask::WayAsk;
    use crate::candidates::Candidates;
    use crate::make::make;
    use crate::testing::{ask, release};

    pub(super) fn faults(error: CampaignError) -> Vec<String> {
        match error {
            CampaignError::Ways { faults, .. } => faults,
            other => panic!("{other}"),
        }
    }

    #[test]
    fn unknown_ends_and_ways_told_twice_are_named_by_line() {
        let made = release();
        let mut asked = ask();
        let text = "from,to,km\nvillage:0,vilage:1,3\nvillage:0,team:Z,3\nvillage:0,village:1,3\nvillage:0,village:1,4\n";
        asked.travel.add_csv("roads.csv", text).unwrap();
        let error = Candidates::new(&asked, &made.manifest, &made.places, &made.scores);
        let found = faults(error.unwrap_err());
        assert_eq!(found.len(), 3, "{found:?}");
        assert!(
            found[0].contains("line 2") && found[0].contains("did you mean"),
            "{found:?}"
        );
        assert!(found[1].contains("line 3"), "{found:?}");
        assert!(
            found[2].contains("line 5") && found[2].contains("twice"),
            "{found:?}"
        );
    }

    #[test]
    fn the_schedule_takes_told_ways_both_ways_and_fills_the_rest() {
        let made = release();
        let mut asked = ask();
        let plain = Candidates::new(&asked, &made.manifest, &made.places, &made.scores).unwrap();
        let places = [plain.known[12].place, plain.known[13].place];
        let stops: Vec<(usize, LatLng)> = places
            .iter()
            .map(|place| {
                let number = plain.known.iter().position(|k| k.place == *place).unwrap();
                (*place, plain.places[number].position)
            })
            .collect();
        asked.travel.ways = [
            ("village:12", "village:13", 7.0, Some(31.0)),
            ("team:B", "village:12", 9.0, None),
            ("block:0", "village:13", 11.0, None),
        ]
        .map(|(from, to, km, minutes)| WayAsk {
            from: from.into(),
            to: to.into(),
            km,
            minutes,
            line: None,
        })
        .to_vec();
        let known = KnownWays::read(&asked, &plain.tables, &plain.stated)
            .unwrap()
            .unwrap();
        let bases: Vec<LatLng> = plain.stated.iter().flatten().copied().collect();
        let (roads, pairs) = known.roads(&asked, &plain.tables, &stops, &bases).unwrap();
        let Roads::Ways(table) = roads else {
            panic!("no table")
        };
        assert_eq!(
            table.way(0, 1),
            Way {
                km: 7.0,
                minutes: 31.0
            }
        );
        assert_eq!(
            table.way(1, 0),
            Way {
                km: 7.0,
                minutes: 31.0
            }
        );
        // Base B is number 3; 9 km at 25 km/h.
        assert_eq!(table.way(3, 0).km, 9.0);
        assert!((table.way(0, 3).minutes - 21.6).abs() < 1e-12);
        // Team A sets out from block 0.
        assert_eq!(table.way(2, 1).km, 11.0);
        let straight = asked.pace.road_factor * great_circle_km(stops[0].1, bases[0]);
        assert_eq!(table.way(0, 2).km, straight);
        // Two villages and two bases: ten pairs, base to base left out.
        assert_eq!(pairs, Pairs { told: 6, filled: 4 });
    }

    /// Ways between these villages and both bases, and between the villages.
    fn all_ways(villages: &[usize], km: impl Fn(&str, usize) -> f64) -> Vec<WayAsk> {
        let way = |from: String, to: usize| WayAsk {
            km: km(&from, to),
            from,
            to: format!("village:{to}"),
            minutes: None,
            line: None,
        };
        let mut ways = Vec::new();
        for (number, to) in villages.iter().enumerate() {
            ways.extend(["team:A", "team:B"].map(|from| way(from.to_owned(), *to)));
            let others = &villages[..number];
            ways.extend(
                others
                    .iter()
                    .map(|from| way(format!("village:{from}"), *to)),
            );
        }
        ways
    }

    #[test]
    fn the_choice_pays_for_told_ways_from_the_base_with_the_quickest() {
        let made = release();
        let mut asked = ask();
        // Village 0 lies near base A, but the river lets teams of B alone in.
        asked.travel.ways = all_ways(&[0], |from, _| if from == "team:A" { 55.0 } else { 5.0 });
        let read = |asked: &Ask| {
            let mut found =
                Candidates::new(asked, &made.manifest, &made.places, &made.scores).unwrap();
            let bases = found.stated.iter().flatten().copied().collect();
            found.set_out_from(asked, bases);
            found.settled = true;
            found
        };
        let (plain, told) = (read(&ask()), read(&asked));
        assert_eq!((plain.known[0].base, told.known[0].base), (0, 1));
        let way = cost::Way {
            base: 1,
            great_circle_km: told.known[0].base_km,
            km: 10.0,
            minutes: 24.0,
        };
        let team_days = cost::team_days(&asked.pace, &way, 100).unwrap();
        let effort = safeground_planning::choose::Effort::TeamDays(team_days);
        assert_eq!(told.places[0].effort, effort);
        assert_eq!(told.places[1].effort, plain.places[1].effort);
        asked.musts = vec!["village:0".into()];
        let choice = crate::choice::choose(&asked, &told, 24.0).unwrap();
        assert_eq!(choice.problem.base(0), Some(1));
        assert_eq!(choice.problem.base(1), Some(0));
    }

    #[test]
    fn pairs_that_must_be_told_and_are_not_are_named() {
        let made = release();
        let mut asked = ask();
        asked.travel.untold = UntoldAsk::Refuse;
        let error = asked.check().unwrap_err().to_string();
        assert!(error.contains("travel.untold"), "{error}");
        let villages: Vec<usize> = (0..40).collect();
        asked.travel.ways = all_ways(&villages, |_, _| 8.0);
        let planned = |asked: &Ask| {
            let mut candidates =
                Candidates::new(asked, &made.manifest, &made.places, &made.scores).unwrap();
            make(asked, &mut candidates).map(|_| ())
        };
        planned(&asked).unwrap();
        asked
            .travel
            .ways
            .retain(|way| way.from != "team:B" || way.to != "village:7");
        let error = planned(&asked).unwrap_err().to_string();
        assert!(
            error.starts_with("1 pairs have no way: team:B to village:7; add them"),
            "{error}"
        );
        // Between villages only the chosen ones count.
        asked.travel.ways = all_ways(&villages, |_, _| 8.0);
        asked.travel.ways.retain(|way| way.from.starts_with("team"));
        let error = planned(&asked).unwrap_err().to_string();
        assert!(error.contains(" pairs have no way: village:"), "{error}");
    }

    #[test]
    fn a_river_without_a_bridge_changes_the_routes_and_the_plan_says_so() {
        let made = release();
        let mut asked = ask();
        asked.musts = vec!["village:13".into()];
        asked.travel.ways = (0..40)
            .filter(|village| *village != 13)
            .map(|village| format!("village:{village}"))
            .chain(["team:A".to_owned(), "team:B".to_owned()])
            .map(|other| WayAsk {
                from: "village:13".into(),
                to: other,
                km: 45.0,
                minutes: Some(100.0),
                line: None,
            })
            .collect();
        let mut candidates =
            Candidates::new(&asked, &made.manifest, &made.places, &made.scores).unwrap();
        let planned = make(&asked, &mut candidates).unwrap();
        let stops = &planned.problem.request().stops;
        let days = planned.schedule.days();
        let visits: Vec<_> = days.flat_map(|(_, day)| &day.visits).collect();
        let mut across = visits
            .iter()
            .filter(|visit| stops[visit.stop].id == "village:13");
        assert!(across.all(|visit| visit.km == 45.0));
        let mut other = ask();
        other.travel.matrix = Some("roads.csv".into());
        let error = other.check().unwrap_err().to_string();
        assert!(error.contains("travel.ways"), "{error}");
    }
}
