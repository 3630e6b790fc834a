//! What a visit to a village is expected to give.
//!
//! The benefit of a village is the number of children expected there a year in
//! recorded cases of the themes asked for, each times its weight:
//! `Σ_t w_t · rate_t · children ÷ 100,000`. Where households are counted
//! ([`CountsAsk::Households`]) it is the number of households with at least one
//! such child, as step 5 says.
//!
//! 1. The rate is the village's own empirical Bayes rate where the release
//!    shows one. Everywhere else it is that of the nearest place around it that
//!    has one: its block, its district, its state. What the release withholds
//!    at the village plays no part, so a plan says nothing about it.
//! 2. A borrowed rate is that of the whole block: villages differ around it.
//!    How much is taken from the next coarser step, where both are shown: the
//!    relative variance of the blocks' rates around their districts', weighted
//!    by children ([`Spread`]). Where no district has two blocks with a rate,
//!    the standard deviation is set to the mean, and the plan says so.
//! 3. Rates are taken as log-normal with the mean and the width of their
//!    interval; themes as independent. The lower bound is the 2.5 % quantile of
//!    a log-normal with the mean and variance of the sum (Fenton 1960, *The sum
//!    of log-normal probability distributions in scatter transmission systems*).
//! 4. A draw of the posterior takes one value for each rate, shared by all
//!    villages that borrow it, and one for the difference of each village from
//!    it: villages of a block rise and fall together.
//! 5. Households: with `k` children to the household on average, Poisson around
//!    it, and each child affected by itself with the chance `p` of the rate, a
//!    household has none with probability `exp(−k·p)` (thinning of a Poisson
//!    number), so that `households · (1 − exp(−k·p))` of them are expected:
//!    never more than there are, nor more than the children expected. Children
//!    of one household may well fall together, which makes them fewer; nothing
//!    of that is in a release. A relative change of the rate changes the number
//!    by `kp · exp(−kp) ÷ (1 − exp(−kp))` of it, at most as much ([`Part::elasticity`]),
//!    and the widths of steps 3 and 4 are scaled by that.

use rand::SeedableRng as _;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution as _, StandardNormal};
use safeground_planning::choose::Benefit;
use safeground_schema::{Status, ThemeKind};

use crate::ask::CountsAsk;
use crate::tables::{Figure, Tables, kind_of};
use safeground_schema::release::Manifest;

/// A theme whose children are counted.
#[derive(Debug, Clone, PartialEq)]
pub struct Weighted {
    /// Code.
    pub code: String,
    /// Its weight.
    pub weight: f64,
    /// People for each unit of its rate: 100,000 for burden, 100 for percent.
    pub per: f64,
}

impl Weighted {
    /// A theme of a release that can be planned for: burden, or an indicator
    /// in percent.
    ///
    /// # Errors
    /// Why it cannot.
    pub fn of(manifest: &Manifest, code: &str, weight: f64) -> Result<Self, &'static str> {
        let theme = manifest.themes.iter().find(|theme| theme.code == code);
        let theme = theme.ok_or("the release does not have it")?;
        let per = match kind_of(manifest, code) {
            Some(ThemeKind::Burden) => 100_000.0,
            Some(ThemeKind::Indicator) if theme.unit.contains('%') => 100.0,
            Some(ThemeKind::Indicator) => return Err("its unit is not percent"),
            Some(ThemeKind::Detection) => {
                return Err("it counts what was done in answer, not what is expected");
            }
            Some(ThemeKind::ServiceGap) => {
                return Err("its rate has no number of people in a village behind it");
            }
            Some(ThemeKind::Outreach) => return Err("it counts households already reached"),
            None => return Err("the release does not have it"),
        };
        Ok(Self {
            code: code.to_owned(),
            weight,
            per,
        })
    }
}

/// Where a rate comes from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Source {
    /// Number of the place whose rate it is.
    pub place: usize,
    /// Whether it is the village's own.
    pub own: bool,
    /// The rate and its interval, in the unit of the theme.
    pub rate: f64,
    /// Interval.
    pub interval: Option<(f64, f64)>,
}

/// One theme's part of a village's benefit.
#[derive(Debug, Clone, PartialEq)]
pub struct Part {
    /// Number of the theme in [`Expectation::themes`].
    pub theme: usize,
    /// Status of the village's own figure.
    pub status: Status,
    /// Its band of counts, where shown.
    pub count: Option<(u64, Option<u64>)>,
    /// The rate used; `None` where nothing around the village has one.
    pub source: Option<Source>,
    /// Expected children or households a year, before the weight.
    pub mean: f64,
    /// Log-normal 95 % interval of it.
    pub interval: (f64, f64),
    /// Relative change of the mean for a small relative change of the rate: 1
    /// for children, less where households are counted.
    pub elasticity: f64,
}

/// Who lives in a village.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Inhabitants {
    /// Children.
    pub children: u64,
    /// Households.
    pub households: u64,
}

impl Inhabitants {
    /// How many are expected at a chance per child, and the elasticity.
    fn expected(self, counts: CountsAsk, chance: f64) -> (f64, f64) {
        let of_children = self.children as f64 * chance;
        if counts == CountsAsk::Children {
            return (of_children, 1.0);
        }
        let households = self.households as f64;
        let each = of_children / households;
        let some = -libm::expm1(-each);
        if some > 0.0 {
            (households * some, each * (-each).exp() / some)
        } else {
            (0.0, 1.0)
        }
    }
}

/// How much finer places differ around the rate of the place they lie in.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spread {
    /// Relative standard deviation.
    pub relative: f64,
    /// Blocks that it was taken from; 0 where it was set.
    pub from_places: usize,
}

/// The benefit of villages under the themes asked for.
#[derive(Debug, Clone)]
pub struct Expectation {
    /// Themes.
    pub themes: Vec<Weighted>,
    /// Spread of each.
    pub spreads: Vec<Spread>,
    /// What is counted.
    pub counts: CountsAsk,
}

impl Expectation {
    /// Takes the spreads from the release.
    #[must_use]
    pub fn new(tables: &Tables, themes: Vec<Weighted>, counts: CountsAsk) -> Self {
        let spreads = themes
            .iter()
            .map(|theme| spread(tables, &theme.code))
            .collect();
        Self {
            themes,
            spreads,
            counts,
        }
    }

    /// What each theme adds to the benefit of a village where so many live.
    #[must_use]
    pub fn parts(&self, tables: &Tables, village: usize, living: Inhabitants) -> Vec<Part> {
        self.themes
            .iter()
            .enumerate()
            .map(|(number, theme)| {
                let index = tables.theme(&theme.code);
                let figure = |place| index.and_then(|theme| tables.figure(place, theme));
                let own = figure(village);
                let source = tables.around(village).find_map(|place| {
                    let (rate, interval) = shown(figure(place)?)?;
                    Some(Source {
                        place,
                        own: place == village,
                        rate,
                        interval,
                    })
                });
                let (mean, elasticity) = source.map_or((0.0, 1.0), |source| {
                    living.expected(self.counts, source.rate / theme.per)
                });
                let sigma = source.map_or(0.0, |source| {
                    let around = if source.own {
                        0.0
                    } else {
                        log_variance(self.spreads[number].relative)
                    };
                    elasticity * (log_variance_of_rate(&source) + around).sqrt()
                });
                Part {
                    theme: number,
                    status: own.map_or(Status::NoData, |figure| figure.status),
                    count: own.and_then(|figure| figure.count),
                    source,
                    mean,
                    interval: log_normal_interval(mean, sigma),
                    elasticity,
                }
            })
            .collect()
    }

    /// Mean and lower bound of the weighted sum.
    #[must_use]
    pub fn benefit(&self, parts: &[Part]) -> Benefit {
        let (mean, sigma) = self.moments(parts);
        Benefit {
            mean,
            lower: log_normal_interval(mean, sigma).0,
        }
    }

    /// 95 % interval of the weighted sum.
    #[must_use]
    pub fn interval(&self, parts: &[Part]) -> (f64, f64) {
        let (mean, sigma) = self.moments(parts);
        log_normal_interval(mean, sigma)
    }

    /// Mean of the weighted sum, and the standard deviation of its logarithm.
    fn moments(&self, parts: &[Part]) -> (f64, f64) {
        let mut mean = 0.0;
        let mut variance = 0.0;
        for part in parts {
            let weight = self.themes[part.theme].weight;
            mean += weight * part.mean;
            variance += (weight * part.mean).powi(2) * libm::expm1(self.log_variance(part));
        }
        let sigma = if mean > 0.0 {
            libm::log1p(variance / (mean * mean)).sqrt()
        } else {
            0.0
        };
        (mean, sigma)
    }

    /// Draws of the benefits of villages, as the head of the module says.
    ///
    /// The same for the same seed; O(draws × villages × themes).
    #[must_use]
    pub fn draws(&self, villages: &[Vec<Part>], draws: usize, seed: u64) -> Vec<Vec<f64>> {
        (0..draws as u64)
            .map(|draw| {
                let mut own = ChaCha8Rng::seed_from_u64(seed);
                own.set_stream(2 * draw);
                villages
                    .iter()
                    .map(|parts| {
                        parts
                            .iter()
                            .map(|part| self.drawn(part, draw, seed, &mut own))
                            .sum()
                    })
                    .collect()
            })
            .collect()
    }

    fn drawn(&self, part: &Part, draw: u64, seed: u64, own: &mut ChaCha8Rng) -> f64 {
        let around: f64 = StandardNormal.sample(own);
        let Some(source) = part.source else {
            return 0.0;
        };
        // Borrowers of a rate find the same number at the same place of the
        // stream, in whatever order they come.
        let mut shared = ChaCha8Rng::seed_from_u64(seed);
        shared.set_stream(2 * draw + 1);
        let themes = self.themes.len() as u128;
        shared.set_word_pos((source.place as u128 * themes + part.theme as u128) * 64);
        let rate: f64 = StandardNormal.sample(&mut shared);
        let of_rate = log_variance_of_rate(&source);
        let of_village = if source.own {
            0.0
        } else {
            log_variance(self.spreads[part.theme].relative)
        };
        let total = part.elasticity.powi(2) * (of_rate + of_village);
        let deviation = part.elasticity * (of_rate.sqrt() * rate + of_village.sqrt() * around);
        self.themes[part.theme].weight * part.mean * (deviation - total / 2.0).exp()
    }

    fn log_variance(&self, part: &Part) -> f64 {
        part.source.map_or(0.0, |source| {
            let around = if source.own {
                0.0
            } else {
                log_variance(self.spreads[part.theme].relative)
            };
            part.elasticity.powi(2) * (log_variance_of_rate(&source) + around)
        })
    }
}

/// The rate of a figure that is shown.
fn shown(figure: &Figure) -> Option<(f64, Option<(f64, f64)>)> {
    figure
        .rate
        .filter(|_| figure.status == Status::Available)
        .filter(|(rate, _)| rate.is_finite() && *rate >= 0.0)
}

/// Half the width of a 95 % interval, in standard deviations.
const Z_95: f64 = 1.959_963_984_540_054;

/// Variance of the logarithm of a rate, from its interval; from the interval's
/// width over the mean where its lower end is zero. Published values without an
/// interval are taken as they stand.
fn log_variance_of_rate(source: &Source) -> f64 {
    match source.interval {
        Some((low, high)) if low > 0.0 && high >= low => {
            (libm::log(high / low) / (2.0 * Z_95)).powi(2)
        }
        Some((low, high)) if source.rate > 0.0 && high > low => {
            log_variance((high - low) / (2.0 * Z_95) / source.rate)
        }
        _ => 0.0,
    }
}

/// Variance of the logarithm of a log-normal number with this relative
/// standard deviation.
fn log_variance(relative: f64) -> f64 {
    libm::log1p(relative * relative)
}

fn log_normal_interval(mean: f64, sigma: f64) -> (f64, f64) {
    let middle = mean * (-sigma * sigma / 2.0).exp();
    (
        middle * (-Z_95 * sigma).exp(),
        middle * (Z_95 * sigma).exp(),
    )
}

/// Spread of the blocks' rates around their districts', as step 2 says.
fn spread(tables: &Tables, code: &str) -> Spread {
    let set = Spread {
        relative: 1.0,
        from_places: 0,
    };
    let Some(theme) = tables.theme(code) else {
        return set;
    };
    let (mut weights, mut squares, mut places) = (0.0, 0.0, 0usize);
    for (number, place) in tables.places.iter().enumerate() {
        if place.layer != "block" {
            continue;
        }
        let rate = |place| tables.figure(place, theme).and_then(shown);
        let district = tables.ancestor(number, "district");
        let (Some((own, _)), Some((around, _)), Some(children)) =
            (rate(number), district.and_then(rate), place.children)
        else {
            continue;
        };
        if around > 0.0 && children > 0 {
            let weight = children as f64;
            weights += weight;
            squares += weight * (own / around - 1.0).powi(2);
            places += 1;
        }
    }
    if places < 2 {
        return set;
    }
    Spread {
        relative: (squares / weights).sqrt(),
        from_places: places,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const VILLAGE: Inhabitants = Inhabitants {
        children: 400,
        households: 200,
    };

    #[test]
    fn a_rare_case_meets_as_many_households_as_children_and_a_common_one_fewer() {
        let count = |counts, chance| VILLAGE.expected(counts, chance).0;
        assert_eq!(count(CountsAsk::Children, 0.5), 200.0);
        let rare = count(CountsAsk::Households, 1e-6);
        assert!((rare / 4e-4 - 1.0).abs() < 1e-5, "{rare}");
        // Two children to the household, half of them: 1 − exp(−1) of all.
        let common = count(CountsAsk::Households, 0.5);
        assert!((common - 200.0 * 0.632_120_558_828_557_7).abs() < 1e-9);
        assert_eq!(count(CountsAsk::Households, 0.0), 0.0);
        let nobody = Inhabitants {
            children: 0,
            households: 10,
        };
        assert_eq!(nobody.expected(CountsAsk::Households, 0.5), (0.0, 1.0));
    }

    #[test]
    fn the_elasticity_is_the_slope_of_the_logarithms() {
        for chance in [1e-4, 0.1, 0.9] {
            let (mean, elasticity) = VILLAGE.expected(CountsAsk::Households, chance);
            let (above, _) = VILLAGE.expected(CountsAsk::Households, chance * 1.000_01);
            let slope = libm::log(above / mean) / libm::log(1.000_01);
            assert!((slope - elasticity).abs() < 1e-4, "{slope} {elasticity}");
            assert!(elasticity > 0.0 && elasticity <= 1.0);
        }
    }
}
