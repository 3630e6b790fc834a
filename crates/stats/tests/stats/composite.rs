//! composite against other packages and naive twins.
