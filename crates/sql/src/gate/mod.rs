//! Which statements and plans may run: an allow-list, checked before and after planning.
