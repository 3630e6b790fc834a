//! From a request and a release to a plan, in one call.

use arrow::array::RecordBatch;
use chrono::NaiveDate;
use safeground_handover::document::PlanDocument;
use safeground_planning::schedule::Schedule;
use safeground_schema::release::Manifest;
use serde::{Deserialize, Serialize};

use crate::candidates::Candidates;
use crate::choice::around;
use crate::document::document;
use crate::make::make;
use crate::{Ask, CampaignError, Limits};

/// How far a plan has come, for those who wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Reading the release.
    Reading,
    /// Choosing villages and scheduling teams.
    Choosing,
    /// Asking how firm the choice is, and what other budgets would reach.
    Weighing,
    /// Writing it down.
    Writing,
}

/// A plan, and what is needed to plan the rest of it anew.
#[derive(Debug, Clone)]
pub struct Made {
    /// The plan for its readers.
    pub document: PlanDocument,
    /// The plan for the planner.
    pub state: State,
}

/// What is needed to plan the rest of a campaign anew once results are in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct State {
    /// Identifier of the plan.
    pub plan_id: String,
    /// Release that it was made from.
    pub release_id: String,
    /// What was asked.
    pub ask: Ask,
    /// Identifiers of the chosen villages, in the order of the schedule's stops.
    pub chosen: Vec<String>,
    /// Step of the rollout of each, where there is one.
    pub steps: Vec<Option<usize>>,
    /// Where each team sets out: degrees north and east.
    pub bases: Vec<(f64, f64)>,
    /// The schedule as it stands.
    pub schedule: Schedule,
}

/// Answers a request from the tables of a planning release.
///
/// The same request and release give the same plan on every machine. `made_on`
/// is the day to print. `stage` hears how far it has come.
///
/// # Errors
/// What the release does not have, faults of the request with the smallest
/// change that mends each, and [`CampaignError::Check`] if the independent
/// checker refuses the plan, which is then not shown.
pub fn plan(
    ask: &Ask,
    manifest: &Manifest,
    places: &RecordBatch,
    scores: &RecordBatch,
    made_on: NaiveDate,
    stage: &dyn Fn(Stage),
) -> Result<Made, CampaignError> {
    let limits = &Limits::NONE;
    plan_within(ask, manifest, places, scores, made_on, limits, stage)
}

/// The same as [`plan`], unless that would be more work than is allowed.
///
/// # Errors
/// As [`plan`], and [`CampaignError::TooLarge`] before anything slow is done.
pub fn plan_within(
    ask: &Ask,
    manifest: &Manifest,
    places: &RecordBatch,
    scores: &RecordBatch,
    made_on: NaiveDate,
    limits: &Limits,
    stage: &dyn Fn(Stage),
) -> Result<Made, CampaignError> {
    stage(Stage::Reading);
    ask.check()?;
    limits.check_ask(ask)?;
    let mut candidates = Candidates::new(ask, manifest, places, scores)?;
    limits.check_candidates(ask, &candidates)?;
    stage(Stage::Choosing);
    let planned = make(ask, &mut candidates)?;
    stage(Stage::Weighing);
    let around = around(ask, &candidates, &planned.choice)?;
    stage(Stage::Writing);
    let document = document(ask, &candidates, &planned, &around, made_on)?;
    let chosen = &planned.choice.plan.chosen;
    let step_of = |place: &usize| {
        let rollout = planned.choice.plan.rollout.as_ref()?;
        let at = rollout.assignments.iter().find(|at| at.place == *place)?;
        Some(at.step)
    };
    let state = State {
        plan_id: document.plan_id.clone(),
        release_id: document.release_id.clone(),
        ask: ask.clone(),
        chosen: chosen
            .iter()
            .map(|place| candidates.places[*place].id.clone())
            .collect(),
        steps: chosen.iter().map(step_of).collect(),
        bases: candidates
            .bases
            .iter()
            .map(|base| (base.latitude, base.longitude))
            .collect(),
        schedule: planned.schedule,
    };
    Ok(Made { document, state })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{ask, release};

    #[test]
    fn a_plan_and_its_state_outlive_the_program() {
        let made = release();
        let day = NaiveDate::from_ymd_opt(2025, 1, 2).unwrap();
        let made = plan(
            &ask(),
            &made.manifest,
            &made.places,
            &made.scores,
            day,
            &|_| {},
        )
        .unwrap();
        let state: State =
            serde_json::from_str(&serde_json::to_string(&made.state).unwrap()).unwrap();
        assert_eq!(state.ask, made.state.ask);
        assert_eq!(state.chosen, made.state.chosen);
        // Numbers in JSON may differ in their last bit.
        let days = |state: &State| -> Vec<(usize, NaiveDate, u32)> {
            let days = state.schedule.days();
            days.map(|(team, day)| (team, day.date, day.households))
                .collect()
        };
        assert_eq!(days(&state), days(&made.state));
        let text = serde_json::to_string(&made.document).unwrap();
        let document: PlanDocument = serde_json::from_str(&text).unwrap();
        assert_eq!(document.check(), Ok(()));
        assert_eq!(document.plan_id, made.state.plan_id);
    }
}
