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
//! addition decide.
//!
//! Packages draw differently. esda draws as we do. spdep (`localmoran_perm`,
//! `localG_perm`) draws with replacement, which spreads sums of k values more,
//! by about (n − 1)/(n − 1 − k) in variance. GeoDa and pygeoda round a random
//! number to the nearest unit, so that the first and the last come half as
//! often; pygeoda's "complete" method draws with replacement besides. With
//! many units none of this shows; with fifty, p-values move by up to 0.03.
//!
//! Nothing of size units × permutations is ever held.

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
