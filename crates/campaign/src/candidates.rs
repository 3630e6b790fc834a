//! The villages that may be visited, with what is known of each.

use std::collections::BTreeSet;

use chrono::{Datelike as _, NaiveDate};
use safeground_planning::choose::{Effort, LatLng, Place, Visit};
use safeground_schema::Status;
use safeground_schema::release::Manifest;

use crate::benefit::{Expectation, Inhabitants, Part};
use crate::cost::{self, Way};
use crate::names::{ANY, bases, earlier_visits, resolve, territories_of, themes_of};
use crate::tables::Tables;
use crate::travel::KnownWays;
use crate::{Ask, CampaignError};

/// Cost of a village that no team reaches within a day: more than any budget
/// ([`crate::ask`] allows 500 teams and two years).
pub(crate) const TOO_FAR_TEAM_DAYS: f64 = 1e6;

/// The layer that villages are chosen from.
pub const VILLAGE: &str = "village";

/// A village that may be visited.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    /// Number of the place in the tables.
    pub place: usize,
    /// What each theme adds to its benefit.
    pub parts: Vec<Part>,
    /// When it was visited last, as far as the release and the request know.
    pub last_visit: LastVisit,
    /// Great-circle kilometres from the base with the quickest way.
    pub base_km: f64,
    /// Number of that base in [`Candidates::bases`].
    pub base: usize,
    /// Whether the way there and back is longer than a day allows.
    pub too_far: bool,
}

/// When a village was visited last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LastVisit {
    /// On this day, by the request.
    Day(NaiveDate),
    /// In this year, by the release.
    Year(i32),
    /// No visit is shown: none was made, or too few households were reached to
    /// be shown.
    NotShown,
}

/// A village that cannot be planned for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unplannable {
    /// Number of the place in the tables.
    pub place: usize,
    /// What is missing.
    pub missing: Missing,
}

/// What a village lacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    /// A point on the map.
    Position,
    /// Its number of households, or none live there.
    Households,
    /// Its number of children.
    Children,
}

/// Everything the planner is handed.
#[derive(Debug, Clone)]
pub struct Candidates {
    /// What is known of each, in the order of `places`.
    pub known: Vec<Candidate>,
    /// The same for `safeground-planning`.
    pub places: Vec<Place>,
    /// Villages of the area left aside.
    pub unplannable: Vec<Unplannable>,
    /// Benefits.
    pub expectation: Expectation,
    /// Period of each theme's figures.
    pub periods: Vec<String>,
    /// Tables.
    pub tables: Tables,
    /// Ways that the request tells.
    pub ways: Option<KnownWays>,
    /// Where teams set out, in the order of the request, as far as stated.
    pub stated: Vec<Option<LatLng>>,
    /// Where the costs assume that teams set out. At first the stated bases,
    /// and the blocks of the area for teams without one.
    pub bases: Vec<LatLng>,
    /// Whether these are the bases of the teams, one for each, so that each
    /// base has the days of its teams and no more.
    pub settled: bool,
    /// Places that the villages lie in, as asked for.
    pub areas: BTreeSet<usize>,
}

impl Candidates {
    /// Reads a release for a request.
    ///
    /// # Errors
    /// Names and themes that the release does not have, and
    /// [`CampaignError::NoCandidates`].
    pub fn new(
        ask: &Ask,
        manifest: &Manifest,
        places: &arrow::array::RecordBatch,
        scores: &arrow::array::RecordBatch,
    ) -> Result<Self, CampaignError> {
        ask.check()?;
        let (themes, wanted) = themes_of(ask, manifest)?;
        let periods = themes
            .iter()
            .map(|theme| wanted.themes[&theme.code].clone())
            .collect();
        let tables = Tables::read(manifest, places, scores, &wanted)?;
        let expectation = Expectation::new(&tables, themes, ask.counts);
        let mut areas = BTreeSet::new();
        for area in &ask.areas {
            areas.insert(resolve(
                &tables,
                "areas",
                area,
                &["state", "district", "block"],
            )?);
        }
        let earlier = earlier_visits(ask, &tables)?;
        let stated = bases(ask, &tables)?;
        let ways = KnownWays::read(ask, &tables, &stated)?;
        let territories = territories_of(ask, &tables)?;
        let mut found = Self {
            known: Vec::new(),
            places: Vec::new(),
            unplannable: Vec::new(),
            expectation,
            periods,
            tables,
            ways,
            stated,
            bases: Vec::new(),
            settled: false,
            areas,
        };
        for number in 0..found.tables.places.len() {
            let row = &found.tables.places[number];
            let inside = row.layer == VILLAGE
                && found
                    .tables
                    .around(number)
                    .any(|place| found.areas.contains(&place));
            if !inside {
                continue;
            }
            let partner = found
                .tables
                .around(number)
                .find_map(|place| territories.iter().find(|(at, _)| *at == place))
                .map(|(_, partner)| partner.clone());
            match found.candidate(number, ask, &earlier, partner) {
                Ok((known, place)) => {
                    found.known.push(known);
                    found.places.push(place);
                }
                Err(missing) => found.unplannable.push(Unplannable {
                    place: number,
                    missing,
                }),
            }
        }
        found.set_out_from(ask, found.first_bases());
        if found.places.iter().all(|place| place.benefit.mean <= 0.0) {
            return Err(CampaignError::NoCandidates {
                remedy: found.remedy(),
            });
        }
        Ok(found)
    }

    /// Number of a village among the candidates, by identifier or name.
    ///
    /// # Errors
    /// [`CampaignError::Unknown`], [`CampaignError::Ambiguous`].
    pub fn find(&self, field: &str, value: &str) -> Result<usize, CampaignError> {
        let place = resolve(&self.tables, field, value, &[VILLAGE])?;
        let known = self.known.iter().position(|known| known.place == place);
        known.ok_or_else(|| CampaignError::Setting {
            field: field.to_owned(),
            value: value.to_owned(),
            expected: "a village of the areas chosen, with households, children and a position",
        })
    }

    /// Identifiers of the candidates that lie in places given by identifier or
    /// name.
    ///
    /// # Errors
    /// [`CampaignError::Unknown`], [`CampaignError::Ambiguous`].
    pub fn within(&self, field: &str, values: &[String]) -> Result<BTreeSet<usize>, CampaignError> {
        let mut wanted = BTreeSet::new();
        for value in values {
            wanted.insert(resolve(&self.tables, field, value, ANY)?);
        }
        let inside = |known: &Candidate| {
            self.tables
                .around(known.place)
                .any(|place| wanted.contains(&place))
        };
        Ok((0..self.known.len())
            .filter(|number| inside(&self.known[*number]))
            .collect())
    }

    /// Sets costs as of teams that set out from these points, by the ways that
    /// the request tells, else by great circles. A village too far from all of
    /// them costs more than any budget. O(villages × bases).
    pub fn set_out_from(&mut self, ask: &Ask, bases: Vec<LatLng>) {
        for (known, place) in self.known.iter_mut().zip(&mut self.places) {
            let households = self.tables.places[known.place]
                .households
                .unwrap_or_default();
            let ways = bases.iter().enumerate().map(|(base, from)| {
                let straight = Way::straight(&ask.pace, base, *from, place.position);
                let told = self.ways.as_ref();
                told.and_then(|told| told.there_and_back(&ask.pace, straight, *from, known.place))
                    .unwrap_or(straight)
            });
            let Some(way) = Way::quickest(ways) else {
                continue;
            };
            let team_days = cost::team_days(&ask.pace, &way, households);
            (known.base_km, known.base) = (way.great_circle_km, way.base);
            known.too_far = team_days.is_none();
            place.effort = Effort::TeamDays(team_days.unwrap_or(TOO_FAR_TEAM_DAYS));
        }
        self.bases = bases;
    }

    /// The stated bases, and the blocks around the candidates (or the villages
    /// themselves, where no block has a position) for teams without one.
    fn first_bases(&self) -> Vec<LatLng> {
        let mut bases: Vec<LatLng> = self.stated.iter().flatten().copied().collect();
        if self.stated.iter().all(Option::is_some) {
            return bases;
        }
        let blocks: BTreeSet<usize> = self
            .known
            .iter()
            .filter_map(|known| self.tables.places[known.place].parent)
            .collect();
        let positions = blocks
            .iter()
            .filter_map(|block| self.tables.places[*block].position);
        let from = bases.len();
        bases.extend(positions.map(|(latitude, longitude)| LatLng {
            latitude,
            longitude,
        }));
        if bases.len() == from {
            bases.extend(self.places.iter().map(|place| place.position));
        }
        bases
    }

    fn candidate(
        &self,
        number: usize,
        ask: &Ask,
        earlier: &[(usize, NaiveDate, u64)],
        partner: Option<String>,
    ) -> Result<(Candidate, Place), Missing> {
        let row = &self.tables.places[number];
        let (latitude, longitude) = row.position.ok_or(Missing::Position)?;
        let households = row
            .households
            .filter(|n| *n > 0)
            .ok_or(Missing::Households)?;
        let children = row.children.ok_or(Missing::Children)?;
        let position = LatLng {
            latitude,
            longitude,
        };
        let living = Inhabitants {
            children,
            households,
        };
        let parts = self.expectation.parts(&self.tables, number, living);
        let (visits, last_visit) = self.visits(number, households, ask.from, earlier);
        let id_of = |layer: &str| {
            let place = self.tables.ancestor(number, layer);
            place.or(row.parent).map_or_else(
                || "none".to_owned(),
                |place| self.tables.places[place].id.clone(),
            )
        };
        let place = Place {
            id: row.id.clone(),
            position,
            block: id_of("block"),
            district: id_of("district"),
            population: row.population,
            benefit: self.expectation.benefit(&parts),
            effort: Effort::Households(households as f64),
            visits,
            under_observed: parts.iter().any(|part| part.status == Status::NotObserved),
            partner,
            base: None,
        };
        let known = Candidate {
            place: number,
            parts,
            last_visit,
            base_km: 0.0,
            base: 0,
            too_far: false,
        };
        Ok((known, place))
    }

    /// Visits by the release, on the middle day of their year, and by the
    /// request.
    fn visits(
        &self,
        number: usize,
        households: u64,
        from: NaiveDate,
        earlier: &[(usize, NaiveDate, u64)],
    ) -> (Vec<Visit>, LastVisit) {
        let share = |reached: u64| (reached as f64 / households as f64).min(1.0);
        let mut visits = Vec::new();
        let mut last = LastVisit::NotShown;
        for (year, figure) in self.tables.outreach(number) {
            let reached = figure.count.filter(|_| figure.status == Status::Available);
            let middle = NaiveDate::from_ymd_opt(*year, 7, 1);
            if let (Some((reached, _)), Some(middle)) = (reached, middle)
                && *year <= from.year()
            {
                visits.push(Visit {
                    days_ago: (from - middle).num_days().max(0) as f64,
                    share_reached: share(reached),
                });
                last = LastVisit::Year(*year);
            }
        }
        let mut days: Vec<_> = earlier.iter().filter(|(at, ..)| *at == number).collect();
        days.sort();
        for (_, day, reached) in days {
            visits.push(Visit {
                days_ago: (from - *day).num_days().max(0) as f64,
                share_reached: share(*reached),
            });
            last = LastVisit::Day(*day);
        }
        (visits, last)
    }

    fn remedy(&self) -> String {
        if self.places.is_empty() && self.unplannable.is_empty() {
            "the release has no villages there: choose other areas".to_owned()
        } else if self.places.is_empty() {
            format!(
                "load households, children and positions of its {} villages",
                self.unplannable.len()
            )
        } else {
            "no rate is shown there nor in the state around it: choose another theme or period"
                .to_owned()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{ask, release};

    fn candidates(ask: &Ask) -> Result<Candidates, CampaignError> {
        let made = release();
        Candidates::new(ask, &made.manifest, &made.places, &made.scores)
    }

    fn benefit(found: &Candidates, id: &str) -> f64 {
        let place = found.places.iter().find(|place| place.id == id).unwrap();
        place.benefit.mean
    }

    #[test]
    fn a_village_that_is_shown_has_its_own_rate_and_others_that_of_their_block() {
        let found = candidates(&ask()).unwrap();
        assert_eq!(found.places.len(), 40);
        // Rates per 100,000 children; village i has 200 + 20 i of them.
        assert!((benefit(&found, "village:3") - 900.0 * 260.0 / 1e5).abs() < 1e-12);
        assert!((benefit(&found, "village:4") - 60.0 * 280.0 / 1e5).abs() < 1e-12);
        // Block 3 is withheld: the district's rate.
        assert!((benefit(&found, "village:39") - 120.0 * 980.0 / 1e5).abs() < 1e-12);
    }

    #[test]
    fn a_withheld_village_is_planned_as_if_nothing_were_known_of_it() {
        // 4 is withheld and 5 was not looked at: the same rate for both.
        let found = candidates(&ask()).unwrap();
        let rate = |id: &str, children: f64| benefit(&found, id) / children;
        assert!((rate("village:4", 280.0) - rate("village:5", 300.0)).abs() < 1e-15);
        let under: Vec<&str> = found
            .places
            .iter()
            .filter(|place| place.under_observed)
            .map(|place| place.id.as_str())
            .collect();
        assert_eq!(under, ["village:5"]);
    }

    #[test]
    fn households_reached_last_year_lower_the_benefit_of_a_visit() {
        let found = candidates(&ask()).unwrap();
        let place = found
            .places
            .iter()
            .find(|place| place.id == "village:3")
            .unwrap();
        assert_eq!(place.visits.len(), 1);
        assert!((place.visits[0].share_reached - 1.0).abs() < 1e-15);
        // From 1 July 2024 to 6 January 2025.
        assert!((place.visits[0].days_ago - 189.0).abs() < 1e-12);
        assert_eq!(found.known[3].last_visit, LastVisit::Year(2024));
        assert_eq!(found.known[4].last_visit, LastVisit::NotShown);
    }

    #[test]
    fn households_with_a_child_expected_are_counted_where_so_asked() {
        let mut ask = ask();
        ask.counts = crate::ask::CountsAsk::Households;
        let found = candidates(&ask).unwrap();
        // Two children to each of 130 households, at 900 per 100,000.
        let expected = 130.0 * (1.0 - (-2.0 * 900.0 / 1e5_f64).exp());
        assert!((benefit(&found, "village:3") - expected).abs() < 1e-12);
        let children = candidates(&crate::testing::ask()).unwrap();
        for (households, children) in found.places.iter().zip(&children.places) {
            assert!(households.benefit.mean <= children.benefit.mean);
            assert!(households.benefit.lower <= households.benefit.mean);
        }
    }

    #[test]
    fn the_spread_is_that_of_blocks_around_their_district() {
        let found = candidates(&ask()).unwrap();
        let spread = found.expectation.spreads[0];
        assert_eq!(spread.from_places, 3);
        // 60/80, 100/80 and 90/120, equal weights.
        let expected = ((0.0625 + 0.0625 + 0.0625) / 3.0_f64).sqrt();
        assert!((spread.relative - expected).abs() < 1e-12);
    }

    #[test]
    fn draws_have_the_mean_and_the_lower_bound_of_the_benefit() {
        let found = candidates(&ask()).unwrap();
        let parts: Vec<_> = found
            .known
            .iter()
            .map(|known| known.parts.clone())
            .collect();
        let draws = found.expectation.draws(&parts, 4_000, 3);
        for village in [3, 4, 39] {
            let mut drawn: Vec<f64> = draws.iter().map(|draw| draw[village]).collect();
            drawn.sort_by(f64::total_cmp);
            let benefit = found.places[village].benefit;
            let mean = drawn.iter().sum::<f64>() / drawn.len() as f64;
            assert!(
                (mean / benefit.mean - 1.0).abs() < 0.03,
                "{village}: {mean}"
            );
            let lower = drawn[drawn.len() / 40];
            assert!(
                (lower / benefit.lower - 1.0).abs() < 0.06,
                "{village}: {lower}"
            );
        }
        assert_eq!(draws, found.expectation.draws(&parts, 4_000, 3));
        // Villages that borrow one rate rise and fall together.
        let pairs: Vec<(f64, f64)> = draws.iter().map(|d| (d[30].ln(), d[39].ln())).collect();
        assert!(correlation(&pairs) > 0.1, "{}", correlation(&pairs));
    }

    fn correlation(pairs: &[(f64, f64)]) -> f64 {
        let n = pairs.len() as f64;
        let (x, y) = pairs
            .iter()
            .fold((0.0, 0.0), |(x, y), (a, b)| (x + a / n, y + b / n));
        let of =
            |f: &dyn Fn(f64, f64) -> f64| pairs.iter().map(|(a, b)| f(a - x, b - y)).sum::<f64>();
        of(&|a, b| a * b) / (of(&|a, _| a * a) * of(&|_, b| b * b)).sqrt()
    }

    #[test]
    fn names_that_the_release_does_not_have_are_answered_with_the_nearest() {
        let mut wrong = ask();
        wrong.areas = vec!["Name of distrct:2".into()];
        let error = candidates(&wrong).unwrap_err().to_string();
        assert!(
            error.contains("did you mean Name of district:2 (district:2)?"),
            "{error}"
        );
    }

    #[test]
    fn themes_without_a_number_of_children_are_refused_with_those_that_have_one() {
        let mut wrong = ask();
        wrong.themes = [("welfare_gap".to_owned(), 1.0)].into();
        let error = candidates(&wrong).unwrap_err().to_string();
        assert!(error.contains("choose from child_marriage"), "{error}");
    }

    #[test]
    fn a_release_for_others_is_refused() {
        let mut made = release();
        made.manifest.audience = "public".into();
        let error =
            Candidates::new(&ask(), &made.manifest, &made.places, &made.scores).unwrap_err();
        assert!(matches!(error, CampaignError::Audience { .. }), "{error}");
    }
}
