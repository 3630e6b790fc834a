//! Limits on the size and shape of a query.

use crate::refusal::{Limit, Refusal};

/// Limits on the size and shape of a query, checked before it runs.
///
/// They are far above what people and notebooks write, and far below what
/// makes a planner slow or deep.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct GateLimits {
    /// Most bytes of text.
    pub text_bytes: u64,
    /// Most words, numbers and signs.
    pub tokens: u64,
    /// Most parentheses within one another.
    pub nesting: u64,
    /// Most levels of the parsed statement.
    pub depth: u64,
    /// Most parts of the parsed statement.
    pub nodes: u64,
    /// Most tables.
    pub tables: u64,
    /// Most UNION, EXCEPT and INTERSECT.
    pub set_operations: u64,
    /// Most sets that one GROUP BY stands for.
    pub grouping_sets: u64,
    /// Most steps and expressions of the plan.
    pub plan_nodes: u64,
    /// Most parameters.
    pub parameters: u64,
    /// Most bytes of all parameters together.
    pub parameter_bytes: u64,
}

impl Default for GateLimits {
    fn default() -> Self {
        Self {
            text_bytes: 64 << 10,
            tokens: 8_000,
            nesting: 32,
            depth: 200,
            nodes: 20_000,
            tables: 48,
            set_operations: 32,
            grouping_sets: 256,
            plan_nodes: 50_000,
            parameters: 256,
            parameter_bytes: 64 << 10,
        }
    }
}

/// Refuses a count above a limit.
pub(super) fn at_most(count: u64, most: u64, limit: Limit) -> Result<(), Refusal> {
    if count > most {
        return Err(Refusal::Limit { limit, most });
    }
    Ok(())
}
