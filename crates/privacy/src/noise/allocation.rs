//! How a year's epsilon is shared out.

use std::collections::BTreeMap;

use super::{ContributionBound, DiscreteLaplace, Epsilon, NoiseError};

/// Shares of one draw's epsilon, by stratum.
///
/// A **stratum** is one layer with one kind of period, such as `district` by
/// year. A **draw** is one run of the mechanism over whole periods; it is
/// charged once to the ledger.
///
/// Composition, all of it pure ε:
/// - *within a stratum*: all tables (themes × periods) over disjoint units form
///   one vector of counts. A child changes it by at most the contribution bound
///   c in L1, so noise of scale c/ε on every entry is ε-private for the whole
///   stratum. This is parallel composition with a bounded number of cells
///   (McSherry 2009); themes and periods share the ε, they do not divide it.
/// - *across strata*: a child is in several layers at once, so their ε add.
/// - *across draws of a year*: ε add again; a draw may spend 1/n of the year.
///
/// A stratum without a share is *derived*: its counts are sums of the finer
/// layer and cost nothing. With 36 districts at scale 5 a state's sum has a
/// standard deviation of 42; measured by itself it would take a share of 0.033
/// to do as well.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Allocation {
    strata: BTreeMap<String, Epsilon>,
    draws_per_year: u32,
    bound: ContributionBound,
}

impl Allocation {
    /// An allocation that is checked to stay within ε = 1 per child and year.
    ///
    /// # Errors
    /// [`NoiseError::OverAllocated`] if the strata sum to more than one draw's
    /// part of the year, [`NoiseError::EmptyAllocation`] without strata or
    /// draws, [`NoiseError::Epsilon`] for a share of zero.
    pub fn new(
        strata: BTreeMap<String, Epsilon>,
        draws_per_year: u32,
        bound: ContributionBound,
    ) -> Result<Self, NoiseError> {
        if strata.is_empty() || draws_per_year == 0 {
            return Err(NoiseError::EmptyAllocation);
        }
        for share in strata.values() {
            Epsilon::from_millionths(share.millionths())?;
        }
        let asked = strata.values().fold(Epsilon::ZERO, |sum, e| sum.and(*e));
        let allowed = Epsilon::ONE.part(draws_per_year);
        if asked > allowed {
            return Err(NoiseError::OverAllocated {
                asked: asked.to_string(),
                allowed: allowed.to_string(),
            });
        }
        Ok(Self {
            strata,
            draws_per_year,
            bound,
        })
    }

    /// The public default: districts 0.2 and H3 resolution 5 0.7 of a draw;
    /// states and coarser cells are derived. The last tenth is left to the
    /// questions of researchers ([`crate::query`]).
    ///
    /// Cells get the more since their counts are the smaller: of the shares
    /// tried (`examples/noise_utility.rs`) this alone keeps 95 % of the top 5 %
    /// of both, on 750 simulated districts (97 %) and 12,000 cells (95 %) with
    /// one draw a year and a bound of 1. At 0.6 and 0.4 it is 98 % and 86 %.
    ///
    /// # Errors
    /// As [`Allocation::new`].
    pub fn public(draws_per_year: u32, bound: ContributionBound) -> Result<Self, NoiseError> {
        if draws_per_year == 0 {
            return Err(NoiseError::EmptyAllocation);
        }
        let whole = Epsilon::ONE.part(draws_per_year).millionths();
        let district = Epsilon::from_millionths(whole * 2 / 10)?;
        let cell = Epsilon::from_millionths(whole * 7 / 10)?;
        let strata = [("district".into(), district), ("h3_r5".into(), cell)];
        Self::new(strata.into(), draws_per_year, bound)
    }

    /// What one draw spends on any one child: the sum over the strata.
    #[must_use]
    pub fn epsilon_of_draw(&self) -> Epsilon {
        self.strata
            .values()
            .fold(Epsilon::ZERO, |sum, epsilon| sum.and(*epsilon))
    }

    /// Strata that are measured, with their shares.
    #[must_use]
    pub fn strata(&self) -> &BTreeMap<String, Epsilon> {
        &self.strata
    }

    /// The contribution bound.
    #[must_use]
    pub fn bound(&self) -> ContributionBound {
        self.bound
    }

    /// Draws a year may hold.
    #[must_use]
    pub fn draws_per_year(&self) -> u32 {
        self.draws_per_year
    }

    /// The noise of a stratum: scale = contribution bound / its ε.
    ///
    /// # Errors
    /// [`NoiseError::NoShare`] for a stratum that is derived or not known.
    pub fn noise(&self, stratum: &str) -> Result<DiscreteLaplace, NoiseError> {
        let epsilon = self
            .strata
            .get(stratum)
            .ok_or_else(|| NoiseError::NoShare(stratum.to_owned()))?;
        DiscreteLaplace::calibrate(self.bound.get(), *epsilon)
    }

    /// Canonical text, for fingerprints.
    pub(super) fn canonical(&self) -> String {
        let mut text = format!("bound {} draws {}", self.bound.get(), self.draws_per_year);
        for (stratum, epsilon) in &self.strata {
            text += &format!(" | {} {stratum} {epsilon}", stratum.len());
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn bound(most: u32) -> ContributionBound {
        ContributionBound::new(most).unwrap()
    }

    proptest! {
        #[test]
        fn a_year_of_draws_never_exceeds_one(
            shares in prop::collection::vec(1u64..1_500_000, 1..6), draws in 1u32..13,
        ) {
            let strata = shares
                .iter()
                .enumerate()
                .map(|(i, share)| (i.to_string(), Epsilon::from_millionths(*share).unwrap()))
                .collect();
            if let Ok(allocation) = Allocation::new(strata, draws, bound(1)) {
                let draw = allocation.epsilon_of_draw().millionths();
                prop_assert!(draw * u64::from(draws) <= Epsilon::ONE.millionths());
            } else {
                let sum: u64 = shares.iter().sum();
                prop_assert!(sum > Epsilon::ONE.part(draws).millionths());
            }
        }
    }

    #[test]
    fn the_default_leaves_a_tenth_to_questions_and_spends_most_on_cells() {
        for draws in [1, 4] {
            let allocation = Allocation::public(draws, bound(2)).unwrap();
            let nine_tenths = Epsilon::ONE.part(draws).millionths() * 9 / 10;
            assert_eq!(allocation.epsilon_of_draw().millionths(), nine_tenths);
            assert!(allocation.strata()["district"] < allocation.strata()["h3_r5"]);
        }
        let yearly = Allocation::public(1, bound(1)).unwrap();
        assert_eq!(yearly.noise("district").unwrap().scale(), (5, 1));
        assert!(yearly.noise("state").is_err());
    }

    #[test]
    fn a_share_of_nothing_is_refused() {
        let strata = BTreeMap::from([("district".to_owned(), Epsilon::ZERO)]);
        assert!(Allocation::new(strata, 1, bound(1)).is_err());
        assert!(Allocation::new(BTreeMap::new(), 1, bound(1)).is_err());
    }
}
