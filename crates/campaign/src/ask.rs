//! What a planner asks.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike as _, NaiveDate, Weekday};
use serde::{Deserialize, Serialize};

use crate::CampaignError;
pub use crate::settings::{
    BaseAsk, BordersAsk, Calendar, CountsAsk, EarlierAsk, FloorsAsk, MeasureAsk, ObjectiveAsk,
    OpenAsk, PaceAsk, RolloutAsk, SearchAsk, SolverAsk, SpanAsk, TeamAsk, TravelAsk, UntoldAsk,
    VisitAsk, WayAsk,
};

/// What a planner asks: where, with whom, when, what for.
///
/// Written as TOML or JSON; [`Ask::EXAMPLE`] explains each field. Places are
/// given by identifier (`block:99001`) or by name where one place alone has it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Ask {
    /// Title of the plan, for its readers.
    #[serde(default)]
    pub title: String,
    /// Districts or blocks to choose villages from.
    pub areas: Vec<String>,
    /// Themes whose expected children are to be reached, each with its weight.
    pub themes: BTreeMap<String, f64>,
    /// Period of the figures; the latest that every theme has, if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub period: Option<String>,
    /// First day of the campaign.
    pub from: NaiveDate,
    /// Weeks that it lasts.
    pub weeks: u32,
    /// Weekdays on which teams work, `mon` to `sun`.
    #[serde(default = "default_weekdays")]
    #[schemars(with = "Vec<String>")]
    pub weekdays: Vec<Weekday>,
    /// Days on which nobody works.
    #[serde(default)]
    pub holidays: BTreeSet<NaiveDate>,
    /// Teams.
    pub teams: Vec<TeamAsk>,
    /// Team-days to spend; all working days of all teams, if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget_team_days: Option<f64>,
    /// Most villages, whatever they cost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub most_villages: Option<usize>,
    /// What a good choice is.
    #[serde(default)]
    pub objective: ObjectiveAsk,
    /// Kilometres within which a visit serves people of other villages; for
    /// `maximum_coverage` alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service_radius_km: Option<f64>,
    /// Whether children are counted or the households that they live in.
    #[serde(default, skip_serializing_if = "CountsAsk::is_children")]
    pub counts: CountsAsk,
    /// Whether the mean of the expected benefit counts or its lower bound.
    #[serde(default)]
    pub measure: MeasureAsk,
    /// How fast teams work and travel.
    #[serde(default)]
    pub pace: PaceAsk,
    /// Ways that are known, for costs, areas and routes; great circle ×
    /// `pace.road_factor` for all others.
    #[serde(default, skip_serializing_if = "TravelAsk::is_empty")]
    pub travel: TravelAsk,
    /// How earlier campaigns lower the benefit.
    #[serde(default)]
    pub earlier: EarlierAsk,
    /// Villages that must be visited.
    #[serde(default)]
    pub musts: Vec<String>,
    /// Villages that must not be visited.
    #[serde(default)]
    pub must_nots: Vec<String>,
    /// Partner in whose territory a district, block or village lies.
    #[serde(default)]
    pub territories: BTreeMap<String, String>,
    /// Partners whose teams take part.
    #[serde(default)]
    pub partners: BTreeSet<String>,
    /// Equity floors.
    #[serde(default)]
    pub floors: FloorsAsk,
    /// Villages drawn by lot, so that what the scores miss can be seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exploration_share: Option<f64>,
    /// A random order within score bands, so that impact can be estimated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rollout: Option<RolloutAsk>,
    /// Days without visits: festivals, examinations, harvest.
    #[serde(default)]
    pub blackouts: Vec<SpanAsk>,
    /// Days on which visits are wanted most, such as the weeks before Akshaya
    /// Tritiya.
    #[serde(default)]
    pub priorities: Vec<SpanAsk>,
    /// Hours in which villages can be visited: market days, school days.
    #[serde(default)]
    pub open_hours: Vec<OpenAsk>,
    /// How hard is searched.
    #[serde(default)]
    pub search: SearchAsk,
    /// Seed of everything random.
    #[serde(default)]
    pub seed: u64,
}

impl Ask {
    /// A request to start from, with every field explained.
    pub const EXAMPLE: &'static str = include_str!("example.toml");

    /// Reads TOML.
    ///
    /// # Errors
    /// [`CampaignError::Unreadable`] with line and reason.
    pub fn from_toml(text: &str) -> Result<Self, CampaignError> {
        toml::from_str(text).map_err(|error| CampaignError::Unreadable {
            reason: error.to_string(),
        })
    }

    /// Reads JSON.
    ///
    /// # Errors
    /// [`CampaignError::Unreadable`] with line and reason.
    pub fn from_json(text: &[u8]) -> Result<Self, CampaignError> {
        serde_json::from_slice(text).map_err(|error| CampaignError::Unreadable {
            reason: error.to_string(),
        })
    }

    /// Adds a calendar's days.
    pub fn add(&mut self, calendar: Calendar) {
        self.holidays.extend(calendar.holidays);
        self.blackouts.extend(calendar.blackouts);
        self.priorities.extend(calendar.priorities);
    }

    /// Last day of the campaign.
    #[must_use]
    pub fn until(&self) -> NaiveDate {
        self.from + chrono::Days::new(u64::from(self.weeks) * 7 - 1)
    }

    /// Checks what needs no release: counts, dates, shares.
    ///
    /// # Errors
    /// The first field outside its domain.
    pub fn check(&self) -> Result<(), CampaignError> {
        let fail = |field: &str, value: String, expected| {
            Err(CampaignError::Setting {
                field: field.to_owned(),
                value,
                expected,
            })
        };
        if self.areas.is_empty() {
            return fail("areas", "empty".into(), "at least one district or block");
        }
        if self.themes.is_empty() {
            return fail(
                "themes",
                "empty".into(),
                "at least one theme with its weight",
            );
        }
        for (theme, weight) in &self.themes {
            if !(weight.is_finite() && *weight > 0.0) {
                let field = format!("themes.{theme}");
                return fail(&field, weight.to_string(), "a weight above 0");
            }
        }
        if !(1..=104).contains(&self.weeks) {
            return fail("weeks", self.weeks.to_string(), "1 to 104 weeks");
        }
        // Days far away would overflow the calendar.
        if !(2000..=2200).contains(&self.from.year()) {
            return fail(
                "from",
                self.from.to_string(),
                "a day of the years 2000 to 2200",
            );
        }
        if self.teams.is_empty() {
            return fail("teams", "empty".into(), "at least one team");
        }
        if self.teams.len() > 500 {
            return fail("teams", self.teams.len().to_string(), "at most 500 teams");
        }
        if self.weekdays.is_empty() {
            return fail("weekdays", "empty".into(), "at least one day of the week");
        }
        if self.search.draws > 2_000 {
            let draws = self.search.draws.to_string();
            return fail("search.draws", draws, "at most 2,000");
        }
        if self.search.route_rounds > 20_000 {
            let rounds = self.search.route_rounds.to_string();
            return fail("search.route_rounds", rounds, "at most 20,000");
        }
        if self.search.exact_nodes > 1_000_000 {
            let nodes = self.search.exact_nodes.to_string();
            return fail("search.exact_nodes", nodes, "at most 1,000,000");
        }
        if let (BordersAsk::Kept, Some(km)) = (self.search.borders, self.search.border_km) {
            let expected = "left out where search.borders is \"kept\"";
            return fail("search.border_km", km.to_string(), expected);
        }
        self.check_numbers()?;
        self.travel.check()?;
        let radius = self.service_radius_km;
        match (self.objective, radius) {
            (ObjectiveAsk::MaximumCoverage, None) => fail(
                "service_radius_km",
                "absent".into(),
                "kilometres within which a visit serves people, for `maximum_coverage`",
            ),
            (ObjectiveAsk::WeightedBenefit | ObjectiveAsk::PCenter, Some(radius)) => fail(
                "service_radius_km",
                radius.to_string(),
                "nothing: it belongs to `objective = \"maximum_coverage\"`",
            ),
            _ => Ok(()),
        }
    }
}

impl Ask {
    /// Numbers from which costs and benefits are computed: one outside its
    /// domain would else be told as a fault of some village.
    fn check_numbers(&self) -> Result<(), CampaignError> {
        let (pace, earlier) = (&self.pace, &self.earlier);
        let above_zero = "a finite number above 0";
        let day = 60.0 * pace.hours_per_day;
        let checks = [
            (
                "pace.households_per_team_day",
                pace.households_per_team_day,
                pace.households_per_team_day > 0.0,
                above_zero,
            ),
            (
                "pace.hours_per_day",
                pace.hours_per_day,
                pace.hours_per_day > 0.0 && pace.hours_per_day <= 24.0,
                "hours above 0, at most 24",
            ),
            (
                "pace.minutes_per_visit",
                pace.minutes_per_visit,
                pace.minutes_per_visit >= 0.0 && pace.minutes_per_visit < day,
                "minutes, not below 0 and less than a working day (pace.hours_per_day)",
            ),
            (
                "pace.speed_km_per_hour",
                pace.speed_km_per_hour,
                pace.speed_km_per_hour > 0.0,
                above_zero,
            ),
            (
                "pace.road_factor",
                pace.road_factor,
                pace.road_factor >= 1.0,
                "a finite number of at least 1",
            ),
            (
                "pace.most_km_per_day",
                pace.most_km_per_day,
                pace.most_km_per_day > 0.0,
                above_zero,
            ),
            (
                "search.border_km",
                self.search.border_km.unwrap_or(0.0),
                self.search.border_km.is_none_or(|km| km >= 0.0),
                "a finite number of km, not below 0",
            ),
            (
                "earlier.half_life_days",
                earlier.half_life_days,
                earlier.half_life_days > 0.0,
                above_zero,
            ),
            (
                "earlier.strength",
                earlier.strength,
                (0.0..=1.0).contains(&earlier.strength),
                "a share, 0 to 1",
            ),
            (
                "floors.not_observed_share",
                self.floors.not_observed_share,
                (0.0..=1.0).contains(&self.floors.not_observed_share),
                "a share, 0 to 1",
            ),
            (
                "budget_team_days",
                self.budget_team_days.unwrap_or(1.0),
                self.budget_team_days.is_none_or(|days| days > 0.0),
                above_zero,
            ),
        ];
        match checks
            .into_iter()
            .find(|(_, value, holds, _)| !(value.is_finite() && *holds))
        {
            None => Ok(()),
            Some((field, value, _, expected)) => Err(CampaignError::Setting {
                field: field.to_owned(),
                value: value.to_string(),
                expected,
            }),
        }
    }
}

/// Minutes after midnight of `HH:MM`.
///
/// # Errors
/// [`CampaignError::Setting`] for anything else.
pub fn minute_of(field: &str, text: &str) -> Result<u32, CampaignError> {
    let minute = text.split_once(':').and_then(|(hours, minutes)| {
        let (hours, minutes) = (hours.parse::<u32>().ok()?, minutes.parse::<u32>().ok()?);
        (minutes < 60 && hours * 60 + minutes <= 1_440).then_some(hours * 60 + minutes)
    });
    minute.ok_or_else(|| CampaignError::Setting {
        field: field.to_owned(),
        value: text.to_owned(),
        expected: "a time of day such as 09:30, at most 24:00",
    })
}

fn default_weekdays() -> Vec<Weekday> {
    vec![
        Weekday::Mon,
        Weekday::Tue,
        Weekday::Wed,
        Weekday::Thu,
        Weekday::Fri,
        Weekday::Sat,
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_reads_and_says_what_the_defaults_are() {
        let ask = Ask::from_toml(Ask::EXAMPLE).unwrap();
        ask.check().unwrap();
        assert_eq!(ask.pace, PaceAsk::default());
        assert_eq!(ask.search, SearchAsk::default());
        assert_eq!(ask.earlier, EarlierAsk::default());
        assert_eq!(ask.weekdays, default_weekdays());
    }

    #[test]
    fn a_field_misspelt_is_named() {
        let text = Ask::EXAMPLE.replace("weeks =", "week =");
        let error = Ask::from_toml(&text).unwrap_err().to_string();
        assert!(error.contains("`week`"), "{error}");
    }

    #[test]
    fn a_pace_that_is_none_is_named_and_no_village_is_blamed() {
        for (text, field) in [
            (
                "hours_per_day = 7.0|hours_per_day = 0.0",
                "pace.hours_per_day",
            ),
            (
                "households_per_team_day = 60.0|households_per_team_day = -5.0",
                "pace.households_per_team_day",
            ),
            (
                "minutes_per_visit = 30.0|minutes_per_visit = 500.0",
                "pace.minutes_per_visit",
            ),
            (
                "most_km_per_day = 120.0|most_km_per_day = nan",
                "pace.most_km_per_day",
            ),
            ("road_factor = 1.4|road_factor = 0.5", "pace.road_factor"),
            ("strength = 0.8|strength = 2.0", "earlier.strength"),
            ("# border_km = 3.0|border_km = -1.0", "search.border_km"),
            (
                "borders = \"open\"|borders = \"kept\"\nborder_km = 3.0",
                "search.border_km",
            ),
            (
                "# budget_team_days = 60|budget_team_days = -1.0",
                "budget_team_days",
            ),
        ] {
            let (from, to) = text.split_once('|').unwrap();
            assert!(Ask::EXAMPLE.contains(from), "{from}");
            let ask = Ask::from_toml(&Ask::EXAMPLE.replace(from, to)).unwrap();
            let error = ask.check().unwrap_err().to_string();
            assert!(error.starts_with(&format!("`{field}` is ")), "{error}");
        }
    }

    #[test]
    fn a_time_of_day_is_read_to_the_minute() {
        assert_eq!(minute_of("from", "09:30").unwrap(), 570);
        assert!(minute_of("from", "9.30").is_err());
        assert!(minute_of("from", "24:01").is_err());
    }
}
