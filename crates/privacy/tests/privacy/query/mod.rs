//! Questions about rows: their spellings, their price, and attacks on them,
//! each shown to succeed where the protection is off.

mod audit;
mod averaging;
mod charging;
mod differencing;
mod hostile;
mod membership;
mod races;
mod reconstruction;
mod schema;
mod spelling;
mod world;
