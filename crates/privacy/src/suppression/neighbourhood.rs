//! Cells around a cell, so that programs stay small.

use std::collections::{BTreeMap, BTreeSet};

use super::Tables;
use super::linear_program::Program;

/// Variables around one, and the sums they stand in. Variables outside keep
/// their values, which can only make the attacker look stronger.
pub(super) struct Neighbourhood {
    /// Variables inside, in order of discovery; the first is the centre.
    pub variables: Vec<u32>,
    /// Sums that hold any of them.
    pub relations: Vec<u32>,
    /// Whether nothing that could move lies outside.
    pub is_whole: bool,
}

impl Neighbourhood {
    /// The variables nearest to a centre by shared sums, about `limit` of
    /// them; those for which `inside` is false are left out and not passed.
    ///
    /// Breadth first: O(variables × sums per variable).
    pub(super) fn around(
        tables: &Tables,
        centre: u32,
        limit: usize,
        inside: impl Fn(u32) -> bool,
    ) -> Self {
        let mut variables = vec![centre];
        let mut seen = BTreeSet::from([centre]);
        let mut relations = BTreeSet::new();
        let mut next = 0;
        let mut is_whole = true;
        while next < variables.len() {
            let variable = variables[next];
            next += 1;
            for (relation, _) in &tables.incident[variable as usize] {
                if !relations.insert(*relation) {
                    continue;
                }
                for (other, _) in &tables.relations[*relation as usize] {
                    if seen.contains(other) || !inside(*other) {
                        continue;
                    }
                    if variables.len() >= limit {
                        is_whole = false;
                    } else {
                        seen.insert(*other);
                        variables.push(*other);
                    }
                }
            }
        }
        Self {
            variables,
            relations: relations.into_iter().collect(),
            is_whole,
        }
    }

    /// The sums as equations over columns: `columns` lists for a variable the
    /// columns that make up its value, with their signs. Variables without
    /// columns keep `fixed` values.
    pub(super) fn equations(
        &self,
        tables: &Tables,
        program: &mut Program,
        columns: &BTreeMap<u32, Vec<(usize, f64)>>,
        fixed: impl Fn(u32) -> i64,
    ) {
        for relation in &self.relations {
            let mut terms = Vec::new();
            let mut right = 0;
            for (variable, coefficient) in &tables.relations[*relation as usize] {
                match columns.get(variable) {
                    Some(columns) => terms.extend(
                        columns
                            .iter()
                            .map(|(column, sign)| (*column, sign * *coefficient as f64)),
                    ),
                    None => right -= coefficient * fixed(*variable),
                }
            }
            program.equations.push((terms, right));
        }
    }
}
