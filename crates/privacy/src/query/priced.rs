//! A question with its epsilon: its noise, its charge, its run.

use super::canonical::identity;
use super::{Measure, QueryContext, QueryPlan, QueryPolicy, Refusal, Tally};
use crate::ledger::{Charge, Ledger, Reservation};
use crate::noise::{DiscreteLaplace, Epsilon, NoiseSeed};

/// A question that is checked and priced, and waits to be paid for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PricedQuery {
    pub(super) plan: QueryPlan,
    pub(super) epsilon: Epsilon,
    pub(super) noise: DiscreteLaplace,
    pub(super) question: String,
    pub(super) draw: String,
}

impl QueryPlan {
    /// How much one child and year can change the answer, summed over its
    /// groups (L1), once contributions are bounded:
    ///
    /// - rows: the most rows that count, wherever they fall;
    /// - children: the most groups that count, or all groups if those are
    ///   fewer;
    /// - sum: the most rows times the larger magnitude of the bounds.
    ///
    /// From 1 to 1000, by the checks of the schema.
    #[must_use]
    pub fn sensitivity(&self) -> u32 {
        match &self.measure {
            Measure::Rows => self.rows_per_child,
            Measure::Children => {
                let cells = self.cells().and_then(|cells| u32::try_from(cells).ok());
                self.groups_per_child.min(cells.unwrap_or(u32::MAX))
            }
            Measure::Sum {
                lowest, highest, ..
            } => {
                let magnitude = lowest.unsigned_abs().max(highest.unsigned_abs());
                let most = magnitude.saturating_mul(u64::from(self.rows_per_child));
                u32::try_from(most).unwrap_or(u32::MAX)
            }
        }
    }

    /// Prices the question at an epsilon.
    ///
    /// The noise is discrete Laplace of scale sensitivity/ε on each answer. The
    /// draw is named by SHA-256 over the question's identity, ε and the seed's
    /// commitment: with another seed it would be another draw, which costs
    /// again, since two noises on one answer can be averaged.
    ///
    /// # Errors
    /// [`Refusal::Epsilon`] outside what the policy lets one question spend.
    pub fn price(
        self,
        epsilon: Epsilon,
        context: &QueryContext,
        policy: &QueryPolicy,
        seed: &NoiseSeed,
    ) -> Result<PricedQuery, Refusal> {
        policy.check().map_err(|_| Refusal::Unavailable)?;
        policy.allow(epsilon)?;
        let noise = DiscreteLaplace::calibrate(self.sensitivity(), epsilon)
            .map_err(|_| Refusal::Unavailable)?;
        let question = self.identity(context);
        let draw = identity(&[
            "safeground query draw 1",
            &question,
            &epsilon.to_string(),
            &seed.commitment(),
        ]);
        Ok(PricedQuery {
            plan: self,
            epsilon,
            noise,
            question,
            draw,
        })
    }
}

impl PricedQuery {
    /// The plan: what to read.
    #[must_use]
    pub fn plan(&self) -> &QueryPlan {
        &self.plan
    }

    /// What it costs each child's rows of each of its years.
    #[must_use]
    pub fn epsilon(&self) -> Epsilon {
        self.epsilon
    }

    /// Identity of the question, whatever the epsilon.
    #[must_use]
    pub fn question(&self) -> &str {
        &self.question
    }

    /// Name of the draw in the ledger.
    #[must_use]
    pub fn draw(&self) -> &str {
        &self.draw
    }

    /// Asks the ledger for the charge: ε from each year whose rows are read.
    ///
    /// Data that do not overlap are charged as if they did, so questions about
    /// A, B and both cost thrice.
    ///
    /// # Errors
    /// [`Refusal::BudgetSpent`], [`Refusal::NoBudget`].
    pub fn reserve(&self, ledger: &Ledger) -> Result<Reservation, Refusal> {
        let years = self.plan.years();
        Ok(ledger.reserve(&self.plan.account, &years, &self.draw, self.epsilon)?)
    }

    /// Starts the run. Without its own charge no row can be counted.
    ///
    /// # Errors
    /// [`Refusal::Unavailable`] if the charge is for something else, or the
    /// seed is not the one the draw was named with.
    pub fn start<'a>(&'a self, charge: &Charge, seed: &'a NoiseSeed) -> Result<Tally<'a>, Refusal> {
        let years = self.plan.years();
        let named = identity(&[
            "safeground query draw 1",
            &self.question,
            &self.epsilon.to_string(),
            &seed.commitment(),
        ]);
        let paid = charge.covers(&self.plan.account, &years, &self.draw, self.epsilon);
        if !paid || named != self.draw {
            return Err(Refusal::Unavailable);
        }
        Ok(Tally::new(self, seed))
    }
}
