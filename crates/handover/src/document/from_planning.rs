//! The planner's data types as those of the document.
//!
//! Planning names places and teams by number; the document names them by
//! identifier. Kinds that this version does not know are refused by name
//! rather than passed over.

use safeground_planning::choose;
use safeground_planning::schedule::{self, Schedule, ScheduleRequest};

use super::{
    CurvePoint, LeftOutReason, Objective, Position, Reason, Remedy, RoadsAsked, Route, TeamAsked,
    Unscheduled, Visit, WhyNot,
};

/// Something in a plan that the document has no place for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FromPlanningError {
    /// A kind that a newer planner added.
    #[error(
        "the {list} {found} is not known to plan documents of version {}; update the exports",
        super::SCHEMA_VERSION
    )]
    UnknownKind {
        /// Which list of kinds.
        list: &'static str,
        /// The kind, as the planner prints it.
        found: String,
    },
    /// A number that is not in the request.
    #[error(
        "{what} number {number} is not in the request, which has {count}; schedule and request belong together"
    )]
    UnknownNumber {
        /// `stop` or `team`.
        what: &'static str,
        /// The number.
        number: usize,
        /// How many there are.
        count: usize,
    },
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

impl From<choose::LatLng> for Position {
    fn from(point: choose::LatLng) -> Self {
        Self {
            longitude: point.longitude,
            latitude: point.latitude,
        }
    }
}

impl From<choose::Objective> for Objective {
    fn from(objective: choose::Objective) -> Self {
        match objective {
            choose::Objective::WeightedBenefit => Self::WeightedBenefit,
            choose::Objective::MaximumCoverage { service_radius_km } => {
                Self::MaximumCoverage { service_radius_km }
            }
            choose::Objective::PCenter => Self::PCenter,
        }
    }
}

impl From<&choose::CurvePoint> for CurvePoint {
    fn from(point: &choose::CurvePoint) -> Self {
        let plan = point.plan.as_ref();
        Self {
            budget_team_days: point.budget_team_days,
            benefit: plan.map(|plan| plan.value),
            bound: plan.map(|plan| plan.bound),
            gained: point.gained,
            villages: plan.map(|plan| count(plan.chosen.len())),
        }
    }
}

impl From<&schedule::Roads> for RoadsAsked {
    fn from(roads: &schedule::Roads) -> Self {
        match roads {
            schedule::Roads::GreatCircle { road_factor } => Self::GreatCircle {
                road_factor: *road_factor,
            },
            schedule::Roads::Table(_) | schedule::Roads::Ways(_) => Self::Table,
        }
    }
}

impl TryFrom<&choose::Reason> for Reason {
    type Error = FromPlanningError;

    fn try_from(reason: &choose::Reason) -> Result<Self, Self::Error> {
        Ok(match reason {
            choose::Reason::Must => Self::Must,
            choose::Reason::Drawn { probability } => Self::Drawn {
                probability: *probability,
            },
            choose::Reason::BlockFloor { least } => Self::BlockFloor {
                least: count(*least),
            },
            choose::Reason::UnderObservedShare { share } => {
                Self::UnderObservedShare { share: *share }
            }
            choose::Reason::ReachesAlone {
                benefit,
                benefit_per_team_day,
            } => Self::ReachesAlone {
                benefit: *benefit,
                benefit_per_team_day: *benefit_per_team_day,
            },
            choose::Reason::Serves { points, benefit } => Self::Serves {
                points: count(*points),
                benefit: *benefit,
            },
            choose::Reason::NearestFor {
                points,
                farthest_km,
            } => Self::NearestFor {
                points: count(*points),
                farthest_km: *farthest_km,
            },
            other => {
                return Err(FromPlanningError::UnknownKind {
                    list: "reason",
                    found: format!("{other:?}"),
                });
            }
        })
    }
}

impl LeftOutReason {
    /// The reason, and the marginal benefit that goes with it where there is
    /// one.
    ///
    /// # Errors
    /// [`FromPlanningError::UnknownKind`] for a reason of a newer planner.
    pub fn from_planning(
        reason: &choose::LeftOut,
    ) -> Result<(Self, Option<f64>), FromPlanningError> {
        Ok(match reason {
            choose::LeftOut::MustNot => (Self::MustNot, None),
            choose::LeftOut::LeftToPartner => (Self::LeftToPartner, None),
            choose::LeftOut::BeyondBudget { left_team_days } => (
                Self::BeyondBudget {
                    left_team_days: *left_team_days,
                },
                None,
            ),
            choose::LeftOut::BeyondBase { left_team_days, .. } => (
                Self::BeyondBase {
                    left_team_days: *left_team_days,
                },
                None,
            ),
            choose::LeftOut::BaseSpent {
                left_team_days,
                benefit,
                ..
            } => (
                Self::BaseSpent {
                    left_team_days: *left_team_days,
                },
                Some(*benefit),
            ),
            choose::LeftOut::ServedAlready => (Self::ServedAlready, Some(0.0)),
            choose::LeftOut::AddsLess {
                benefit,
                benefit_per_team_day,
            } => (
                Self::AddsLess {
                    benefit_per_team_day: *benefit_per_team_day,
                },
                Some(*benefit),
            ),
            choose::LeftOut::NotNearEnough => (Self::NotNearEnough, None),
            other => {
                return Err(FromPlanningError::UnknownKind {
                    list: "reason for leaving out",
                    found: format!("{other:?}"),
                });
            }
        })
    }
}

impl TeamAsked {
    /// A team of a schedule request under a label for paper.
    #[must_use]
    pub fn from_planning(team: &schedule::Team, label: &str) -> Self {
        Self {
            id: team.id.clone(),
            label: label.to_owned(),
            base: team.base.into(),
            dates: team.dates.clone(),
            day_starts_minute: team.day_starts_minute,
            hours_per_day: team.hours_per_day,
            speed_km_per_hour: team.speed_km_per_hour,
            most_km_per_day: team.most_km_per_day,
            most_households_per_day: team.most_households_per_day,
            minutes_per_household: team.minutes_per_household,
            minutes_per_visit: team.minutes_per_visit,
        }
    }
}

/// Routes of a schedule, by date and then by team, and what it leaves out.
///
/// # Errors
/// [`FromPlanningError`] where the schedule is not of this request, or of a
/// newer planner.
pub fn from_schedule(
    request: &ScheduleRequest,
    schedule: &Schedule,
) -> Result<(Vec<Route>, Vec<Unscheduled>), FromPlanningError> {
    let names = Names(request);
    let mut routes = Vec::new();
    for (team, day) in schedule.days() {
        let mut visits = Vec::with_capacity(day.visits.len());
        for visit in &day.visits {
            visits.push(Visit {
                place_id: names.stop(visit.stop)?,
                km: visit.km,
                arrival_minute: visit.arrival_minute,
                start_minute: visit.start_minute,
                leave_minute: visit.leave_minute,
                households: visit.households,
            });
        }
        routes.push((
            day.date,
            team,
            Route {
                team_id: names.team(team)?,
                date: day.date,
                departure_minute: day.departure_minute,
                return_minute: day.return_minute,
                km: day.km,
                visits,
            },
        ));
    }
    routes.sort_by_key(|(date, team, _)| (*date, *team));
    let unscheduled: Result<_, _> = schedule
        .unscheduled
        .iter()
        .map(|left| names.unscheduled(left))
        .collect();
    let routes = routes.into_iter().map(|(_, _, route)| route).collect();
    Ok((routes, unscheduled?))
}

struct Names<'a>(&'a ScheduleRequest);

impl Names<'_> {
    fn stop(&self, number: usize) -> Result<String, FromPlanningError> {
        let stops = &self.0.stops;
        let stop = stops.get(number).map(|stop| stop.id.clone());
        stop.ok_or(FromPlanningError::UnknownNumber {
            what: "stop",
            number,
            count: stops.len(),
        })
    }

    fn team(&self, number: usize) -> Result<String, FromPlanningError> {
        let teams = &self.0.teams;
        let team = teams.get(number).map(|team| team.id.clone());
        team.ok_or(FromPlanningError::UnknownNumber {
            what: "team",
            number,
            count: teams.len(),
        })
    }

    fn unscheduled(&self, left: &schedule::Unscheduled) -> Result<Unscheduled, FromPlanningError> {
        let why = match &left.why {
            schedule::WhyNot::NoOpenDay => WhyNot::NoOpenDay,
            schedule::WhyNot::TooFar { needs_km } => WhyNot::TooFar {
                needs_km: *needs_km,
            },
            schedule::WhyNot::TooShort => WhyNot::TooShort,
            schedule::WhyNot::Full => WhyNot::Full,
            schedule::WhyNot::Refused => WhyNot::Refused,
            other => {
                return Err(FromPlanningError::UnknownKind {
                    list: "reason for not scheduling",
                    found: format!("{other:?}"),
                });
            }
        };
        let remedies: Result<_, _> = left.remedies.iter().map(|r| self.remedy(r)).collect();
        Ok(Unscheduled {
            place_id: self.stop(left.stop)?,
            households: left.households,
            why,
            remedies: remedies?,
        })
    }

    fn remedy(&self, remedy: &schedule::ScheduleRemedy) -> Result<Remedy, FromPlanningError> {
        use schedule::ScheduleRemedy as Planned;
        Ok(match remedy {
            Planned::AddDate { team, date } => Remedy::AddDate {
                team_id: self.team(*team)?,
                date: *date,
            },
            Planned::LengthenDay {
                team,
                date,
                minutes,
            } => Remedy::LengthenDay {
                team_id: self.team(*team)?,
                date: *date,
                minutes: *minutes,
            },
            Planned::RaiseKm { team, date, km } => Remedy::RaiseKm {
                team_id: self.team(*team)?,
                date: *date,
                km: *km,
            },
            Planned::RaiseHouseholds {
                team,
                date,
                households,
            } => Remedy::RaiseHouseholds {
                team_id: self.team(*team)?,
                date: *date,
                households: *households,
            },
            Planned::OpenLonger {
                team,
                date,
                minutes,
            } => Remedy::OpenLonger {
                team_id: self.team(*team)?,
                date: *date,
                minutes: *minutes,
            },
            other => {
                return Err(FromPlanningError::UnknownKind {
                    list: "remedy",
                    found: format!("{other:?}"),
                });
            }
        })
    }
}
