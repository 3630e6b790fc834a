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
//! by about (n − 1)/(n − 1 − k) in variance. GeoDa and pygeoda draw distinct
//! units as we do, but in three ways not alike: they round a random number to
//! the nearest unit, so that the first and the last come half as often; the
//! "complete" method never draws an island; and the random numbers are hashes
//! of successive whole numbers, which are not independent: on columbus, 400,000
//! permutations give the tenth district p = 0.117, where the same rule with
//! independent numbers gives 0.109, eight standard errors and more away. Draws
//! made so give pygeoda's p-values to the last count. With many units the first
//! two do not show; with fifty, p-values move by up to 0.03.
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
