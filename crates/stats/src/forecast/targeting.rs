//! How many events fall where a forecast sends teams.

use crate::StatsError;
use crate::error::{check_finite, check_length, check_not_negative};

/// Parameters of [`targeting`].
#[derive(Debug, Clone, PartialEq)]
pub struct TargetingParams {
    shares: Vec<f64>,
    least_share: f64,
}

impl TargetingParams {
    /// For the shares of the total size to be visited, such as 0.05.
    ///
    /// # Errors
    /// [`StatsError::Parameter`] for a share outside 0 (exclusive) to 1.
    pub fn new(shares: Vec<f64>) -> Result<Self, StatsError> {
        match shares
            .iter()
            .find(|share| !(**share > 0.0 && **share <= 1.0))
        {
            Some(share) => Err(StatsError::Parameter {
                what: "share",
                value: *share,
                expected: "a number above 0 and at most 1",
            }),
            None => Ok(Self {
                shares,
                least_share: 0.0,
            }),
        }
    }

    /// 1, 2, 5, 10 and 20 %.
    #[must_use]
    pub fn usual() -> Self {
        Self {
            shares: vec![0.01, 0.02, 0.05, 0.10, 0.20],
            least_share: 0.0,
        }
    }

    /// With the least share that the optimum of PEI may visit (the contest of
    /// the US National Institute of Justice had such a bound). Without one it
    /// is the densest place.
    ///
    /// # Errors
    /// [`StatsError::Parameter`] for a share outside 0 to 1.
    pub fn with_least_share(mut self, share: f64) -> Result<Self, StatsError> {
        if !(0.0..=1.0).contains(&share) {
            return Err(StatsError::Parameter {
                what: "least_share",
                value: share,
                expected: "a number from 0 to 1",
            });
        }
        self.least_share = share;
        Ok(self)
    }

    /// Shares of the total size.
    #[must_use]
    pub fn shares(&self) -> &[f64] {
        &self.shares
    }
}

/// What a selection of places catches.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Targeting {
    /// Share of the total size visited.
    pub share: f64,
    /// Events in the selection; those of a place at the cut in proportion.
    pub hits: f64,
    /// Events everywhere.
    pub events: f64,
    /// Most events that any selection of this size holds.
    pub most_hits: f64,
    /// Events that this size would hold at the density of the best selection
    /// that is no larger and not below the least share.
    pub best_hits: f64,
    /// Share of past events that were in the selection; `None` where no past
    /// was given or it held no event.
    pub past_hit_rate: Option<f64>,
    /// hits/events; `None` without events.
    pub hit_rate: Option<f64>,
    /// Prediction accuracy index: hit rate / share. 1 is what a random
    /// selection gets.
    pub pai: Option<f64>,
    /// Prediction efficiency index: PAI / the best PAI of any selection that is
    /// no larger and not below the least share: hits / best hits.
    pub pei: Option<f64>,
    /// PEI*: PAI / the best PAI of a selection of the same size, which is
    /// hits / most hits.
    pub pei_star: Option<f64>,
    /// Recapture rate index: hit rate / the hit rate that the same selection
    /// had in the past; `None` where no past was given or held no event there.
    pub recapture_rate_index: Option<f64>,
}

/// Hit rate, PAI, PEI, PEI* and RRI of a ranking of places.
///
/// 1. Places are taken by falling priority until their sizes (area,
///    population, effort: whatever visits cost) make up the share.
/// 2. Places of equal priority are taken together. Where the cut goes through
///    them, or through one place, the same fraction of each counts: what a
///    random order among equals gives on average, so that a ranking full of
///    ties cannot win by the order of the input.
/// 3. PAI = (n/N)/(a/A): Chainey, Tompson & Uhlig (2008), *Security Journal*
///    21. PEI = PAI/best PAI: Hunt (2016), thesis; where the optimum must take
///    the same area it is PEI*: White, Hunt & Green (2023), *Security Journal*.
///    R's `ptools::pai` calls PEI what is PEI* here. RRI: Levine (2008),
///    *Security Journal* 21, (n₂/N₂)/(n₁/N₁); `ptools` calls RRI another
///    thing, predicted/observed.
/// 4. The optimum fills the share with the places of most events per size,
///    the last one in part: the exact solution of that knapsack, so that PEI*
///    lies between 0 and 1.
///
/// `priorities` are per unit of size and may be any finite number; places
/// without one, or without an observed count, are left out of everything, and
/// so are those of size 0 or unknown. `past` are counts of the same places
/// before the forecast. O(n log n).
///
/// # Errors
/// [`StatsError`] if lengths differ, or a number is not finite or (but for
/// priorities) negative.
pub fn targeting(
    priorities: &[Option<f64>],
    observed: &[Option<f64>],
    past: Option<&[Option<f64>]>,
    sizes: &[Option<f64>],
    params: &TargetingParams,
) -> Result<Vec<Targeting>, StatsError> {
    let n = priorities.len();
    check_length("observed", observed.len(), n)?;
    check_length("sizes", sizes.len(), n)?;
    check_finite("priority", priorities)?;
    check_not_negative("observed count", observed)?;
    check_not_negative("size", sizes)?;
    if let Some(past) = past {
        check_length("past", past.len(), n)?;
        check_not_negative("past count", past)?;
    }
    let places: Vec<Place> = (0..n)
        .filter_map(|i| {
            Some(Place {
                priority: priorities[i]?,
                observed: observed[i]?,
                past: past.and_then(|past| past[i]).unwrap_or(0.0),
                size: sizes[i].filter(|size| *size > 0.0)?,
            })
        })
        .collect();
    Ok(of_places(places, params))
}

/// A place that can be ranked and visited.
#[derive(Debug, Clone, Copy)]
struct Place {
    priority: f64,
    observed: f64,
    past: f64,
    size: f64,
}

fn of_places(mut places: Vec<Place>, params: &TargetingParams) -> Vec<Targeting> {
    let size: f64 = places.iter().map(|place| place.size).sum();
    let events: f64 = places.iter().map(|place| place.observed).sum();
    let past: f64 = places.iter().map(|place| place.past).sum();
    let ranked = groups(&mut places, |place| place.priority);
    let optimal = groups(&mut places, |place| place.observed / place.size);
    params
        .shares
        .iter()
        .map(|share| {
            let taken = take(&ranked, share * size);
            let most = take(&optimal, share * size).observed;
            let hit_rate = (events > 0.0).then(|| taken.observed / events);
            let pai = hit_rate.map(|rate| rate / share);
            // The best PAI falls with size, so that the least size is best.
            let least = (params.least_share.min(*share)) * size;
            let best_density = if least > 0.0 {
                take(&optimal, least).observed / least
            } else {
                optimal
                    .first()
                    .map_or(0.0, |group| group.observed / group.size)
            };
            let best_hits = best_density * share * size;
            let past_hit_rate = (past > 0.0).then(|| taken.past / past);
            Targeting {
                share: *share,
                hits: taken.observed,
                events,
                most_hits: most,
                best_hits,
                past_hit_rate,
                hit_rate,
                pai,
                pei: (best_hits > 0.0).then(|| taken.observed / best_hits),
                pei_star: (most > 0.0).then(|| taken.observed / most),
                recapture_rate_index: hit_rate
                    .zip(past_hit_rate.filter(|past| *past > 0.0))
                    .map(|(rate, past)| rate / past),
            }
        })
        .collect()
}

/// Places of equal rank taken together.
#[derive(Debug, Clone, Copy, Default)]
struct Group {
    observed: f64,
    past: f64,
    size: f64,
}

/// Groups by falling value. Values that differ by no more than rounding of
/// the densities (4 units in the last place) are equal: the order must not
/// hang on the unit in which sizes are given.
fn groups(places: &mut [Place], value: impl Fn(&Place) -> f64) -> Vec<Group> {
    places.sort_by(|a, b| value(b).total_cmp(&value(a)));
    let mut groups: Vec<Group> = Vec::new();
    let mut first = f64::NAN;
    for place in places.iter() {
        let value = value(place);
        let equal = (first - value).abs() <= 4.0 * f64::EPSILON * first.abs();
        if !equal {
            first = value;
            groups.push(Group::default());
        }
        if let Some(group) = groups.last_mut() {
            group.observed += place.observed;
            group.past += place.past;
            group.size += place.size;
        }
    }
    groups
}

fn take(groups: &[Group], budget: f64) -> Group {
    let mut taken = Group::default();
    for group in groups {
        let left = budget - taken.size;
        if left <= 0.0 {
            break;
        }
        let part = (left / group.size).min(1.0);
        taken.observed += part * group.observed;
        taken.past += part * group.past;
        taken.size += part * group.size;
    }
    taken
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn some(values: &[f64]) -> Vec<Option<f64>> {
        values.iter().copied().map(Some).collect()
    }

    /// The example of R's `ptools::pai`, whose PEI is our PEI*: with equal
    /// areas and k of 6 places, its cumulative counts over the best ones.
    #[test]
    fn the_example_of_ptools() {
        let observed = some(&[6.0, 7.0, 3.0, 2.0, 1.0, 0.0]);
        let predicted = some(&[8.0, 4.0, 4.0, 2.0, 1.0, 0.0]);
        let params = TargetingParams::new(vec![1.0 / 6.0, 3.0 / 6.0, 4.0 / 6.0]).unwrap();
        let result = targeting(&predicted, &observed, None, &[Some(1.0); 6], &params).unwrap();
        let near = |a: Option<f64>, b: f64| assert!((a.unwrap() - b).abs() < 1e-12);
        near(result[0].pai, 6.0 / 19.0 * 6.0);
        near(result[0].pei_star, 6.0 / 7.0);
        near(result[1].pai, 16.0 / 19.0 * 2.0);
        near(result[1].pei_star, 1.0);
        near(result[1].pei, (16.0 / 3.0) / 7.0);
        near(result[2].pai, 18.0 / 19.0 * 1.5);
    }

    /// Chainey et al. (2008): 25 % of crimes in 50 % of the area is a PAI of
    /// 0.5, 20 % in 10 % is 2.
    #[test]
    fn the_index_of_chainey() {
        let observed = some(&[20.0, 80.0]);
        let sizes = some(&[1.0, 9.0]);
        let params = TargetingParams::new(vec![0.1]).unwrap();
        let result = targeting(&some(&[2.0, 1.0]), &observed, None, &sizes, &params).unwrap();
        assert!((result[0].pai.unwrap() - 2.0).abs() < 1e-12);
    }

    #[test]
    fn recapture_is_the_ratio_of_hit_rates() {
        let params = TargetingParams::new(vec![0.5]).unwrap();
        let result = targeting(
            &some(&[2.0, 1.0]),
            &some(&[6.0, 4.0]),
            Some(&some(&[40.0, 10.0])),
            &some(&[1.0, 1.0]),
            &params,
        )
        .unwrap();
        assert!((result[0].recapture_rate_index.unwrap() - 0.6 / 0.8).abs() < 1e-12);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        /// Ties are worth the mean over all their orders.
        #[test]
        fn ties_count_as_the_mean_over_orders(
            observed in prop::collection::vec(0u8..9, 4),
            priority in prop::collection::vec(0u8..2, 4),
            quarters in 1usize..5,
        ) {
            let y: Vec<f64> = observed.iter().map(|y| f64::from(*y)).collect();
            let p: Vec<f64> = priority.iter().map(|p| f64::from(*p)).collect();
            let params = TargetingParams::new(vec![quarters as f64 / 4.0]).unwrap();
            let ours = targeting(&some(&p), &some(&y), None, &[Some(3.0); 4], &params).unwrap();
            let (mut sum, mut orders) = (0.0, 0.0);
            for code in 0..256_usize {
                let order = [code & 3, code >> 2 & 3, code >> 4 & 3, code >> 6];
                let mut seen = [false; 4];
                order.iter().for_each(|i| seen[*i] = true);
                if seen.contains(&false) || order.windows(2).any(|w| p[w[0]] < p[w[1]]) {
                    continue;
                }
                orders += 1.0;
                sum += order[..quarters].iter().map(|i| y[*i]).sum::<f64>();
            }
            prop_assert!((ours[0].hits - sum / orders).abs() < 1e-9);
            prop_assert!(ours[0].hits <= ours[0].most_hits + 1e-9);
            prop_assert!(ours[0].pei.unwrap_or(0.0) <= ours[0].pei_star.unwrap_or(0.0) + 1e-9);
        }

        #[test]
        fn relabelling_and_units_of_size_change_nothing(
            rows in prop::collection::vec((0u8..9, 0.0..5.0f64, 0.1..9.0f64), 3..30),
            unit in 0.001..1000.0f64,
        ) {
            let run = |rows: &[(u8, f64, f64)], unit: f64| {
                let y: Vec<_> = rows.iter().map(|r| Some(f64::from(r.0))).collect();
                let p: Vec<_> = rows.iter().map(|r| Some(r.1 / unit)).collect();
                let s: Vec<_> = rows.iter().map(|r| Some(r.2 * unit)).collect();
                targeting(&p, &y, None, &s, &TargetingParams::usual()).unwrap()
            };
            let mut turned = rows.clone();
            turned.reverse();
            for (a, b) in run(&rows, 1.0).iter().zip(run(&turned, unit)) {
                prop_assert!((a.hits - b.hits).abs() < 1e-9);
                prop_assert!((a.most_hits - b.most_hits).abs() < 1e-9);
            }
        }
    }

    #[test]
    fn without_events_or_places_nothing_is_defined() {
        let params = TargetingParams::usual();
        let none = targeting(&[], &[], None, &[], &params).unwrap();
        assert!(
            none.iter()
                .all(|t| t.hit_rate.is_none() && t.pei_star.is_none())
        );
        let zero = targeting(&[Some(1.0)], &[Some(0.0)], None, &[Some(1.0)], &params).unwrap();
        assert!(zero.iter().all(|t| t.pai.is_none() && t.pei.is_none()));
        assert!(TargetingParams::new(vec![0.0]).is_err());
        let negative = targeting(&[Some(1.0)], &[Some(-1.0)], None, &[Some(1.0)], &params);
        assert!(negative.is_err());
    }
}
