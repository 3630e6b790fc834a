//! The seventeen categories of emerging hotspots.

use super::mann_kendall::MannKendall;

/// What one place is in one period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Bin {
    /// A significant hot spot.
    Hot,
    /// Neither.
    NotSignificant,
    /// A significant cold spot.
    Cold,
}

impl Bin {
    /// Hot or cold by the sign of `z` where p ≤ `significance`.
    #[must_use]
    pub fn of(z: f64, p: f64, significance: f64) -> Self {
        if p <= significance && z > 0.0 {
            Self::Hot
        } else if p <= significance && z < 0.0 {
            Self::Cold
        } else {
            Self::NotSignificant
        }
    }
}

/// Direction of the intensity of clustering over time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Trend {
    /// z rises significantly.
    Up,
    /// No discernible trend.
    None,
    /// z falls significantly.
    Down,
}

impl Trend {
    /// Trend of a Mann-Kendall test where p ≤ `significance`; none where the
    /// test is undefined.
    #[must_use]
    pub fn of(test: Option<&MannKendall>, significance: f64) -> Self {
        match test {
            Some(test) if test.p <= significance && test.s > 0 => Self::Up,
            Some(test) if test.p <= significance && test.s < 0 => Self::Down,
            _ => Self::None,
        }
    }
}

/// How a place has been hot or cold over time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Pattern {
    /// Only the final period.
    New,
    /// An unbroken run up to the final period, never before it.
    Consecutive,
    /// At least 90 % of periods with the final one, ever more intense.
    Intensifying,
    /// At least 90 % of periods with the final one, without trend.
    Persistent,
    /// At least 90 % of periods with the final one, ever less intense.
    Diminishing,
    /// On and off, never the opposite.
    Sporadic,
    /// In the final period, having been the opposite before.
    Oscillating,
    /// At least 90 % of periods, but not the final one.
    Historical,
}

/// Category of a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EmergingHotspot {
    /// A hot spot of some pattern.
    Hot(Pattern),
    /// A cold spot of some pattern.
    Cold(Pattern),
    /// None of the sixteen.
    NoPattern,
}

impl EmergingHotspot {
    /// A stable text, such as `new_hot_spot` or `no_pattern`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Hot(Pattern::New) => "new_hot_spot",
            Self::Hot(Pattern::Consecutive) => "consecutive_hot_spot",
            Self::Hot(Pattern::Intensifying) => "intensifying_hot_spot",
            Self::Hot(Pattern::Persistent) => "persistent_hot_spot",
            Self::Hot(Pattern::Diminishing) => "diminishing_hot_spot",
            Self::Hot(Pattern::Sporadic) => "sporadic_hot_spot",
            Self::Hot(Pattern::Oscillating) => "oscillating_hot_spot",
            Self::Hot(Pattern::Historical) => "historical_hot_spot",
            Self::Cold(Pattern::New) => "new_cold_spot",
            Self::Cold(Pattern::Consecutive) => "consecutive_cold_spot",
            Self::Cold(Pattern::Intensifying) => "intensifying_cold_spot",
            Self::Cold(Pattern::Persistent) => "persistent_cold_spot",
            Self::Cold(Pattern::Diminishing) => "diminishing_cold_spot",
            Self::Cold(Pattern::Sporadic) => "sporadic_cold_spot",
            Self::Cold(Pattern::Oscillating) => "oscillating_cold_spot",
            Self::Cold(Pattern::Historical) => "historical_cold_spot",
            Self::NoPattern => "no_pattern",
        }
    }
}

/// Whether a sporadic spot must be one in the final period. ESRI has
/// published both.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SporadicRule {
    /// "On-again then off-again": any period will do (ArcMap and earlier
    /// ArcGIS Pro; sfdep).
    #[default]
    AnyPeriod,
    /// Significant in the final period, with an on-and-off history (later
    /// ArcGIS Pro). A place that is no longer hot then has no pattern.
    FinalPeriod,
}

/// Category of a place from its bins and the trend of its z-values; `None`
/// if the final period has no bin, since every category speaks of it.
///
/// The rules follow the published definitions of ArcGIS Pro, *How Emerging
/// Hot Spot Analysis works*. With n the number of bins (missing ones left
/// out), h hot, c cold, "mostly" meaning 10·h ≥ 9·n, the first that applies:
///
/// | final bin | condition | category |
/// |---|---|---|
/// | hot | h = 1, c = 0 | new |
/// | hot | mostly hot, trend up | intensifying |
/// | hot | mostly hot, no trend | persistent |
/// | hot | mostly hot, trend down | diminishing |
/// | hot | c > 0 | oscillating |
/// | hot | all hot bins in one run at the end | consecutive |
/// | hot | otherwise | sporadic |
/// | cold | the mirror image, the trend reversed | |
/// | neither | mostly hot, or mostly cold | historical |
/// | neither | h > 0, c = 0 ([`SporadicRule::AnyPeriod`]) | sporadic hot |
/// | neither | c > 0, h = 0 ([`SporadicRule::AnyPeriod`]) | sporadic cold |
/// | neither | otherwise | no pattern |
///
/// Where the published definitions overlap, we decide:
/// - A first hot bin after cold ones fits "new" and "oscillating" (as a run
///   fits "consecutive"): oscillating, because it tells more. sfdep too.
/// - "Persistent" does not mention the final period but "historical" does: a
///   place mostly hot but not finally is historical. sfdep calls it
///   persistent unless the trend is significant.
/// - A place mostly hot and finally cold fits "historical hot" and
///   "oscillating cold": oscillating cold, because a place goes by what it is
///   now.
/// - "Ninety percent" is at least ninety percent.
///
/// A missing bin does not break a run. O(n).
///
/// On the Boston tracts of sfdep's example 166 of 168 categories are the same.
/// Two more things of sfdep to know when comparing: its intensifying
/// hotspot counts significant bins of either sign, so that a waning cold spot
/// can be one; and its rows are in the order of sorted location names while
/// their labels are in the order of the geometry.
#[must_use]
pub fn classify_bins(
    bins: &[Option<Bin>],
    trend: Trend,
    sporadic: SporadicRule,
) -> Option<EmergingHotspot> {
    let last = (*bins.last()?)?;
    let present: Vec<Bin> = bins.iter().flatten().copied().collect();
    let count = |which| present.iter().filter(|bin| **bin == which).count();
    let (hot, cold) = (count(Bin::Hot), count(Bin::Cold));
    let mostly = |part: usize| 10 * part >= 9 * present.len();
    Some(match last {
        Bin::Hot => EmergingHotspot::Hot(pattern(&present, last, (hot, cold), trend)),
        Bin::Cold => {
            let mirrored = match trend {
                Trend::Up => Trend::Down,
                Trend::None => Trend::None,
                Trend::Down => Trend::Up,
            };
            EmergingHotspot::Cold(pattern(&present, last, (cold, hot), mirrored))
        }
        Bin::NotSignificant if mostly(hot) => EmergingHotspot::Hot(Pattern::Historical),
        Bin::NotSignificant if mostly(cold) => EmergingHotspot::Cold(Pattern::Historical),
        Bin::NotSignificant => match (sporadic, hot, cold) {
            (SporadicRule::AnyPeriod, 1.., 0) => EmergingHotspot::Hot(Pattern::Sporadic),
            (SporadicRule::AnyPeriod, 0, 1..) => EmergingHotspot::Cold(Pattern::Sporadic),
            _ => EmergingHotspot::NoPattern,
        },
    })
}

/// Pattern of a place whose final bin is `kind`, with the number of bins of
/// that and of the opposite kind, and the trend towards `kind`.
fn pattern(bins: &[Bin], kind: Bin, (same, opposite): (usize, usize), trend: Trend) -> Pattern {
    let run = bins.iter().rev().take_while(|bin| **bin == kind).count();
    if same == 1 && opposite == 0 {
        Pattern::New
    } else if 10 * same >= 9 * bins.len() {
        match trend {
            Trend::Up => Pattern::Intensifying,
            Trend::None => Pattern::Persistent,
            Trend::Down => Pattern::Diminishing,
        }
    } else if opposite > 0 {
        Pattern::Oscillating
    } else if run == same {
        Pattern::Consecutive
    } else {
        Pattern::Sporadic
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bins(text: &str) -> Vec<Option<Bin>> {
        text.chars()
            .map(|c| match c {
                'h' => Some(Bin::Hot),
                'c' => Some(Bin::Cold),
                '.' => Some(Bin::NotSignificant),
                _ => None,
            })
            .collect()
    }

    #[test]
    fn each_published_category_has_its_series_and_its_mirror() {
        use EmergingHotspot::{Cold, Hot};
        let cases = [
            (".........h", Trend::None, Pattern::New),
            ("......hhhh", Trend::Up, Pattern::Consecutive),
            (".hhhhhhhhh", Trend::Up, Pattern::Intensifying),
            ("hhhhhhhhhh", Trend::None, Pattern::Persistent),
            ("hhh.hhhhhh", Trend::Down, Pattern::Diminishing),
            ("hhhhh.hhhh", Trend::None, Pattern::Persistent),
            ("..hh..h..h", Trend::Up, Pattern::Sporadic),
            ("..hh..h...", Trend::Up, Pattern::Sporadic),
            ("..ch..h..h", Trend::None, Pattern::Oscillating),
            ("..c......h", Trend::None, Pattern::Oscillating),
            ("cccc..hhhh", Trend::Up, Pattern::Oscillating),
            ("hhhhhhhhh.", Trend::Down, Pattern::Historical),
            ("hhhhhhhhhc", Trend::Down, Pattern::New),
        ];
        for (text, trend, pattern) in cases {
            let expected = if text == "hhhhhhhhhc" {
                Cold(Pattern::Oscillating)
            } else {
                Hot(pattern)
            };
            let found = classify_bins(&bins(text), trend, SporadicRule::AnyPeriod);
            assert_eq!(found, Some(expected), "{text}");
            let mirror: String = text
                .chars()
                .map(|c| match c {
                    'h' => 'c',
                    'c' => 'h',
                    other => other,
                })
                .collect();
            let reversed = match trend {
                Trend::Up => Trend::Down,
                Trend::Down => Trend::Up,
                Trend::None => Trend::None,
            };
            let mirrored = match expected {
                Hot(pattern) => Cold(pattern),
                Cold(pattern) => Hot(pattern),
                other => other,
            };
            let found = classify_bins(&bins(&mirror), reversed, SporadicRule::AnyPeriod);
            assert_eq!(found, Some(mirrored), "{mirror}");
        }
    }

    #[test]
    fn hot_and_cold_but_neither_at_the_end_is_no_pattern() {
        for text in ["..h.c.....", ".........."] {
            let found = classify_bins(&bins(text), Trend::None, SporadicRule::AnyPeriod);
            assert_eq!(found, Some(EmergingHotspot::NoPattern));
        }
    }

    #[test]
    fn the_later_rule_of_sporadic_spots_looks_at_the_final_period() {
        let off = classify_bins(&bins("..hh..h..."), Trend::None, SporadicRule::FinalPeriod);
        assert_eq!(off, Some(EmergingHotspot::NoPattern));
        let on = classify_bins(&bins("..hh..h..h"), Trend::None, SporadicRule::FinalPeriod);
        assert_eq!(on, Some(EmergingHotspot::Hot(Pattern::Sporadic)));
    }

    #[test]
    fn a_missing_final_period_has_no_category_and_gaps_do_not_count() {
        assert_eq!(
            classify_bins(&bins("hhhh?"), Trend::None, SporadicRule::AnyPeriod),
            None
        );
        assert_eq!(
            classify_bins(&[], Trend::None, SporadicRule::AnyPeriod),
            None
        );
        let run = classify_bins(&bins("......h?hh"), Trend::None, SporadicRule::AnyPeriod);
        assert_eq!(run, Some(EmergingHotspot::Hot(Pattern::Consecutive)));
    }
}
