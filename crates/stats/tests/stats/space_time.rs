//! space_time against other packages and naive twins.
