//! How much questions may spend.

use serde::{Deserialize, Serialize};

use super::{Refusal, SchemaError};
use crate::ledger::{Ledger, LedgerError, Proposal};
use crate::noise::Epsilon;

/// What questions may spend, as `policy.toml` gives it.
///
/// # Why a tenth a year
/// An adversary who knows every other child and that this child is there, and
/// asks for nothing but one yes-or-no attribute of it, weighs two worlds that
/// differ by a removal and an addition: its odds move by at most e^(2ε). From
/// a coin's odds it then guesses right with probability e^(2ε)/(1 + e^(2ε)) at
/// most, and from any others its gain over guessing the likelier value is
/// smaller: [`QueryPolicy::most_recovery_gain`]. At a yearly ε of 0.1 that is
/// 4.98 points, whatever is asked in whatever order. At 1 it is 38 points.
///
/// ```
/// use safeground_privacy::query::QueryPolicy;
/// let text = r#"
/// yearly_epsilon = "0.1"
/// least_epsilon = "0.001"
/// most_epsilon = "0.1"
/// "#;
/// let policy: QueryPolicy = toml::from_str(text).unwrap();
/// assert_eq!(policy, QueryPolicy::default());
/// assert!(policy.most_recovery_gain() < 0.05);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct QueryPolicy {
    /// All questions together may spend this on the rows of a year, for ever.
    #[schemars(with = "String")]
    pub yearly_epsilon: Epsilon,
    /// The least one question may spend; it keeps the ledger short.
    #[schemars(with = "String")]
    pub least_epsilon: Epsilon,
    /// The most one question may spend.
    #[schemars(with = "String")]
    pub most_epsilon: Epsilon,
}

impl Default for QueryPolicy {
    fn default() -> Self {
        let epsilon =
            |millionths| Epsilon::from_millionths(millionths).expect("between 0 and 1000");
        Self {
            yearly_epsilon: epsilon(100_000),
            least_epsilon: epsilon(1_000),
            most_epsilon: epsilon(100_000),
        }
    }
}

impl QueryPolicy {
    /// Checks that the epsilons are in order and a year's at most 1.
    ///
    /// # Errors
    /// [`SchemaError::Epsilons`].
    pub fn check(&self) -> Result<(), SchemaError> {
        let in_order = Epsilon::ZERO < self.least_epsilon
            && self.least_epsilon <= self.most_epsilon
            && self.most_epsilon <= self.yearly_epsilon
            && self.yearly_epsilon <= Epsilon::ONE;
        if !in_order {
            return Err(SchemaError::Epsilons {
                least: self.least_epsilon.to_string(),
                most: self.most_epsilon.to_string(),
                yearly: self.yearly_epsilon.to_string(),
            });
        }
        Ok(())
    }

    /// Proposes the account of a year's rows, once.
    ///
    /// # Errors
    /// As [`Ledger::open`].
    pub fn open(&self, ledger: &Ledger, account: &str, year: i32) -> Result<Proposal, LedgerError> {
        ledger.open(account, year, self.yearly_epsilon)
    }

    /// The most that all answers about a year's rows can add to the chance of
    /// guessing a yes-or-no attribute of a child in them right, over guessing
    /// the likelier value: tanh(ε)/2.
    ///
    /// Where the likelier value has probability p, the best guess is right with
    /// probability at most max(p, e^(2ε)/(1 + e^(2ε))), as randomised response
    /// attains; what that has over p is largest at p = 1/2. Of a child with the
    /// same attribute in the rows of several years, their ε add up.
    #[must_use]
    pub fn most_recovery_gain(&self) -> f64 {
        libm::tanh(self.yearly_epsilon.as_f64()) / 2.0
    }

    /// Whether one question may spend this.
    pub(super) fn allow(&self, epsilon: Epsilon) -> Result<(), Refusal> {
        if !(self.least_epsilon..=self.most_epsilon).contains(&epsilon) {
            return Err(Refusal::Epsilon);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_keeps_recovery_within_five_points() {
        let policy = QueryPolicy::default();
        assert!(policy.check().is_ok());
        assert!(policy.most_recovery_gain() <= 0.05);
        let whole = QueryPolicy {
            yearly_epsilon: Epsilon::ONE,
            ..policy
        };
        assert!(whole.check().is_ok() && whole.most_recovery_gain() > 0.05);
    }

    #[test]
    fn epsilons_out_of_order_are_refused() {
        let two = Epsilon::from_millionths(2_000_000).unwrap();
        let spend: [fn(&mut QueryPolicy, Epsilon); 3] = [
            |policy, much| policy.yearly_epsilon = much,
            |policy, much| policy.least_epsilon = much,
            |policy, much| policy.most_epsilon = much,
        ];
        for change in spend {
            let mut policy = QueryPolicy::default();
            change(&mut policy, two);
            assert!(matches!(policy.check(), Err(SchemaError::Epsilons { .. })));
        }
    }
}
