//! The tables of the lake.

use std::sync::Arc;

use arrow_schema::{DataType, Field, Schema, SchemaRef};

use crate::codes::{
    Activity, AgeBand, Cadre, CaseStage, Category, CodeList, DetectionMode, EffortChannel,
    MarriageMethod, MarriageOutcome, Scheme, Sex,
};
use crate::field::{FieldKind, FieldSpec};
use crate::{Level, SchemaError};

/// A table of the lake.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Table {
    /// Places of every level and vintage; several loads may each describe part of a place.
    Places,
    /// Crosswalk between vintages: how much of one place became part of another.
    PlaceChanges,
    /// Published context figures by place and period. Not about our children.
    Indicators,
    /// Incidents of harm, one row per incident and child or group of children.
    Incidents,
    /// Stages of court cases.
    CaseEvents,
    /// Rescue operations.
    Rescues,
    /// Child marriages answered by injunction, negotiation or persuasion.
    MarriageInterventions,
    /// Enrolment in schemes and school, by place and month.
    WelfareEnrolments,
    /// Counselling sessions.
    Counselling,
    /// Trainings of those who protect children.
    Trainings,
    /// Campaign activities.
    Campaigns,
    /// Work spent on finding cases, by place and month: the denominator of detection.
    Effort,
    /// Referrals of online abuse to police, by district and type; no content, no suspect.
    OnlineReports,
}

impl Table {
    /// All tables in their documented order.
    pub const ALL: &'static [Self] = &[
        Self::Places,
        Self::PlaceChanges,
        Self::Indicators,
        Self::Incidents,
        Self::CaseEvents,
        Self::Rescues,
        Self::MarriageInterventions,
        Self::WelfareEnrolments,
        Self::Counselling,
        Self::Trainings,
        Self::Campaigns,
        Self::Effort,
        Self::OnlineReports,
    ];

    /// Name of the table, as in SQL and on disk.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Places => "places",
            Self::PlaceChanges => "place_changes",
            Self::Indicators => "indicators",
            Self::Incidents => "incidents",
            Self::CaseEvents => "case_events",
            Self::Rescues => "rescues",
            Self::MarriageInterventions => "marriage_interventions",
            Self::WelfareEnrolments => "welfare_enrolments",
            Self::Counselling => "counselling",
            Self::Trainings => "trainings",
            Self::Campaigns => "campaigns",
            Self::Effort => "effort",
            Self::OnlineReports => "online_reports",
        }
    }

    /// One sentence for the dictionary.
    #[must_use]
    pub fn description(self) -> &'static str {
        match self {
            Self::Places => {
                "Places of every level and vintage; several loads may each describe part of a place."
            }
            Self::PlaceChanges => {
                "Crosswalk between vintages: how much of one place became part of another."
            }
            Self::Indicators => {
                "Published context figures by place and period. Not about our children."
            }
            Self::Incidents => {
                "Incidents of harm, one row per incident and child or group of children."
            }
            Self::CaseEvents => "Stages of court cases.",
            Self::Rescues => "Rescue operations.",
            Self::MarriageInterventions => {
                "Child marriages answered by injunction, negotiation or persuasion."
            }
            Self::WelfareEnrolments => "Enrolment in schemes and school, by place and month.",
            Self::Counselling => "Counselling sessions.",
            Self::Trainings => "Trainings of those who protect children.",
            Self::Campaigns => "Campaign activities.",
            Self::Effort => {
                "Work spent on finding cases, by place and month: the denominator of detection."
            }
            Self::OnlineReports => {
                "Referrals of online abuse to police, by district and type; no content, no suspect."
            }
        }
    }

    /// Fields in their stored order, without the `load_id` that the loader adds.
    #[must_use]
    pub fn fields(self) -> &'static [FieldSpec] {
        match self {
            Self::Places => PLACES,
            Self::PlaceChanges => PLACE_CHANGES,
            Self::Indicators => INDICATORS,
            Self::Incidents => INCIDENTS,
            Self::CaseEvents => CASE_EVENTS,
            Self::Rescues => RESCUES,
            Self::MarriageInterventions => MARRIAGE_INTERVENTIONS,
            Self::WelfareEnrolments => WELFARE_ENROLMENTS,
            Self::Counselling => COUNSELLING,
            Self::Trainings => TRAININGS,
            Self::Campaigns => CAMPAIGNS,
            Self::Effort => EFFORT,
            Self::OnlineReports => ONLINE_REPORTS,
        }
    }

    /// The field of this name.
    #[must_use]
    pub fn field(self, name: &str) -> Option<&'static FieldSpec> {
        self.fields().iter().find(|field| field.name == name)
    }

    /// Arrow schema of the stored table: [`Table::fields`] and a last column
    /// `load_id` (`Utf8`, not null).
    #[must_use]
    pub fn arrow_schema(self) -> SchemaRef {
        let mut fields: Vec<Field> = self.fields().iter().map(FieldSpec::arrow_field).collect();
        fields.push(Field::new(LOAD_ID, DataType::Utf8, false));
        Arc::new(Schema::new(fields))
    }
}

/// Name of the column that ties every row to its load.
const LOAD_ID: &str = "load_id";

impl std::fmt::Display for Table {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

impl std::str::FromStr for Table {
    type Err = SchemaError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .iter()
            .copied()
            .find(|table| table.name() == text)
            .ok_or_else(|| SchemaError::Table {
                value: text.to_owned(),
                expected: Self::ALL
                    .iter()
                    .map(|table| table.name())
                    .collect::<Vec<_>>()
                    .join(", "),
            })
    }
}

const fn field(
    name: &'static str,
    kind: FieldKind,
    nullable: bool,
    unit: &'static str,
    description: &'static str,
) -> FieldSpec {
    FieldSpec {
        name,
        kind,
        nullable,
        unit,
        description,
    }
}

fn codes_of<C: CodeList>() -> Vec<&'static str> {
    C::ALL.iter().map(|code| code.as_str()).collect()
}

const fn code<C: CodeList>() -> FieldKind {
    FieldKind::Code {
        list: C::NAME,
        codes: codes_of::<C>,
    }
}

const LEVEL: FieldKind = FieldKind::Code {
    list: "level",
    codes: || Level::ALL.iter().map(|level| level.as_str()).collect(),
};

/// What a publisher may say of a survey figure.
const INDICATOR_NOTE: FieldKind = FieldKind::Code {
    list: "indicator_note",
    codes: || vec!["small_sample", "suppressed", "provisional", "estimated"],
};

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

/// Units of indicators that count something. Records of one load that agree
/// in place, indicator and period add up, as the police districts of one
/// district do; of any other unit there can be but one.
pub const ADDITIVE_UNITS: [&str; 4] = ["cases", "people", "households", "children"];

const PLACES: &[FieldSpec] = &[
    field(
        "place_id",
        FieldKind::Place,
        false,
        "",
        "Identifier, level-prefixed LGD code such as `district:220`.",
    ),
    field("level", LEVEL, false, "", "Administrative level."),
    field(
        "vintage",
        FieldKind::Text,
        true,
        "",
        "Vintage of the territory; empty for the current directory.",
    ),
    field("name", FieldKind::Text, true, "", "Official name."),
    field("parent_id", FieldKind::Place, true, "", "Place it lies in."),
    field(
        "lgd_code",
        FieldKind::Text,
        true,
        "",
        "Local Government Directory code.",
    ),
    field(
        "census2011_code",
        FieldKind::Text,
        true,
        "",
        "Code in the 2011 census.",
    ),
    field(
        "valid_from",
        FieldKind::Date,
        true,
        "",
        "First day of validity.",
    ),
    field(
        "valid_to",
        FieldKind::Date,
        true,
        "",
        "Last day of validity.",
    ),
    field(
        "latitude",
        FieldKind::Number,
        true,
        "degrees north",
        "Latitude of the representative point, EPSG:4326.",
    ),
    field(
        "longitude",
        FieldKind::Number,
        true,
        "degrees east",
        "Longitude of the representative point, EPSG:4326.",
    ),
    field(
        "h3",
        FieldKind::H3,
        true,
        "",
        "H3 cell (resolution 8) of the representative point.",
    ),
    field(
        "geometry",
        FieldKind::Geometry,
        true,
        "",
        "Polygon, or nothing for villages.",
    ),
    field(
        "area_km2",
        FieldKind::Number,
        true,
        "square kilometres",
        "Area.",
    ),
    field(
        "households",
        FieldKind::Integer,
        true,
        "households",
        "Households.",
    ),
    field(
        "population",
        FieldKind::Integer,
        true,
        "people",
        "Population.",
    ),
    field(
        "children_0_6",
        FieldKind::Integer,
        true,
        "children",
        "Children aged 0 to 6.",
    ),
    field(
        "children_under_18",
        FieldKind::Integer,
        true,
        "children",
        "Children below 18.",
    ),
    field(
        "source",
        FieldKind::Text,
        true,
        "",
        "Publisher and year of the figures.",
    ),
];

const PLACE_CHANGES: &[FieldSpec] = &[
    field(
        "from_place",
        FieldKind::Place,
        false,
        "",
        "Place of the earlier vintage.",
    ),
    field(
        "to_place",
        FieldKind::Place,
        false,
        "",
        "Place of the later vintage.",
    ),
    field(
        "weight",
        FieldKind::Number,
        false,
        "share 0 to 1",
        "Share of the earlier place.",
    ),
    field(
        "basis",
        FieldKind::Text,
        true,
        "",
        "What the share is measured in: name, area or population.",
    ),
    field(
        "source",
        FieldKind::Text,
        true,
        "",
        "Who made the crosswalk.",
    ),
];

const INDICATORS: &[FieldSpec] = &[
    field("place_id", FieldKind::Place, false, "", "Place."),
    field(
        "indicator",
        FieldKind::Text,
        false,
        "",
        "Code of the indicator, such as `cm_nfhs5`.",
    ),
    field(
        "period",
        FieldKind::Period,
        false,
        "",
        "Period of the figure.",
    ),
    field(
        "value",
        FieldKind::Number,
        true,
        "as `unit` says",
        "The figure; empty where the publisher suppressed it.",
    ),
    field(
        "unit",
        FieldKind::Text,
        false,
        "",
        "Unit: `percent`, `per_1000`, `cases`, `ratio`, `people`.",
    ),
    field(
        "sample_size",
        FieldKind::Integer,
        true,
        "respondents",
        "Respondents behind a survey figure.",
    ),
    field(
        "standard_error",
        FieldKind::Number,
        true,
        "as `unit` says",
        "Standard error of a survey figure.",
    ),
    field(
        "note",
        INDICATOR_NOTE,
        true,
        "",
        "What the publisher said of the figure.",
    ),
    field("source", FieldKind::Text, true, "", "Publisher."),
];

const INCIDENTS: &[FieldSpec] = &[
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

const CASE_EVENTS: &[FieldSpec] = &[
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

const RESCUES: &[FieldSpec] = &[
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

const MARRIAGE_INTERVENTIONS: &[FieldSpec] = &[
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

const WELFARE_ENROLMENTS: &[FieldSpec] = &[
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

const COUNSELLING: &[FieldSpec] = &[
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

const TRAININGS: &[FieldSpec] = &[
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

const CAMPAIGNS: &[FieldSpec] = &[
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

const EFFORT: &[FieldSpec] = &[
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

const ONLINE_REPORTS: &[FieldSpec] = &[
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table_names_read_back() {
        for table in Table::ALL {
            assert_eq!(table.name().parse::<Table>().unwrap(), *table);
        }
    }

    #[test]
    fn no_table_has_two_fields_of_one_name() {
        for table in Table::ALL {
            let mut names: Vec<_> = table.fields().iter().map(|field| field.name).collect();
            names.sort_unstable();
            let count = names.len();
            names.dedup();
            assert_eq!(names.len(), count, "{table}");
        }
    }
}
