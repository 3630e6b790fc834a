//! Which constraint cannot be met, and the smallest change that mends it.

use super::fault::{BaseRaise, Constraint, Fault, Remedy};
use super::instance::{BaseLimits, Instance};
use super::payable::{Decision, Raise, all_places, decide, least_raise, least_team_days};
use super::problem::Problem;
use super::tally::{Completion, Tally, cheapest_choice};

/// Steps by which a share is lowered to the highest that can be met.
const SHARE_STEPS: u32 = 10_000;

/// A choice that meets every constraint, ascending.
///
/// # Errors
/// Faults of the constraints together if there is none. Without limits of the
/// bases this is exact: the cheapest choice of a place or more that meets
/// musts, floors, share and number of places is computed
/// ([`cheapest_choice`]) and compared with the budget. With them it is as
/// exact as [`super::payable`] says. The constraint named is the first of
/// block floor by block, budget at all, musts, floors, share, bases that fails
/// beside the ones before it.
pub(super) fn check_feasible(problem: &Problem) -> Result<Vec<usize>, Vec<Fault>> {
    let instance = problem.instance();
    if !instance.open.contains(&true) {
        return Err(vec![Fault::NoneOpen {
            places: instance.places(),
        }]);
    }
    let faults = short_blocks(problem, &instance);
    if !faults.is_empty() {
        return Err(faults);
    }
    let without_bases = Instance {
        bases: None,
        ..instance
    };
    let constraint = match without_bases_unmet(problem, &without_bases) {
        Some(constraint) => constraint,
        None => match decide(&instance) {
            Decision::Found(choice) => return Ok(all_places(&instance, &choice)),
            decision => {
                let raise = least_raise(&instance).expect("without limits there is a choice");
                if raise.bases.is_empty() {
                    return Ok(raise.chosen);
                }
                bases_unmet(problem, &instance, &decision, &raise)
            }
        },
    };
    Err(vec![Fault::Infeasible {
        constraint,
        remedies: remedies(problem, &instance),
    }])
}

/// The first constraint that fails beside the ones before it, limits of the
/// bases apart.
fn without_bases_unmet(problem: &Problem, instance: &Instance) -> Option<Constraint> {
    let none = vec![0; instance.least.len()];
    let musts = Instance {
        least: &none,
        share: 0.0,
        ..*instance
    };
    let floors = Instance {
        share: 0.0,
        ..*instance
    };
    let (budget_team_days, most_places) = (instance.budget, instance.most);
    if cheapest(&musts).is_none() && instance.musts.is_empty() {
        let place = cheapest_choice(&musts).expect("a place is open").added[0];
        Some(Constraint::CheapestPlace {
            budget_team_days,
            place: problem.places()[place].id.clone(),
            team_days: instance.costs[place],
        })
    } else if cheapest(&musts).is_none() {
        Some(Constraint::Musts {
            places: instance.musts.len(),
            team_days: instance
                .musts
                .iter()
                .map(|place| instance.costs[*place])
                .sum(),
            budget_team_days,
            most_places,
        })
    } else if cheapest(&floors).is_none() {
        let unlimited = Instance {
            most: usize::MAX,
            ..floors
        };
        let least = Tally::new(unlimited)
            .completion()
            .expect("every block holds its floor and there is no share");
        Some(Constraint::Floors {
            places: least.count,
            team_days: least.team_days,
            budget_team_days,
            most_places,
        })
    } else if cheapest(instance).is_none() {
        Some(Constraint::UnderObservedShare {
            share: instance.share,
            budget_team_days,
            most_places,
        })
    } else {
        None
    }
}

/// What the bases cannot pay, where everything else can be met.
fn bases_unmet(
    problem: &Problem,
    instance: &Instance,
    decision: &Decision,
    raise: &Raise,
) -> Constraint {
    let limits = instance.bases.expect("without limits there is a choice");
    let of_musts = limits.spent(instance.costs, instance.musts);
    let short = |(base, team_days): &(usize, f64)| !instance.base_affords(*base, *team_days);
    if let Some((base, team_days)) = of_musts.into_iter().enumerate().find(short) {
        let of_base = instance.musts.iter();
        return Constraint::MustsOfBase {
            base,
            places: of_base
                .filter(|must| instance.base_of(**must) == Some(base))
                .count(),
            team_days,
            base_team_days: limits.team_days[base],
        };
    }
    let (base, team_days) = raise.bases[0];
    let base_team_days = limits.team_days[base];
    if instance.musts.is_empty() && !instance.has_floors() {
        return Constraint::CheapestPlaceOfBases {
            base,
            base_team_days,
            place: problem.places()[raise.chosen[0]].id.clone(),
            team_days,
        };
    }
    if *decision == Decision::Absent {
        Constraint::FloorsOfBases {
            base,
            team_days,
            base_team_days,
        }
    } else {
        Constraint::BasesUndecided {
            base,
            team_days,
            base_team_days,
        }
    }
}

/// A choice that meets everything, the budget and the bases too.
fn cheapest(instance: &Instance) -> Option<Completion> {
    decide(instance).found()
}

fn short_blocks(problem: &Problem, instance: &Instance) -> Vec<Fault> {
    let blocks = instance.blocks.members.iter().zip(instance.least);
    blocks
        .zip(&problem.numbers.block_names)
        .filter(|((members, least), _)| members.len() < **least)
        .map(|((members, least), name)| Fault::Infeasible {
            constraint: Constraint::BlockFloor {
                block: name.clone(),
                least: *least,
                open: members.len(),
            },
            remedies: vec![Remedy::LowerBlockFloor {
                block: name.clone(),
                to: members.len(),
            }],
        })
        .collect()
}

/// Every change of one kind that suffices alone.
fn remedies(problem: &Problem, instance: &Instance) -> Vec<Remedy> {
    [
        least_team_days(instance)
            .filter(|least| !instance.affords(*least))
            .map(|to_team_days| Remedy::RaiseBudget { to_team_days }),
        instance
            .bases
            .and_then(|limits| raised_bases(limits, least_raise(instance)?)),
        more_places(instance),
        fewer_musts(problem, instance),
        lower_floors(instance),
        lower_share(instance),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn raised_bases(limits: BaseLimits, raise: Raise) -> Option<Remedy> {
    let bases: Vec<BaseRaise> = raise
        .bases
        .iter()
        .copied()
        .map(|(base, to_team_days)| BaseRaise {
            base,
            to_team_days,
            added_team_days: to_team_days - limits.team_days[base],
        })
        .collect();
    (!bases.is_empty()).then_some(Remedy::RaiseBases {
        bases,
        fewest: raise.proven,
        least_added_team_days: raise.least_added,
    })
}

fn more_places(instance: &Instance) -> Option<Remedy> {
    let with = |most| cheapest(&Instance { most, ..*instance }).is_some();
    let (mut low, mut high) = (instance.most, instance.places());
    if low >= high || !with(high) {
        return None;
    }
    // The more places are allowed, the cheaper the floors: bisection.
    while high - low > 1 {
        let middle = low.midpoint(high);
        if with(middle) {
            high = middle;
        } else {
            low = middle;
        }
    }
    Some(Remedy::RaiseMostPlaces { to: high })
}

/// Musts dropped from the dearest down until the rest is feasible; then each
/// that can come back does, the dearest first.
fn fewer_musts(problem: &Problem, instance: &Instance) -> Option<Remedy> {
    let without = |dropped: &[usize]| {
        let musts: Vec<usize> = instance
            .musts
            .iter()
            .copied()
            .filter(|must| !dropped.contains(must))
            .collect();
        let instance = Instance {
            musts: &musts,
            ..*instance
        };
        cheapest(&instance).is_some()
    };
    let mut by_cost = instance.musts.to_vec();
    by_cost.sort_by(|a, b| {
        instance.costs[*b]
            .total_cmp(&instance.costs[*a])
            .then(a.cmp(b))
    });
    if by_cost.is_empty() || !without(&by_cost) {
        return None;
    }
    let number = (1..=by_cost.len()).find(|number| without(&by_cost[..*number]))?;
    let mut dropped = by_cost[..number].to_vec();
    for must in &by_cost[..number] {
        let fewer: Vec<usize> = dropped.iter().copied().filter(|d| d != must).collect();
        if !fewer.is_empty() && without(&fewer) {
            dropped = fewer;
        }
    }
    Some(Remedy::DropMusts {
        places: dropped
            .iter()
            .map(|place| problem.places()[*place].id.clone())
            .collect(),
    })
}

fn lower_floors(instance: &Instance) -> Option<Remedy> {
    let highest = instance.least.iter().copied().max()?;
    (0..highest).rev().find_map(|cap| {
        let least: Vec<usize> = instance
            .least
            .iter()
            .map(|least| (*least).min(cap))
            .collect();
        let capped = Instance {
            least: &least,
            ..*instance
        };
        cheapest(&capped).map(|_| Remedy::CapFloors { to: cap })
    })
}

fn lower_share(instance: &Instance) -> Option<Remedy> {
    let with = |steps: u32| {
        let share = f64::from(steps) / f64::from(SHARE_STEPS);
        cheapest(&Instance { share, ..*instance }).is_some()
    };
    if instance.share <= 0.0 || !with(0) {
        return None;
    }
    let (mut low, mut high) = (0, (instance.share * f64::from(SHARE_STEPS)).ceil() as u32);
    while high - low > 1 {
        let middle = low.midpoint(high);
        if with(middle) {
            low = middle;
        } else {
            high = middle;
        }
    }
    Some(Remedy::LowerShare {
        to: f64::from(low) / f64::from(SHARE_STEPS),
    })
}
