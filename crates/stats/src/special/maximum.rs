//! The maximum of a smooth function of two variables.

/// Value of a function with its gradient and second derivatives.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Curved {
    pub(crate) value: f64,
    pub(crate) gradient: [f64; 2],
    /// ∂²/∂a², ∂²/∂a∂b, ∂²/∂b².
    pub(crate) hessian: [f64; 3],
}

impl Curved {
    pub(crate) const ZERO: Self = Self {
        value: 0.0,
        gradient: [0.0; 2],
        hessian: [0.0; 3],
    };

    pub(crate) fn add(&mut self, other: &Self) {
        self.value += other.value;
        for (sum, part) in self.gradient.iter_mut().zip(other.gradient) {
            *sum += part;
        }
        for (sum, part) in self.hessian.iter_mut().zip(other.hessian) {
            *sum += part;
        }
    }

    /// Inverse of the negative second derivatives, the covariance of maximum
    /// likelihood estimates; `None` where this is no maximum.
    pub(crate) fn covariance(&self) -> Option<[f64; 3]> {
        let [a, b, c] = self.hessian.map(|h| -h);
        let determinant = a * c - b * b;
        (a > 0.0 && determinant > 0.0).then(|| [c / determinant, -b / determinant, a / determinant])
    }
}

/// Climbs from `start` by Newton's method to a local maximum.
///
/// Where the function is not concave the second derivatives are shifted until
/// they are; a step is at most 2 in each variable and is halved until the
/// function rises. Stops early where `stop` says so. Returns the place and
/// the function there.
pub(crate) fn climb(
    start: [f64; 2],
    stop: impl Fn([f64; 2]) -> bool,
    function: impl Fn([f64; 2]) -> Curved,
) -> ([f64; 2], Curved) {
    let mut at = start;
    let mut here = function(at);
    for _ in 0..200 {
        if !here.value.is_finite() || stop(at) {
            break;
        }
        let [a, b, c] = here.hessian.map(|h| -h);
        let middle = 0.5 * (a + c);
        let radius = (0.25 * (a - c) * (a - c) + b * b).sqrt();
        let least = 1e-8 * (middle.abs() + radius) + 1e-12;
        let shift = if middle - radius < least {
            // Mirrors the negative curvature, so that the step keeps its size.
            (radius - middle).max(0.0) * 2.0 + least
        } else {
            0.0
        };
        let (a, c) = (a + shift, c + shift);
        let determinant = a * c - b * b;
        let [g, h] = here.gradient;
        let step = [(c * g - b * h) / determinant, (a * h - b * g) / determinant];
        let rise = g * step[0] + h * step[1];
        if !rise.is_finite() {
            break;
        }
        let longest = step[0].abs().max(step[1].abs());
        let mut scale = (2.0 / longest).min(1.0);
        let rounding = 1e-12 * (1.0 + here.value.abs());
        let mut moved = false;
        for _ in 0..40 {
            let next = [at[0] + scale * step[0], at[1] + scale * step[1]];
            let there = function(next);
            if there.value >= here.value + 1e-4 * scale * rise
                || (scale == 1.0 && rise <= rounding && there.value >= here.value - rounding)
            {
                at = next;
                here = there;
                moved = true;
                break;
            }
            scale *= 0.5;
        }
        if !moved || (shift == 0.0 && longest <= 1e-9) {
            break;
        }
    }
    (at, here)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_top_of_a_curved_ridge_is_reached() {
        // Rosenbrock's function upside down.
        let (at, _) = climb(
            [-1.2, 1.0],
            |_| false,
            |[x, y]| Curved {
                value: -(1.0 - x).powi(2) - 100.0 * (y - x * x).powi(2),
                gradient: [
                    2.0 * (1.0 - x) + 400.0 * x * (y - x * x),
                    -200.0 * (y - x * x),
                ],
                hessian: [-2.0 + 400.0 * (y - 3.0 * x * x), 400.0 * x, -200.0],
            },
        );
        assert!(
            (at[0] - 1.0).abs() < 1e-9 && (at[1] - 1.0).abs() < 1e-9,
            "{at:?}"
        );
    }
}
