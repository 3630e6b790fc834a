//! What the release tells about each variable: its bounds for the attacker.

use super::tables::Variable;
use super::{Band, Cell, Earlier, Presentation, SuppressionRules, Tables};

/// Stands for "no upper bound". Larger than any sum of counts.
pub(super) const UNBOUNDED: i64 = 1 << 54;

/// How a variable appears in the release.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shown {
    /// The count itself.
    Exact,
    /// A band.
    Band(Band),
    /// Not at all.
    Withheld,
}

/// A release in the making: what is shown, and what that tells.
#[derive(Clone)]
pub(super) struct Knowledge<'a> {
    pub tables: &'a Tables,
    pub rules: &'a SuppressionRules,
    /// Whether the reader is granted, of a withheld cell below the threshold,
    /// that it is below.
    knows_small: bool,
    pub shown: Vec<Shown>,
    /// Least and greatest value of each variable for all the attacker knows
    /// from the variable itself.
    pub bounds: Vec<(i64, i64)>,
    /// A table that agrees with all that is published, from which the audit
    /// and the search for complements start. It is the true one only until
    /// [`super::start::forget_the_truth`] ran.
    pub start: Vec<i64>,
}

impl<'a> Knowledge<'a> {
    /// Everything shown that is not sensitive.
    pub(super) fn new(tables: &'a Tables, rules: &'a SuppressionRules, sensitive: &[bool]) -> Self {
        let shown: Vec<Shown> = sensitive
            .iter()
            .enumerate()
            .map(|(variable, sensitive)| match tables.cell(variable as u32) {
                Some(cell) => at_first(cell, tables, rules, *sensitive),
                None => Shown::Withheld,
            })
            .collect();
        let mut knowledge = Self {
            tables,
            rules,
            knows_small: true,
            bounds: vec![(0, UNBOUNDED); shown.len()],
            start: tables.values.clone(),
            shown,
        };
        for variable in 0..knowledge.shown.len() {
            knowledge.bounds[variable] = knowledge.bounds_of(variable);
        }
        knowledge
    }

    /// The same for a reader who is granted nothing beyond the release.
    pub(super) fn as_released(&self) -> Self {
        let mut released = Self {
            knows_small: false,
            ..self.clone()
        };
        for variable in 0..released.shown.len() {
            released.bounds[variable] = released.bounds_of(variable);
        }
        released
    }

    /// Whether a variable is shown and could be withheld: what an earlier
    /// release told is told.
    pub(super) fn is_published(&self, variable: u32) -> bool {
        self.shown[variable as usize] != Shown::Withheld
            && self
                .tables
                .cell(variable)
                .is_some_and(|cell| cell.earlier.is_none())
    }

    /// Withholds a cell or, where its count is shown to some and its band to
    /// others, the count.
    pub(super) fn withhold(&mut self, variable: u32) {
        let band = self.tables.cell(variable).and_then(|cell| {
            let k = self.tables.thresholds_of(cell, self.rules).k;
            match &self.tables.table_of(cell).presentation {
                Presentation::ExactOrBanded { bands, .. } => {
                    Band::of(cell.count.children, bands, k)
                }
                _ => None,
            }
        });
        let shown = &mut self.shown[variable as usize];
        *shown = match (*shown, band) {
            (Shown::Exact, Some(band)) => Shown::Band(band),
            _ => Shown::Withheld,
        };
        self.bounds[variable as usize] = self.bounds_of(variable as usize);
    }

    /// Bounds that a variable has by itself.
    ///
    /// Of a withheld cell below the threshold the attacker is granted that it
    /// is below, which the release does not say: a cautious assumption, since
    /// whoever knows more is held off as well. [`Self::as_released`] grants it
    /// not.
    fn bounds_of(&self, variable: usize) -> (i64, i64) {
        let value = self.tables.values[variable];
        match (&self.tables.variables[variable], self.shown[variable]) {
            (Variable::Latent { at_most }, _) => (0, at_most.unwrap_or(UNBOUNDED)),
            (_, Shown::Exact) => (value, value),
            (_, Shown::Band(band)) => (
                band.low as i64,
                band.high.map_or(UNBOUNDED, |high| high as i64),
            ),
            (Variable::Cell(cell), Shown::Withheld) => {
                let k = self.tables.thresholds_of(cell, self.rules).k;
                let below = self.knows_small && (value as u64) < k;
                (0, if below { k as i64 - 1 } else { UNBOUNDED })
            }
        }
    }

    /// Puts in what percentages with one decimal tell that are shown whether
    /// or not their parts are: the release without protection of ratios.
    #[cfg(test)]
    pub(super) fn with_careless_ratios(mut self) -> Self {
        for ratio in &self.tables.ratios {
            let whole = self.tables.values[ratio.whole as usize] as f64;
            let part = self.tables.values[ratio.part as usize] as f64;
            if self.shown[ratio.whole as usize] != Shown::Exact || whole == 0.0 {
                continue;
            }
            let unit = 0.1;
            let percentage = (100.0 * part / whole / unit).round() * unit;
            let at = |percentage: f64| percentage / 100.0 * whole;
            let low = (at(percentage - unit / 2.0) - 1e-9).ceil() as i64;
            let high = (at(percentage + unit / 2.0) + 1e-9).floor() as i64;
            let bounds = &mut self.bounds[ratio.part as usize];
            *bounds = (bounds.0.max(low), bounds.1.min(high));
        }
        self
    }
}

/// How a cell is shown before any complement.
pub(super) fn at_first(
    cell: &Cell,
    tables: &Tables,
    rules: &SuppressionRules,
    is_sensitive: bool,
) -> Shown {
    match (cell.earlier, &tables.table_of(cell).presentation) {
        (Some(Earlier::Exact), _) => Shown::Exact,
        (Some(Earlier::Band(band)), _) => Shown::Band(band),
        (Some(Earlier::Withheld), _) | (None, Presentation::Unpublished) => Shown::Withheld,
        _ if is_sensitive => Shown::Withheld,
        (None, Presentation::Exact) => Shown::Exact,
        (None, Presentation::ExactOrBanded { exact, .. }) if exact.are_met_by(&cell.count) => {
            Shown::Exact
        }
        (None, Presentation::Banded(bands) | Presentation::ExactOrBanded { bands, .. }) => {
            let k = tables.thresholds_of(cell, rules).k;
            Band::of(cell.count.children, bands, k).map_or(Shown::Withheld, Shown::Band)
        }
    }
}
