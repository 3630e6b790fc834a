//! Seasonal decomposition by loess.

use stlrs::Stl;

use crate::StatsError;
use crate::error::check_finite;

const METHOD: &str = "seasonal decomposition";

/// How the season may change over the years.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SeasonalWindow {
    /// Not at all: the season is the mean of each period of the cycle, as
    /// R's `s.window = "periodic"`.
    Periodic,
    /// Slowly: loess over so many cycles, odd and at least 7 by the advice of
    /// Cleveland et al.
    Cycles(usize),
}

/// Parameters of [`seasonal_decomposition`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DecompositionParams {
    /// Whether single outliers lose their weight (15 robust iterations, one
    /// inner loop each) or not (2 inner loops).
    pub robust: bool,
    /// Loess at every period, as statsmodels; `false` evaluates every tenth of
    /// a window and interpolates, as R's `stl` does by default.
    pub exact: bool,
    period: usize,
    window: SeasonalWindow,
}

impl DecompositionParams {
    /// Parameters for so many periods to the cycle.
    ///
    /// # Errors
    /// [`StatsError::Parameter`] for a cycle of fewer than 2 periods or a
    /// window that is even or below 3.
    pub fn new(period: usize, window: SeasonalWindow) -> Result<Self, StatsError> {
        if period < 2 {
            return Err(StatsError::Parameter {
                what: "period",
                value: period as f64,
                expected: "at least two periods to the cycle",
            });
        }
        if let SeasonalWindow::Cycles(cycles) = window
            && (cycles < 3 || cycles.is_multiple_of(2))
        {
            return Err(StatsError::Parameter {
                what: "seasonal window",
                value: cycles as f64,
                expected: "an odd number of cycles, at least three",
            });
        }
        Ok(Self {
            robust: false,
            exact: true,
            period,
            window,
        })
    }
}

/// A series in three parts that add up to it.
#[derive(Debug, Clone, PartialEq)]
pub struct Decomposition {
    /// Smooth level.
    pub trend: Vec<f64>,
    /// What repeats.
    pub seasonal: Vec<f64>,
    /// The rest.
    pub remainder: Vec<f64>,
    /// Weight of each period in the robust fit, 1 if not robust.
    pub weights: Vec<f64>,
    /// 1 − Var(remainder)/Var(seasonal + remainder), at least 0: Wang, Smith &
    /// Hyndman (2006). `None` if that part does not vary.
    pub seasonal_strength: Option<f64>,
    /// The same of the trend.
    pub trend_strength: Option<f64>,
}

/// STL: seasonal-trend decomposition by loess.
///
/// Cleveland, Cleveland, McRae & Terpenning (1990), *Journal of Official
/// Statistics* 6. Degree 1 for trend and low pass, the trend window the
/// smallest odd number above 1.5·period/(1 − 1.5/seasonal window), the low
/// pass window the smallest odd number not below the period, as Cleveland et
/// al. and R (statsmodels takes the odd number above an odd period). The seasonal loess has degree 1 for [`SeasonalWindow::Cycles`] as in
/// statsmodels (pass R `s.degree = 1`), and degree 0 for
/// [`SeasonalWindow::Periodic`] as in R.
///
/// The loess itself is that of the crate `stlrs`. For series of counts that
/// grow with their level, decompose logarithms, or see
/// [`seasonal_index`](super::seasonal_index()). O(periods · windows).
///
/// # Errors
/// [`StatsError::Gap`] for a missing period, [`StatsError::TooFew`] for fewer
/// than two cycles, [`StatsError::Value`] for a value that is not finite.
pub fn seasonal_decomposition(
    values: &[Option<f64>],
    params: &DecompositionParams,
) -> Result<Decomposition, StatsError> {
    check_finite("value", values)?;
    if let Some(gap) = values.iter().position(Option::is_none) {
        return Err(StatsError::Gap {
            what: "value",
            period: gap,
            method: METHOD,
        });
    }
    let values: Vec<f64> = values.iter().flatten().copied().collect();
    let few = StatsError::TooFew {
        method: METHOD,
        found: values.len(),
        least: params.period.saturating_mul(2),
    };
    if values.len() / 2 < params.period {
        return Err(few);
    }
    // Loess is linear in the values: taking their mean out first keeps the
    // digits of a small season on a large level.
    let level: f64 = values.iter().map(|x| x / values.len() as f64).sum();
    let centred: Vec<f64> = values.iter().map(|value| value - level).collect();
    let fit = settings(params, values.len())
        .fit(&centred, params.period)
        .map_err(|_| few)?;
    let (mut seasonal, trend, mut remainder, weights) = fit.into_parts();
    if params.window == SeasonalWindow::Periodic {
        seasonal = cycle_means(&seasonal, params.period);
        for (index, rest) in remainder.iter_mut().enumerate() {
            *rest = centred[index] - seasonal[index] - trend[index];
        }
    }
    let trend: Vec<f64> = trend.into_iter().map(|value| value + level).collect();
    Ok(Decomposition {
        seasonal_strength: strength(&seasonal, &remainder),
        trend_strength: strength(&trend, &remainder),
        weights: if params.robust {
            weights
        } else {
            vec![1.0; values.len()]
        },
        trend,
        seasonal,
        remainder,
    })
}

fn settings(params: &DecompositionParams, periods: usize) -> stlrs::StlParams {
    let (cycles, degree) = match params.window {
        SeasonalWindow::Periodic => (10 * periods + 1, 0),
        SeasonalWindow::Cycles(cycles) => (cycles, 1),
    };
    let next_odd = |length: f64| {
        let whole = length.ceil() as usize;
        whole + usize::from(whole.is_multiple_of(2))
    };
    let trend = next_odd(1.5 * params.period as f64 / (1.0 - 1.5 / cycles as f64));
    let low_pass = next_odd(params.period as f64);
    let jump = |length: usize| {
        if params.exact { 1 } else { length.div_ceil(10) }
    };
    let mut settings = Stl::params();
    settings
        .seasonal_length(cycles)
        .seasonal_degree(degree)
        .seasonal_jump(jump(cycles))
        .trend_length(trend)
        .trend_degree(1)
        .trend_jump(jump(trend))
        .low_pass_length(low_pass)
        .low_pass_degree(1)
        .low_pass_jump(jump(low_pass))
        .robust(params.robust);
    settings
}

fn cycle_means(seasonal: &[f64], period: usize) -> Vec<f64> {
    let means: Vec<f64> = (0..period)
        .map(|first| {
            let of_cycle = seasonal.iter().skip(first).step_by(period);
            let count = of_cycle.clone().count() as f64;
            of_cycle.sum::<f64>() / count
        })
        .collect();
    (0..seasonal.len()).map(|at| means[at % period]).collect()
}

fn strength(part: &[f64], remainder: &[f64]) -> Option<f64> {
    let sum: Vec<f64> = part.iter().zip(remainder).map(|(a, b)| a + b).collect();
    let whole = variance(&sum);
    (whole > 0.0).then(|| (1.0 - variance(remainder) / whole).max(0.0))
}

fn variance(values: &[f64]) -> f64 {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    values.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / (n - 1.0)
}
