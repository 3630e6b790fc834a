//! The check of a choice of places.

use std::collections::{BTreeMap, BTreeSet};

use super::Violation;
use super::design::{check_exploration, check_rollout};
use crate::choose::{
    Decay, Demand, Distances, Effort, LatLng, Measure, Objective, Place, Plan, Request, Stopped,
};

/// Relative error up to which sums are the same.
const SAME: f64 = 1e-6;

/// Distances this near to the service radius may count or not.
const DISTANCE_PRECISION_KM: f64 = 1e-6;

/// Mean radius of the earth.
const EARTH_RADIUS_KM: f64 = 6_371.008_8;

/// Every rule of the request that a plan breaks; none if it is in order.
///
/// O(demand points × chosen places).
#[must_use]
pub fn check_choice(places: &[Place], request: &Request, plan: &Plan) -> Vec<Violation> {
    let mut violations = Vec::new();
    if plan.objective != request.objective || plan.measure != request.measure {
        violations.push(Violation::OtherQuestion);
    }
    for (position, place) in plan.chosen.iter().enumerate() {
        if *place >= places.len() {
            violations.push(Violation::NotACandidate {
                place: *place,
                candidates: places.len(),
            });
        }
        if position > 0 && plan.chosen[position - 1] >= *place {
            violations.push(Violation::Order { place: *place });
        }
    }
    if !violations.is_empty() {
        return violations;
    }
    check_cost(places, request, plan, &mut violations);
    check_lists(places, request, plan, &mut violations);
    check_floors(places, request, plan, &mut violations);
    check_value(places, request, plan, &mut violations);
    check_exploration(places, request, plan, &mut violations);
    check_rollout(plan, |place| score(places, request, place), &mut violations);
    violations
}

fn check_cost(places: &[Place], request: &Request, plan: &Plan, found: &mut Vec<Violation>) {
    let mut team_days = 0.0;
    for place in &plan.chosen {
        match cost(&places[*place], request) {
            Some(cost) => team_days += cost,
            None => found.push(Violation::UnknownCost {
                place: places[*place].id.clone(),
            }),
        }
    }
    check_bases(places, request, plan, found);
    let precision = SAME * request.budget_team_days.max(1.0);
    if team_days > request.budget_team_days + precision {
        found.push(Violation::Budget {
            team_days,
            budget_team_days: request.budget_team_days,
        });
    }
    if (team_days - plan.team_days).abs() > precision {
        found.push(Violation::TeamDays {
            stated: plan.team_days,
            found: team_days,
        });
    }
    if let Some(most) = request.most_places
        && plan.chosen.len() > most
    {
        found.push(Violation::MostPlaces {
            chosen: plan.chosen.len(),
            most,
        });
    }
}

/// Every base with team-days of its own pays for the places that belong to it.
fn check_bases(places: &[Place], request: &Request, plan: &Plan, found: &mut Vec<Violation>) {
    let mut paid = vec![0.0; request.base_team_days.len()];
    for place in plan.chosen.iter().map(|place| &places[*place]) {
        let base = paying_base(place, request).and_then(|base| paid.get_mut(base));
        if let (Some(base), Some(cost)) = (base, cost(place, request)) {
            *base += cost;
        }
    }
    for (base, (team_days, limit)) in paid.into_iter().zip(&request.base_team_days).enumerate() {
        if team_days > limit + SAME * limit.max(1.0) {
            found.push(Violation::BaseTeamDays {
                base,
                team_days,
                base_team_days: *limit,
            });
        }
    }
}

/// The base that pays for a place: the one stated for it, else the first of
/// those that are within a millimetre of the nearest.
pub(super) fn paying_base(place: &Place, request: &Request) -> Option<usize> {
    if place.base.is_some() {
        return place.base;
    }
    let here = unit(place.position);
    let mut distances_km = Vec::with_capacity(request.bases.len());
    let mut least_km = f64::INFINITY;
    for base in &request.bases {
        let distance_km = chord_km(unit(*base), here);
        least_km = least_km.min(distance_km);
        distances_km.push(distance_km);
    }
    distances_km
        .into_iter()
        .position(|distance_km| distance_km <= least_km + DISTANCE_PRECISION_KM)
}

fn check_lists(places: &[Place], request: &Request, plan: &Plan, found: &mut Vec<Violation>) {
    let chosen: BTreeSet<&str> = plan
        .chosen
        .iter()
        .map(|place| places[*place].id.as_str())
        .collect();
    for must in &request.musts {
        if !chosen.contains(must.as_str()) {
            found.push(Violation::MustMissing {
                place: must.clone(),
            });
        }
    }
    for must_not in &request.must_nots {
        if chosen.contains(must_not.as_str()) {
            found.push(Violation::MustNotChosen {
                place: must_not.clone(),
            });
        }
    }
    for place in &plan.chosen {
        if let Some(partner) = absent_partner(&places[*place], request) {
            found.push(Violation::PartnerTerritory {
                place: places[*place].id.clone(),
                partner: partner.to_owned(),
            });
        }
    }
}

/// The partner who serves the place instead of this plan.
pub(super) fn absent_partner<'a>(place: &'a Place, request: &Request) -> Option<&'a str> {
    let partner = place.partner.as_deref()?;
    (!request.partners.contains(partner)).then_some(partner)
}

fn check_floors(places: &[Place], request: &Request, plan: &Plan, found: &mut Vec<Violation>) {
    let mut by_block: BTreeMap<&str, usize> = BTreeMap::new();
    for place in places {
        if absent_partner(place, request).is_none() {
            by_block.entry(&place.block).or_default();
        }
    }
    let mut under_observed = 0;
    for place in &plan.chosen {
        *by_block.entry(&places[*place].block).or_default() += 1;
        if places[*place].under_observed {
            under_observed += 1;
        }
    }
    let floors = &request.floors;
    for (block, chosen) in by_block {
        let own = floors.least_in_block.get(block).copied();
        let least = own.unwrap_or(floors.least_per_block);
        if chosen < least {
            found.push(Violation::BlockFloor {
                block: block.to_owned(),
                least,
                chosen,
            });
        }
    }
    let chosen = plan.chosen.len();
    let share = floors.under_observed_share;
    if (under_observed as f64) + SAME < share * chosen as f64 {
        found.push(Violation::UnderObservedShare {
            under_observed,
            chosen,
            share,
        });
    }
}

fn check_value(places: &[Place], request: &Request, plan: &Plan, found: &mut Vec<Violation>) {
    let mut least = 0.0;
    let mut most = 0.0;
    match request.objective {
        Objective::WeightedBenefit => {
            for place in &plan.chosen {
                least += score(places, request, *place);
            }
            most = least;
        }
        Objective::MaximumCoverage { service_radius_km } => {
            for (demand, distance_km) in nearest_km(places, request, &plan.chosen) {
                let worth = demand_worth(places, request, demand);
                if distance_km <= service_radius_km - DISTANCE_PRECISION_KM {
                    least += worth;
                }
                if distance_km <= service_radius_km + DISTANCE_PRECISION_KM {
                    most += worth;
                }
            }
        }
        Objective::PCenter => {
            let worst = nearest_km(places, request, &plan.chosen)
                .into_iter()
                .map(|(_, distance_km)| distance_km)
                .fold(0.0, f64::max);
            least = worst - DISTANCE_PRECISION_KM;
            most = worst + DISTANCE_PRECISION_KM;
        }
    }
    let precision = SAME * most.abs().max(1e-3);
    if !(least - precision..=most + precision).contains(&plan.value) {
        found.push(Violation::Value {
            stated: plan.value,
            least,
            most,
        });
    }
    let beats = match request.objective {
        Objective::PCenter => plan.value < plan.bound - precision,
        _ => plan.value > plan.bound + precision,
    };
    let unproven = plan.stopped == Stopped::Proven && plan.gap() > 10.0 * SAME;
    if beats || unproven || !plan.bound.is_finite() {
        found.push(Violation::Bound {
            bound: plan.bound,
            value: plan.value,
        });
    }
}

/// Team-days of a visit.
pub(super) fn cost(place: &Place, request: &Request) -> Option<f64> {
    let households = match place.effort {
        Effort::TeamDays(stated) => return Some(stated),
        Effort::Households(households) => households,
    };
    let pace = request.pace.as_ref()?.settings();
    let mut days_there = households / pace.households_per_team_day;
    if days_there < pace.least_visit_team_days {
        days_there = pace.least_visit_team_days;
    }
    let mut nearest = f64::INFINITY;
    for base in &request.bases {
        nearest = nearest.min(chord_km(unit(*base), unit(place.position)));
    }
    if nearest.is_infinite() {
        return Some(days_there);
    }
    let trips = 2.0 * days_there.ceil();
    let hours = trips * nearest * pace.road_factor / pace.speed_km_per_hour;
    Some(days_there + hours / pace.hours_per_day)
}

/// Measured benefit of a place that earlier visits leave.
fn score(places: &[Place], request: &Request, place: usize) -> f64 {
    let place = &places[place];
    let mut benefit = match request.measure {
        Measure::Mean => place.benefit.mean,
        Measure::Lower => place.benefit.lower,
    };
    if let Some(decay) = &request.decay {
        for visit in &place.visits {
            let used = visit.share_reached * Decay::strength(decay);
            let faded = 0.5f64.powf(visit.days_ago / decay.half_life_days());
            benefit -= benefit * used * faded;
        }
    }
    benefit
}

fn demand_worth(places: &[Place], request: &Request, demand: usize) -> f64 {
    match &request.demand {
        Demand::AtPlaces => score(places, request, demand),
        Demand::Points(points) => match request.measure {
            Measure::Mean => points[demand].benefit.mean,
            Measure::Lower => points[demand].benefit.lower,
        },
    }
}

/// Distance of each demand point of this plan from the nearest chosen place.
fn nearest_km(places: &[Place], request: &Request, chosen: &[usize]) -> Vec<(usize, f64)> {
    let positions: Vec<LatLng> = match &request.demand {
        Demand::AtPlaces => places.iter().map(|place| place.position).collect(),
        Demand::Points(points) => points.iter().map(|point| point.position).collect(),
    };
    let centres: Vec<[f64; 3]> = chosen
        .iter()
        .map(|place| unit(places[*place].position))
        .collect();
    let mut result = Vec::with_capacity(positions.len());
    for (demand, position) in positions.iter().enumerate() {
        let at_places = matches!(request.demand, Demand::AtPlaces);
        if at_places && absent_partner(&places[demand], request).is_some() {
            continue;
        }
        let here = unit(*position);
        let mut nearest = f64::INFINITY;
        for (centre, place) in centres.iter().zip(chosen) {
            let distance_km = match &request.distances {
                Distances::GreatCircle => squared_chord(here, *centre),
                Distances::Table(table) => table.km(demand, *place),
            };
            nearest = nearest.min(distance_km);
        }
        if matches!(request.distances, Distances::GreatCircle) {
            nearest = arc_km(nearest);
        }
        result.push((demand, nearest));
    }
    result
}

/// The point on the unit sphere.
pub(super) fn unit(point: LatLng) -> [f64; 3] {
    let (sin_latitude, cos_latitude) = point.latitude.to_radians().sin_cos();
    let (sin_longitude, cos_longitude) = point.longitude.to_radians().sin_cos();
    [
        cos_latitude * cos_longitude,
        cos_latitude * sin_longitude,
        sin_latitude,
    ]
}

fn squared_chord(a: [f64; 3], b: [f64; 3]) -> f64 {
    let (x, y, z) = (a[0] - b[0], a[1] - b[1], a[2] - b[2]);
    x * x + y * y + z * z
}

/// Length of the arc over a chord of the unit sphere.
fn arc_km(squared_chord: f64) -> f64 {
    if squared_chord.is_infinite() {
        return f64::INFINITY;
    }
    EARTH_RADIUS_KM * 2.0 * (0.5 * squared_chord.sqrt()).min(1.0).asin()
}

/// Great circle between two points of the unit sphere.
pub(super) fn chord_km(a: [f64; 3], b: [f64; 3]) -> f64 {
    arc_km(squared_chord(a, b))
}
