//! Which team, on which day: the chosen villages become stops.

use std::collections::BTreeSet;

use safeground_planning::checker::check_schedule;
use safeground_planning::choose::LatLng;
use safeground_planning::schedule::{
    Blackout, Borders, OpenHours, Priority, Roads, Schedule, ScheduleParams, ScheduleProblem,
    ScheduleRequest, Stop, Team,
};

use crate::ask::{BordersAsk, SpanAsk, minute_of};
use crate::candidates::Candidates;
use crate::choice::working_days;
use crate::cost::minutes_per_household;
use crate::travel::Pairs;
use crate::{Ask, CampaignError};

/// The chosen villages as stops, teams and rules.
///
/// A team's day has room for its households, half an hour (or what the request
/// says) at one village, and nothing else: each household takes
/// `(60 · hours − minutes_per_visit) ÷ households_per_team_day` minutes, so
/// that way and further villages come off the households.
///
/// # Errors
/// Names that the release does not have, times of day, and the scheduler's
/// faults. `bases` holds one point for each team.
pub fn problem(
    ask: &Ask,
    candidates: &Candidates,
    chosen: &[usize],
    steps: &[(usize, usize)],
    bases: &[LatLng],
) -> Result<ScheduleProblem, CampaignError> {
    let dates = working_days(ask);
    let pace = &ask.pace;
    let open = open_hours(ask, candidates)?;
    let stops = chosen
        .iter()
        .map(|number| {
            let place = &candidates.places[*number];
            let row = &candidates.tables.places[candidates.known[*number].place];
            let households = row.households.unwrap_or_default();
            Stop {
                id: place.id.clone(),
                position: place.position,
                households: u32::try_from(households).unwrap_or(u32::MAX).max(1),
                open: open
                    .iter()
                    .filter(|(places, _)| places.contains(number))
                    .map(|(_, hours)| hours.clone())
                    .collect(),
            }
        })
        .collect();
    let mut teams = Vec::new();
    for (number, team) in ask.teams.iter().enumerate() {
        let field = format!("teams[{number}]");
        let most = pace.households_per_team_day.ceil();
        teams.push(Team {
            id: team_id(number, &team.name),
            base: bases[number],
            dates: dates.clone(),
            day_starts_minute: f64::from(minute_of(
                &format!("{field}.day_starts"),
                &team.day_starts,
            )?),
            hours_per_day: pace.hours_per_day,
            speed_km_per_hour: pace.speed_km_per_hour,
            most_km_per_day: pace.most_km_per_day,
            most_households_per_day: most.clamp(1.0, f64::from(u32::MAX)) as u32,
            minutes_per_household: minutes_per_household(pace),
            minutes_per_visit: pace.minutes_per_visit,
        });
    }
    let id = |number: &usize| candidates.places[*number].id.clone();
    let numbers = chosen;
    let chosen: BTreeSet<usize> = chosen.iter().copied().collect();
    let ids_in = |field: &str, span: &SpanAsk| -> Result<Option<BTreeSet<String>>, CampaignError> {
        let Some(places) = &span.places else {
            return Ok(None);
        };
        let inside = candidates.within(field, places)?;
        Ok(Some(inside.intersection(&chosen).map(id).collect()))
    };
    let mut blackouts = Vec::new();
    for (number, span) in ask.blackouts.iter().enumerate() {
        blackouts.push(Blackout {
            label: span.label.clone(),
            from: span.from,
            until: span.until,
            stops: ids_in(&format!("blackouts[{number}].places"), span)?,
        });
    }
    let mut priorities = Vec::new();
    for (number, span) in ask.priorities.iter().enumerate() {
        priorities.push(Priority {
            label: span.label.clone(),
            from: span.from,
            until: span.until,
            stops: ids_in(&format!("priorities[{number}].places"), span)?,
        });
    }
    // A step of a rollout is an equal part of the working days: its villages
    // are visited then or not at all, since comparing those visited with those
    // not yet visited rests on it.
    let count = steps.iter().map(|(_, step)| step + 1).max().unwrap_or(0);
    for step in 0..count {
        let of_step: BTreeSet<String> = steps
            .iter()
            .filter(|(_, at)| *at == step)
            .map(|(place, _)| id(place))
            .collect();
        let begins = dates.get(step * dates.len() / count);
        let ends = dates.get((step + 1) * dates.len() / count);
        let day = chrono::Days::new(1);
        for (from, until) in [
            (Some(ask.from), begins.map(|begins| *begins - day)),
            (ends.copied(), Some(ask.until())),
        ] {
            if let (Some(from), Some(until)) = (from, until)
                && from <= until
            {
                blackouts.push(Blackout {
                    label: format!("other steps than {}", step + 1),
                    from,
                    until,
                    stops: Some(of_step.clone()),
                });
            }
        }
    }
    // A span for no chosen village says nothing.
    blackouts.retain(|span| span.stops.as_ref().is_none_or(|stops| !stops.is_empty()));
    priorities.retain(|span| span.stops.as_ref().is_none_or(|stops| !stops.is_empty()));
    Ok(ScheduleProblem::new(ScheduleRequest {
        stops,
        teams,
        roads: roads(ask, candidates, numbers, bases)?.0,
        blackouts,
        priorities,
    })?)
}

/// How long the ways between the chosen villages and the bases are, and of how
/// many pairs the request tells it; `None` where it tells of none at all.
///
/// # Errors
/// [`CampaignError::TooLarge`] for more villages than a table of ways may have,
/// [`CampaignError::UntoldWays`] for pairs that must be told and are not.
pub fn roads(
    ask: &Ask,
    candidates: &Candidates,
    chosen: &[usize],
    bases: &[LatLng],
) -> Result<(Roads, Option<Pairs>), CampaignError> {
    let Some(ways) = &candidates.ways else {
        let road_factor = ask.pace.road_factor;
        return Ok((Roads::GreatCircle { road_factor }, None));
    };
    let stops: Vec<(usize, LatLng)> = chosen
        .iter()
        .map(|number| {
            (
                candidates.known[*number].place,
                candidates.places[*number].position,
            )
        })
        .collect();
    let (roads, pairs) = ways.roads(ask, &candidates.tables, &stops, bases)?;
    Ok((roads, Some(pairs)))
}

/// Identifier of a team: its name where files can carry it, else its number.
fn team_id(number: usize, name: &str) -> String {
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
    if (1..=40).contains(&name.len()) && name.chars().all(is_allowed) && !name.starts_with('-') {
        name.to_owned()
    } else {
        format!("team-{}", number + 1)
    }
}

/// Schedules the stops, and has the independent checker look at the answer.
///
/// # Errors
/// [`CampaignError::Check`].
pub fn schedule(ask: &Ask, problem: &ScheduleProblem) -> Result<Schedule, CampaignError> {
    let schedule = problem.schedule(&params(ask)?);
    let violations = check_schedule(problem.request(), &schedule);
    if violations.is_empty() {
        Ok(schedule)
    } else {
        Err(CampaignError::Check {
            violations: violations.iter().map(ToString::to_string).collect(),
        })
    }
}

/// How hard the search tries; no limit of time, so that the same request has
/// the same answer on every machine.
pub(crate) fn params(ask: &Ask) -> Result<ScheduleParams, CampaignError> {
    let params = ScheduleParams::new(ask.search.route_rounds, ask.seed, None)?;
    Ok(match (ask.search.borders, ask.search.border_km) {
        (BordersAsk::Kept, _) => params.with_borders(Borders::Kept)?,
        (BordersAsk::Open, Some(km)) => params.with_borders(Borders::Open { km })?,
        (BordersAsk::Open, None) => params,
    })
}

fn open_hours(
    ask: &Ask,
    candidates: &Candidates,
) -> Result<Vec<(BTreeSet<usize>, OpenHours)>, CampaignError> {
    let mut open = Vec::new();
    for (number, hours) in ask.open_hours.iter().enumerate() {
        let field = format!("open_hours[{number}]");
        let from_minute = minute_of(&format!("{field}.from"), &hours.from)?;
        let until_minute = minute_of(&format!("{field}.until"), &hours.until)?;
        open.push((
            candidates.within(&format!("{field}.places"), &hours.places)?,
            OpenHours {
                weekdays: hours.weekdays.clone(),
                from_minute,
                until_minute,
            },
        ));
    }
    Ok(open)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::choice::{budget, choose};
    use crate::testing::{ask, release};

    fn two() -> Vec<LatLng> {
        let at = |latitude| LatLng {
            latitude,
            longitude: 85.5,
        };
        vec![at(25.0), at(25.6)]
    }

    #[test]
    fn every_chosen_village_is_visited_or_reported_with_what_would_let_it_in() {
        let made = release();
        let ask = ask();
        let candidates = Candidates::new(&ask, &made.manifest, &made.places, &made.scores).unwrap();
        let choice = choose(&ask, &candidates, budget(&ask)).unwrap();
        let problem = problem(&ask, &candidates, &choice.plan.chosen, &[], &two()).unwrap();
        let schedule = schedule(&ask, &problem).unwrap();
        let planned: u64 = schedule.households();
        let left: u64 = schedule
            .unscheduled
            .iter()
            .map(|u| u64::from(u.households))
            .sum();
        let all: u64 = problem
            .request()
            .stops
            .iter()
            .map(|s| u64::from(s.households))
            .sum();
        assert_eq!(planned + left, all);
        assert!(planned * 10 > all * 8, "{planned} of {all}");
    }

    #[test]
    fn borders_are_those_of_the_request() {
        let asked = |borders: &str| {
            let mut ask = ask();
            ask.search = toml::from_str(&format!("route_rounds = 200\n{borders}")).unwrap();
            ask.check().unwrap();
            let written = toml::to_string(&ask).unwrap();
            assert_eq!(Ask::from_toml(&written).unwrap(), ask);
            params(&ask).unwrap()
        };
        let open = ScheduleParams::new(200, ask().seed, None).unwrap();
        assert_eq!(asked(""), open);
        assert_eq!(asked("borders = \"open\""), open);
        for (text, borders) in [
            ("borders = \"kept\"", Borders::Kept),
            ("border_km = 0.5", Borders::Open { km: 0.5 }),
        ] {
            assert_eq!(asked(text), open.with_borders(borders).unwrap(), "{text}");
        }
    }

    #[test]
    fn a_step_of_the_rollout_is_visited_in_its_part_of_the_weeks() {
        let made = release();
        let mut ask = ask();
        ask.rollout = Some(crate::ask::RolloutAsk { steps: 2, bands: 2 });
        ask.budget_team_days = Some(14.0);
        let candidates = Candidates::new(&ask, &made.manifest, &made.places, &made.scores).unwrap();
        let choice = choose(&ask, &candidates, budget(&ask)).unwrap();
        let rollout = choice.plan.rollout.unwrap();
        let steps: Vec<(usize, usize)> = rollout
            .assignments
            .iter()
            .map(|at| (at.place, at.step))
            .collect();
        let problem = problem(&ask, &candidates, &choice.plan.chosen, &steps, &two()).unwrap();
        let schedule = schedule(&ask, &problem).unwrap();
        let dates = working_days(&ask);
        let (mut inside, mut all) = (0, 0);
        for (_, day) in schedule.days() {
            for visit in &day.visits {
                let place = choice.plan.chosen[visit.stop];
                let step = steps.iter().find(|(at, _)| *at == place).unwrap().1;
                all += 1;
                inside += usize::from((day.date >= dates[dates.len() / 2]) == (step == 1));
            }
        }
        assert!(all > 0 && inside == all, "{inside} of {all}");
    }

    #[test]
    fn a_blackout_for_one_block_keeps_its_villages_off_these_days() {
        let made = release();
        let mut ask = ask();
        let until = ask.from + chrono::Days::new(6);
        ask.blackouts.push(SpanAsk {
            label: "Examinations".into(),
            from: ask.from,
            until,
            places: Some(vec!["block:1".into()]),
        });
        let candidates = Candidates::new(&ask, &made.manifest, &made.places, &made.scores).unwrap();
        let problem = problem(&ask, &candidates, &[12, 13, 30], &[], &two()).unwrap();
        let schedule = schedule(&ask, &problem).unwrap();
        for (_, day) in schedule.days().filter(|(_, day)| day.date <= until) {
            assert!(day.visits.iter().all(|visit| visit.stop == 2), "{day:?}");
        }
    }
}
