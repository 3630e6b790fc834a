//! Fields of the tables of what happened to children.

use super::columns::{code, field};
use crate::codes::{
    AgeBand, CaseStage, Category, DetectionMode, MarriageMethod, MarriageOutcome, Scheme, Sex,
};
use crate::field::{FieldKind, FieldSpec};

/// Types of online report; no content, no suspect.
const ONLINE_REPORT_TYPE: FieldKind = FieldKind::Code {
    list: "online_report_type",
    codes: || {
        vec![
            "abuse_material",
            "grooming",
            "trafficking_advert",
            "extortion",
            "other",
        ]
    },
};

pub(super) const INCIDENTS: &[FieldSpec] = &[
    field(
        "incident_key",
        FieldKind::Key,
        true,
        "",
        "Pseudonym of the incident.",
    ),
    field(
        "child_key",
        FieldKind::Key,
        true,
        "",
        "Pseudonym of the child; serves to count distinct children.",
    ),
    field("category", code::<Category>(), false, "", "Kind of harm."),
    field(
        "detection_mode",
        code::<DetectionMode>(),
        false,
        "",
        "How it came to be known.",
    ),
    field(
        "date",
        FieldKind::Date,
        false,
        "",
        "Day of the incident or of its report.",
    ),
    field("place_id", FieldKind::Place, true, "", "Place."),
    field(
        "h3",
        FieldKind::H3,
        true,
        "",
        "H3 cell, resolution 8 or coarser.",
    ),
    field(
        "source_place",
        FieldKind::Place,
        true,
        "",
        "Trafficking: where the child was taken from.",
    ),
    field(
        "transit_place",
        FieldKind::Place,
        true,
        "",
        "Trafficking: where the child was found on the way.",
    ),
    field(
        "destination_place",
        FieldKind::Place,
        true,
        "",
        "Trafficking: where the child was taken.",
    ),
    field(
        "children",
        FieldKind::Integer,
        false,
        "children",
        "Children in this row; 1 where a child key is given.",
    ),
    field(
        "age_band",
        code::<AgeBand>(),
        true,
        "",
        "Age band of these children.",
    ),
    field("sex", code::<Sex>(), true, "", "Sex of these children."),
    field(
        "partner",
        FieldKind::Text,
        true,
        "",
        "Organisation that recorded it.",
    ),
];

pub(super) const CASE_EVENTS: &[FieldSpec] = &[
    field(
        "case_key",
        FieldKind::Key,
        false,
        "",
        "Pseudonym of the case.",
    ),
    field("stage", code::<CaseStage>(), false, "", "Stage reached."),
    field("date", FieldKind::Date, false, "", "Day of the event."),
    field(
        "place_id",
        FieldKind::Place,
        true,
        "",
        "District of the court.",
    ),
    field(
        "category",
        code::<Category>(),
        true,
        "",
        "Kind of harm the case is about.",
    ),
    field(
        "partner",
        FieldKind::Text,
        true,
        "",
        "Organisation that recorded it.",
    ),
];

pub(super) const RESCUES: &[FieldSpec] = &[
    field(
        "event_key",
        FieldKind::Key,
        true,
        "",
        "Pseudonym of the operation.",
    ),
    field("date", FieldKind::Date, false, "", "Day of the rescue."),
    field(
        "place_id",
        FieldKind::Place,
        true,
        "",
        "Where the children were found.",
    ),
    field(
        "h3",
        FieldKind::H3,
        true,
        "",
        "H3 cell, resolution 8 or coarser.",
    ),
    field(
        "source_place",
        FieldKind::Place,
        true,
        "",
        "Where the children came from.",
    ),
    field(
        "destination_place",
        FieldKind::Place,
        true,
        "",
        "Where the children were being taken.",
    ),
    field(
        "children",
        FieldKind::Integer,
        false,
        "children",
        "Children rescued.",
    ),
    field(
        "establishments_closed",
        FieldKind::Integer,
        true,
        "establishments",
        "Establishments closed.",
    ),
    field(
        "partner",
        FieldKind::Text,
        true,
        "",
        "Organisation that recorded it.",
    ),
];

pub(super) const MARRIAGE_INTERVENTIONS: &[FieldSpec] = &[
    field(
        "event_key",
        FieldKind::Key,
        true,
        "",
        "Pseudonym of the intervention.",
    ),
    field(
        "child_key",
        FieldKind::Key,
        true,
        "",
        "Pseudonym of the child.",
    ),
    field(
        "date",
        FieldKind::Date,
        false,
        "",
        "Day of the intervention.",
    ),
    field("place_id", FieldKind::Place, true, "", "Place."),
    field(
        "h3",
        FieldKind::H3,
        true,
        "",
        "H3 cell, resolution 8 or coarser.",
    ),
    field(
        "method",
        code::<MarriageMethod>(),
        false,
        "",
        "How it was answered.",
    ),
    field(
        "outcome",
        code::<MarriageOutcome>(),
        false,
        "",
        "What became of the marriage.",
    ),
    field(
        "follow_up",
        code::<Scheme>(),
        true,
        "",
        "Scheme or school the child was enrolled in afterwards.",
    ),
    field(
        "partner",
        FieldKind::Text,
        true,
        "",
        "Organisation that recorded it.",
    ),
];

pub(super) const ONLINE_REPORTS: &[FieldSpec] = &[
    field(
        "date",
        FieldKind::Date,
        false,
        "",
        "First day of the month.",
    ),
    field("place_id", FieldKind::Place, false, "", "District."),
    field(
        "report_type",
        ONLINE_REPORT_TYPE,
        false,
        "",
        "Type of report.",
    ),
    field(
        "reports",
        FieldKind::Integer,
        false,
        "reports",
        "Reports referred.",
    ),
    field(
        "partner",
        FieldKind::Text,
        true,
        "",
        "Organisation that referred them.",
    ),
];
