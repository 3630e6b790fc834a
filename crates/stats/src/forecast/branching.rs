//! Parameters of the branching structure and their extrapolation.

use super::dispersion::Dispersion;

/// Most neighbour orders that an event can reach.
pub(super) const MOST_ORDERS: usize = 4;

/// Above it events would multiply without end.
pub(super) const LARGEST_BRANCHING: f64 = 0.999;

/// Values by the last order that a parent can reach and the offspring's own.
pub(super) type ByOrder = [[f64; MOST_ORDERS + 1]; MOST_ORDERS + 1];

/// Share of offspring at each order, by the last order within reach.
pub(super) fn shares(order_decay: f64) -> ByOrder {
    std::array::from_fn(|last| {
        let total: f64 = (0..=last).map(|d| order_decay.powi(d as i32)).sum();
        std::array::from_fn(|d| {
            if d <= last {
                order_decay.powi(d as i32) / total
            } else {
                0.0
            }
        })
    })
}

/// Parameters of a self-exciting model between EM steps.
#[derive(Clone)]
pub(super) struct State {
    /// Background rate of a place of factor 1.
    pub(super) level: f64,
    /// Background of each place relative to the level.
    pub(super) factors: Vec<f64>,
    pub(super) branching: f64,
    pub(super) time_decay: f64,
    pub(super) order_decay: f64,
}

impl State {
    /// Parameters without bounds, so that an extrapolation is always valid.
    fn unbounded(&self) -> Option<Vec<f64>> {
        let share = self.branching / LARGEST_BRANCHING;
        let logit = |p: f64| p.ln() - (1.0 - p).ln();
        let values: Vec<f64> = [
            logit(share),
            logit(self.time_decay),
            self.order_decay.ln(),
            self.level.ln(),
        ]
        .into_iter()
        .chain(self.factors.iter().map(|factor| factor.ln()))
        .collect();
        values
            .iter()
            .all(|value| value.is_finite())
            .then_some(values)
    }

    fn from_unbounded(values: &[f64]) -> Option<Self> {
        let inverse = |x: f64| 1.0 / (1.0 + (-x).exp());
        Some(Self {
            branching: LARGEST_BRANCHING * inverse(*values.first()?),
            time_decay: inverse(*values.get(1)?).clamp(1e-4, 1.0 - 1e-4),
            order_decay: values.get(2)?.clamp(-12.0, 3.0).exp(),
            level: values.get(3)?.exp(),
            factors: values.get(4..)?.iter().map(|log| log.exp()).collect(),
        })
    }

    /// Scheme 3 of Varadhan & Roland (2008).
    pub(super) fn leap(start: &Self, first: &Self, second: &Self) -> Option<Self> {
        let (x, y, z) = (start.unbounded()?, first.unbounded()?, second.unbounded()?);
        let (mut step, mut bend) = (0.0, 0.0);
        for ((x, y), z) in x.iter().zip(&y).zip(&z) {
            step += (y - x).powi(2);
            bend += (z - 2.0 * y + x).powi(2);
        }
        let length = (step / bend).sqrt();
        if !(length.is_finite() && length > 1.0) {
            return None;
        }
        let leapt: Vec<f64> = x
            .iter()
            .zip(&y)
            .zip(&z)
            .map(|((x, y), z)| x + 2.0 * length * (y - x) + length * length * (z - 2.0 * y + x))
            .collect();
        if leapt.iter().any(|value| value.abs() > 700.0) {
            return None;
        }
        Self::from_unbounded(&leapt)
    }

    /// Largest difference of the three kernel parameters.
    pub(super) fn distance(&self, other: &Self) -> f64 {
        // As a share, which stands still where the decay runs to zero.
        let share = |state: &Self| state.order_decay / (1.0 + state.order_decay);
        (self.branching - other.branching)
            .abs()
            .max((self.time_decay - other.time_decay).abs())
            .max((share(self) - share(other)).abs())
    }
}

/// What an expectation step finds: background and offspring events and their
/// lags and orders.
pub(super) struct Expected {
    pub(super) background: Vec<f64>,
    pub(super) offspring: f64,
    pub(super) lags: f64,
    pub(super) by_order: ByOrder,
    pub(super) likelihood: f64,
    pub(super) penalised: f64,
    pub(super) dispersion: Dispersion,
}

/// What one place contributes to an expectation step.
#[derive(Default)]
pub(super) struct OfPlace {
    pub(super) background: f64,
    pub(super) offspring: f64,
    pub(super) lags: f64,
    pub(super) by_order: ByOrder,
    pub(super) likelihood: f64,
    pub(super) dispersion: Dispersion,
}
