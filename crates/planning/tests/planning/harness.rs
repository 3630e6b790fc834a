//! Random small problems, and every answer to them by trying all.

use std::collections::BTreeSet;

use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use safeground_planning::choose::{
    Benefit, Decay, Demand, DemandPoint, Effort, ExactParams, GreedyParams, LatLng, Measure,
    Method, Objective, Pace, PaceSettings, Place, Request, Solver, Visit, great_circle_km,
};

pub fn place(id: &str, latitude: f64, longitude: f64, mean: f64, team_days: f64) -> Place {
    Place {
        id: id.to_owned(),
        position: LatLng {
            latitude,
            longitude,
        },
        block: "block:1".to_owned(),
        district: "district:1".to_owned(),
        population: Some(500),
        benefit: Benefit { mean, lower: mean },
        effort: Effort::TeamDays(team_days),
        visits: Vec::new(),
        under_observed: false,
        partner: None,
        base: None,
    }
}

pub fn exact() -> Method {
    exact_by(Solver::default())
}

/// From the bare greedy start, so that the solver has something left to do.
pub fn exact_by(solver: Solver) -> Method {
    let greedy = GreedyParams::new(0, 0);
    Method::Exact(ExactParams::new(solver, None, Some(100_000), greedy).unwrap())
}

pub fn greedy() -> Method {
    Method::Greedy(GreedyParams::default())
}

/// A problem of up to `most` places in which every kind of constraint occurs,
/// feasible or not.
pub fn random_problem(seed: u64, most: usize) -> (Vec<Place>, Request) {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let count = random.random_range(1..=most);
    let unit_costs = random.random_bool(0.3);
    let with_households = random.random_bool(0.3);
    let places: Vec<Place> = (0..count)
        .map(|number| {
            let mean = f64::from(random.random_range(0..50u32));
            let cost = if unit_costs {
                Effort::TeamDays(1.0)
            } else if with_households && random.random_bool(0.5) {
                Effort::Households(random.random_range(1.0..200.0))
            } else {
                Effort::TeamDays(f64::from(random.random_range(0..40u32)) / 10.0)
            };
            let visits = (0..random.random_range(0..3))
                .map(|_| Visit {
                    days_ago: random.random_range(0.0..700.0),
                    share_reached: random.random_range(0.0..1.0),
                })
                .collect();
            Place {
                benefit: Benefit {
                    mean,
                    lower: mean * random.random_range(0.0..1.0),
                },
                block: format!("block:{}", random.random_range(0..3)),
                effort: cost,
                visits,
                under_observed: random.random_bool(0.4),
                partner: random
                    .random_bool(0.15)
                    .then(|| format!("partner:{}", random.random_range(0..2))),
                ..place(
                    &format!("village:{number}"),
                    25.0 + random.random_range(0.0..0.3),
                    85.0 + random.random_range(0.0..0.3),
                    0.0,
                    0.0,
                )
            }
        })
        .collect();
    let objective = match random.random_range(0..3) {
        0 => Objective::WeightedBenefit,
        1 => Objective::PCenter,
        _ => Objective::MaximumCoverage {
            service_radius_km: random.random_range(1.0..15.0),
        },
    };
    let mut request = Request::new(objective, random.random_range(1.0..8.0));
    if random.random_bool(0.3) {
        request.measure = Measure::Lower;
    }
    if random.random_bool(0.3) {
        request.most_places = Some(random.random_range(1..=4));
    }
    if random.random_bool(0.5) {
        request.decay = Some(Decay::new(180.0, 0.8).unwrap());
    }
    request.pace = Some(
        Pace::new(PaceSettings {
            households_per_team_day: 60.0,
            least_visit_team_days: 0.5,
            road_factor: 1.4,
            speed_km_per_hour: 25.0,
            hours_per_day: 8.0,
        })
        .unwrap(),
    );
    request.bases = vec![LatLng {
        latitude: 25.1,
        longitude: 85.1,
    }];
    request.partners = places
        .iter()
        .filter_map(|place| place.partner.clone())
        .filter(|partner| partner == "partner:0")
        .collect();
    for place in &places {
        match random.random_range(0..12) {
            0 => request.musts.push(place.id.clone()),
            1 => request.must_nots.push(place.id.clone()),
            _ => {}
        }
    }
    let ours = |id: &String| {
        let place = places.iter().find(|place| place.id == *id).unwrap();
        place
            .partner
            .as_ref()
            .is_none_or(|partner| request.partners.contains(partner))
    };
    request.musts = request
        .musts
        .iter()
        .filter(|id| ours(id))
        .cloned()
        .collect();
    if random.random_bool(0.4) {
        request.floors.least_per_block = random.random_range(0..=2);
    }
    if random.random_bool(0.4) {
        request.floors.under_observed_share = f64::from(random.random_range(0..=10u32)) / 10.0;
    }
    if objective != Objective::WeightedBenefit && random.random_bool(0.3) {
        let points = (0..random.random_range(1..15)).map(|number| {
            let mean = random.random_range(1.0..20.0);
            DemandPoint {
                id: format!("point:{number}"),
                position: LatLng {
                    latitude: 25.0 + random.random_range(0.0..0.3),
                    longitude: 85.0 + random.random_range(0.0..0.3),
                },
                benefit: Benefit {
                    mean,
                    lower: 0.5 * mean,
                },
            }
        });
        request.demand = Demand::Points(points.collect());
    }
    (places, request)
}

/// The same with one to three bases, each with few team-days of its own.
pub fn limited_problem(seed: u64, most: usize) -> (Vec<Place>, Request) {
    let (places, mut request) = random_problem(seed, most);
    let mut random = ChaCha8Rng::seed_from_u64(seed ^ 0xba5e);
    request.bases = (0..random.random_range(1..=3))
        .map(|_| LatLng {
            latitude: 25.0 + random.random_range(0.0..0.3),
            longitude: 85.0 + random.random_range(0.0..0.3),
        })
        .collect();
    request.base_team_days = request
        .bases
        .iter()
        .map(|_| f64::from(random.random_range(0..60u32)) / 10.0)
        .collect();
    (places, request)
}

/// What a set of places is worth; `None` if it breaks a rule. Written as the
/// rules are, with nothing of the planner but the distance.
pub fn worth(places: &[Place], request: &Request, chosen: &[usize]) -> Option<f64> {
    let absent = |place: &Place| {
        place
            .partner
            .as_ref()
            .is_some_and(|partner| !request.partners.contains(partner))
    };
    let from_base = |place: &Place| {
        let mut nearest = (0, f64::INFINITY);
        for (number, base) in request.bases.iter().enumerate() {
            let km = great_circle_km(*base, place.position);
            if km < nearest.1 - 1e-6 {
                nearest = (number, km);
            }
        }
        nearest
    };
    let of = |place: &Place| {
        let Effort::Households(households) = place.effort else {
            let Effort::TeamDays(team_days) = place.effort else {
                unreachable!()
            };
            return team_days;
        };
        let days = (households / 60.0).max(0.5);
        let km = from_base(place).1;
        days + days.ceil() * 2.0 * km * 1.4 / 25.0 / 8.0
    };
    let cost: f64 = chosen.iter().map(|place| of(&places[*place])).sum();
    let bases_pay = request
        .base_team_days
        .iter()
        .enumerate()
        .all(|(base, limit)| {
            let own = chosen.iter().map(|place| &places[*place]);
            let own = own.filter(|place| from_base(place).0 == base);
            own.map(of).sum::<f64>() <= limit + 1e-9
        });
    let is_chosen = |id: &String| chosen.iter().any(|place| places[*place].id == *id);
    let blocks: BTreeSet<&str> = places
        .iter()
        .filter(|place| !absent(place))
        .map(|place| place.block.as_str())
        .collect();
    let floors_hold = blocks.iter().all(|block| {
        let there = chosen
            .iter()
            .filter(|place| places[**place].block == *block);
        there.count() >= request.floors.least_per_block
    });
    let under = chosen.iter().filter(|place| places[**place].under_observed);
    let share = request.floors.under_observed_share;
    let holds = cost <= request.budget_team_days + 1e-9
        && bases_pay
        && chosen.len() <= request.most_places.unwrap_or(usize::MAX)
        && request.musts.iter().all(is_chosen)
        && !request.must_nots.iter().any(is_chosen)
        && !chosen.iter().any(|place| absent(&places[*place]))
        && floors_hold
        && under.count() as f64 + 1e-9 >= share * chosen.len() as f64;
    if !holds {
        return None;
    }
    let benefit = |benefit: &Benefit| match request.measure {
        Measure::Mean => benefit.mean,
        Measure::Lower => benefit.lower,
    };
    let demand: Vec<(LatLng, f64)> = match &request.demand {
        Demand::Points(points) => points
            .iter()
            .map(|point| (point.position, benefit(&point.benefit)))
            .collect(),
        Demand::AtPlaces => places
            .iter()
            .filter(|place| !absent(place))
            .map(|place| {
                let mut worth = benefit(&place.benefit);
                for visit in place.visits.iter().filter(|_| request.decay.is_some()) {
                    worth *= 1.0 - 0.8 * visit.share_reached * 0.5f64.powf(visit.days_ago / 180.0);
                }
                (place.position, worth)
            })
            .collect(),
    };
    let nearest = |position: LatLng| {
        chosen
            .iter()
            .map(|place| great_circle_km(position, places[*place].position))
            .fold(f64::INFINITY, f64::min)
    };
    Some(match request.objective {
        Objective::PCenter => demand
            .iter()
            .map(|(position, _)| nearest(*position))
            .fold(0.0, f64::max),
        Objective::MaximumCoverage { service_radius_km } => demand
            .iter()
            .filter(|(position, _)| nearest(*position) <= service_radius_km)
            .map(|(_, worth)| worth)
            .sum(),
        Objective::WeightedBenefit => demand
            .iter()
            .filter(|(position, _)| nearest(*position) == 0.0)
            .map(|(_, worth)| worth)
            .sum(),
    })
}

/// The best worth over all sets of one or more places; `None` if no set is
/// feasible.
pub fn best_worth(places: &[Place], request: &Request) -> Option<f64> {
    let mut best: Option<f64> = None;
    for set in 1..1u32 << places.len() {
        let chosen: Vec<usize> = (0..places.len()).filter(|p| set >> p & 1 == 1).collect();
        let Some(worth) = worth(places, request, &chosen) else {
            continue;
        };
        let better = match request.objective {
            Objective::PCenter => best.is_none_or(|best| worth < best),
            _ => best.is_none_or(|best| worth > best),
        };
        if better {
            best = Some(worth);
        }
    }
    best
}
