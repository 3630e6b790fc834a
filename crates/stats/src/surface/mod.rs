//! Surfaces: density and relative risk of points, and tests of their pattern.
//!
//! | question | method | file |
//! |---|---|---|
//! | how dense do events lie? | [`kernel_density()`] | `kernel_density.rs` |
//! | the same from counts of areas, with their noise | [`area_density()`] | `area_density.rs` |
//! | where is risk high? | [`relative_risk()`] | `relative_risk.rs`, `random_labelling.rs` |
//! | how wide to smooth? | [`rule_bandwidth_m()`], by a rule | `bandwidth_rule.rs` |
//! | | [`likelihood_bandwidth()`], by left-out events | `cross_validation.rs` |
//! | | [`risk_bandwidth()`], for a ratio of densities | `risk_bandwidth.rs` |
//! | do points cluster, and at which distance? | [`ripley_k()`], [`cross_k()`] | `ripley_k.rs` |
//! | what does chance do there? | [`ripley_envelope()`], [`cross_envelope()`] | `envelope.rs` |
//! | the same among cells of the globe | [`region_k()`], [`region_envelope()`] | `region_k.rs` |
//! | are neighbours nearer than by chance? | [`clark_evans()`] | `clark_evans.rs` |
//! | how far to the nearest point, how much room is empty? | [`nearest_neighbour_g()`], [`empty_space_f()`], [`j_function()`] | `distance_function.rs` |
//! | what does chance do there? | [`distance_envelope()`] | `distance_envelope.rs` |
//!
//! [`Locations`] are on the globe or in the plane, [`Window`] and
//! [`StudyRegion`] say where events could have been, [`Bandwidth`] is fixed or
//! follows the density.
//!
//! Deliberately absent: kriging and other interpolation of measured values,
//! distances along networks, and models of point processes.

mod area_density;
mod ball_index;
mod bandwidth;
mod bandwidth_rule;
mod clark_evans;
mod cross_validation;
mod distance_distribution;
mod distance_envelope;
mod distance_function;
mod envelope;
mod kernel;
mod kernel_density;
mod locations;
mod random_labelling;
mod region;
mod region_k;
mod relative_risk;
mod ripley_k;
mod risk_bandwidth;
mod smoother;
mod window;

pub use area_density::{AreaCounts, AreaDensity, AreaDensityParams, AreaSupport, area_density};
pub use bandwidth::Bandwidth;
pub use bandwidth_rule::{BandwidthRule, rule_bandwidth_m};
pub use clark_evans::{ClarkEvans, NearestCorrection, clark_evans};
pub use cross_validation::{
    CrossValidationParams, LeftOut, SelectedBandwidth, likelihood_bandwidth,
};
pub use distance_envelope::{DistanceEnvelope, DistanceEnvelopeStep, distance_envelope};
pub use distance_function::{
    DistanceCorrection, DistanceFunction, DistanceParams, DistanceStep, empty_space_f, j_function,
    nearest_neighbour_g,
};
pub use envelope::{EnvelopeParams, EnvelopeStep, RipleyEnvelope, cross_envelope, ripley_envelope};
pub use kernel::Kernel;
pub use kernel_density::{
    EdgeCorrection, Events, KernelDensity, KernelDensityParams, kernel_density,
};
pub use locations::Locations;
pub use region::StudyRegion;
pub use region_k::{region_envelope, region_k};
pub use relative_risk::{
    RelativeRisk, RelativeRiskParams, RiskNull, RiskSimulations, relative_risk,
};
pub use ripley_k::{RipleyCorrection, RipleyK, RipleyParams, cross_k, ripley_k};
pub use risk_bandwidth::{RiskCriterion, risk_bandwidth};
pub use window::Window;
