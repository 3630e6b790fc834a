//! Exact plans against the optima that spopt finds with `HiGHS`.
//!
//! `tests/oracle/spopt_optima.py` made the instances and their optima.

use std::path::Path;

use safeground_planning::checker::check_choice;
use safeground_planning::choose::{
    Benefit, Demand, DemandPoint, DistanceTable, Distances, FoundBy, LatLng, Method, Objective,
    Place, Problem, Request, Solver, Stopped,
};
use serde_json::Value;

use crate::harness::{exact, exact_by, greedy, place};

fn instances(file: &str) -> Vec<Value> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/oracle");
    let text = std::fs::read_to_string(folder.join(file)).unwrap();
    let read: Vec<Value> = serde_json::from_str(&text).unwrap();
    let whole = |mut instance: Value| {
        if let Some(like) = instance.get("like") {
            let other = read.iter().find(|other| other["name"] == *like).unwrap();
            for part in ["distances_km", "weights"] {
                instance[part] = other[part].clone();
            }
        }
        instance
    };
    read.iter().cloned().map(whole).collect()
}

fn asked(instance: &Value) -> (Vec<Place>, Request, f64) {
    let rows = instance["distances_km"].as_array().unwrap();
    let columns = rows[0].as_array().unwrap().len();
    let p = instance["p"].as_u64().unwrap();
    let objective = match instance["radius_km"].as_f64() {
        Some(service_radius_km) => Objective::MaximumCoverage { service_radius_km },
        None => Objective::PCenter,
    };
    let mut request = Request::new(objective, p as f64);
    let here = LatLng {
        latitude: 0.0,
        longitude: 0.0,
    };
    let points = instance["weights"]
        .as_array()
        .unwrap()
        .iter()
        .enumerate()
        .map(|(number, weight)| {
            let mean = weight.as_f64().unwrap();
            DemandPoint {
                id: format!("point:{number}"),
                position: here,
                benefit: Benefit { mean, lower: mean },
            }
        });
    request.demand = Demand::Points(points.collect());
    let km = rows
        .iter()
        .flat_map(|row| row.as_array().unwrap())
        .map(|km| km.as_f64().unwrap())
        .collect();
    request.distances = Distances::Table(DistanceTable::new(columns, km).unwrap());
    let places = (0..columns)
        .map(|number| place(&format!("place:{number}"), 0.0, 0.0, 0.0, 1.0))
        .collect();
    (places, request, instance["optimum"].as_f64().unwrap())
}

pub fn solvers() -> Vec<Solver> {
    vec![
        Solver::Microlp,
        #[cfg(feature = "highs")]
        Solver::Highs,
    ]
}

/// Every solver reaches the optimum of every instance, greedy its guarantee;
/// returns how many a solver decided, all solvers together.
fn reach_the_optimum(instances: &[Value]) -> usize {
    let mut solved = 0;
    for instance in instances {
        let (places, request, optimum) = asked(instance);
        let problem = Problem::new(places.clone(), request.clone()).unwrap();
        let mut methods: Vec<Method> = solvers().into_iter().map(exact_by).collect();
        methods.push(greedy());
        for (number, method) in methods.iter().enumerate() {
            let plan = problem.choose(method);
            let name = &instance["name"];
            assert_eq!(check_choice(&places, &request, &plan), [], "{name}");
            let is_greedy = number + 1 == methods.len();
            // spopt's figures are kept to six places.
            let close = 2e-6 * optimum.max(1.0);
            if !is_greedy {
                assert_eq!(plan.stopped, Stopped::Proven, "{name}: {plan:?}");
                solved += usize::from(plan.found_by != FoundBy::Greedy);
                assert!(
                    (plan.value - optimum).abs() <= close,
                    "{name}: {plan:?} {optimum}"
                );
            } else if request.objective == Objective::PCenter {
                assert!(plan.bound <= optimum + close && plan.value >= optimum - close);
            } else {
                assert!(plan.bound >= optimum - close && plan.value <= optimum + close);
                assert!(plan.value >= plan.guarantee.unwrap() * optimum, "{name}");
            }
        }
    }
    solved
}

#[test]
fn exact_plans_reach_the_optimum_of_spopt_on_random_instances() {
    let instances = instances("random.json");
    assert_eq!(instances.len(), 20);
    let solved = reach_the_optimum(&instances);
    // The others were proven best by the bound before a solver was asked.
    assert!(solved >= 8 * solvers().len(), "only {solved} by a solver");
}

/// The lattice of spopt's tests (five facilities) and of its notebooks (ten).
fn examples(kind: &str, facilities: u32) -> Vec<Value> {
    let begins = format!("{kind} of {facilities},");
    let mut all = instances("examples.json");
    all.retain(|instance| instance["name"].as_str().unwrap().starts_with(&begins));
    all
}

#[test]
fn exact_plans_cover_as_much_as_spopt_on_the_lattice_of_its_tests() {
    let instances = examples("mclp", 5);
    assert_eq!(instances.len(), 9);
    reach_the_optimum(&instances);
}

#[test]
fn exact_plans_cover_as_much_as_spopt_on_the_lattice_of_its_notebook() {
    let instances = examples("mclp", 10);
    assert_eq!(instances.len(), 9);
    reach_the_optimum(&instances);
}

#[test]
fn exact_centers_are_as_near_as_those_of_spopt_on_the_lattice_of_its_tests() {
    let instances = examples("p-center", 5);
    assert_eq!(instances.len(), 3);
    reach_the_optimum(&instances);
}

#[test]
fn exact_centers_are_as_near_as_those_of_spopt_on_the_lattice_of_its_notebook() {
    let instances = examples("p-center", 10);
    assert_eq!(instances.len(), 3);
    reach_the_optimum(&instances);
}

#[test]
fn one_client_of_the_lattice_is_left_uncovered_as_the_tests_of_spopt_say() {
    // Four of five facilities within 7: 99 of 100 clients.
    let instance = examples("mclp", 5)
        .into_iter()
        .find(|instance| instance["p"] == 4 && instance["radius_km"] == 7)
        .unwrap();
    let (places, request, _) = asked(&instance);
    let Distances::Table(table) = request.distances.clone() else {
        panic!("no table");
    };
    let plan = Problem::new(places, request).unwrap().choose(&exact());
    let is_covered = |demand: &usize| plan.chosen.iter().any(|at| table.km(*demand, *at) <= 7.0);
    assert_eq!((0..100).filter(is_covered).count(), 99);
}
