//! Primary rules: cells that may not be seen for their own sake.

use super::{SuppressionRules, Tables, is_dominated, is_homogeneous};

/// Which variables are sensitive, one flag each; atoms never are, since they
/// are never shown.
///
/// A cell is sensitive if
/// 1. it has fewer than k children, events or partners than the rules ask
///    for, zero included;
/// 2. its unit has too few inhabitants for its table;
/// 3. its largest partners dominate it, where contributions are known;
/// 4. it is a category of a classification that is homogeneous.
pub(super) fn sensitive(tables: &Tables, rules: &SuppressionRules) -> Vec<bool> {
    let mut flags: Vec<bool> = (0..tables.variables.len() as u32)
        .map(|variable| {
            tables.cell(variable).is_some_and(|cell| {
                let count = &cell.count;
                let few = !tables.thresholds_of(cell, rules).are_met_by(count);
                let small = tables
                    .table_of(cell)
                    .min_population
                    .is_some_and(|floor| cell.population.is_none_or(|people| people < floor));
                let dominated = rules
                    .dominance()
                    .is_some_and(|rule| is_dominated(&cell.contributions, rule));
                few || small || dominated
            })
        })
        .collect();
    for classification in &tables.classifications {
        let counts: Vec<u64> = classification
            .iter()
            .map(|variable| tables.values[*variable as usize] as u64)
            .collect();
        if is_homogeneous(&counts, rules.homogeneity()) {
            for variable in classification {
                flags[*variable as usize] = tables.cell(*variable).is_some();
            }
        }
    }
    flags
}
