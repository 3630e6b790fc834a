//! What colluding accounts know together of one cell.

use crate::world::{Cell, Protection, World};

/// Nothing bounds the count.
pub(crate) const OPEN: i64 = i64::MAX / 8;

/// Bounds on a count, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Bounds {
    pub(crate) low: i64,
    pub(crate) high: i64,
}

impl Bounds {
    pub(crate) const ANY: Self = Self { low: 0, high: OPEN };

    pub(crate) fn meet(self, other: Self) -> Self {
        Self {
            low: self.low.max(other.low),
            high: self.high.min(other.high),
        }
    }

    /// Number of counts that are possible.
    pub(crate) fn width(self) -> i64 {
        self.high - self.low + 1
    }

    pub(crate) fn holds(self, count: u64) -> bool {
        (self.low..=self.high).contains(&i64::try_from(count).unwrap_or(OPEN))
    }

    fn of(cell: Cell<'_>) -> Self {
        let (low, high) = cell.interval();
        Self {
            low: low as i64,
            high: if high.is_finite() { high as i64 } else { OPEN },
        }
    }
}

/// Which statements are believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Believed {
    /// Those that are certain: not those with noise.
    Certain,
    /// Also the 95 % intervals of counts with noise.
    Intervals,
}

/// What all audiences together state of a cell. `None` where none lists it.
pub(crate) fn bounds(
    world: &World,
    layer: &str,
    unit: &str,
    theme: &str,
    period: &str,
    believed: Believed,
) -> Option<Bounds> {
    let mut known = None;
    for release in world.releases() {
        let noise = release.protection(layer) == Protection::Noise;
        if noise && believed == Believed::Certain {
            continue;
        }
        if let Some(cell) = release.cell(layer, unit, theme, period) {
            let stated = Bounds::of(cell);
            known = Some(known.unwrap_or(Bounds::ANY).meet(stated));
        }
    }
    known
}

/// The lowest threshold of the audiences that list a layer without noise.
pub(crate) fn least_threshold(world: &World, layer: &str) -> u64 {
    world
        .releases()
        .filter(|release| release.layers().contains(&layer))
        .filter(|release| release.protection(layer) != Protection::Noise)
        .map(|release| release.k())
        .min()
        .unwrap_or(0)
}

/// Whether nobody looked at a unit, which everybody may know.
pub(crate) fn not_observed(
    world: &World,
    layer: &str,
    unit: &str,
    theme: &str,
    period: &str,
) -> bool {
    world.releases().any(|release| {
        release
            .cell(layer, unit, theme, period)
            .is_some_and(|cell| cell.status() == "not_observed")
    })
}
