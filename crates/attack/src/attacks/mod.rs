//! The attacks, one a file, and the list of them.

mod complement;
mod repetition;
mod search;

mod automatic_cross_product;
