//! Sums of the weights that the moments are made of.

/// S₀, S₁ and S₂ of Cliff & Ord (1981), self-weights left out.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct WeightSums {
    /// Σ w_ij.
    pub(super) s0: f64,
    /// ½ Σ (w_ij + w_ji)².
    pub(super) s1: f64,
    /// Σ (w_i. + w_.i)².
    pub(super) s2: f64,
}
