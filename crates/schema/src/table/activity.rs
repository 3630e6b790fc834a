//! Fields of the tables of what was done.

use super::columns::{code, field};
use crate::codes::{Activity, Cadre, CaseStage, EffortChannel, Scheme};
use crate::field::{FieldKind, FieldSpec};

pub(super) const WELFARE_ENROLMENTS: &[FieldSpec] = &[
    field(
        "date",
        FieldKind::Date,
        false,
        "",
        "First day of the month.",
    ),
    field("place_id", FieldKind::Place, false, "", "Place."),
    field("scheme", code::<Scheme>(), false, "", "Scheme."),
    field(
        "eligible",
        FieldKind::Integer,
        true,
        "children or families",
        "Found eligible.",
    ),
    field(
        "applied",
        FieldKind::Integer,
        true,
        "children or families",
        "Applied.",
    ),
    field(
        "enrolled",
        FieldKind::Integer,
        true,
        "children or families",
        "Enrolled.",
    ),
    field(
        "refused",
        FieldKind::Integer,
        true,
        "children or families",
        "Refused.",
    ),
    field(
        "partner",
        FieldKind::Text,
        true,
        "",
        "Organisation that recorded it.",
    ),
];

pub(super) const COUNSELLING: &[FieldSpec] = &[
    field(
        "date",
        FieldKind::Date,
        false,
        "",
        "Day, or first day of the month.",
    ),
    field("place_id", FieldKind::Place, true, "", "Place."),
    field(
        "case_stage",
        code::<CaseStage>(),
        true,
        "",
        "Stage of the case at the time.",
    ),
    field(
        "sessions",
        FieldKind::Integer,
        false,
        "sessions",
        "Sessions held.",
    ),
    field(
        "mental_health_referrals",
        FieldKind::Integer,
        true,
        "referrals",
        "Referrals to mental-health care.",
    ),
    field(
        "partner",
        FieldKind::Text,
        true,
        "",
        "Organisation that recorded it.",
    ),
];

pub(super) const TRAININGS: &[FieldSpec] = &[
    field(
        "date",
        FieldKind::Date,
        false,
        "",
        "First day of the training.",
    ),
    field("place_id", FieldKind::Place, true, "", "Place."),
    field("cadre", code::<Cadre>(), false, "", "Who was trained."),
    field(
        "participants",
        FieldKind::Integer,
        false,
        "people",
        "Participants.",
    ),
    field(
        "topic",
        FieldKind::Text,
        true,
        "",
        "Topic, from the list of the programme.",
    ),
    field(
        "partner",
        FieldKind::Text,
        true,
        "",
        "Organisation that held it.",
    ),
];

pub(super) const CAMPAIGNS: &[FieldSpec] = &[
    field("date", FieldKind::Date, false, "", "Day."),
    field("place_id", FieldKind::Place, false, "", "Place."),
    field("activity", code::<Activity>(), false, "", "What was done."),
    field(
        "households_reached",
        FieldKind::Integer,
        true,
        "households",
        "Households reached.",
    ),
    field(
        "participants",
        FieldKind::Integer,
        true,
        "people",
        "Participants.",
    ),
    field(
        "pledges",
        FieldKind::Integer,
        true,
        "pledges",
        "Pledges against child marriage.",
    ),
    field(
        "partner",
        FieldKind::Text,
        true,
        "",
        "Organisation that held it.",
    ),
];

pub(super) const EFFORT: &[FieldSpec] = &[
    field(
        "date",
        FieldKind::Date,
        false,
        "",
        "First day of the month.",
    ),
    field("place_id", FieldKind::Place, false, "", "Place."),
    field("channel", code::<EffortChannel>(), false, "", "Channel."),
    field(
        "staff_days",
        FieldKind::Number,
        false,
        "staff-days",
        "Working days spent.",
    ),
    field("partner", FieldKind::Text, true, "", "Organisation."),
];
