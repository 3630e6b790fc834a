//! What in a document contradicts itself.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Figure, PlanDocument, Position, Role, SCHEMA_VERSION, Source, Span, Status, UnplannableReason,
};

/// What is wrong at a place of a document.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FaultKind {
    /// Another version of the JSON.
    #[error("version {found}; expected {SCHEMA_VERSION}; use the exports of that version")]
    Version {
        /// The version found.
        found: u32,
    },
    /// An identifier with other characters than file names can carry.
    #[error(
        "{value:?}; expected 1 to 128 letters, digits, `-`, `_`, `.`, `:` or `@`, and a letter, digit or `_` first"
    )]
    Identifier {
        /// The identifier.
        value: String,
    },
    /// An identifier that came before.
    #[error("{value:?} came before; expected each once")]
    Repeated {
        /// The identifier.
        value: String,
    },
    /// An identifier that names nothing.
    #[error("{value:?} is not in the document; expected one of its {expected}")]
    Unknown {
        /// The identifier.
        value: String,
        /// What it should name.
        expected: &'static str,
    },
    /// A number outside its domain.
    #[error("{value}; expected {expected}")]
    Number {
        /// The number.
        value: String,
        /// Its domain in words.
        expected: &'static str,
    },
    /// A figure that contradicts its status.
    #[error("{what}; give numbers where they are available and none elsewhere")]
    Figure {
        /// What is wrong with it.
        what: &'static str,
    },
    /// A zero about children.
    #[error(
        "a protected figure says zero, which tells that no child is there; expected below_threshold"
    )]
    ProtectedZero,
    /// Dates the wrong way round.
    #[error("the first day lies after the last; swap them")]
    Dates,
    /// A date on which nothing may happen.
    #[error("{date} {what}")]
    Date {
        /// The date.
        date: chrono::NaiveDate,
        /// What is wrong with it.
        what: &'static str,
    },
    /// Nothing where a text is needed.
    #[error("empty; expected a text")]
    Empty,
}

/// A fault of a document, with its place.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {kind}")]
pub struct DocumentFault {
    /// Where, as in `villages[3].population`.
    pub place: String,
    /// What is wrong.
    pub kind: FaultKind,
}

impl PlanDocument {
    /// Checks that the document is whole: identifiers unique and known,
    /// numbers finite and in their domains, figures at one with their status,
    /// no protected figure `zero`, every visit by a team on one of its dates.
    /// O(document · log).
    ///
    /// # Errors
    /// All faults, in the order of the document.
    pub fn check(&self) -> Result<(), Vec<DocumentFault>> {
        let mut check = Check(Vec::new());
        check.head(self);
        check.asked(self);
        check.summary(self);
        let places = check.villages(self);
        check.left_out(self, &places);
        check.unplannable(self, &places);
        check.routes(self, &places);
        check.spans("blackouts", &self.blackouts);
        check.spans("priorities", &self.priorities);
        if check.0.is_empty() {
            Ok(())
        } else {
            Err(check.0)
        }
    }
}

struct Check(Vec<DocumentFault>);

impl Check {
    fn add(&mut self, place: impl Into<String>, kind: FaultKind) {
        self.0.push(DocumentFault {
            place: place.into(),
            kind,
        });
    }

    fn identifier(&mut self, place: &str, value: &str) {
        let allowed = |c: char| c.is_ascii_alphanumeric() || "-_.:@".contains(c);
        let whole = (1..=128).contains(&value.len()) && value.chars().all(allowed);
        if !whole || value.starts_with(['.', '-', ':', '@']) {
            let value = value.chars().take(128).collect();
            self.add(place, FaultKind::Identifier { value });
        }
    }

    fn text(&mut self, place: &str, value: &str) {
        if value.trim().is_empty() {
            self.add(place, FaultKind::Empty);
        }
    }

    fn number(&mut self, place: &str, value: f64, holds: bool, expected: &'static str) {
        if !(value.is_finite() && holds) {
            let value = value.to_string();
            self.add(place, FaultKind::Number { value, expected });
        }
    }

    fn not_negative(&mut self, place: &str, value: f64) {
        self.number(
            place,
            value,
            value >= 0.0,
            "a finite number, not below zero",
        );
    }

    fn share(&mut self, place: &str, value: Option<f64>) {
        if let Some(value) = value {
            let holds = (0.0..=1.0).contains(&value);
            self.number(place, value, holds, "a number from 0 to 1");
        }
    }

    fn minutes(&mut self, place: &str, minutes: &[f64]) {
        for value in minutes {
            let holds = (0.0..=1_440.0).contains(value);
            self.number(place, *value, holds, "minutes after midnight, 0 to 1440");
        }
        if let Some(pair) = minutes.windows(2).find(|pair| pair[0] > pair[1]) {
            self.number(place, pair[1], false, "times in the order of the day");
        }
    }

    fn figure(&mut self, place: &str, figure: &Figure) {
        if let Some(what) = figure.fault() {
            self.add(place, FaultKind::Figure { what });
        }
    }

    /// A count: a figure that is not below zero.
    fn count(&mut self, place: &str, figure: &Figure) {
        self.figure(place, figure);
        let parts = [figure.value, figure.low, figure.high];
        if let Some(value) = parts.into_iter().flatten().find(|value| *value < 0.0) {
            self.number(place, value, false, "a count, not below zero");
        }
    }

    fn position(&mut self, place: &str, position: Position) {
        for (value, most, expected) in [
            (position.longitude, 180.0, "a longitude, -180 to 180"),
            (position.latitude, 90.0, "a latitude, -90 to 90"),
        ] {
            self.number(place, value, (-most..=most).contains(&value), expected);
        }
    }

    fn head(&mut self, document: &PlanDocument) {
        if document.schema_version != SCHEMA_VERSION {
            let found = document.schema_version;
            self.add("schema_version", FaultKind::Version { found });
        }
        self.identifier("plan_id", &document.plan_id);
        self.identifier("release_id", &document.release_id);
        self.text("title", &document.title);
        self.text("area.name", &document.area.name);
    }

    fn asked(&mut self, document: &PlanDocument) {
        let asked = &document.asked;
        if asked.from > asked.until {
            self.add("asked.from", FaultKind::Dates);
        }
        self.not_negative("asked.budget_team_days", asked.budget_team_days);
        let share = asked.floors.under_observed_share;
        self.share("asked.floors.under_observed_share", Some(share));
        let explored = asked.exploration.map(|explored| explored.share);
        self.share("asked.exploration.share", explored);
        let mut seen = BTreeSet::new();
        for (number, team) in asked.teams.iter().enumerate() {
            let place = format!("asked.teams[{number}]");
            self.identifier(&format!("{place}.id"), &team.id);
            self.text(&format!("{place}.label"), &team.label);
            self.position(&format!("{place}.base"), team.base);
            if !seen.insert(&team.id) {
                let value = team.id.clone();
                self.add(format!("{place}.id"), FaultKind::Repeated { value });
            }
            let end = team.day_starts_minute + 60.0 * team.hours_per_day;
            self.minutes(
                &format!("{place}.hours_per_day"),
                &[team.day_starts_minute, end],
            );
            for (name, value) in [
                ("speed_km_per_hour", team.speed_km_per_hour),
                ("most_km_per_day", team.most_km_per_day),
            ] {
                let holds = value > 0.0;
                let place = format!("{place}.{name}");
                self.number(&place, value, holds, "a finite number above zero");
            }
            for (name, value) in [
                ("minutes_per_household", team.minutes_per_household),
                ("minutes_per_visit", team.minutes_per_visit),
            ] {
                self.not_negative(&format!("{place}.{name}"), value);
            }
        }
    }

    fn summary(&mut self, document: &PlanDocument) {
        let summary = &document.summary;
        for (place, value) in [
            ("summary.benefit", summary.benefit),
            ("summary.bound", summary.bound),
            ("summary.team_days", summary.team_days),
        ] {
            self.not_negative(place, value);
        }
        self.share("summary.gap", Some(summary.gap));
        self.count("summary.area_benefit", &summary.area_benefit);
        self.count("summary.population_chosen", &summary.population_chosen);
        self.count("summary.population_area", &summary.population_area);
        for (number, point) in document.curve.iter().enumerate() {
            let numbers = [point.benefit, point.bound, point.gained];
            let place = format!("curve[{number}]");
            self.not_negative(&place, point.budget_team_days);
            for value in numbers.into_iter().flatten() {
                self.not_negative(&place, value);
            }
        }
    }

    /// Returns the identifiers of the villages.
    fn villages<'a>(&mut self, document: &'a PlanDocument) -> BTreeSet<&'a str> {
        let mut seen = BTreeSet::new();
        for (number, village) in document.villages.iter().enumerate() {
            let at = |field: &str| format!("villages[{number}].{field}");
            self.identifier(&at("place_id"), &village.place_id);
            if !seen.insert(village.place_id.as_str()) {
                let value = village.place_id.clone();
                self.add(at("place_id"), FaultKind::Repeated { value });
            }
            self.text(&at("name"), &village.name);
            self.position(&at("position"), village.position);
            self.count(&at("population"), &village.population);
            self.count(&at("households"), &village.households);
            self.figure(&at("benefit"), &village.benefit);
            self.share(&at("remaining_share"), Some(village.remaining_share));
            let probability = village.selection_probability;
            self.share(&at("selection_probability"), probability);
            if let Role::Explored { probability } = village.role {
                let holds = probability > 0.0 && probability <= 1.0;
                let expected = "a probability above 0 and at most 1";
                self.number(&at("role"), probability, holds, expected);
            }
            self.not_negative(&at("team_days"), village.team_days);
            if let Some(km) = village.base_distance_km {
                self.not_negative(&at("base_distance_km"), km);
            }
            for (part_number, part) in village.scores.iter().enumerate() {
                let place = at(&format!("scores[{part_number}]"));
                self.figure(&place, &part.figure);
                self.share(&place, part.q_value);
                if let Some(observations) = &part.observations {
                    self.count(&place, observations);
                }
                let says_zero = |figure: &Figure| figure.status == Status::Zero;
                let zero =
                    says_zero(&part.figure) || part.observations.as_ref().is_some_and(says_zero);
                if part.source == Source::Protected && zero {
                    self.add(place, FaultKind::ProtectedZero);
                }
            }
        }
        seen
    }

    fn left_out(&mut self, document: &PlanDocument, places: &BTreeSet<&str>) {
        let mut seen = places.clone();
        for (number, left) in document.left_out.iter().enumerate() {
            let at = |field: &str| format!("left_out[{number}].{field}");
            self.identifier(&at("place_id"), &left.place_id);
            if !seen.insert(left.place_id.as_str()) {
                let value = left.place_id.clone();
                self.add(at("place_id"), FaultKind::Repeated { value });
            }
            self.position(&at("position"), left.position);
            self.count(&at("population"), &left.population);
            self.not_negative(&at("team_days"), left.team_days);
            if let Some(benefit) = left.marginal_benefit {
                self.not_negative(&at("marginal_benefit"), benefit);
            }
        }
    }

    fn unplannable(&mut self, document: &PlanDocument, places: &BTreeSet<&str>) {
        let mut seen = places.clone();
        for (number, village) in document.unplannable.iter().enumerate() {
            let at = |field: &str| format!("unplannable[{number}].{field}");
            self.identifier(&at("place_id"), &village.place_id);
            if !seen.insert(village.place_id.as_str()) {
                let value = village.place_id.clone();
                self.add(at("place_id"), FaultKind::Repeated { value });
            }
            self.count(&at("population"), &village.population);
            if let UnplannableReason::TooFar { base_distance_km } = village.reason {
                self.not_negative(&at("reason"), base_distance_km);
            }
        }
        let listed = document.unplannable.len() as u64;
        let all = document.unplannable_villages;
        self.number(
            "unplannable_villages",
            all as f64,
            listed <= all,
            "at least as many as are listed",
        );
    }

    fn routes(&mut self, document: &PlanDocument, places: &BTreeSet<&str>) {
        let asked = &document.asked;
        let dates: BTreeMap<&str, BTreeSet<_>> = asked
            .teams
            .iter()
            .map(|team| (team.id.as_str(), team.dates.iter().copied().collect()))
            .collect();
        let mut seen = BTreeSet::new();
        for (number, route) in document.routes.iter().enumerate() {
            let at = |field: &str| format!("routes[{number}].{field}");
            let date = route.date;
            match dates.get(route.team_id.as_str()) {
                None => self.unknown(at("team_id"), &route.team_id, "teams"),
                Some(dates) if !dates.contains(&date) => {
                    let what = "is no working day of the team; move the visits";
                    self.add(at("date"), FaultKind::Date { date, what });
                }
                Some(_) => {}
            }
            if !(asked.from..=asked.until).contains(&date) {
                let what = "lies outside the weeks of the plan; move the visits";
                self.add(at("date"), FaultKind::Date { date, what });
            }
            if !seen.insert((route.team_id.as_str(), date)) {
                let value = format!("{} {date}", route.team_id);
                self.add(at("date"), FaultKind::Repeated { value });
            }
            self.not_negative(&at("km"), route.km);
            let ends = [route.departure_minute, route.return_minute];
            self.minutes(&at("departure_minute"), &ends);
            for (order, visit) in route.visits.iter().enumerate() {
                let place = at(&format!("visits[{order}]"));
                if !places.contains(visit.place_id.as_str()) {
                    self.unknown(place.clone(), &visit.place_id, "villages");
                }
                self.not_negative(&place, visit.km);
                let times = [visit.arrival_minute, visit.start_minute, visit.leave_minute];
                self.minutes(&place, &times);
            }
        }
        for (number, left) in document.unscheduled.iter().enumerate() {
            if !places.contains(left.place_id.as_str()) {
                let place = format!("unscheduled[{number}].place_id");
                self.unknown(place, &left.place_id, "villages");
            }
            for remedy in &left.remedies {
                let (team, _) = remedy.team_day();
                if !dates.contains_key(team) {
                    self.unknown(format!("unscheduled[{number}].remedies"), team, "teams");
                }
            }
        }
    }

    fn unknown(&mut self, place: String, value: &str, expected: &'static str) {
        let value = value.to_owned();
        self.add(place, FaultKind::Unknown { value, expected });
    }

    fn spans(&mut self, list: &str, spans: &[Span]) {
        for (number, span) in spans.iter().enumerate() {
            if span.from > span.until {
                self.add(format!("{list}[{number}].from"), FaultKind::Dates);
            }
        }
    }
}
