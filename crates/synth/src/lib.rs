//! The fictional state of the demo.
