//! Space and time: trends, emerging hotspots, and alarms.
//!
//! A series has one value for each of equally spaced periods, `None` where
//! there is none; a [`SpaceTimeCube`] has one for each place and period.
//!
//! | question | method | file |
//! |---|---|---|
//! | is there a trend? | [`mann_kendall()`] | `mann_kendall.rs` |
//! | with serial correlation? | [`autocorrelated_mann_kendall()`] (Hamed & Rao, Yue & Wang) | `autocorrelated_mann_kendall.rs` |
//! | | [`pre_whitened_mann_kendall()`] | `pre_whitening.rs` |
//! | over seasons, over places? | [`seasonal_mann_kendall()`], [`regional_mann_kendall()`], [`seasonal_sen_slope()`] | `seasonal_mann_kendall.rs` |
//! | how steep is it? | [`sen_slope()`] | `sen_slope.rs` |
//! | | [`log_linear_trend()`], of counts with exposure | `log_linear_trend.rs` |
//! | where do hotspots emerge? | [`space_time_gi_star()`] | `space_time_gi_star.rs` |
//! | | [`emerging_hotspots()`], [`classify_gi_star()`] | `emerging_hotspot.rs` |
//! | | [`classify_bins()`] | `emerging_category.rs` |
//! | when did the rate change? | [`poisson_changepoints()`] | `changepoint.rs` |
//! | does something stand out now? | [`farrington()`], original and improved | `farrington.rs` |
//! | | [`ears()`]: C1, C2, C3 | `ears.rs` |
//! | | [`poisson_cusum()`], [`cusum_threshold()`] | `cusum.rs` |
//! | | [`ewma_chart()`], [`count_residuals()`] | `ewma_chart.rs` |
//! | what time of the year? | [`seasonal_decomposition()`] (STL) | `decomposition.rs` |
//! | | [`seasonal_index()`] | `seasonal_index.rs` |
//! | | [`roger_test()`], [`edwards_test()`] | `seasonality_test.rs` |
//! | | [`moving_holiday()`] | `moving_holiday.rs` |
//! | with denominators that vary | [`rate_series()`], [`standardised_series()`] | `rate_series.rs` |
//! | a whole cube at once | [`cube_rates()`], [`cube_values()`], [`cube_trends()`] | `cube.rs` |
//!
//! Deliberately absent: models of several series at once, state-space and
//! ARIMA models, and delays of reporting (nowcasting). Scans in time are in
//! [`crate::scan`], forecasts in [`crate::forecast`].

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
mod slope_plane;
mod slope_ranks;
mod slope_selection;
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
