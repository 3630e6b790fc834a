//! Making plans.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Instant;

use axum::body::Bytes;
use chrono::Utc;
use safeground_campaign::{CampaignError, Limits, plan_within};

use super::desk::Key;
use super::{Desk, Finished, Outcome, Work, outcome_of};

/// Makes what may be made now, each plan on a thread of its own, which goes on
/// with the next when it is done.
///
/// The threads are not those of the async runtime: one that is stopped waits
/// for its own, and a server that is asked to stop must not wait minutes for a
/// plan that lives in its memory alone.
pub(crate) fn work_off(desk: &Arc<Desk>, limits: Limits) {
    while let Some((key, work)) = desk.next() {
        let (ours, thread_key) = (Arc::clone(desk), key.clone());
        let started = std::thread::Builder::new()
            .name("plan".to_owned())
            .spawn(move || {
                let outcome = guarded(&ours, &thread_key, &work, limits);
                drop(work);
                ours.end(&thread_key, outcome);
                work_off(&ours, limits);
            });
        if let Err(error) = started {
            tracing::error!(%error, "no thread for a plan");
            desk.end(&key, Outcome::Broken);
        }
    }
}

/// A plan, or why there is none; a panic is a defect of this plan alone.
fn guarded(desk: &Desk, key: &Key, work: &Work, limits: Limits) -> Outcome {
    let begun = Instant::now();
    let outcome = catch_unwind(AssertUnwindSafe(|| make(desk, key, work, limits)));
    let outcome = outcome.unwrap_or(Outcome::Broken);
    let came_of_it = match &outcome {
        Outcome::Done(_) => "done",
        Outcome::Refused(_) => "refused",
        Outcome::Unchecked => "unchecked",
        Outcome::Broken => "broken",
    };
    tracing::info!(
        outcome = came_of_it,
        release = work.view.release_id(),
        duration_ms = begun.elapsed().as_secs_f64() * 1000.0,
        "plan"
    );
    outcome
}

fn make(desk: &Desk, key: &Key, work: &Work, limits: Limits) -> Outcome {
    let Work { ask, view } = work;
    let Some(tables) = &view.tables else {
        return Outcome::Broken;
    };
    let today = Utc::now().date_naive();
    let stage = |stage| desk.reached(key, stage);
    let (places, scores) = (&tables.places, &tables.scores);
    match plan_within(ask, &view.manifest, places, scores, today, &limits, &stage) {
        Ok(made) => match serde_json::to_vec(&made.document) {
            Ok(json) => Outcome::Done(Arc::new(Finished {
                made,
                json: Bytes::from(json),
            })),
            Err(_) => Outcome::Broken,
        },
        Err(error) => {
            if let CampaignError::Column { table, column } = &error {
                tracing::error!(table, column, "the release cannot be planned with");
            }
            outcome_of(ask, &error)
        }
    }
}
