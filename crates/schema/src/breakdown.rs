//! The classes of a breakdown, and which tables have which.

use crate::Table;
use crate::codes::{AgeBand, Breakdown, CodeList, DetectionMode, MarriageMethod, Sex};

impl Breakdown {
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

    /// Those of a table of events; each is named as its column.
    #[must_use]
    pub fn of(table: Table) -> &'static [Self] {
        match table {
            Table::Incidents => &[Self::Sex, Self::AgeBand, Self::DetectionMode],
            Table::MarriageInterventions => &[Self::Method],
            _ => &[],
        }
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
            }
        }
    }
}
