//! Tests of the planner through its public face.
#![allow(clippy::unwrap_used)]

mod bases;
mod brute_force;
mod chance;
mod checker;
mod diagnosis;
mod harness;
mod known_optima;
mod many;
mod margins;
mod reasons;
mod schedule_borders;
mod schedule_brute_force;
mod schedule_checker;
mod schedule_harness;
mod schedule_random;
mod schedule_rules;
