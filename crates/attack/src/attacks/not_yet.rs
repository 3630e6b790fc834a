//! Attacks 2 and 3: questions asked again, and questions taken apart.

use crate::attack::{Attack, Control, Outcome};
use crate::world::World;

const WHY: &str = "no surface takes questions yet: releases are tables that are made once. The \
                   attack comes with the queries over microdata.";

/// One question many times, reordered and under other names.
pub(crate) struct Averaging;

impl Attack for Averaging {
    fn number(&self) -> u32 {
        2
    }

    fn name(&self) -> &'static str {
        "averaging one question 10⁴ times, reordered, aliased"
    }

    fn passes_when(&self) -> &'static str {
        "one distinct answer, one charge"
    }

    fn control(&self) -> Control {
        Control::NoSurface
    }

    fn run(&self, _: &World) -> anyhow::Result<Outcome> {
        Ok(Outcome::no_surface(WHY))
    }
}

/// A and B asked for, where A ∪ B is known.
pub(crate) struct SplitAveraging;

impl Attack for SplitAveraging {
    fn number(&self) -> u32 {
        3
    }

    fn name(&self) -> &'static str {
        "split averaging (A and B, given A ∪ B)"
    }

    fn passes_when(&self) -> &'static str {
        "refused at the budget, or the error is at least the declared σ"
    }

    fn control(&self) -> Control {
        Control::NoSurface
    }

    fn run(&self, _: &World) -> anyhow::Result<Outcome> {
        Ok(Outcome::no_surface(WHY))
    }
}
