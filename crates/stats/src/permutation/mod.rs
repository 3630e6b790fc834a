//! Conditional permutation: what a local statistic would be if the other
//! units' values lay elsewhere.
//!
//! The value of unit i is held; its k neighbours receive k of the other n − 1
//! values, drawn without replacement (Anselin 1995, *Geographical Analysis*
//! 27, section on inference). Every local statistic of this crate that has a
//! pseudo p-value takes its reference distribution from here, as a
//! [`Reference`] for each unit.
//!
//! Sums of drawn values are taken in whole numbers wherever a row's weights
//! are equal, so that equal sums are equal in the machine too and ties count
//! on both sides; packages that compare floating-point sums let the order of
//! addition decide. Nothing of size units × permutations is ever held.

mod draws;
mod lag;
mod lattice;
mod params;
mod population;
mod reference;
mod squared_difference;
#[cfg(test)]
mod twin;

pub(crate) use lag::lag_references;
pub use params::{DrawScheme, PermutationParams};
pub(crate) use population::{Population, Summary};
pub use reference::Reference;
pub(crate) use squared_difference::squared_difference_references;
