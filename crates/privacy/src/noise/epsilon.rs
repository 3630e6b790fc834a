//! The privacy-loss parameter, in exact decimal arithmetic.

use serde::{Deserialize, Serialize};

use super::NoiseError;

/// Millionths in one.
const UNIT: u64 = 1_000_000;

/// Largest value read, a thousand: far above anything that protects.
const MOST: u64 = 1_000 * UNIT;

/// Pure ε of differential privacy (Dwork, McSherry, Nissim & Smith 2006), in
/// millionths.
///
/// Budgets are added and compared, so they are integers: ten shares of 0.1
/// make exactly 1, which they do not in binary floating point.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Default,
)]
#[serde(try_from = "String", into = "String")]
pub struct Epsilon {
    millionths: u64,
}

impl Epsilon {
    /// Nothing spent.
    pub const ZERO: Self = Self { millionths: 0 };

    /// The most a child may lose in a year over all public products.
    pub const ONE: Self = Self { millionths: UNIT };

    /// From millionths: `600_000` is 0.6.
    ///
    /// # Errors
    /// [`NoiseError::Epsilon`] for zero or more than a thousand.
    pub fn from_millionths(millionths: u64) -> Result<Self, NoiseError> {
        if millionths == 0 || millionths > MOST {
            return Err(NoiseError::Epsilon(Self { millionths }.to_string()));
        }
        Ok(Self { millionths })
    }

    /// In millionths.
    #[must_use]
    pub fn millionths(self) -> u64 {
        self.millionths
    }

    /// As a floating-point number, for formulas that describe; never for noise.
    #[must_use]
    pub fn as_f64(self) -> f64 {
        self.millionths as f64 / UNIT as f64
    }

    /// Basic composition: the losses of two mechanisms on the same rows add.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            millionths: self.millionths.saturating_add(other.millionths),
        }
    }

    /// What is left after spending, or nothing if that is more than there is.
    #[must_use]
    pub fn minus(self, spent: Self) -> Option<Self> {
        let millionths = self.millionths.checked_sub(spent.millionths)?;
        Some(Self { millionths })
    }

    /// An equal part, rounded down so that the parts never exceed the whole.
    #[must_use]
    pub fn part(self, parts: u32) -> Self {
        Self {
            millionths: self.millionths / u64::from(parts.max(1)),
        }
    }
}

impl std::fmt::Display for Epsilon {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (whole, rest) = (self.millionths / UNIT, self.millionths % UNIT);
        if rest == 0 {
            return write!(f, "{whole}");
        }
        let digits = format!("{rest:06}");
        write!(f, "{whole}.{}", digits.trim_end_matches('0'))
    }
}

impl std::str::FromStr for Epsilon {
    type Err = NoiseError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let refused = || NoiseError::Epsilon(text.to_owned());
        let (whole, decimals) = text.split_once('.').unwrap_or((text, "0"));
        let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        if !digits(whole) || !digits(decimals) || decimals.len() > 6 {
            return Err(refused());
        }
        let whole: u64 = whole.parse().map_err(|_| refused())?;
        let rest: u64 = format!("{decimals:0<6}").parse().map_err(|_| refused())?;
        let millionths = whole.checked_mul(UNIT).and_then(|w| w.checked_add(rest));
        Self::from_millionths(millionths.ok_or_else(refused)?).map_err(|_| refused())
    }
}

impl TryFrom<String> for Epsilon {
    type Error = NoiseError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Epsilon> for String {
    fn from(epsilon: Epsilon) -> Self {
        epsilon.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_tenths_are_one() {
        let tenth: Epsilon = "0.1".parse().unwrap();
        let sum = (0..10).fold(Epsilon::ZERO, |sum, _| sum.and(tenth));
        assert_eq!(sum, Epsilon::ONE);
    }

    #[test]
    fn it_reads_back_as_written() {
        for text in ["0.000001", "0.6", "1", "12.345678", "1000"] {
            let epsilon: Epsilon = text.parse().unwrap();
            assert_eq!(epsilon.to_string(), text);
        }
    }

    #[test]
    fn what_is_no_epsilon_is_refused() {
        for text in [
            "0",
            "-1",
            "1e-3",
            "0.0000001",
            "",
            ".",
            "1001",
            "NaN",
            "inf",
            "99999999999999999999",
        ] {
            assert!(text.parse::<Epsilon>().is_err(), "{text}");
        }
    }

    #[test]
    fn parts_never_exceed_the_whole() {
        let third = Epsilon::ONE.part(3);
        assert!(third.and(third).and(third) <= Epsilon::ONE);
    }
}
