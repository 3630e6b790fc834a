//! Whether budget and bases can pay for what musts, floors and share need.
//!
//! Without team-days of bases the cheapest choice decides exactly. With them
//! it still does in three cases: it costs more than the budget; every base can
//! pay its part of it; or it is cheapest at each base too, because no share is
//! asked and no block that lacks places has some at two bases. The question
//! in general is as hard as the partition problem. There a repair of the
//! cheapest choice is tried, then a mixed-integer program over the places that
//! can matter, which decides up to its limits, and beyond them a price for the
//! days of each base ([`super::base_prices`]), which finds a choice, or proves
//! that there is none, in most cases. Where it does neither the question stays
//! open, and is treated as one without an answer.

use super::base_prices::{Aim, by_prices};
use super::exact::PlaceProgram;
use super::instance::{BaseLimits, Instance, ROUNDING};
use super::milp::{self, Answer, Limits, Solver};
use super::spread::spread;
use super::tally::{Completion, Tally, cheapest_choice};

/// Most coefficients of the program that decides.
const MOST_COEFFICIENTS: usize = 30_000;

/// Most nodes of its search, and most coefficients times nodes; a limit of time
/// would make the answer depend on the machine.
const MOST_NODES: usize = 2_000;
const MOST_WORK: usize = 2_000_000;

/// Whether there is a choice that meets every constraint.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Decision {
    /// This one does. What it adds to the musts is stated.
    Found(Completion),
    /// There is none: proven.
    Absent,
    /// None was found within the limits of the search.
    Open,
}

impl Decision {
    pub(super) fn found(self) -> Option<Completion> {
        match self {
            Self::Found(choice) => Some(choice),
            Self::Absent | Self::Open => None,
        }
    }
}

/// Decides whether a choice of at least one place meets every constraint.
pub(super) fn decide(instance: &Instance) -> Decision {
    match quickly(instance) {
        Some(decision) => decision,
        None => match spread(&Tally::new(*instance)) {
            Some(choice) => Decision::Found(choice),
            None => match by_program(instance) {
                Decision::Open => decide_by_prices(instance),
                decided => decided,
            },
        },
    }
}

fn decide_by_prices(instance: &Instance) -> Decision {
    let useful = useful_places(instance);
    let (Some(limits), Some(priced)) = (instance.bases, by_prices(instance, &useful, Aim::Decide))
    else {
        return Decision::Open;
    };
    match priced.found {
        Some(choice) => Decision::Found(choice),
        None if priced.is_absent(limits) => Decision::Absent,
        None => Decision::Open,
    }
}

/// The least team-days in all of a choice that meets everything but the
/// budget, the bases included; an upper bound where the program meets its
/// limits. `None` if no such choice is found.
pub(super) fn least_team_days(instance: &Instance) -> Option<f64> {
    let unlimited = Instance {
        budget: f64::INFINITY,
        ..*instance
    };
    let decision = quickly(&unlimited).unwrap_or_else(|| match by_program(&unlimited) {
        Decision::Open => spread(&Tally::new(unlimited)).map_or(Decision::Open, Decision::Found),
        decided => decided,
    });
    decision.found().map(|choice| choice.team_days)
}

/// All places of a choice, ascending.
pub(super) fn all_places(instance: &Instance, choice: &Completion) -> Vec<usize> {
    let mut places = instance.musts.to_vec();
    places.extend(&choice.added);
    places.sort_unstable();
    places
}

/// A choice of at least one place that meets every constraint, as a problem
/// has.
pub(super) fn known_choice(instance: &Instance) -> Option<Vec<usize>> {
    match instance.bases {
        None => cheapest_choice(instance).map(|choice| all_places(instance, &choice)),
        Some(bases) => Some(bases.witness.to_vec()),
    }
}

/// The cases that need no search.
fn quickly(instance: &Instance) -> Option<Decision> {
    let Some(least) = cheapest_choice(instance) else {
        return Some(Decision::Absent);
    };
    if !instance.affords(least.team_days) {
        return Some(Decision::Absent);
    }
    let musts = Tally::new(*instance);
    if instance.bases.is_none() || musts.bases_pay(&least.added) {
        return Some(Decision::Found(least));
    }
    if !musts.bases_pay(&[]) {
        return Some(Decision::Absent);
    }
    if nothing_demanded(instance) {
        // One place alone meets every share if it is under-observed, and every
        // choice with a share has such a place.
        let cheapest = single_places(instance)
            .filter(|place| musts.bases_pay(&[*place]))
            .min_by(|a, b| instance.costs[*a].total_cmp(&instance.costs[*b]))
            .filter(|place| instance.affords(instance.costs[*place]));
        return Some(cheapest.map_or(Decision::Absent, |place| {
            Decision::Found(Completion {
                team_days: instance.costs[place],
                count: 1,
                added: vec![place],
            })
        }));
    }
    is_separate(instance, &musts).then_some(Decision::Absent)
}

/// Whether no must, floor or share asks for a place by itself.
fn nothing_demanded(instance: &Instance) -> bool {
    instance.musts.is_empty() && !instance.has_floors()
}

/// Places that make a choice alone where nothing is demanded.
fn single_places(instance: &Instance) -> impl Iterator<Item = usize> {
    let (open, under_observed) = (instance.open, instance.under_observed);
    let any = instance.share <= 0.0;
    (0..instance.places()).filter(move |place| open[*place] && (any || under_observed[*place]))
}

/// Whether the cheapest choice costs least at each base too.
fn is_separate(instance: &Instance, musts: &Tally) -> bool {
    instance.share <= 0.0
        && instance
            .blocks
            .members
            .iter()
            .enumerate()
            .filter(|(block, _)| musts.lacking(*block) > 0)
            .all(|(_, members)| {
                let mut bases = members.iter().map(|p| instance.base_of(*p as usize));
                let first = bases.next();
                bases.all(|base| Some(base) == first)
            })
}

fn by_program(instance: &Instance) -> Decision {
    let useful = useful_places(instance);
    let reduced = Instance {
        open: &useful,
        ..*instance
    };
    let model = PlaceProgram::cheapest(&reduced);
    let Some(answer) = solved(&model) else {
        return Decision::Open;
    };
    let beyond = |bound: f64| {
        let affordable = instance.budget + ROUNDING * instance.budget.max(1.0);
        // Solvers stop within about a millionth of the optimum.
        bound > affordable * (1.0 + 1e-6)
    };
    match answer {
        Answer::Infeasible => Decision::Absent,
        Answer::Found { values, bound, .. } => match model.chosen(&reduced, &values) {
            Some(chosen) => Decision::Found(beside_musts(instance, &chosen)),
            None if beyond(bound) => Decision::Absent,
            None => Decision::Open,
        },
        Answer::Nothing { bound } if bound.is_some_and(beyond) => Decision::Absent,
        Answer::Nothing { .. } => Decision::Open,
    }
}

/// The answer within the limits; `None` if the model is too large or the
/// solver fails.
fn solved(model: &PlaceProgram) -> Option<Answer> {
    let coefficients = model.program.coefficients();
    if coefficients > MOST_COEFFICIENTS {
        return None;
    }
    let nodes = (MOST_WORK / coefficients.max(1)).min(MOST_NODES);
    let limits = Limits {
        time: None,
        nodes: Some(nodes as u64),
    };
    milp::solve(&model.program, Solver::default(), limits, None).ok()
}

fn beside_musts(instance: &Instance, chosen: &[usize]) -> Completion {
    let added: Vec<usize> = chosen
        .iter()
        .copied()
        .filter(|place| instance.musts.binary_search(place).is_err())
        .collect();
    Completion {
        team_days: chosen.iter().map(|place| instance.costs[*place]).sum(),
        count: chosen.len(),
        added,
    }
}

/// Open places among which a choice is found if there is one at all.
///
/// Of places of the same block and base that are all under-observed, or all
/// not, the cheaper one always does as well. A choice that cannot spare any
/// place has at most as many that are not under-observed beside the musts in
/// a block as its floor; if it has `n` of these in all and the share is `s`,
/// it has at most `1 + n s ÷ (1 − s)` under-observed places, or none in a
/// block above its floor.
fn useful_places(instance: &Instance) -> Vec<bool> {
    let mut useful = vec![false; instance.places()];
    for must in instance.musts {
        useful[*must] = true;
    }
    let of_musts = instance.musts.iter();
    let others = of_musts
        .filter(|must| !instance.under_observed[**must])
        .count()
        + instance.least.iter().sum::<usize>();
    let share = instance.share;
    let for_share = if share > 0.0 && share < 1.0 {
        1 + (others as f64 * share / (1.0 - share)).ceil() as usize
    } else {
        0
    };
    let bases = instance.bases.map_or(1, |bases| bases.team_days.len());
    let mut kept = vec![[0usize; 2]; bases];
    for (members, least) in instance.blocks.members.iter().zip(instance.least) {
        kept.fill([0; 2]);
        for place in members.iter().map(|place| *place as usize) {
            if instance.musts.binary_search(&place).is_ok() {
                continue;
            }
            let under_observed = instance.under_observed[place];
            let most = if under_observed {
                (*least).max(for_share)
            } else {
                *least
            };
            let kept = &mut kept[instance.base_of(place).unwrap_or(0)][usize::from(under_observed)];
            if *kept < most {
                *kept += 1;
                useful[place] = true;
            }
        }
    }
    useful
}

/// Team-days that bases need at least.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Raise {
    /// Bases that have too few, with what suffices, in the order of the bases.
    pub bases: Vec<(usize, f64)>,
    /// A choice that is then possible, ascending.
    pub chosen: Vec<usize>,
    /// No other figures need fewer team-days added, in all.
    pub least_added: f64,
    /// Whether these need no more than that.
    pub proven: bool,
}

/// The fewest team-days added to bases, in all, with which there is a choice.
/// `None` if none is found even without limits of the bases.
pub(super) fn least_raise(instance: &Instance) -> Option<Raise> {
    let limits = instance.bases?;
    let free = Instance {
        bases: None,
        ..*instance
    };
    let cheapest = decide(&free).found()?;
    if nothing_demanded(instance) {
        let excess = |place: &usize| instance.costs[*place] - limits.team_days_of(*place);
        let place = single_places(instance)
            .filter(|place| instance.affords(instance.costs[*place]))
            .min_by(|a, b| excess(a).total_cmp(&excess(b)))?;
        return Some(raise_to(instance, limits, vec![place], None));
    }
    if !is_separate(instance, &Tally::new(*instance)) {
        let useful = useful_places(instance);
        let model = PlaceProgram::least_overdraft(&Instance {
            open: &useful,
            ..*instance
        });
        let mut choices = vec![all_places(instance, &cheapest)];
        if let Some(Answer::Found { values, proven, .. }) = solved(&model)
            && let Some(chosen) = model.chosen(&free, &values)
        {
            if proven {
                return Some(raise_to(instance, limits, chosen, None));
            }
            choices.push(chosen);
        }
        let priced = by_prices(instance, &useful, Aim::FewestDays)?;
        choices.extend(priced.nearest);
        choices.extend(priced.found.map(|found| all_places(instance, &found)));
        let raises = choices
            .into_iter()
            .map(|chosen| raise_to(instance, limits, chosen, Some(priced.least_overdraft)));
        return raises.min_by(|a, b| a.added(limits).total_cmp(&b.added(limits)));
    }
    let chosen = all_places(instance, &cheapest);
    Some(raise_to(instance, limits, chosen, None))
}

impl Raise {
    /// Team-days added in all.
    fn added(&self, limits: BaseLimits) -> f64 {
        let bases = self.bases.iter();
        bases
            .map(|(base, team_days)| team_days - limits.team_days[*base])
            .sum()
    }
}

/// What the bases need for `chosen`, where that is more than they have: the
/// fewest days unless a bound is given that they exceed.
fn raise_to(
    instance: &Instance,
    limits: BaseLimits,
    chosen: Vec<usize>,
    bound: Option<f64>,
) -> Raise {
    let spent = limits.spent(instance.costs, &chosen);
    let short = spent.into_iter().enumerate();
    let mut raise = Raise {
        bases: short
            .filter(|(base, team_days)| !instance.base_affords(*base, *team_days))
            .collect(),
        chosen,
        least_added: 0.0,
        proven: true,
    };
    let added = raise.added(limits);
    raise.least_added = bound.map_or(added, |bound| bound.min(added));
    raise.proven = added <= raise.least_added + 1e-6 * added.max(1.0);
    raise
}
