//! The frame of a count: every theme × period × unit that will have a row,
//! numbered, so that one pass over a table counts for all layers at once.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use h3o::CellIndex;
use safeground_schema::{Breakdown, Period, PeriodKind, Theme};

use super::{Calendar, LayerKey, Places, Units};

/// A layer counted by periods of one kind.
#[derive(Debug, Clone)]
pub struct Pair {
    /// The units.
    pub units: Arc<Units>,
    /// Kind of period.
    pub kind: PeriodKind,
    /// Periods, in order.
    pub periods: Vec<Period>,
    /// Number of the first bucket within a theme.
    base: u64,
}

/// A layer counted by periods of one kind and by the classes of a breakdown.
#[derive(Debug, Clone)]
pub struct Division {
    /// Number of the pair that it divides.
    pub pair: usize,
    /// What it divides by.
    pub by: Breakdown,
    /// The codes of its classes.
    pub classes: Vec<&'static str>,
    /// Number of the first bucket within a theme.
    base: u64,
}

/// All buckets of a count: themes × (layer, period kind) × periods × units, and
/// once more × classes for what is divided.
#[derive(Debug, Clone)]
pub struct Frame {
    /// All places.
    pub places: Arc<Places>,
    /// Places of cells, for events without a place.
    pub place_of_cell: HashMap<CellIndex, u32>,
    /// First to last month.
    pub calendar: Calendar,
    /// Layers with their kind of period.
    pub pairs: Vec<Pair>,
    /// Pairs that are counted by class as well.
    pub divisions: Vec<Division>,
    per_theme: u64,
}

impl Frame {
    /// A frame over layers and kinds of period; a layer may come with several.
    #[must_use]
    pub fn new(
        places: Arc<Places>,
        place_of_cell: HashMap<CellIndex, u32>,
        calendar: Calendar,
        layers: Vec<(Arc<Units>, PeriodKind)>,
    ) -> Self {
        let mut per_theme = 0;
        let pairs = layers
            .into_iter()
            .map(|(units, kind)| {
                let periods = calendar.periods(kind);
                let base = per_theme;
                per_theme += (periods.len() * units.len()) as u64;
                Pair {
                    units,
                    kind,
                    periods,
                    base,
                }
            })
            .collect();
        Self {
            places,
            place_of_cell,
            calendar,
            pairs,
            divisions: Vec::new(),
            per_theme,
        }
    }

    /// The frame with layers of one kind of period counted by class as well;
    /// layers that it does not have are left out.
    #[must_use]
    pub fn divided(mut self, wanted: &[(LayerKey, PeriodKind, Breakdown)]) -> Self {
        for (key, kind, by) in wanted {
            let divides = |pair: &Pair| pair.kind == *kind && pair.units.key == *key;
            let Some(number) = self.pairs.iter().position(divides) else {
                continue;
            };
            let pair = &self.pairs[number];
            let classes = by.classes();
            let base = self.per_theme;
            self.per_theme += (classes.len() * pair.periods.len() * pair.units.len()) as u64;
            self.divisions.push(Division {
                pair: number,
                by: *by,
                classes,
                base,
            });
        }
        self
    }

    /// The layer and period kind wanted, if the frame has it.
    #[must_use]
    pub fn pair(&self, layer: &LayerKey, kind: PeriodKind) -> Option<&Pair> {
        self.pairs
            .iter()
            .find(|pair| pair.kind == kind && pair.units.key == *layer)
    }

    /// Buckets of one theme, layer and period: one per unit, in unit order.
    #[must_use]
    pub fn buckets_of(&self, theme: &Theme, pair: &Pair, slot: usize) -> Option<Range<u64>> {
        let start =
            theme_number(theme)? * self.per_theme + pair.base + (slot * pair.units.len()) as u64;
        Some(start..start + pair.units.len() as u64)
    }

    /// Buckets of one theme, division, class and period, in unit order.
    #[must_use]
    pub fn buckets_of_class(
        &self,
        theme: &Theme,
        division: &Division,
        class: usize,
        slot: usize,
    ) -> Option<Range<u64>> {
        let pair = self.pairs.get(division.pair)?;
        let units = pair.units.len() as u64;
        let row = (slot * division.classes.len() + class) as u64;
        let start = theme_number(theme)? * self.per_theme + division.base + row * units;
        Some(start..start + units)
    }

    /// The place of an event: as given or, where none is given, the one its
    /// cell lies in. A place that is given but not known is not replaced.
    #[must_use]
    pub fn place(&self, id: Option<&str>, cell: Option<CellIndex>) -> Option<u32> {
        match id {
            Some(id) => self.places.find(id),
            None => self.place_of_cell.get(&cell?).copied(),
        }
    }

    /// Adds the buckets that an event falls into: at most one per layer and
    /// period kind, and one per division of which `class_of` knows the event's
    /// class.
    pub fn buckets<'a>(
        &self,
        theme: u64,
        (place, cell, day): (Option<u32>, Option<CellIndex>, i32),
        class_of: impl Fn(Breakdown) -> Option<&'a str>,
        out: &mut Vec<i64>,
    ) {
        for pair in &self.pairs {
            if let (Some(unit), Some(slot)) = (
                pair.units.unit(place, cell),
                self.calendar.slot(pair.kind, day),
            ) {
                let bucket = theme * self.per_theme
                    + pair.base
                    + (slot * pair.units.len()) as u64
                    + u64::from(unit);
                out.push(bucket as i64);
            }
        }
        for division in &self.divisions {
            let pair = &self.pairs[division.pair];
            let class = class_of(division.by)
                .and_then(|code| division.classes.iter().position(|class| *class == code));
            if let (Some(class), Some(unit), Some(slot)) = (
                class,
                pair.units.unit(place, cell),
                self.calendar.slot(pair.kind, day),
            ) {
                let row = (slot * division.classes.len() + class) as u64;
                let bucket = theme * self.per_theme
                    + division.base
                    + row * pair.units.len() as u64
                    + u64::from(unit);
                out.push(bucket as i64);
            }
        }
    }
}

/// Number of a built-in theme.
#[must_use]
pub fn theme_number(theme: &Theme) -> Option<u64> {
    Theme::BUILT_IN
        .iter()
        .position(|t| t == theme)
        .map(|n| n as u64)
}
