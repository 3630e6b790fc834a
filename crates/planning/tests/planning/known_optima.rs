//! Exact plans against the optima that spopt finds with `HiGHS`.
//!
//! `tests/oracle/spopt_optima.py` made the instances and their optima; every
//! `.json` file beside it is read.

use std::path::Path;

use safeground_planning::checker::check_choice;
use safeground_planning::choose::{
    Benefit, Demand, DemandPoint, DistanceTable, Distances, FoundBy, LatLng, Method, Objective,
    Place, Problem, Request, Solver, Stopped,
};
use serde_json::Value;

use crate::harness::{exact_by, greedy, place};

fn instances() -> Vec<Value> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/oracle");
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "json"))
        .collect();
    files.sort();
    files
        .iter()
        .flat_map(|file| {
            let text = std::fs::read_to_string(file).unwrap();
            serde_json::from_str::<Vec<Value>>(&text).unwrap()
        })
        .collect()
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

#[test]
fn exact_plans_reach_the_optimum_of_spopt() {
    let instances = instances();
    assert!(instances.len() >= 20);
    let mut solved = 0;
    for instance in &instances {
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
    } // The others were proven best by the bound before a solver was asked.
    assert!(solved >= 8 * solvers().len(), "only {solved} by a solver");
}
