//! Criterion benches of the whole way; see `benches/`.
