//! What the counts of a theme can be broken down by.

use crate::codes::{AgeBand, CodeList, DetectionMode, MarriageMethod, Sex};
use crate::{SchemaError, Table};

/// A classification of the rows of a table of events: a count of a theme can be
/// told for each of its classes, never for combinations of several.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    serde::Serialize,
    serde::Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Breakdown {
    /// Sex of the children.
    Sex,
    /// Age band of the children.
    AgeBand,
    /// How an incident came to be known.
    DetectionMode,
    /// How a child marriage was answered.
    Method,
}

impl Breakdown {
    /// All, in their documented order.
    pub const ALL: [Self; 4] = [Self::Sex, Self::AgeBand, Self::DetectionMode, Self::Method];

    /// Its name, which is that of the column.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sex => "sex",
            Self::AgeBand => "age_band",
            Self::DetectionMode => "detection_mode",
            Self::Method => "method",
        }
    }

    /// The codes of its classes, in their documented order.
    #[must_use]
    pub fn classes(self) -> Vec<&'static str> {
        fn codes<C: CodeList>() -> Vec<&'static str> {
            C::ALL.iter().map(|code| code.as_str()).collect()
        }
        match self {
            Self::Sex => codes::<Sex>(),
            Self::AgeBand => codes::<AgeBand>(),
            Self::DetectionMode => codes::<DetectionMode>(),
            Self::Method => codes::<MarriageMethod>(),
        }
    }

    /// Those of a table of events.
    #[must_use]
    pub fn of(table: Table) -> &'static [Self] {
        match table {
            Table::Incidents => &[Self::Sex, Self::AgeBand, Self::DetectionMode],
            Table::MarriageInterventions => &[Self::Method],
            _ => &[],
        }
    }
}

impl std::fmt::Display for Breakdown {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

impl std::str::FromStr for Breakdown {
    type Err = SchemaError;

    /// The breakdown of a name.
    ///
    /// # Errors
    /// [`SchemaError::UnknownCode`] with the names there are.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|breakdown| breakdown.as_str() == text)
            .ok_or_else(|| SchemaError::UnknownCode {
                list: "breakdown",
                value: text.to_owned(),
                expected: Self::ALL.map(Self::as_str).join(", "),
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_breakdown_is_a_column_of_its_tables_with_these_codes() {
        for table in Table::ALL {
            for breakdown in Breakdown::of(*table) {
                let field = table
                    .fields()
                    .iter()
                    .find(|field| field.name == breakdown.as_str())
                    .unwrap();
                let crate::FieldKind::Code { codes, .. } = field.kind else {
                    panic!("{breakdown} of {table} has no code list");
                };
                assert_eq!(codes(), breakdown.classes());
                assert_eq!(breakdown.to_string().parse(), Ok(*breakdown));
            }
        }
    }
}
