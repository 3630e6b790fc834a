//! Space and time: trends, emerging hotspots, and alarms.
//!
//! A series has one value for each of equally spaced periods, `None` where
//! there is none; a [`SpaceTimeCube`] has one for each place and period.
//!
//! - Is there a trend? [`mann_kendall`], its kin for serial correlation
//!   ([`autocorrelated_mann_kendall`], [`pre_whitened_mann_kendall`]) and for
//!   seasons and places ([`seasonal_mann_kendall`], [`regional_mann_kendall`]),
//!   and how steep: [`sen_slope`], [`seasonal_sen_slope`]; for counts with
//!   exposure [`log_linear_trend`].
//! - Where do hotspots emerge? [`space_time_gi_star`], [`emerging_hotspots`].
//! - When did the rate change? [`poisson_changepoints`].
//! - Does something stand out now? [`farrington`], [`ears`],
//!   [`poisson_cusum`], [`ewma_chart`].
//! - What time of the year? [`seasonal_decomposition`], [`seasonal_index`],
//!   [`roger_test`], [`edwards_test`], [`moving_holiday`].
//! - Denominators that vary: [`rate_series`], [`standardised_series`],
//!   [`cube_rates`].

mod autocorrelated_mann_kendall;
mod autocorrelation;
mod changepoint;
mod combined_mann_kendall;
mod cube;
mod cusum;
mod decomposition;
mod distributions;
mod ears;
mod emerging_category;
mod emerging_hotspot;
mod ewma_chart;
mod farrington;
mod farrington_model;
mod kendall_exact;
mod kendall_score;
mod log_linear_trend;
mod mann_kendall;
mod moving_holiday;
mod pre_whitening;
mod quasi_poisson;
mod rate_series;
mod seasonal_index;
mod seasonal_mann_kendall;
mod seasonality_test;
mod sen_slope;
mod slope_ranks;
mod space_time_gi_star;

pub use autocorrelated_mann_kendall::{
    AutocorrelatedMannKendall, AutocorrelatedParams, VarianceCorrection,
    autocorrelated_mann_kendall,
};
pub use changepoint::{ChangepointParams, Penalty, Segment, poisson_changepoints};
pub use combined_mann_kendall::{
    CombinedMannKendall, CombinedParams, Dependence, Heterogeneity, SeriesScore,
};
pub use cube::{SpaceTimeCube, cube_rates, cube_trends, cube_values};
pub use cusum::{
    AfterAlarm, ChartPoint, CusumParams, CusumThresholdParams, HeadStart, cusum_threshold,
    poisson_cusum,
};
pub use decomposition::{
    Decomposition, DecompositionParams, SeasonalWindow, seasonal_decomposition,
};
pub use ears::{EarsAlarm, EarsMethod, EarsParams, ears};
pub use emerging_category::{Bin, EmergingHotspot, Pattern, SporadicRule, Trend, classify_bins};
pub use emerging_hotspot::{
    EmergingHotspotParams, EmergingPlace, TestedBin, classify_gi_star, emerging_hotspots,
};
pub use ewma_chart::{CountResidual, EwmaChartParams, count_residuals, ewma_chart};
pub use farrington::{FarringtonAlarm, FarringtonParams, FarringtonThreshold, farrington};
pub use kendall_exact::EXACT_LIMIT;
pub use log_linear_trend::{LogLinearParams, LogLinearTrend, RateRatio, log_linear_trend};
pub use mann_kendall::{MannKendall, MannKendallParams, NullDistribution, mann_kendall};
pub use moving_holiday::{HolidayWindow, moving_holiday};
pub use pre_whitening::{PreWhitenedMannKendall, PreWhitening, pre_whitened_mann_kendall};
pub use rate_series::{RatePoint, rate_series, standardised_series};
pub use seasonal_index::{SeasonalIndex, SeasonalIndexParams, SeasonalIndices, seasonal_index};
pub use seasonal_mann_kendall::{regional_mann_kendall, seasonal_mann_kendall, seasonal_sen_slope};
pub use seasonality_test::{SeasonalityTest, edwards_test, roger_test};
pub use sen_slope::{SenSlope, SenSlopeParams, sen_slope};
pub use space_time_gi_star::{GlobalWindow, SpaceTimeGiStarParams, space_time_gi_star};
