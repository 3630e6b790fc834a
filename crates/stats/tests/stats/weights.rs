//! weights against other packages and naive twins.
