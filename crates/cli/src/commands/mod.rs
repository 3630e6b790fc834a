//! One module per command: arguments, checked request, run.
