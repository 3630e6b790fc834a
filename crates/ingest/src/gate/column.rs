//! The gate of one column.

use super::{ColumnContext, Finding};

/// Looks at the header and every value of one column.
#[derive(Debug, Clone)]
pub struct ColumnGate {
    header: String,
    context: ColumnContext,
    seen: u64,
}

impl ColumnGate {
    /// A gate for the column of this header, used as the context says.
    #[must_use]
    pub fn new(header: &str, context: ColumnContext) -> Self {
        Self {
            header: header.to_owned(),
            context,
            seen: 0,
        }
    }

    /// Looks at one value. Empty and missing values count for nothing.
    pub fn observe(&mut self, value: &str) {
        self.seen += u64::from(!value.trim().is_empty());
    }

    /// Looks at many values.
    pub fn see<'value>(&mut self, values: impl IntoIterator<Item = &'value str>) {
        values.into_iter().for_each(|value| self.observe(value));
    }

    /// Adds what a gate of the same column saw in another part of the file.
    /// The order of merging does not matter.
    pub fn merge(&mut self, other: Self) {
        debug_assert_eq!((&self.header, self.context), (&other.header, other.context));
        self.seen += other.seen;
    }

    /// What the column seems to hold, sorted by detector.
    #[must_use]
    pub fn verdict(self) -> Vec<Finding> {
        Vec::new()
    }
}
