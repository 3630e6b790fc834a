//! Forecasts of expected counts, and back-tests that tell whether they help.
