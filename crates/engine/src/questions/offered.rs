//! Which tables may be asked about, and which of their columns.

use safeground_schema::Table;

use crate::count::{Source, incidents, marriage_interventions};

/// A table that may be asked about.
#[derive(Debug)]
pub(super) struct Offered {
    /// Where, when and whose a row is.
    pub(super) source: &'static Source,
    /// Columns with a code list.
    pub(super) codes: &'static [&'static str],
    /// Columns with a whole number: name, lowest and highest bound.
    pub(super) numbers: &'static [(&'static str, i64, i64)],
    /// Column and codes of rows about sexual abuse, where there can be any.
    pub(super) sexual_abuse: Option<(&'static str, &'static [&'static str])>,
    /// The most rows of a child and year that count: most children have one
    /// or two, and each more would make all answers noisier.
    pub(super) rows_per_child: u32,
    /// The most groups of an answer that a child and year counts in.
    pub(super) groups_per_child: u32,
}

/// All tables that name the child of a row.
pub(super) const OFFERED: [Offered; 2] = [
    Offered {
        source: &incidents::SOURCE,
        codes: &["category", "detection_mode", "age_band", "sex"],
        // A row that names its child is one child.
        numbers: &[("children", 0, 1)],
        sexual_abuse: Some(("category", &["sexual_abuse"])),
        rows_per_child: 2,
        groups_per_child: 1,
    },
    Offered {
        source: &marriage_interventions::SOURCE,
        codes: &["method", "outcome", "follow_up"],
        numbers: &[],
        sexual_abuse: None,
        rows_per_child: 2,
        groups_per_child: 1,
    },
];

impl Offered {
    /// The table.
    pub(super) fn table(&self) -> Table {
        self.source.table
    }
}

/// The offer of a table by its name.
pub(super) fn offered(table: &str) -> Option<&'static Offered> {
    OFFERED
        .iter()
        .find(|offered| offered.table().name() == table)
}

#[cfg(test)]
mod tests {
    use super::*;
    use safeground_schema::FieldKind;

    #[test]
    fn every_table_that_names_children_is_offered_and_no_other() {
        for table in Table::ALL {
            let names_children = table.field("child_key").is_some();
            assert_eq!(offered(table.name()).is_some(), names_children, "{table}");
        }
    }

    #[test]
    fn only_code_lists_and_whole_numbers_are_offered() {
        for offered in &OFFERED {
            let field = |name| offered.table().field(name).unwrap();
            for name in offered.codes {
                assert!(field(name).codes().is_some(), "{name}");
            }
            for (name, _, _) in offered.numbers {
                assert!(matches!(field(name).kind, FieldKind::Integer), "{name}");
            }
        }
    }

    #[test]
    fn what_is_about_sexual_abuse_is_told_by_codes_that_exist() {
        for (column, codes) in OFFERED.iter().filter_map(|o| o.sexual_abuse) {
            let listed = Table::Incidents.field(column).unwrap().codes().unwrap();
            assert!(codes.iter().all(|code| listed.contains(code)));
        }
    }
}
