//! global against other packages and naive twins.
