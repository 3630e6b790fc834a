//! surface against other packages and naive twins.
