//! Differential privacy for the public release.
//!
//! The way of a release, each step a file:
//! 1. [`keep`] bounds what one child adds, and [`event_cap`] what one event
//!    adds, while counting;
//! 2. an [`Allocation`] shares the year's epsilon out over layers;
//! 3. [`PreparedDraw`] takes the [`ExactTable`]s over the public lists of units
//!    and asks the [`crate::ledger`] for its charge;
//! 4. [`PreparedDraw::draw`] returns [`NoisyTable`]s: discrete Laplace noise,
//!    integers only, from a sealed [`NoiseSeed`]; a [`SealedDraw`] keeps them
//!    for later releases;
//! 5. [`Hierarchy::reconcile`] makes layers add up, without a negative count;
//! 6. [`publish()`] shows what reaches the threshold, with its variance.
//!
//! Steps 5 and 6 see noisy values and public facts only, so they cost no
//! privacy (post-processing).
//!
//! What is promised: whether a child is in the rows of a year changes the odds
//! of any guess by a factor of at most e^ε, whatever an adversary knows
//! besides. Neighbouring inputs differ by one child with all its rows. Two
//! possible places of a child that is known to be there differ by a removal
//! and an addition, and so by e^(2ε).
//!
//! Deliberately absent: floating-point noise, rules on exact counts after the
//! draw, a second draw for the same question, and files.

mod allocation;
mod bernoulli_exp;
mod contribution;
mod discrete_laplace;
mod draw;
mod epsilon;
mod error;
mod hierarchy;
mod policy;
mod projection;
mod publish;
mod rounding;
mod sealed;
mod seed;
mod tree;
pub mod utility;

pub use allocation::Allocation;
pub use contribution::{Contribution, ContributionBound, event_cap, keep};
pub use discrete_laplace::DiscreteLaplace;
pub use draw::{DrawContext, ExactTable, NoisyTable, PreparedDraw, TableKey};
pub use epsilon::Epsilon;
pub use error::NoiseError;
pub use hierarchy::{ConsistentTable, Hierarchy, HierarchyLayer, ParentLayer};
pub use policy::NoisePolicy;
pub use projection::{Relation, project};
pub use publish::{PublicCount, UnitContext, publish};
pub use rounding::whole_numbers;
pub use sealed::{DrawTerms, SealedDraw};
pub use seed::NoiseSeed;
pub(crate) use seed::{hexadecimal, keyed_hash, seal_of};
pub use tree::{Estimate, Forest, least_squares};
