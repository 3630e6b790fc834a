//! Whether anybody looked: recorded effort by place and period.
//!
//! A place counts as observed in a period when staff-days are recorded for
//! it, for any place it lies in (a district helpline listens to all its
//! villages) or for any place that lies in it. What was found plays no part:
//! otherwise "observed" would tell that there was an incident.

use arrow::array::AsArray;
use arrow::compute::cast;
use arrow::datatypes::{DataType, Date32Type};
use datafusion::prelude::SessionContext;
use futures::StreamExt;

use super::frame::Pair;
use super::{Frame, Units};
use crate::EngineError;

/// Observation by pair and period; `None` where the lake holds no effort at
/// all and observation cannot be told, so that everything counts as observed.
#[derive(Debug, Default)]
pub struct Observed {
    by_pair: Option<Vec<Vec<Vec<bool>>>>,
}

impl Observed {
    /// Whether the lake says anything about effort.
    #[must_use]
    pub fn is_known(&self) -> bool {
        self.by_pair.is_some()
    }

    /// One flag per unit of the pair with this number.
    #[must_use]
    pub fn units(&self, pair: usize, slot: usize, units: usize) -> Vec<bool> {
        match &self.by_pair {
            Some(flags) => flags[pair][slot].clone(),
            None => vec![true; units],
        }
    }

    /// Reads the `effort` table.
    ///
    /// # Errors
    /// The query's failure.
    pub async fn read(ctx: &SessionContext, frame: &Frame) -> Result<Self, EngineError> {
        let mut rows = ctx
            .sql("SELECT DISTINCT place_id, date FROM effort WHERE staff_days > 0")
            .await?
            .execute_stream()
            .await?;
        let places = &frame.places;
        // Effort itself, by pair kind and period; pairs of one kind share it.
        let mut direct: Vec<(&Pair, Vec<Vec<bool>>)> = Vec::new();
        for pair in &frame.pairs {
            if direct.iter().all(|(p, _)| p.kind != pair.kind) {
                direct.push((pair, vec![vec![false; places.len()]; pair.periods.len()]));
            }
        }
        let mut any = false;
        while let Some(batch) = rows.next().await {
            let batch = batch?;
            let ids = cast(&batch["place_id"], &DataType::Utf8)?;
            let days = batch["date"].as_primitive::<Date32Type>();
            for (id, day) in ids.as_string::<i32>().iter().zip(days) {
                any = true;
                let (Some(place), Some(day)) = (id.and_then(|id| places.find(id)), day) else {
                    continue;
                };
                for (pair, slots) in &mut direct {
                    if let Some(slot) = frame.calendar.slot(pair.kind, day) {
                        slots[slot][place as usize] = true;
                    }
                }
            }
        }
        if !any {
            return Ok(Self::default());
        }
        for (_, slots) in &mut direct {
            for flags in slots {
                spread(frame, flags);
            }
        }
        let by_pair = frame
            .pairs
            .iter()
            .map(|pair| {
                let (_, slots) = direct
                    .iter()
                    .find(|(p, _)| p.kind == pair.kind)
                    .expect("every kind of the frame was collected above");
                slots
                    .iter()
                    .map(|flags| units_observed(frame, &pair.units, flags))
                    .collect()
            })
            .collect();
        Ok(Self {
            by_pair: Some(by_pair),
        })
    }
}

/// Extends effort to the places around: upward to those a place lies in,
/// downward to those that lie in it.
fn spread(frame: &Frame, flags: &mut [bool]) {
    let places = &frame.places;
    let direct = flags.to_vec();
    for place in 0..places.len() as u32 {
        if direct[place as usize] {
            for around in places.lineage(place) {
                flags[around as usize] = true;
            }
        } else if places.lineage(place).any(|around| direct[around as usize]) {
            flags[place as usize] = true;
        }
    }
}

/// A unit is observed when a place in it is.
fn units_observed(frame: &Frame, units: &Units, flags: &[bool]) -> Vec<bool> {
    let mut observed = vec![false; units.len()];
    for place in 0..frame.places.len() as u32 {
        if flags[place as usize]
            && let Some(unit) = units.unit(Some(place), None)
        {
            observed[unit as usize] = true;
        }
    }
    observed
}
