//! The one text of a question, and the names that identities hang on.

use sha2::{Digest, Sha256};

use super::{Measure, PlanColumn, PlanPeriods, QueryPlan};
use crate::noise::hexadecimal;

/// What a question is asked of: public facts that change its answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueryContext {
    /// Version of the rows, such as the Delta versions of the tables.
    pub data_version: String,
    /// Hash of the policy.
    pub policy: String,
}

impl QueryPlan {
    /// The question in canonical form: one text for all its spellings, itself
    /// in the grammar.
    ///
    /// Conditions stand in the order of their columns, the period last; keys
    /// are sorted and distinct; neighbouring periods are one BETWEEN; a
    /// condition that lists all keys of a grouped column is left out, for it
    /// changes nothing.
    #[must_use]
    pub fn canonical(&self) -> String {
        let measure = match &self.measure {
            Measure::Rows => "COUNT(*)".to_owned(),
            Measure::Children => "COUNT(DISTINCT child)".to_owned(),
            Measure::Sum {
                column,
                lowest,
                highest,
            } => format!("SUM(CLAMP({column}, {lowest}, {highest}))"),
        };
        let told = |column: &&PlanColumn| !(column.grouped && column.whole);
        let columns = self.columns.iter().filter(told);
        let mut conditions: Vec<String> = columns
            .map(|column| format!("{} IN ({})", column.name, quoted(&column.keys)))
            .collect();
        conditions.push(self.periods.canonical());
        let text = format!(
            "SELECT {measure} FROM {} WHERE {}",
            self.table,
            conditions.join(" AND ")
        );
        match self.groups() {
            groups if groups.is_empty() => text,
            groups => format!("{text} GROUP BY {}", groups.join(", ")),
        }
    }

    /// Identity of the question: SHA-256, in hexadecimal, over the canonical
    /// text, the schema, the data version and the policy.
    ///
    /// Answers are kept and shared under it. It may be published.
    #[must_use]
    pub fn identity(&self, context: &QueryContext) -> String {
        identity(&[
            "safeground query 1",
            &self.canonical(),
            &self.account,
            &self.schema,
            &context.data_version,
            &context.policy,
        ])
    }
}

impl PlanPeriods {
    fn canonical(&self) -> String {
        let names: Vec<String> = self
            .positions
            .iter()
            .map(|at| self.calendar.name(*at))
            .collect();
        match (names.first(), names.last()) {
            (Some(first), Some(last)) if self.is_run() => {
                format!("period BETWEEN '{first}' AND '{last}'")
            }
            _ => format!("period IN ({})", quoted(&names)),
        }
    }

    fn is_run(&self) -> bool {
        self.positions.windows(2).all(|pair| pair[1] == pair[0] + 1)
    }
}

/// SHA-256 over parts, each with its length before it.
pub(super) fn identity(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part.as_bytes());
    }
    hexadecimal(&hash.finalize())
}

fn quoted(keys: &[String]) -> String {
    let quoted: Vec<String> = keys.iter().map(|key| format!("'{key}'")).collect();
    quoted.join(", ")
}
