//! Scan statistics: which groups of places have more events than chance gives.
