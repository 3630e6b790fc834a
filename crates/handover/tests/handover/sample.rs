//! A small plan with everything in it that a plan can have.

use chrono::NaiveDate;
use safeground_handover::PlanDocument;
use safeground_handover::document::{
    Area, Asked, Audience, BenefitUnit, CheckerVerdict, CurvePoint, Explored, Figure, Floors,
    LeftOut, LeftOutReason, Measure, Objective, Pace, Position, Reason, Remedy, RoadsAsked, Role,
    Rollout, Route, SCHEMA_VERSION, ScorePart, Source, Span, Status, Summary, TeamAsked,
    Unplannable, UnplannableReason, Unscheduled, Village, Visit, WhyNot,
};

pub fn day(day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 12, day).unwrap()
}

pub fn at(longitude: f64, latitude: f64) -> Position {
    Position {
        longitude,
        latitude,
    }
}

/// Four villages, two teams, three routes.
pub fn plan() -> PlanDocument {
    PlanDocument {
        schema_version: SCHEMA_VERSION,
        plan_id: "plan-2026-11-26-gaya".to_owned(),
        release_id: "planning-2026-09".to_owned(),
        audience: Audience::Planning,
        area: Area {
            name: "Gaya district".to_owned(),
            place_ids: vec!["district:220".to_owned()],
        },
        title: "Winter campaign, Gaya".to_owned(),
        made_on: NaiveDate::from_ymd_opt(2026, 11, 26).unwrap(),
        asked: asked(),
        summary: summary(),
        villages: villages(),
        left_out: left_out(),
        unplannable: unplannable(),
        unplannable_villages: 3,
        curve: curve(),
        routes: routes(),
        unscheduled: vec![Unscheduled {
            place_id: "village:248216".to_owned(),
            households: 75,
            why: WhyNot::TooFar { needs_km: 141.25 },
            remedies: vec![
                Remedy::RaiseKm {
                    team_id: "team-1".to_owned(),
                    date: day(4),
                    km: 21.21,
                },
                Remedy::AddDate {
                    team_id: "team-2".to_owned(),
                    date: day(7),
                },
            ],
        }],
        blackouts: vec![Span {
            label: "Vivah Panchami".to_owned(),
            from: day(14),
            until: day(14),
            place_ids: None,
        }],
        priorities: Vec::new(),
    }
}

fn team(number: u32, base: Position) -> TeamAsked {
    TeamAsked {
        id: format!("team-{number}"),
        label: format!("Team {number}"),
        base,
        dates: vec![day(3), day(4)],
        day_starts_minute: 480.0,
        hours_per_day: 9.0,
        speed_km_per_hour: 30.0,
        most_km_per_day: 120.0,
        most_households_per_day: 60,
        minutes_per_household: 6.0,
        minutes_per_visit: 20.0,
    }
}

fn unplannable() -> Vec<Unplannable> {
    let village = |number: u32, name: &str, reason| Unplannable {
        place_id: format!("village:{number}"),
        lgd_code: Some(number.to_string()),
        name: name.to_owned(),
        block: "Bodh Gaya".to_owned(),
        district: "Gaya".to_owned(),
        population: Figure::absent(Status::NoData),
        reason,
    };
    let base_distance_km = 61.25;
    vec![
        village(248_301, "Bakraur", UnplannableReason::NoHouseholds),
        village(
            248_302,
            "Dharmaranya",
            UnplannableReason::TooFar { base_distance_km },
        ),
    ]
}

fn asked() -> Asked {
    Asked {
        teams: vec![team(1, at(84.99, 24.79)), team(2, at(85.12, 24.70))],
        budget_team_days: 12.0,
        from: day(1),
        until: day(21),
        weeks: 3,
        objective: Objective::MaximumCoverage {
            service_radius_km: 5.0,
        },
        lower_bound: true,
        pace: Some(Pace {
            households_per_team_day: 60.0,
            least_visit_team_days: 0.25,
        }),
        floors: Floors {
            least_per_block: 1,
            under_observed_share: 0.25,
        },
        exploration: Some(Explored {
            share: 0.25,
            seed: 11,
        }),
        roads: RoadsAsked::GreatCircle { road_factor: 1.4 },
        seed: 7,
    }
}

fn summary() -> Summary {
    Summary {
        benefit_unit: BenefitUnit::ChildrenAtRisk,
        benefit: 1_234.5,
        area_benefit: Figure::estimate(12_345.0, 10_000.0, 15_000.0),
        bound: 1_250.0,
        gap: 0.0124,
        team_days: 11.5,
        benefit_without_exploration: Some(1_300.0),
        population_chosen: Figure::exact(12_400.0),
        population_area: Figure::exact(4_391_418.0),
        checker: CheckerVerdict::Passed,
        rollout: Some(Rollout {
            steps: 2,
            bands: 2,
            seed: 7,
        }),
        imbalance: Some(0.08),
    }
}

fn part(measure: Measure, theme: Option<&str>, figure: Figure) -> ScorePart {
    ScorePart {
        measure,
        theme: theme.map(str::to_owned),
        figure,
        source: Source::Protected,
        from_place_id: None,
        from_place: None,
        q_value: Some(0.031),
        observations: Some(Figure::band(5.0, Some(9.0))),
        method: "eb_rate".to_owned(),
    }
}

fn village(number: u32, name: &str, block: &str, position: Position) -> Village {
    Village {
        place_id: format!("village:{number}"),
        lgd_code: Some(number.to_string()),
        name: name.to_owned(),
        block: block.to_owned(),
        district: "Gaya".to_owned(),
        position,
        population: Figure::exact(3_100.0),
        households: Figure::exact(520.0),
        scores: vec![
            part(
                Measure::Burden,
                Some("child_marriage"),
                Figure::estimate(12.5, 9.1, 16.0),
            ),
            part(
                Measure::Count,
                Some("child_marriage"),
                Figure::band(5.0, Some(9.0)),
            ),
        ],
        benefit: Figure::estimate(310.4, 220.0, 401.5),
        remaining_share: 0.8,
        score_rank: Some(3),
        last_visit: Some("2025-11".parse().unwrap()),
        selection_probability: Some(0.92),
        role: Role::Chosen,
        rollout_step: Some(1),
        base_distance_km: Some(8.4),
        team_days: 2.5,
        reasons: vec![
            Reason::ReachesAlone {
                benefit: 200.0,
                benefit_per_team_day: Some(80.0),
            },
            Reason::Serves {
                points: 6,
                benefit: 310.4,
            },
        ],
    }
}

fn villages() -> Vec<Village> {
    let mut second = village(248_214, "रामपुर कलाँ", "Bodh Gaya", at(84.93, 24.71));
    second.population = Figure::absent(Status::NoData);
    second.households = Figure::band(50.0, Some(99.0));
    second.scores = vec![
        part(
            Measure::Count,
            Some("child_marriage"),
            Figure::absent(Status::BelowThreshold),
        ),
        part(
            Measure::Detection,
            None,
            Figure::absent(Status::NotObserved),
        ),
        ScorePart {
            source: Source::Published,
            observations: None,
            q_value: None,
            from_place_id: Some("block:1234".to_owned()),
            from_place: Some("Bodh Gaya".to_owned()),
            ..part(
                Measure::Prevalence,
                Some("indicator:cm_nfhs5"),
                Figure::exact(0.0),
            )
        },
    ];
    second.last_visit = None;
    second.selection_probability = None;
    second.role = Role::Must;
    second.reasons = vec![Reason::Must, Reason::BlockFloor { least: 1 }];
    let mut third = village(248_215, "Tekari", "Tikari", at(84.84, 24.94));
    third.role = Role::Explored {
        probability: 0.0625,
    };
    third.reasons = vec![
        Reason::Drawn {
            probability: 0.0625,
        },
        Reason::UnderObservedShare { share: 0.25 },
        Reason::NearestFor {
            points: 2,
            farthest_km: 7.25,
        },
    ];
    third.lgd_code = None;
    third.base_distance_km = None;
    third.score_rank = None;
    let fourth = village(248_216, "Imamganj", "Imamganj", at(84.51, 24.48));
    vec![
        village(248_213, "Manpur", "Manpur", at(85.03, 24.81)),
        second,
        third,
        fourth,
    ]
}

fn left_out() -> Vec<LeftOut> {
    let left = |number: u32, reason, marginal_benefit| LeftOut {
        place_id: format!("village:{number}"),
        lgd_code: None,
        name: format!("Left {number}"),
        block: "Manpur".to_owned(),
        district: "Gaya".to_owned(),
        position: at(85.06, 24.83),
        population: Figure::exact(900.0),
        marginal_benefit,
        team_days: 1.5,
        reason,
    };
    vec![
        left(
            1,
            LeftOutReason::AddsLess {
                benefit_per_team_day: Some(24.0),
            },
            Some(36.0),
        ),
        left(
            2,
            LeftOutReason::BeyondBudget {
                left_team_days: 0.5,
            },
            None,
        ),
        left(3, LeftOutReason::ServedAlready, Some(0.0)),
        left(4, LeftOutReason::MustNot, None),
        left(5, LeftOutReason::LeftToPartner, None),
        left(6, LeftOutReason::NotNearEnough, None),
    ]
}

fn curve() -> Vec<CurvePoint> {
    let point = |budget_team_days, benefit: Option<f64>, gained| CurvePoint {
        budget_team_days,
        benefit,
        bound: benefit.map(|benefit| 1.01 * benefit),
        gained,
        villages: benefit.map(|_| 4),
    };
    vec![
        point(1.0, None, None),
        point(12.0, Some(1_234.5), None),
        point(18.0, Some(1_400.0), Some(165.5)),
    ]
}

fn visit(place_id: &str, km: f64, arrival_minute: f64, households: u32) -> Visit {
    Visit {
        place_id: place_id.to_owned(),
        km,
        arrival_minute,
        start_minute: arrival_minute + 5.0,
        leave_minute: arrival_minute + 25.0 + 6.0 * f64::from(households),
        households,
    }
}

fn routes() -> Vec<Route> {
    let route = |team_id: &str, date, visits: Vec<Visit>| Route {
        team_id: team_id.to_owned(),
        date,
        departure_minute: 485.0,
        return_minute: 1_010.0,
        km: 24.0,
        visits,
    };
    vec![
        route(
            "team-1",
            day(3),
            vec![
                visit("village:248213", 6.2, 500.0, 30),
                visit("village:248214", 17.0, 740.0, 20),
            ],
        ),
        route(
            "team-2",
            day(3),
            vec![visit("village:248215", 50.0, 600.0, 45)],
        ),
        route(
            "team-1",
            day(4),
            vec![visit("village:248213", 6.2, 500.0, 50)],
        ),
    ]
}

/// Names that a spreadsheet, a page or a map might run.
pub const HOSTILE: [&str; 14] = [
    "=HYPERLINK(\"http://x.example\",\"Rampur\")",
    "+1+1",
    "-2+3|cmd",
    "@SUM(1)",
    "\t=1+1",
    "\r=1+1",
    "  =1+1",
    "＝1+1",
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "a\u{0}b\u{202e}c",
    "line\nbreak, \"quoted\"",
    "&lt;b&gt; ' --",
    "{team} {date}",
];

/// The plan with a hostile name in every free text.
pub fn hostile(name: &str) -> PlanDocument {
    let mut plan = plan();
    plan.title = name.to_owned();
    plan.area.name = name.to_owned();
    for team in &mut plan.asked.teams {
        team.label = name.to_owned();
    }
    for village in &mut plan.villages {
        village.name = name.to_owned();
        village.block = name.to_owned();
        village.district = name.to_owned();
        village.lgd_code = Some(name.to_owned());
        for part in &mut village.scores {
            part.theme = Some(name.to_owned());
            part.method = name.to_owned();
            part.from_place_id = Some(name.to_owned());
            part.from_place = Some(name.to_owned());
        }
    }
    for left in &mut plan.left_out {
        left.name = name.to_owned();
        left.block = name.to_owned();
        left.district = name.to_owned();
    }
    for village in &mut plan.unplannable {
        village.name = name.to_owned();
        village.block = name.to_owned();
        village.district = name.to_owned();
        village.lgd_code = Some(name.to_owned());
    }
    for span in &mut plan.blackouts {
        span.label = name.to_owned();
    }
    plan.summary.checker = CheckerVerdict::Broken {
        violations: vec![name.to_owned()],
    };
    plan
}
