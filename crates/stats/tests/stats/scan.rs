//! scan against other packages and naive twins.
