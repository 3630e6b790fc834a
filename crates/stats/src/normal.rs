//! The standard normal distribution.

use statrs::function::erf::{erfc, erfc_inv};

/// Φ(z): probability that a standard normal variable is at most `z`.
pub(crate) fn cumulative(z: f64) -> f64 {
    0.5 * erfc(-z / std::f64::consts::SQRT_2)
}

/// Two-sided p-value of `z`.
pub(crate) fn two_sided(z: f64) -> f64 {
    erfc(z.abs() / std::f64::consts::SQRT_2)
}

/// The value that a standard normal variable stays below with `probability`,
/// which must lie strictly between 0 and 1.
pub(crate) fn quantile(probability: f64) -> f64 {
    -std::f64::consts::SQRT_2 * erfc_inv(2.0 * probability)
}
