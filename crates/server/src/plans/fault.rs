//! What is wrong with a request for a plan, for the planner who made it.
//!
//! Faults speak of the planner's own request and of names that the release
//! holds, and of nothing else.

use std::sync::Arc;

use safeground_campaign::{Ask, CampaignError};
use safeground_planning::PlanningError;
use safeground_planning::choose::{Constraint, Fault as Choice, Remedy};
use safeground_planning::schedule::ScheduleFault;
use serde::Serialize;
use serde_json::Value;

use super::Outcome;

/// A fault of a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub(crate) struct Fault {
    /// Stable name of the kind of fault.
    #[schema(example = "setting")]
    pub(crate) code: &'static str,
    /// Path of the field, such as `teams[0].base`; absent where it is no
    /// single one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) field: Option<String>,
    /// Value given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) value: Option<String>,
    /// What is wrong, in English.
    pub(crate) message: String,
    /// Values that would be taken.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) valid: Vec<String>,
    /// Changes that mend it, each alone, each the smallest of its kind.
    pub(crate) remedies: Vec<Mend>,
}

/// A change that mends a fault.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub(crate) struct Mend {
    /// In English.
    pub(crate) text: String,
    /// Field to change, where the change is that of one value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) field: Option<&'static str>,
    /// Its new value.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub(crate) value: Option<Value>,
}

impl Mend {
    fn words(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            field: None,
            value: None,
        }
    }

    fn set(text: impl Into<String>, field: &'static str, value: impl Into<Value>) -> Self {
        Self {
            text: text.into(),
            field: Some(field),
            value: Some(value.into()),
        }
    }
}

/// What came of a request that brought no plan.
pub(crate) fn outcome_of(ask: &Ask, error: &CampaignError) -> Outcome {
    let one = |fault| Outcome::Refused(Arc::new(vec![fault]));
    match error {
        CampaignError::Setting {
            field,
            value,
            expected,
        } => one(Fault {
            value: Some(value.clone()),
            remedies: vec![Mend::words(format!("expected {expected}"))],
            ..fault("setting", Some(field), error)
        }),
        CampaignError::Unknown {
            field,
            value,
            nearest,
            ..
        } => one(Fault {
            value: Some(value.clone()),
            valid: nearest.iter().cloned().collect(),
            remedies: vec![Mend::words(match nearest {
                Some(near) => format!("write {near}, or take it off"),
                None => "take it off".to_owned(),
            })],
            ..fault("unknown", Some(field), error)
        }),
        CampaignError::Ambiguous { field, value, ids } => one(Fault {
            value: Some(value.clone()),
            valid: ids.clone(),
            remedies: vec![Mend::words("write one of `valid` instead")],
            ..fault("ambiguous", Some(field), error)
        }),
        CampaignError::Theme {
            theme, possible, ..
        } => one(Fault {
            value: Some(theme.clone()),
            valid: possible.clone(),
            remedies: vec![Mend::words("choose from `valid`")],
            ..fault("theme", Some("themes"), error)
        }),
        CampaignError::TooLarge {
            field,
            found,
            remedy,
            ..
        } => one(Fault {
            value: Some(found.to_string()),
            remedies: vec![Mend::words(remedy.clone())],
            ..fault("too-large", Some(field), error)
        }),
        CampaignError::Ways { .. } => one(fault("ways", Some("travel.ways"), error)),
        CampaignError::UntoldWays { .. } => one(fault("untold-ways", Some("travel.ways"), error)),
        CampaignError::NoCandidates { remedy } => one(Fault {
            remedies: vec![Mend::words(remedy.clone())],
            ..fault("no-candidates", Some("areas"), error)
        }),
        CampaignError::Planning(error) => Outcome::Refused(Arc::new(of_planner(ask, error))),
        CampaignError::Check { .. } | CampaignError::Document { .. } => Outcome::Unchecked,
        // What is left is not of the planner's making.
        _ => Outcome::Broken,
    }
}

/// The fault of a body that is no request.
pub(crate) fn unreadable(error: &serde_path_to_error::Error<serde_json::Error>) -> Fault {
    let path = error.path().to_string();
    Fault {
        code: "unreadable",
        field: (path != "." && path != "?").then_some(path),
        value: None,
        message: error.inner().to_string(),
        valid: Vec::new(),
        remedies: vec![Mend::words(
            "see `PlanAsk` in /openapi.json for the fields and their types",
        )],
    }
}

fn fault(code: &'static str, field: Option<&str>, error: &dyn std::fmt::Display) -> Fault {
    Fault {
        code,
        field: field.map(str::to_owned),
        value: None,
        message: error.to_string(),
        valid: Vec::new(),
        remedies: Vec::new(),
    }
}

fn of_planner(ask: &Ask, error: &PlanningError) -> Vec<Fault> {
    match error {
        PlanningError::Faults(faults) => faults.iter().map(|fault| of_choice(ask, fault)).collect(),
        PlanningError::ScheduleFaults(faults) => faults.iter().map(of_schedule).collect(),
        PlanningError::ExplorationPool { .. } | PlanningError::ExplorationRoom { .. } => {
            vec![fault("exploration", Some("exploration_share"), error)]
        }
        PlanningError::NotForObjective { .. } => {
            vec![fault("not-for-objective", Some("objective"), error)]
        }
        PlanningError::Parameter { what, value, .. } => vec![Fault {
            value: Some(value.to_string()),
            ..fault("setting", field_of(what), error)
        }],
        other => vec![fault("setting", None, other)],
    }
}

/// The field behind a number's name in the planner.
fn field_of(what: &str) -> Option<&'static str> {
    let known = [
        ("exploration", "exploration_share"),
        ("steps", "rollout.steps"),
        ("bands", "rollout.bands"),
        ("budget", "budget_team_days"),
        ("most places", "most_villages"),
        ("service radius", "service_radius_km"),
        ("half-life", "earlier.half_life_days"),
        ("strength", "earlier.strength"),
        ("under-observed", "floors.not_observed_share"),
        ("road factor", "pace.road_factor"),
        ("speed", "pace.speed_km_per_hour"),
        ("hours", "pace.hours_per_day"),
        ("km", "pace.most_km_per_day"),
        ("minutes", "pace.minutes_per_visit"),
        ("households", "pace.households_per_team_day"),
    ];
    let found = known.iter().find(|(words, _)| what.contains(words));
    found.map(|(_, field)| *field)
}

fn of_choice(ask: &Ask, error: &Choice) -> Fault {
    match error {
        Choice::Infeasible {
            constraint,
            remedies,
        } => Fault {
            remedies: remedies.iter().map(|remedy| mend(ask, remedy)).collect(),
            ..fault(
                "infeasible",
                Some(field_of_constraint(constraint)),
                constraint,
            )
        },
        Choice::Setting { what, value, .. } => Fault {
            value: Some(value.to_string()),
            ..fault("setting", field_of(what), error)
        },
        Choice::Repeated { id, list } | Choice::Unknown { id, list, .. } => Fault {
            value: Some(id.clone()),
            ..fault(
                "setting",
                Some(if list.contains("not") {
                    "must_nots"
                } else {
                    "musts"
                }),
                error,
            )
        },
        Choice::NoneOpen { .. } => fault("none-open", Some("must_nots"), error),
        Choice::Contradiction { place } => Fault {
            value: Some(place.clone()),
            ..fault("contradiction", Some("musts"), error)
        },
        Choice::MustOfPartner { place, .. } => Fault {
            value: Some(place.clone()),
            ..fault("must-of-partner", Some("musts"), error)
        },
        Choice::NoPlaces => fault("no-candidates", Some("areas"), error),
        other => fault("setting", None, other),
    }
}

fn field_of_constraint(constraint: &Constraint) -> &'static str {
    match constraint {
        Constraint::CheapestPlace { .. } => "budget_team_days",
        Constraint::Musts { .. } => "musts",
        Constraint::UnderObservedShare { .. } => "floors.not_observed_share",
        Constraint::BlockFloor { .. } | Constraint::Floors { .. } => "floors.least_per_block",
        _ => "areas",
    }
}

fn mend(ask: &Ask, remedy: &Remedy) -> Mend {
    let text = remedy.to_string();
    match remedy {
        // Rounded up: the least budget itself may have many digits.
        Remedy::RaiseBudget { to_team_days } => Mend::set(
            text,
            "budget_team_days",
            (to_team_days * 10.0).ceil() / 10.0,
        ),
        Remedy::RaiseMostPlaces { to } => Mend::set(text, "most_villages", *to),
        Remedy::DropMusts { places } if places.iter().all(|place| ask.musts.contains(place)) => {
            let kept = ask.musts.iter().filter(|must| !places.contains(must));
            let kept: Vec<Value> = kept.cloned().map(Value::from).collect();
            Mend::set(text, "musts", kept)
        }
        Remedy::LowerShare { to } => Mend::set(text, "floors.not_observed_share", *to),
        Remedy::CapFloors { to } if ask.floors.least_in_block.is_empty() => {
            Mend::set(text, "floors.least_per_block", *to)
        }
        _ => Mend::words(text),
    }
}

fn of_schedule(error: &ScheduleFault) -> Fault {
    let field = match error {
        ScheduleFault::Value { what, .. } => field_of(what),
        ScheduleFault::NoDates { .. } => Some("weekdays"),
        ScheduleFault::Span { .. } | ScheduleFault::UnknownStop { .. } => Some("blackouts"),
        ScheduleFault::OpenHours { .. } => Some("open_hours"),
        ScheduleFault::Repeated { .. } | ScheduleFault::Empty { .. } => Some("teams"),
        _ => None,
    };
    fault("schedule", field, error)
}
