//! The rest of a campaign, planned anew from its results.

use arrow::array::RecordBatch;
use chrono::NaiveDate;
use safeground_handover::document::{PlanDocument, from_schedule};
use safeground_handover::results::Results;
use safeground_planning::checker::check_replan;
use safeground_planning::choose::LatLng;
use safeground_schema::release::Manifest;

use crate::candidates::Candidates;
use crate::plan::State;
use crate::visits;
use crate::{CampaignError, Made};

/// What is known on a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct News {
    /// Results of all visits planned before `today`.
    pub results: Results,
    /// First day not yet worked.
    pub today: NaiveDate,
    /// Last day that is kept as it stands.
    pub freeze_until: NaiveDate,
}

/// Plans anew what is left, without moving what is within the freeze horizon.
///
/// Villages stay those of the plan; the release must be the one that it was
/// made from. Days before today are taken off the routes.
///
/// # Errors
/// Results of visits that were not planned, past visits without a result,
/// another release, and [`CampaignError::Check`].
pub fn replan(
    before: &Made,
    manifest: &Manifest,
    places: &RecordBatch,
    scores: &RecordBatch,
    news: &News,
) -> Result<Made, CampaignError> {
    let state = &before.state;
    if manifest.release_id != state.release_id {
        return Err(CampaignError::Setting {
            field: "release".to_owned(),
            value: manifest.release_id.clone(),
            expected: "the release that the plan was made from",
        });
    }
    let mut candidates = Candidates::new(&state.ask, manifest, places, scores)?;
    let bases: Vec<LatLng> = state
        .bases
        .iter()
        .map(|(latitude, longitude)| LatLng {
            latitude: *latitude,
            longitude: *longitude,
        })
        .collect();
    candidates.set_out_from(&state.ask, bases.clone());
    let mut chosen = Vec::with_capacity(state.chosen.len());
    for village in &state.chosen {
        chosen.push(candidates.find("chosen", village)?);
    }
    let steps: Vec<(usize, usize)> = chosen
        .iter()
        .zip(&state.steps)
        .filter_map(|(place, step)| Some((*place, (*step)?)))
        .collect();
    let problem = visits::problem(&state.ask, &candidates, &chosen, &steps, &bases)?;
    let request = problem.request();
    let progress = news
        .results
        .progress(request, news.today, news.freeze_until)
        .map_err(|error| CampaignError::Document {
            faults: vec![error.to_string()],
        })?;
    let schedule = problem.replan(&state.schedule, &progress, &visits::params(&state.ask)?)?;
    let violations = check_replan(request, &state.schedule, &progress, &schedule);
    if !violations.is_empty() {
        return Err(CampaignError::Check {
            violations: violations.iter().map(ToString::to_string).collect(),
        });
    }
    let (routes, unscheduled) =
        from_schedule(request, &schedule).map_err(|error| CampaignError::Document {
            faults: vec![error.to_string()],
        })?;
    let document = PlanDocument {
        made_on: news.today,
        routes,
        unscheduled,
        ..before.document.clone()
    };
    document.check().map_err(|faults| CampaignError::Document {
        faults: faults.iter().map(ToString::to_string).collect(),
    })?;
    let state = State {
        schedule,
        ..state.clone()
    };
    Ok(Made { document, state })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::plan;
    use crate::testing::{ask, release};
    use safeground_handover::results::{Outcome, VisitResult};

    fn results(made: &Made, visits: Vec<VisitResult>) -> Results {
        Results {
            plan_id: made.document.plan_id.clone(),
            release_id: made.document.release_id.clone(),
            visits,
        }
    }

    #[test]
    fn a_lost_week_is_planned_again_and_frozen_days_stay() {
        let made = release();
        let (manifest, places, scores) = (&made.manifest, &made.places, &made.scores);
        let mut ask = ask();
        ask.weeks = 4;
        ask.budget_team_days = Some(24.0);
        let day = NaiveDate::from_ymd_opt(2025, 1, 2).unwrap();
        let before = plan(&ask, manifest, places, scores, day, &|_| {}).unwrap();
        let today = ask.from + chrono::Days::new(7);
        let freeze_until = today + chrono::Days::new(1);
        let past = before
            .document
            .visits()
            .filter(|(route, ..)| route.date < today);
        let visits: Vec<VisitResult> = past
            .map(|(route, order, visit)| VisitResult {
                visit_id: format!("{}-{}-{order}", route.team_id, route.date),
                place_id: visit.place_id.clone(),
                team_id: route.team_id.clone(),
                planned_on: route.date,
                visited_on: None,
                outcome: Outcome::Lost,
                households_reached: None,
                pledges: None,
                refusals: None,
            })
            .collect();
        assert!(!visits.is_empty());
        let results = results(&before, visits);
        let news = News {
            results,
            today,
            freeze_until,
        };
        let after = replan(&before, manifest, places, scores, &news).unwrap();
        let frozen = |made: &Made| -> Vec<_> {
            let routes = made.document.routes.iter();
            routes
                .filter(|route| (today..=freeze_until).contains(&route.date))
                .cloned()
                .collect()
        };
        assert!(!frozen(&before).is_empty());
        assert_eq!(frozen(&before), frozen(&after));
        let planned = |made: &Made| -> u64 {
            let routes = made.document.routes.iter();
            routes
                .map(safeground_handover::document::Route::households)
                .sum()
        };
        // Nothing was done: all of it is planned again, as far as days reach.
        let left: u64 = after
            .document
            .unscheduled
            .iter()
            .map(|u| u64::from(u.households))
            .sum();
        let left_before: u64 = before
            .document
            .unscheduled
            .iter()
            .map(|u| u64::from(u.households))
            .sum();
        assert_eq!(planned(&after) + left, planned(&before) + left_before);
    }

    #[test]
    fn a_past_visit_without_a_result_is_named() {
        let made = release();
        let (manifest, places, scores) = (&made.manifest, &made.places, &made.scores);
        let day = NaiveDate::from_ymd_opt(2025, 1, 2).unwrap();
        let before = plan(&ask(), manifest, places, scores, day, &|_| {}).unwrap();
        let today = ask().from + chrono::Days::new(3);
        let news = News {
            results: results(&before, Vec::new()),
            today,
            freeze_until: today,
        };
        let error = replan(&before, manifest, places, scores, &news)
            .unwrap_err()
            .to_string();
        assert!(error.contains("village:"), "{error}");
    }
}
