//! Control of false discoveries over many tests.
//!
//! | question | method | file |
//! |---|---|---|
//! | what is left of a p-value beside so many others? | [`adjust()`]: Benjamini–Hochberg, Benjamini–Yekutieli, Bonferroni | `adjustment.rs` |
//! | which p-value is small enough? | [`discovery_threshold()`] | `adjustment.rs` |
//! | the same where much is going on | [`q_values()`] (Storey) | `q_value.rs` |
//!
//! [`adjust()`] by Benjamini & Hochberg is what scores are published with: it
//! keeps its promise for any share of true discoveries. Deliberately absent:
//! local false discovery rates and weighted or grouped tests.

mod adjustment;
mod q_value;

pub use adjustment::{Adjustment, adjust, discovery_threshold};
pub use q_value::{NullShare, QValueParams, QValues, q_values};

fn is_probability(p: &f64) -> bool {
    (0.0..=1.0).contains(p)
}
