//! The tables of the lake.

mod activity;
mod columns;
mod dimensions;
mod events;

use std::sync::Arc;

use arrow_schema::{DataType, Field, Schema, SchemaRef};

use crate::SchemaError;
use crate::field::FieldSpec;

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
            Self::Places => dimensions::PLACES,
            Self::PlaceChanges => dimensions::PLACE_CHANGES,
            Self::Indicators => dimensions::INDICATORS,
            Self::Incidents => events::INCIDENTS,
            Self::CaseEvents => events::CASE_EVENTS,
            Self::Rescues => events::RESCUES,
            Self::MarriageInterventions => events::MARRIAGE_INTERVENTIONS,
            Self::WelfareEnrolments => activity::WELFARE_ENROLMENTS,
            Self::Counselling => activity::COUNSELLING,
            Self::Trainings => activity::TRAININGS,
            Self::Campaigns => activity::CAMPAIGNS,
            Self::Effort => activity::EFFORT,
            Self::OnlineReports => events::ONLINE_REPORTS,
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

/// Units of indicators that count something. Records of one load that agree
/// in place, indicator and period add up, as the police districts of one
/// district do; of any other unit there can be but one.
pub const ADDITIVE_UNITS: [&str; 4] = ["cases", "people", "households", "children"];

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
