//! What the checks of statements share: counts, names in scope, refusals.

use datafusion::sql::sqlparser::ast::{Ident, ObjectName, ObjectNamePart};
use datafusion::sql::sqlparser::tokenizer::Span;

use super::limits::at_most;
use super::{Catalog, GateLimits};
use crate::refusal::{Forbidden, Limit, Position, Refusal, shortened};

/// Parts of a statement, each counted as often as planning will copy it.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Parts {
    nodes: u64,
    tables: u64,
    set_operations: u64,
}

/// A walk over a statement.
///
/// The planner puts a common table expression in wherever it is named. A chain
/// of them, each of which names the one before twice, doubles at every step,
/// so their parts are counted once for each use.
pub(super) struct Walk<'a> {
    pub(super) catalog: &'a Catalog,
    pub(super) limits: &'a GateLimits,
    parts: Parts,
    depth: u64,
    /// Common table expressions in scope, the innermost last.
    in_scope: Vec<(String, Parts)>,
}

impl<'a> Walk<'a> {
    pub(super) fn new(catalog: &'a Catalog, limits: &'a GateLimits) -> Self {
        Self {
            catalog,
            limits,
            parts: Parts::default(),
            depth: 0,
            in_scope: Vec::new(),
        }
    }

    /// Counts a part and checks what lies within it, one level deeper.
    pub(super) fn within(
        &mut self,
        check: impl FnOnce(&mut Self) -> Result<(), Refusal>,
    ) -> Result<(), Refusal> {
        self.parts.nodes += 1;
        at_most(self.parts.nodes, self.limits.nodes, Limit::Nodes)?;
        self.depth += 1;
        at_most(self.depth, self.limits.depth, Limit::Depth)?;
        check(self)?;
        self.depth -= 1;
        Ok(())
    }

    /// Counts a table.
    pub(super) fn table(&mut self) -> Result<(), Refusal> {
        self.parts.tables += 1;
        at_most(self.parts.tables, self.limits.tables, Limit::Tables)
    }

    /// Counts a UNION, EXCEPT or INTERSECT.
    pub(super) fn set_operation(&mut self) -> Result<(), Refusal> {
        self.parts.set_operations += 1;
        let most = self.limits.set_operations;
        at_most(self.parts.set_operations, most, Limit::SetOperations)
    }

    /// Number of common table expressions in scope, to come back to.
    pub(super) fn scope(&self) -> usize {
        self.in_scope.len()
    }

    /// Forgets the common table expressions that came after.
    pub(super) fn leave_scope(&mut self, scope: usize) {
        self.in_scope.truncate(scope);
    }

    /// Checks a common table expression and brings its name into scope.
    pub(super) fn define(
        &mut self,
        name: &Ident,
        check: impl FnOnce(&mut Self) -> Result<(), Refusal>,
    ) -> Result<(), Refusal> {
        let before = self.parts;
        check(self)?;
        let parts = Parts {
            nodes: self.parts.nodes - before.nodes,
            tables: self.parts.tables - before.tables,
            set_operations: self.parts.set_operations - before.set_operations,
        };
        self.in_scope.push((normalised(name), parts));
        Ok(())
    }

    /// Counts the parts of a common table expression, if a name is one's.
    pub(super) fn uses(&mut self, name: &str) -> Result<bool, Refusal> {
        let found = self.in_scope.iter().rev().find(|(known, _)| known == name);
        let Some((_, parts)) = found else {
            return Ok(false);
        };
        self.parts.nodes += parts.nodes;
        self.parts.tables += parts.tables;
        self.parts.set_operations += parts.set_operations;
        at_most(self.parts.nodes, self.limits.nodes, Limit::Nodes)?;
        at_most(self.parts.tables, self.limits.tables, Limit::Tables)?;
        let most = self.limits.set_operations;
        at_most(self.parts.set_operations, most, Limit::SetOperations)?;
        Ok(true)
    }
}

/// A name as the planner reads it: in lowercase unless it is quoted.
pub(super) fn normalised(ident: &Ident) -> String {
    match ident.quote_style {
        Some(_) => ident.value.clone(),
        None => ident.value.to_ascii_lowercase(),
    }
}

/// The parts of a name of plain identifiers; `None` where one is computed or
/// stands in single quotes, as file names do.
pub(super) fn identifiers(name: &ObjectName) -> Option<Vec<&Ident>> {
    let parts = name.0.iter().map(|part| match part {
        ObjectNamePart::Identifier(ident) if ident.quote_style != Some('\'') => Some(ident),
        _ => None,
    });
    parts.collect()
}

/// Refuses something, at a place and perhaps with a name.
pub(super) fn forbidden(what: Forbidden, name: Option<&str>, span: Span) -> Refusal {
    Refusal::NotAllowed {
        what,
        name: name.map(shortened),
        at: Position::of(span.start),
    }
}

/// Refuses where something holds.
pub(super) fn refuse_if(
    holds: bool,
    what: Forbidden,
    name: &str,
    span: Span,
) -> Result<(), Refusal> {
    if holds {
        return Err(forbidden(what, Some(name), span));
    }
    Ok(())
}
