//! Surfaces: density and relative risk of points, and tests of their pattern.
//!
//! [`kernel_density`] smooths events at places on the globe or in the plane,
//! [`area_density`] counts of areas with the variance that noise gives them,
//! [`relative_risk`] compares cases with a population. Bandwidths come from a
//! rule ([`rule_bandwidth_m`]) or from left-out events
//! ([`likelihood_bandwidth`], [`risk_bandwidth`]). [`ripley_k`], [`cross_k`],
//! [`region_k`] and [`clark_evans`] ask whether points cluster at all, with
//! [`ripley_envelope`] and its kin for what chance does.

mod area_density;
mod ball_index;
mod bandwidth;
mod bandwidth_rule;
mod clark_evans;
mod cross_validation;
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
