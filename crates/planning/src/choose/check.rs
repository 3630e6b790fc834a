//! Checks of single numbers and identifiers.

use std::collections::{BTreeSet, HashMap};

use super::fault::Fault;
use super::place::{Benefit, Effort, LatLng, Place};
use super::request::{Demand, Distances, Objective, Request};

/// Spelling distance, as a share of the length, up to which an identifier is
/// offered for an unknown one.
const NEAR_SPELLING: f64 = 0.34;

/// Number of each identifier.
pub(super) fn indexed(places: &[Place]) -> HashMap<&str, usize> {
    places
        .iter()
        .enumerate()
        .map(|(number, place)| (place.id.as_str(), number))
        .collect()
}

/// Faults of single places.
pub(super) fn check_places(places: &[Place]) -> Vec<Fault> {
    let mut faults = Vec::new();
    if places.is_empty() {
        faults.push(Fault::NoPlaces);
    }
    repeated(
        "places",
        places.iter().map(|place| place.id.as_str()),
        &mut faults,
    );
    for place in places {
        let mut check = |what, value: f64, holds: bool, expected| {
            if !holds {
                faults.push(Fault::Value {
                    what,
                    place: place.id.clone(),
                    value,
                    expected,
                });
            }
        };
        check_position(place.position, &mut check);
        check_benefit(place.benefit, &mut check);
        let (what, value) = match place.effort {
            Effort::TeamDays(value) => ("cost in team-days", value),
            Effort::Households(value) => ("number of households", value),
        };
        check(
            what,
            value,
            not_negative(value),
            "a finite number, not below zero",
        );
        for visit in &place.visits {
            check(
                "days since a visit",
                visit.days_ago,
                not_negative(visit.days_ago),
                "a finite number, not below zero",
            );
            check(
                "share reached by a visit",
                visit.share_reached,
                (0.0..=1.0).contains(&visit.share_reached),
                "a number from 0 to 1",
            );
        }
    }
    faults
}

/// Faults of the request, apart from constraints that contradict each other.
pub(super) fn check_settings(places: &[Place], request: &Request) -> Vec<Fault> {
    let mut faults = Vec::new();
    let mut setting = |what, value: f64, holds: bool, expected| {
        if !holds {
            faults.push(Fault::Setting {
                what,
                value,
                expected,
            });
        }
    };
    let budget = request.budget_team_days;
    let finite = "a finite number, not below zero";
    setting("budget_team_days", budget, not_negative(budget), finite);
    if let Objective::MaximumCoverage { service_radius_km } = request.objective {
        setting(
            "service_radius_km",
            service_radius_km,
            not_negative(service_radius_km),
            finite,
        );
    }
    let share = request.floors.under_observed_share;
    setting(
        "under_observed_share",
        share,
        (0.0..=1.0).contains(&share),
        "a number from 0 to 1",
    );
    if let Some(most) = request.most_places {
        setting("most_places", most as f64, most > 0, "at least 1");
    }
    for base in &request.bases {
        check_position(*base, &mut setting);
    }
    check_base_team_days(request, &mut faults);
    let bases = request.bases.len();
    faults.extend(places.iter().filter_map(|place| {
        let base = place.base.filter(|base| *base >= bases)?;
        Some(Fault::UnknownBase {
            place: place.id.clone(),
            base,
            bases,
        })
    }));
    check_lists(places, request, &mut faults);
    check_demand(places, request, &mut faults);
    faults
}

fn check_base_team_days(request: &Request, faults: &mut Vec<Fault>) {
    let (bases, figures) = (request.bases.len(), request.base_team_days.len());
    if figures > 0 && figures != bases {
        faults.push(Fault::BaseFigures { figures, bases });
    }
    for (base, team_days) in request.base_team_days.iter().enumerate() {
        if !not_negative(*team_days) {
            faults.push(Fault::BaseTeamDays {
                base,
                team_days: *team_days,
            });
        }
    }
}

fn check_lists(places: &[Place], request: &Request, faults: &mut Vec<Fault>) {
    let ids: BTreeSet<&str> = places.iter().map(|place| place.id.as_str()).collect();
    let blocks: BTreeSet<&str> = places.iter().map(|place| place.block.as_str()).collect();
    let mut known = |list, named: &mut dyn Iterator<Item = &String>, known: &BTreeSet<&str>| {
        for id in named {
            if !known.contains(id.as_str()) {
                faults.push(Fault::Unknown {
                    list,
                    id: id.clone(),
                    nearest: nearest(id, known),
                });
            }
        }
    };
    known("musts", &mut request.musts.iter(), &ids);
    known("must-nots", &mut request.must_nots.iter(), &ids);
    known(
        "block floors",
        &mut request.floors.least_in_block.keys(),
        &blocks,
    );
    let partners: BTreeSet<&str> = places
        .iter()
        .filter_map(|place| place.partner.as_deref())
        .collect();
    known("partners", &mut request.partners.iter(), &partners);
}

fn check_demand(places: &[Place], request: &Request, faults: &mut Vec<Fault>) {
    if let Demand::Points(points) = &request.demand {
        if request.objective == Objective::WeightedBenefit {
            faults.push(Fault::DemandElsewhere);
        }
        repeated(
            "demand points",
            points.iter().map(|point| point.id.as_str()),
            faults,
        );
        for point in points {
            let mut check = |what, value: f64, holds: bool, expected| {
                if !holds {
                    faults.push(Fault::Value {
                        what,
                        place: point.id.clone(),
                        value,
                        expected,
                    });
                }
            };
            check_position(point.position, &mut check);
            check_benefit(point.benefit, &mut check);
        }
    }
    if let Distances::Table(table) = &request.distances {
        let demand = match &request.demand {
            Demand::AtPlaces => places.len(),
            Demand::Points(points) => points.len(),
        };
        if (table.demand(), table.places()) != (demand, places.len()) {
            faults.push(Fault::TableShape {
                rows: table.demand(),
                columns: table.places(),
                demand,
                places: places.len(),
            });
        }
    }
}

fn check_position(point: LatLng, check: &mut impl FnMut(&'static str, f64, bool, &'static str)) {
    let LatLng {
        latitude,
        longitude,
    } = point;
    check(
        "latitude",
        latitude,
        (-90.0..=90.0).contains(&latitude),
        "degrees from -90 to 90",
    );
    check(
        "longitude",
        longitude,
        (-180.0..=180.0).contains(&longitude),
        "degrees from -180 to 180",
    );
}

fn check_benefit(benefit: Benefit, check: &mut impl FnMut(&'static str, f64, bool, &'static str)) {
    let Benefit { mean, lower } = benefit;
    check(
        "benefit",
        mean,
        not_negative(mean),
        "a finite number, not below zero",
    );
    check(
        "lower bound of the benefit",
        lower,
        not_negative(lower) && lower <= mean,
        "a number from 0 to the mean",
    );
}

fn not_negative(value: f64) -> bool {
    value.is_finite() && value >= 0.0
}

fn repeated<'a>(list: &'static str, ids: impl Iterator<Item = &'a str>, faults: &mut Vec<Fault>) {
    let mut seen: HashMap<&str, usize> = HashMap::new();
    for id in ids {
        let times = seen.entry(id).or_default();
        *times += 1;
        if *times == 2 {
            faults.push(Fault::Repeated {
                list,
                id: id.to_owned(),
            });
        }
    }
}

fn nearest(id: &str, known: &BTreeSet<&str>) -> Option<String> {
    known
        .iter()
        .map(|candidate| (strsim::damerau_levenshtein(id, candidate), *candidate))
        .min()
        .filter(|(distance, _)| *distance as f64 <= NEAR_SPELLING * id.chars().count() as f64)
        .map(|(_, candidate)| candidate.to_owned())
}
