//! A checked question, ready to be answered.

use std::collections::BTreeMap;

use serde::Serialize;

use super::base::BaseDays;
use super::check::{check_places, check_settings, indexed};
use super::cost::Cost;
use super::coverage::Coverage;
use super::diagnosis::check_feasible;
use super::distance::great_circle_km;
use super::fault::Fault;
use super::instance::{Blocks, Instance};
use super::place::{Benefit, LatLng, Place};
use super::request::{Demand, Distances, Measure, Objective, Request};
use crate::PlanningError;

/// Whether a place may be chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Standing {
    /// As the plan finds best.
    Free,
    /// It must be chosen.
    Must,
    /// The planner bars it.
    MustNot,
    /// It lies in the territory of a partner who does not take part.
    LeftToPartner,
}

/// A question that has at least one answer.
#[derive(Debug, Clone)]
pub struct Problem {
    places: Vec<Place>,
    request: Request,
    standings: Vec<Standing>,
    costs: Vec<Cost>,
    remaining: Vec<f64>,
    pub(super) numbers: Numbers,
}

/// The numbers of the question, as the solvers need them.
#[derive(Debug, Clone)]
pub(super) struct Numbers {
    pub team_days: Vec<f64>,
    pub open: Vec<bool>,
    pub musts: Vec<usize>,
    pub blocks: Blocks,
    pub block_names: Vec<String>,
    pub least: Vec<usize>,
    pub under_observed: Vec<bool>,
    pub under_observed_by_cost: Vec<u32>,
    pub weights: Vec<f64>,
    pub covers: Coverage,
    /// `None` where bases are not limited.
    pub bases: Option<BaseDays>,
    /// `None` where it equals `covers`, as between the places themselves.
    covered_by: Option<Coverage>,
}

impl Problem {
    /// Checks candidates and request, and prepares the answer: costs, what
    /// remains of benefits after earlier visits, who covers whom.
    ///
    /// # Errors
    /// [`PlanningError::Faults`] with every fault found. Constraints are
    /// examined together only once every number and identifier is in order.
    pub fn new(places: Vec<Place>, request: Request) -> Result<Self, PlanningError> {
        let mut faults = check_places(&places);
        faults.extend(check_settings(&places, &request));
        if !faults.is_empty() {
            return Err(PlanningError::Faults(faults));
        }
        let standings = standings(&places, &request).map_err(PlanningError::Faults)?;
        let costs = costs(&places, &request).map_err(PlanningError::Faults)?;
        let remaining: Vec<f64> = places
            .iter()
            .map(|place| {
                request
                    .decay
                    .map_or(1.0, |decay| decay.remaining(&place.visits))
            })
            .collect();
        let numbers = Numbers::new(&places, &request, &standings, &costs, &remaining);
        let mut problem = Self {
            places,
            request,
            standings,
            costs,
            remaining,
            numbers,
        };
        let witness = check_feasible(&problem).map_err(PlanningError::Faults)?;
        if let Some(bases) = &mut problem.numbers.bases {
            bases.set_witness(witness);
        }
        Ok(problem)
    }

    /// The candidates, in the order given: plans name them by their number.
    #[must_use]
    pub fn places(&self) -> &[Place] {
        &self.places
    }

    /// The request.
    #[must_use]
    pub fn request(&self) -> &Request {
        &self.request
    }

    /// Whether a place may be chosen.
    #[must_use]
    pub fn standing(&self, place: usize) -> Standing {
        self.standings[place]
    }

    /// What a visit costs.
    #[must_use]
    pub fn cost(&self, place: usize) -> Cost {
        self.costs[place]
    }

    /// Share of the benefit of a place that remains after earlier visits.
    #[must_use]
    pub fn remaining(&self, place: usize) -> f64 {
        self.remaining[place]
    }

    /// Benefit of a place by the measure of the request, as much as remains of
    /// it after earlier visits.
    #[must_use]
    pub fn score(&self, place: usize) -> f64 {
        let benefit = self.places[place].benefit;
        let measured = match self.request.measure {
            Measure::Mean => benefit.mean,
            Measure::Lower => benefit.lower,
        };
        measured * self.remaining[place]
    }

    /// Number of demand points.
    #[must_use]
    pub fn demand_points(&self) -> usize {
        self.numbers.weights.len()
    }

    /// Distance of a demand point from a place.
    #[must_use]
    pub fn distance_km(&self, demand: usize, place: usize) -> f64 {
        match &self.request.distances {
            Distances::Table(table) => table.km(demand, place),
            Distances::GreatCircle => {
                great_circle_km(self.demand_position(demand), self.places[place].position)
            }
        }
    }

    pub(super) fn demand_position(&self, demand: usize) -> LatLng {
        match &self.request.demand {
            Demand::AtPlaces => self.places[demand].position,
            Demand::Points(points) => points[demand].position,
        }
    }

    /// Whether a demand point is this plan's to serve.
    pub(super) fn serves(&self, demand: usize) -> bool {
        match self.request.demand {
            Demand::AtPlaces => self.standings[demand] != Standing::LeftToPartner,
            Demand::Points(_) => true,
        }
    }

    /// Benefits of the demand points as they count: `benefits` after decay, and
    /// zero where a partner serves.
    pub(super) fn effective(&self, benefits: &[f64]) -> Vec<f64> {
        benefits
            .iter()
            .enumerate()
            .map(|(demand, benefit)| match self.request.demand {
                Demand::Points(_) => *benefit,
                Demand::AtPlaces if self.serves(demand) => benefit * self.remaining[demand],
                Demand::AtPlaces => 0.0,
            })
            .collect()
    }

    /// The numbers for the solvers.
    pub(super) fn instance(&self) -> Instance<'_> {
        let numbers = &self.numbers;
        Instance {
            costs: &numbers.team_days,
            open: &numbers.open,
            musts: &numbers.musts,
            blocks: &numbers.blocks,
            least: &numbers.least,
            under_observed: &numbers.under_observed,
            under_observed_by_cost: &numbers.under_observed_by_cost,
            share: self.request.floors.under_observed_share,
            budget: self.request.budget_team_days,
            bases: numbers.bases.as_ref().map(BaseDays::limits),
            most: self.request.most_places.unwrap_or(self.places.len()),
            weights: &numbers.weights,
            covers: &numbers.covers,
            covered_by: numbers.covered_by.as_ref().unwrap_or(&numbers.covers),
        }
    }
}

impl Numbers {
    fn new(
        places: &[Place],
        request: &Request,
        standings: &[Standing],
        costs: &[Cost],
        remaining: &[f64],
    ) -> Self {
        let team_days: Vec<f64> = costs.iter().map(Cost::team_days).collect();
        let open: Vec<bool> = standings
            .iter()
            .map(|standing| matches!(standing, Standing::Free | Standing::Must))
            .collect();
        let musts = (0..places.len())
            .filter(|place| standings[*place] == Standing::Must)
            .collect();
        let under_observed: Vec<bool> = places.iter().map(|place| place.under_observed).collect();
        let (blocks, block_names) = blocks(places, &open, &team_days);
        let mut least: Vec<usize> = block_names
            .iter()
            .map(|name| {
                let floors = &request.floors;
                *floors
                    .least_in_block
                    .get(name)
                    .unwrap_or(&floors.least_per_block)
            })
            .collect();
        let mut ours = vec![false; least.len()];
        for (place, standing) in standings.iter().enumerate() {
            if *standing != Standing::LeftToPartner {
                ours[blocks.of[place] as usize] = true;
            }
        }
        for (least, ours) in least.iter_mut().zip(ours) {
            if !ours {
                *least = 0;
            }
        }
        let mut under_observed_by_cost: Vec<u32> = (0u32..)
            .take(places.len())
            .filter(|place| open[*place as usize] && under_observed[*place as usize])
            .collect();
        under_observed_by_cost.sort_by(|a, b| {
            team_days[*a as usize]
                .total_cmp(&team_days[*b as usize])
                .then(a.cmp(b))
        });
        let weights = weights(places, request, standings, remaining);
        let (covers, covered_by) = coverage(places, request, weights.len());
        let bases = (!request.base_team_days.is_empty())
            .then(|| BaseDays::new(places, &request.bases, &request.base_team_days));
        Self {
            team_days,
            open,
            musts,
            blocks,
            block_names,
            least,
            under_observed,
            under_observed_by_cost,
            weights,
            covers,
            bases,
            covered_by,
        }
    }
}

fn standings(places: &[Place], request: &Request) -> Result<Vec<Standing>, Vec<Fault>> {
    let numbers = indexed(places);
    let mut faults = Vec::new();
    let mut standings: Vec<Standing> = places
        .iter()
        .map(|place| match &place.partner {
            Some(partner) if !request.partners.contains(partner) => Standing::LeftToPartner,
            _ => Standing::Free,
        })
        .collect();
    for id in &request.must_nots {
        let place = numbers[id.as_str()];
        if standings[place] == Standing::Free {
            standings[place] = Standing::MustNot;
        }
    }
    for id in &request.musts {
        let place = numbers[id.as_str()];
        match standings[place] {
            Standing::Free | Standing::Must => standings[place] = Standing::Must,
            Standing::MustNot => faults.push(Fault::Contradiction { place: id.clone() }),
            Standing::LeftToPartner => faults.push(Fault::MustOfPartner {
                place: id.clone(),
                partner: places[place].partner.clone().unwrap_or_default(),
            }),
        }
    }
    if faults.is_empty() {
        Ok(standings)
    } else {
        Err(faults)
    }
}

fn costs(places: &[Place], request: &Request) -> Result<Vec<Cost>, Vec<Fault>> {
    let costs: Vec<Option<Cost>> = places
        .iter()
        .map(|place| {
            Cost::of(
                place.effort,
                place.position,
                request.pace.as_ref(),
                &request.bases,
            )
        })
        .collect();
    let missing: Vec<Fault> = places
        .iter()
        .zip(&costs)
        .filter(|(_, cost)| cost.is_none())
        .map(|(place, _)| Fault::NoPace {
            place: place.id.clone(),
        })
        .collect();
    if missing.is_empty() {
        Ok(costs.into_iter().flatten().collect())
    } else {
        Err(missing)
    }
}

fn blocks(places: &[Place], open: &[bool], team_days: &[f64]) -> (Blocks, Vec<String>) {
    let mut numbers: BTreeMap<&str, u32> = places
        .iter()
        .map(|place| (place.block.as_str(), 0))
        .collect();
    for (number, value) in (0u32..).zip(numbers.values_mut()) {
        *value = number;
    }
    let of: Vec<u32> = places
        .iter()
        .map(|place| numbers[place.block.as_str()])
        .collect();
    let mut members: Vec<Vec<u32>> = vec![Vec::new(); numbers.len()];
    for (place, number) in (0..places.len()).zip(0u32..) {
        if open[place] {
            members[of[place] as usize].push(number);
        }
    }
    for block in &mut members {
        block.sort_by(|a, b| {
            let key = |place: u32| !places[place as usize].under_observed;
            team_days[*a as usize]
                .total_cmp(&team_days[*b as usize])
                .then(key(*a).cmp(&key(*b)))
                .then(a.cmp(b))
        });
    }
    let names = numbers.keys().map(|name| (*name).to_owned()).collect();
    (Blocks { of, members }, names)
}

fn weights(
    places: &[Place],
    request: &Request,
    standings: &[Standing],
    remaining: &[f64],
) -> Vec<f64> {
    let measured = |benefit: &Benefit| match request.measure {
        Measure::Mean => benefit.mean,
        Measure::Lower => benefit.lower,
    };
    match &request.demand {
        Demand::Points(points) => points
            .iter()
            .map(|point| measured(&point.benefit))
            .collect(),
        Demand::AtPlaces => places
            .iter()
            .zip(standings)
            .zip(remaining)
            .map(|((place, standing), remaining)| {
                if *standing == Standing::LeftToPartner {
                    0.0
                } else {
                    measured(&place.benefit) * remaining
                }
            })
            .collect(),
    }
}

/// Who covers whom, and the other way round where it differs.
fn coverage(places: &[Place], request: &Request, demand: usize) -> (Coverage, Option<Coverage>) {
    let Objective::MaximumCoverage { service_radius_km } = request.objective else {
        // At the p-center nobody is covered or not; at weighted benefit each
        // place covers itself.
        return match request.objective {
            Objective::WeightedBenefit => (Coverage::identity(places.len()), None),
            _ => {
                let none = |rows| Coverage::from_lists((0..rows).map(|_| std::iter::empty()));
                (none(places.len()), Some(none(demand)))
            }
        };
    };
    let positions: Vec<LatLng> = places.iter().map(|place| place.position).collect();
    let covers = match (&request.distances, &request.demand) {
        (Distances::Table(table), _) => Coverage::from_table(table, service_radius_km),
        (Distances::GreatCircle, Demand::AtPlaces) => {
            let covers = Coverage::within_radius(&positions, &positions, service_radius_km);
            return (covers, None);
        }
        (Distances::GreatCircle, Demand::Points(points)) => {
            let points: Vec<LatLng> = points.iter().map(|point| point.position).collect();
            Coverage::within_radius(&positions, &points, service_radius_km)
        }
    };
    let covered_by = covers.transposed(demand);
    (covers, Some(covered_by))
}
