//! Reasons, remedies and the like put into words.

use crate::document::{
    CheckerVerdict, LeftOut, LeftOutReason, Objective, PlanDocument, Reason, Remedy, ScorePart,
    UnplannableReason, Unscheduled, Village, WhyNot,
};
use crate::language::Language;

/// Why a village is in the plan, as sentences: the planner's reasons, then its
/// figures (score parts with intervals, people, last visit, distance, rank,
/// firmness), in a fixed order.
#[must_use]
pub fn reasons(village: &Village, language: &Language) -> Vec<String> {
    let mut sentences: Vec<String> = village
        .reasons
        .iter()
        .map(|reason| reason_sentence(reason, language))
        .collect();
    let parts = village.scores.iter();
    sentences.extend(parts.map(|part| score_sentence(part, language)));
    let population = language.figure(&village.population, 0);
    sentences.push(language.fill("reason.population", &[("figure", &population)]));
    sentences.push(match village.last_visit {
        None => language.word("reason.no_last_visit").to_owned(),
        Some(month) => language.fill(
            "reason.last_visit",
            &[
                ("month", &language.month(month)),
                ("share", &language.per_cent(village.remaining_share)),
            ],
        ),
    });
    if let Some(km) = village.base_distance_km {
        let km = language.number(km, 1);
        sentences.push(language.fill("reason.distance", &[("km", &km)]));
    }
    if let Some(rank) = village.score_rank {
        let rank = language.whole(rank.into());
        sentences.push(language.fill("reason.rank", &[("rank", &rank)]));
    }
    if let Some(share) = village.selection_probability {
        let share = language.per_cent(share);
        sentences.push(language.fill("reason.firmness", &[("share", &share)]));
    }
    sentences
}

fn reason_sentence(reason: &Reason, language: &Language) -> String {
    let whole = |number: u32| language.whole(number.into());
    let benefit = |number: f64| language.number(number, 1);
    match *reason {
        Reason::Must => language.word("reason.must").to_owned(),
        Reason::Drawn { probability } => language.fill(
            "reason.drawn",
            &[("probability", &language.number(probability, 3))],
        ),
        Reason::BlockFloor { least } => {
            language.fill("reason.block_floor", &[("least", &whole(least))])
        }
        Reason::UnderObservedShare { share } => language.fill(
            "reason.under_observed_share",
            &[("share", &language.per_cent(share))],
        ),
        Reason::ReachesAlone {
            benefit: alone,
            benefit_per_team_day: None,
        } => language.fill("reason.reaches_alone", &[("benefit", &benefit(alone))]),
        Reason::ReachesAlone {
            benefit: alone,
            benefit_per_team_day: Some(per_day),
        } => language.fill(
            "reason.reaches_alone_per_day",
            &[("benefit", &benefit(alone)), ("per_day", &benefit(per_day))],
        ),
        Reason::Serves {
            points,
            benefit: served,
        } => language.fill(
            "reason.serves",
            &[("points", &whole(points)), ("benefit", &benefit(served))],
        ),
        Reason::NearestFor {
            points,
            farthest_km,
        } => language.fill(
            "reason.nearest_for",
            &[
                ("points", &whole(points)),
                ("km", &language.number(farthest_km, 1)),
            ],
        ),
    }
}

/// What a score part is called: its measure and its theme.
#[must_use]
pub fn score_label(part: &ScorePart, language: &Language) -> String {
    let measure = language.of("measure", part.measure.key());
    match &part.theme {
        None => measure.to_owned(),
        Some(theme) => format!("{measure} ({})", language.theme(theme)),
    }
}

fn score_sentence(part: &ScorePart, language: &Language) -> String {
    let label = score_label(part, language);
    let figure = language.figure(&part.figure, 1);
    // A document of an earlier version names the place by its identifier.
    match part.from_place.as_ref().or(part.from_place_id.as_ref()) {
        None => language.fill("reason.score", &[("label", &label), ("figure", &figure)]),
        Some(place) => language.fill(
            "reason.score_of_block",
            &[("label", &label), ("figure", &figure), ("place", place)],
        ),
    }
}

/// Why a village was left out.
#[must_use]
pub fn left_out(left: &LeftOut, language: &Language) -> String {
    match left.reason {
        LeftOutReason::BeyondBudget { left_team_days } => language.fill(
            "left_out_reason.beyond_budget",
            &[("team_days", &language.number(left_team_days, 1))],
        ),
        LeftOutReason::BeyondBase { left_team_days }
        | LeftOutReason::BaseSpent { left_team_days } => language.fill(
            &format!("left_out_reason.{}", left.reason.key()),
            &[("team_days", &language.number(left_team_days, 1))],
        ),
        LeftOutReason::AddsLess {
            benefit_per_team_day: Some(per_day),
        } => language.fill(
            "left_out_reason.adds_less_per_day",
            &[("per_day", &language.number(per_day, 1))],
        ),
        other => language.of("left_out_reason", other.key()).to_owned(),
    }
}

/// Why a village cannot be planned for.
#[must_use]
pub fn unplannable(reason: &UnplannableReason, language: &Language) -> String {
    match reason {
        UnplannableReason::TooFar { base_distance_km } => language.fill(
            "unplannable_reason.too_far",
            &[("km", &language.number(*base_distance_km, 1))],
        ),
        other => language.of("unplannable_reason", other.key()).to_owned(),
    }
}

/// Why there is no day for households, and what would help, as sentences.
#[must_use]
pub fn unscheduled(
    left: &Unscheduled,
    document: &PlanDocument,
    language: &Language,
) -> Vec<String> {
    let remedies = left.remedies.iter().map(|remedy| {
        let (team_id, _) = remedy.team_day();
        let team = document.team(team_id);
        let label = team.map_or(team_id, |team| team.label.as_str());
        remedy_sentence(remedy, label, language)
    });
    std::iter::once(why_not(&left.why, language))
        .chain(remedies)
        .collect()
}

fn why_not(why: &WhyNot, language: &Language) -> String {
    match why {
        WhyNot::TooFar { needs_km } => {
            let km = language.number(*needs_km, 1);
            language.fill("why_not.too_far", &[("km", &km)])
        }
        other => language.of("why_not", other.key()).to_owned(),
    }
}

fn remedy_sentence(remedy: &Remedy, team: &str, language: &Language) -> String {
    let (_, date) = remedy.team_day();
    let date = language.date(date);
    // Rounded up, for a smaller change would not suffice.
    let up = |value: f64, decimals: usize| {
        let scale = if decimals == 0 { 1.0 } else { 10.0 };
        language.number((value * scale).ceil() / scale, decimals)
    };
    let (blank, amount) = match *remedy {
        Remedy::AddDate { .. } => ("", String::new()),
        Remedy::LengthenDay { minutes, .. } | Remedy::OpenLonger { minutes, .. } => {
            ("minutes", up(minutes, 0))
        }
        Remedy::RaiseKm { km, .. } => ("km", up(km, 1)),
        Remedy::RaiseHouseholds { households, .. } => {
            ("households", language.whole(households.into()))
        }
    };
    let key = format!("remedy.{}", remedy.key());
    language.fill(&key, &[("team", team), ("date", &date), (blank, &amount)])
}

/// The objective in words.
#[must_use]
pub fn objective(objective: &Objective, language: &Language) -> String {
    match objective {
        Objective::WeightedBenefit => language.word("objective.weighted_benefit").to_owned(),
        Objective::MaximumCoverage { service_radius_km } => {
            let km = language.number(*service_radius_km, 1);
            language.fill("objective.maximum_coverage", &[("km", &km)])
        }
        Objective::PCenter => language.word("objective.p_center").to_owned(),
    }
}

/// The checker's verdict in words; what it prints about violations is not
/// translated.
#[must_use]
pub fn verdict(verdict: &CheckerVerdict, language: &Language) -> String {
    match verdict {
        CheckerVerdict::Passed => language.word("checker.passed").to_owned(),
        CheckerVerdict::Broken { violations } => {
            let violations = violations.join("; ");
            language.fill("checker.broken", &[("violations", &violations)])
        }
    }
}

/// The line that every sheet and page carries: plan, release, audience.
#[must_use]
pub fn footer(document: &PlanDocument, language: &Language) -> String {
    let audience = match document.audience {
        crate::document::Audience::Public => "audience.public",
        crate::document::Audience::Research => "audience.research",
        crate::document::Audience::Planning => "audience.planning",
    };
    language.fill(
        "list.footer",
        &[
            ("plan", &document.plan_id),
            ("release", &document.release_id),
            ("audience", language.word(audience)),
        ],
    )
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;

    use super::*;

    #[test]
    fn every_remedy_and_every_reason_without_a_day_has_words() {
        let (team_id, date) = ("team-9".to_owned(), NaiveDate::MIN);
        let remedies = [
            Remedy::AddDate {
                team_id: team_id.clone(),
                date,
            },
            Remedy::LengthenDay {
                team_id: team_id.clone(),
                date,
                minutes: 10.2,
            },
            Remedy::RaiseKm {
                team_id: team_id.clone(),
                date,
                km: 3.01,
            },
            Remedy::RaiseHouseholds {
                team_id: team_id.clone(),
                date,
                households: 4,
            },
            Remedy::OpenLonger {
                team_id,
                date,
                minutes: 5.0,
            },
        ];
        for language in Language::built_in() {
            for remedy in &remedies {
                let words = remedy_sentence(remedy, "Team 9", language);
                assert!(words.contains("Team 9") && !words.contains('{'), "{words}");
            }
            for why in [
                WhyNot::NoOpenDay,
                WhyNot::TooFar { needs_km: 141.0 },
                WhyNot::TooShort,
                WhyNot::Full,
                WhyNot::Refused,
            ] {
                let words = why_not(&why, language);
                assert!(!words.is_empty() && !words.contains('{'), "{words}");
            }
        }
        let english = Language::english();
        // Rounded up: what is smaller would not suffice.
        assert!(remedy_sentence(&remedies[1], "T", english).contains("11 minutes"));
        assert!(remedy_sentence(&remedies[2], "T", english).contains("3.1 km"));
    }
}
