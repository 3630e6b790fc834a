//! Exact interval of a Poisson count.

use statrs::distribution::{ContinuousCDF as _, Gamma};

/// Lower and upper limit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    /// Lower limit.
    pub low: f64,
    /// Upper limit.
    pub high: f64,
}

/// Exact central 95 % interval of the mean of a Poisson count.
///
/// Garwood (1936), *Biometrika* 28: the limits are the 2.5 % quantile of a
/// gamma distribution of shape `count` and the 97.5 % quantile of one of
/// shape `count + 1`, both with unit rate. The lower limit of zero is zero.
/// Divide by the exposure to get the interval of a rate.
#[must_use]
pub fn poisson_interval(count: u64) -> Interval {
    let count = count as f64;
    Interval {
        low: if count == 0.0 {
            0.0
        } else {
            gamma_quantile(count, 1.0, 0.025)
        },
        high: gamma_quantile(count + 1.0, 1.0, 0.975),
    }
}

/// Quantile of a gamma distribution by shape and rate, both above zero.
pub(crate) fn gamma_quantile(shape: f64, rate: f64, probability: f64) -> f64 {
    // The quantile is sought at unit rate, where its size is that of the
    // shape, and then scaled; bisection to the last bit keeps it independent
    // of the scale of the data.
    let unit = Gamma::new(shape, 1.0).expect("shape is above zero");
    let (mut low, mut high) = (0.0, shape + 10.0 * shape.sqrt() + 10.0);
    while unit.cdf(high) < probability {
        high *= 2.0;
    }
    for _ in 0..200 {
        let middle = 0.5 * (low + high);
        if middle <= low || middle >= high {
            break;
        }
        if unit.cdf(middle) < probability {
            low = middle;
        } else {
            high = middle;
        }
    }
    0.5 * (low + high) / rate
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Tabulated limits: Ulm (1990), *Am. J. Epidemiol.* 131, and standard
    /// tables of the chi-square distribution.
    #[test]
    fn limits_agree_with_the_published_table() {
        let table = [
            (0, 0.0, 3.689),
            (1, 0.0253, 5.572),
            (5, 1.6235, 11.668),
            (10, 4.7954, 18.390),
            (100, 81.364, 121.627),
        ];
        for (count, low, high) in table {
            let interval = poisson_interval(count);
            assert!((interval.low - low).abs() < 1e-3, "{count}: {interval:?}");
            assert!((interval.high - high).abs() < 1e-3, "{count}: {interval:?}");
        }
    }
}
