//! Bad input names the constraint and what would mend it.

use safeground_planning::PlanningError;
use safeground_planning::choose::{
    Constraint, DistanceTable, Distances, Effort, Fault, Objective, Place, Problem, Remedy, Request,
};

use crate::harness::place;

fn villages() -> Vec<Place> {
    let mut villages: Vec<Place> = (0..6u32)
        .map(|number| {
            let step = f64::from(number);
            place(
                &format!("village:{number}"),
                25.0 + step * 0.01,
                85.0,
                10.0,
                1.0 + step,
            )
        })
        .collect();
    for (number, village) in villages.iter_mut().enumerate() {
        village.block = format!("block:{}", number / 3);
        village.under_observed = number >= 4;
    }
    villages
}

fn benefit(budget_team_days: f64) -> Request {
    Request::new(Objective::WeightedBenefit, budget_team_days)
}

fn faults(places: Vec<Place>, request: Request) -> Vec<Fault> {
    match Problem::new(places, request) {
        Err(PlanningError::Faults(faults)) => faults,
        other => panic!("expected faults, found {other:?}"),
    }
}

#[test]
fn numbers_that_make_no_sense_are_named_with_their_place() {
    let mut places = villages();
    places[1].effort = Effort::TeamDays(-2.0);
    places[2].benefit.lower = 11.0;
    places[3].position.latitude = 125.0;
    places[4].id = "village:5".to_owned();
    let messages: Vec<String> = faults(places, benefit(f64::NAN))
        .iter()
        .map(ToString::to_string)
        .collect();
    for expected in [
        "cost in team-days of place `village:1` is -2; expected a finite number, not below zero",
        "lower bound of the benefit of place `village:2` is 11; expected a number from 0 to the mean",
        "latitude of place `village:3` is 125",
        "`village:5` is given twice among the places",
        "budget_team_days is NaN",
    ] {
        assert!(
            messages.iter().any(|message| message.contains(expected)),
            "{expected} is not in {messages:#?}"
        );
    }
}

#[test]
fn unknown_places_come_with_the_nearest_known_one() {
    let mut request = benefit(10.0);
    request.musts = vec!["vilage:3".to_owned(), "elsewhere".to_owned()];
    let found = faults(villages(), request);
    assert_eq!(
        found[0].to_string(),
        "`vilage:3` among the musts is not known; write `village:3` or take it off"
    );
    assert_eq!(
        found[1].to_string(),
        "`elsewhere` among the musts is not known; take it off"
    );
}

#[test]
fn contradictory_musts_are_named() {
    let mut places = villages();
    places[3].partner = Some("partner:a".to_owned());
    let mut request = benefit(10.0);
    request.musts = vec!["village:2".to_owned(), "village:3".to_owned()];
    request.must_nots = vec!["village:2".to_owned()];
    assert_eq!(
        faults(places, request),
        [
            Fault::Contradiction {
                place: "village:2".to_owned()
            },
            Fault::MustOfPartner {
                place: "village:3".to_owned(),
                partner: "partner:a".to_owned()
            },
        ]
    );
}

#[test]
fn an_impossible_budget_says_what_would_suffice() {
    assert_eq!(
        faults(villages(), benefit(0.5))[0].to_string(),
        "the budget of 0.5 team-days pays for no place: the cheapest, `village:0`, costs 1; raise \
         the budget to 1 team-days"
    );
    let mut request = benefit(7.0);
    request.musts = vec![
        "village:0".to_owned(),
        "village:2".to_owned(),
        "village:4".to_owned(),
    ];
    assert_eq!(
        faults(villages(), request),
        [Fault::Infeasible {
            constraint: Constraint::Musts {
                places: 3,
                team_days: 9.0,
                budget_team_days: 7.0,
                most_places: 6,
            },
            remedies: vec![
                Remedy::RaiseBudget { to_team_days: 9.0 },
                Remedy::DropMusts {
                    places: vec!["village:4".to_owned()]
                },
            ],
        }]
    );
}

#[test]
fn floors_that_cost_too_much_name_every_single_way_out() {
    let mut request = benefit(9.0);
    request.floors.least_per_block = 2;
    // Two cheapest of each block: 1 + 2 and 4 + 5.
    assert_eq!(
        faults(villages(), request.clone()),
        [Fault::Infeasible {
            constraint: Constraint::Floors {
                places: 4,
                team_days: 12.0,
                budget_team_days: 9.0,
                most_places: 6,
            },
            remedies: vec![
                Remedy::RaiseBudget { to_team_days: 12.0 },
                Remedy::CapFloors { to: 1 },
            ],
        }]
    );
    request.floors.least_per_block = 4;
    assert_eq!(
        faults(villages(), request)[0].to_string(),
        "block `block:0` must get 4 places but only 3 may be chosen there; lower the floor of \
         block `block:0` to 3"
    );
}

#[test]
fn a_share_out_of_reach_names_the_highest_that_can_be_met() {
    let mut request = benefit(12.0);
    request.floors.least_per_block = 1;
    request.floors.under_observed_share = 0.8;
    // One place of each block is 1 + 5 with one of two under-observed; the
    // other under-observed place costs 6 and makes two of three.
    assert_eq!(
        faults(villages(), request),
        [Fault::Infeasible {
            constraint: Constraint::UnderObservedShare {
                share: 0.8,
                budget_team_days: 12.0,
                most_places: 6,
            },
            remedies: vec![
                Remedy::CapFloors { to: 0 },
                Remedy::LowerShare { to: 0.6666 },
            ],
        }]
    );
}

#[test]
fn a_table_of_the_wrong_shape_and_a_missing_pace_are_named() {
    let mut request = benefit(10.0);
    request.distances = Distances::Table(DistanceTable::new(2, vec![0.0; 4]).unwrap());
    let mut places = villages();
    assert!(matches!(
        faults(places.clone(), request)[0],
        Fault::TableShape {
            rows: 2,
            columns: 2,
            demand: 6,
            places: 6
        }
    ));
    places[0].effort = Effort::Households(30.0);
    assert_eq!(
        faults(places, benefit(10.0)),
        [Fault::NoPace {
            place: "village:0".to_owned()
        }]
    );
}

#[test]
fn nothing_to_choose_from_is_a_fault() {
    assert_eq!(faults(Vec::new(), benefit(1.0)), [Fault::NoPlaces]);
    let mut request = benefit(10.0);
    request.must_nots = villages()
        .iter()
        .map(|village| village.id.clone())
        .collect();
    assert_eq!(faults(villages(), request), [Fault::NoneOpen { places: 6 }]);
}

#[test]
fn a_block_wholly_left_to_a_partner_has_no_floor() {
    let mut places = villages();
    for place in &mut places[3..] {
        place.partner = Some("partner:a".to_owned());
    }
    let mut request = benefit(2.0);
    request.floors.least_per_block = 1;
    assert!(Problem::new(places, request).is_ok());
}
