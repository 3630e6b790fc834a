//! forecast against other packages and naive twins.
