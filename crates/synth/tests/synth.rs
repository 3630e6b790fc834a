//! The fictional state as partners would deliver it, and the truth beside it.
#![allow(clippy::unwrap_used)]

#[path = "synth/canaries.rs"]
mod canaries;
#[path = "synth/demo.rs"]
mod demo;
#[path = "synth/files.rs"]
mod files;
#[path = "synth/geography.rs"]
mod geography;
#[path = "synth/mappings.rs"]
mod mappings;
#[path = "synth/names.rs"]
mod names;
#[path = "synth/planted.rs"]
mod planted;
#[path = "synth/power.rs"]
mod power;
#[path = "synth/power_methods.rs"]
mod power_methods;
