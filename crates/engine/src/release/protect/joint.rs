//! Exact counts and bands of places: all audiences and layers of a theme as
//! one system of sums, decided once for each period.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rayon::prelude::*;
use safeground_privacy::noise::NoiseSeed;
use safeground_privacy::suppression::{
    self, Decision, SealedDecisions, SuppressionReport, SuppressionRules, TablesBuilder,
};
use safeground_privacy::{Audience, AudiencePolicy, Policy, Protected, Protection};
use safeground_schema::Period;
use safeground_schema::Theme;
use safeground_schema::release::CountProtection;

use super::board::{Board, Side, bands, boards_of, floor, least, sees_bands, sees_share};
use super::by_class::{self, ClassBlock, homogeneous_classes};
use super::homogeneity::Homogeneous;
use super::system::{Link, OtherwiseTo, protect_boards};
use super::{Closed, Reports, Shown, allowed, without_noise};
use crate::EngineError;
use crate::count::{ExactCounts, LayerKey};
use crate::score::CountBlock;

/// What was decided before, by layer with side, theme and period.
pub(crate) type Kept = BTreeMap<(String, String, String), Vec<Decision>>;

/// What joint suppression gives.
pub(crate) struct Joint {
    /// Blocks by audience.
    pub(crate) blocks: BTreeMap<Audience, Vec<CountBlock>>,
    /// How counts are shown, by audience, layer and theme.
    pub(crate) shown: BTreeMap<Audience, BTreeMap<(String, String), Shown>>,
    /// Counts by class, for researchers.
    pub(crate) classes: Vec<ClassBlock>,
    /// Proof of protection.
    pub(crate) proof: Protection,
    /// What was decided now and has to be kept before it is told.
    pub(crate) decided: Vec<SealedDecisions>,
    /// What was done now, by theme; for the steward alone.
    pub(crate) reports: Reports,
}

/// Protects the counts of places for all audiences together, consuming them.
///
/// The system of a theme knows, for every closed period, that a place is the
/// sum of the places of the next finer layer in it and of what is known by the
/// wider place alone. A place has one cell, whoever sees it: its count goes to
/// those who see counts, its band to those who see bands, and the audit holds
/// off a reader who has both. All audiences of the policy are in it, whether or
/// not they get a release now. Themes have no sums in common, and nor have the
/// units of the widest layer, so each is a system of its own.
///
/// A period that was decided before stays as it was decided.
///
/// # Errors
/// [`EngineError::Suppression`] where a cell cannot be protected; nothing is
/// released then.
pub(crate) fn protect_jointly(
    exact: Option<ExactCounts>,
    policy: &Policy,
    closed: Closed,
    kept: &Kept,
    seed: &NoiseSeed,
) -> Result<Joint, EngineError> {
    let rules = policy
        .concentration
        .added_to(SuppressionRules::new(&policy.research))?;
    let nothing = TablesBuilder::new().build();
    let (_, proof, _) = suppression::protect_jointly(nothing, &rules)?;
    let mut joint = Joint {
        blocks: BTreeMap::new(),
        shown: BTreeMap::new(),
        classes: Vec::new(),
        proof,
        decided: Vec::new(),
        reports: Reports::new(),
    };
    let Some(exact) = exact else {
        return Ok(joint);
    };
    let themes = exact.themes().to_vec();
    let homogeneous = Homogeneous::find(&exact, policy, closed);
    let by_class = by_class::Ground {
        exact: &exact,
        policy,
        closed,
        homogeneous: &homogeneous_classes(&exact, policy, closed),
        kept,
        seed,
        rules: &rules,
        proof: &joint.proof,
    };
    let done: Vec<_> = themes
        .par_iter()
        .map(|theme| {
            let boards = boards_of(&exact, theme, policy, closed, &homogeneous);
            let open = open(&boards, theme, kept);
            let (decided, sealed, report) = decide(&boards, &open, theme, kept, seed, &rules)?;
            let classes = by_class.decide(theme, &boards, &decided, &open)?;
            Ok((boards, decided, sealed, report, classes))
        })
        .collect::<Result<_, EngineError>>()?;
    for (theme, (boards, decided, sealed, report, classes)) in themes.iter().zip(done) {
        joint.decided.extend(sealed);
        joint.classes.extend(classes.0);
        joint.decided.extend(classes.1);
        joint.reports.insert(theme.clone(), report);
        for audience in Audience::ALL {
            for (shown, block) in seen_by(
                policy.audience(audience),
                &boards,
                &decided,
                theme,
                &joint.proof,
            ) {
                let key = (block.units().key.to_string(), theme.to_string());
                let shown = Shown {
                    protection: shown,
                    noise_standard_deviation: None,
                };
                joint.shown.entry(audience).or_default().insert(key, shown);
                joint.blocks.entry(audience).or_default().push(block);
            }
        }
    }
    Ok(joint)
}

/// Decisions of every board, by slot and unit.
type Decided = Vec<Vec<Vec<Decision>>>;

/// Which periods of boards are to be decided now.
///
/// A period of which any layer was decided is decided: a layer that is new in
/// the policy or whose places changed has no counts of it.
fn open(boards: &[Board<'_>], theme: &Theme, kept: &Kept) -> Vec<Vec<bool>> {
    let told = |period: Period| {
        let (theme, period) = (theme.to_string(), period.to_string());
        kept.keys().any(|(_, of, at)| *of == theme && *at == period)
    };
    let of_board = |board: &Board<'_>| {
        let periods = board.blocks.iter().map(|(period, _)| *period);
        periods.map(|period| !told(period)).collect()
    };
    boards.iter().map(of_board).collect()
}

/// Decides what may be shown of a theme; what is new of it, and what was done.
fn decide(
    boards: &[Board<'_>],
    open: &[Vec<bool>],
    theme: &Theme,
    kept: &Kept,
    seed: &NoiseSeed,
    rules: &SuppressionRules,
) -> Result<(Decided, Vec<SealedDecisions>, SuppressionReport), EngineError> {
    let links: Vec<Link> = (1..boards.len())
        .filter(|fine| boards[fine - 1].side == boards[*fine].side)
        .map(|fine| Link::Places {
            wide: fine - 1,
            fine,
        })
        .collect();
    let (filled, report) = protect_boards(boards, &links, open, rules, OtherwiseTo::Refuse)?;
    let mut sealed = Vec::new();
    let mut decided = Vec::new();
    for (number, board) in boards.iter().enumerate() {
        let mut slots = Vec::new();
        for (slot, (period, _)) in board.blocks.iter().enumerate() {
            let subject = board.subject(theme, *period);
            let key = (
                subject.layer.clone(),
                subject.theme.clone(),
                subject.period.clone(),
            );
            let decisions = if open[number][slot] {
                let cells: Vec<Protected> = filled[number][slot]
                    .iter()
                    .map(|cell| cell.expect("every unit of an open period is in one group"))
                    .collect();
                let new = SealedDecisions::seal(subject, &cells, seed);
                sealed.push(new.clone());
                new.open(seed)?.1
            } else {
                kept.get(&key)
                    .filter(|decisions| decisions.len() == board.units.len())
                    .cloned()
                    .unwrap_or_else(|| vec![Decision::default(); board.units.len()])
            };
            slots.push(decisions);
        }
        decided.push(slots);
    }
    Ok((decided, sealed, report))
}

/// The blocks of one audience with how they are shown.
fn seen_by(
    policy: &AudiencePolicy,
    boards: &[Board<'_>],
    decided: &Decided,
    theme: &Theme,
    proof: &Protection,
) -> Vec<(CountProtection, CountBlock)> {
    let mut blocks = Vec::new();
    for (number, board) in boards.iter().enumerate() {
        let key = &board.units.key;
        let listed = match key {
            LayerKey::Place(layer) => policy.allows_level(layer.level.as_str(), false),
            LayerKey::H3(_) => false,
        };
        if board.side == Side::Rest
            || !listed
            || !without_noise(policy, theme)
            || !allowed(policy, key, theme)
        {
            continue;
        }
        let rest = boards
            .iter()
            .position(|other| other.side == Side::Rest && other.units.key == *key)
            .filter(|_| sees_share(theme, policy));
        let floor = floor(theme, policy) as f64;
        let inhabited: Vec<bool> = board
            .units
            .population
            .iter()
            .map(|people| floor <= 0.0 || people.is_some_and(|people| people >= floor))
            .collect();
        let least = least(theme, policy);
        let show = |number: usize, slot: usize| -> Vec<Protected> {
            decided[number][slot]
                .iter()
                .enumerate()
                .map(|(unit, decision)| {
                    let mut context = boards[number].count(slot, unit);
                    if rest.is_some() {
                        context.exposure = Some(1.0);
                    }
                    if sees_bands(theme, policy) {
                        decision.as_band(&context, bands(key), &least)
                    } else {
                        decision.as_count(&context)
                    }
                })
                .collect()
        };
        for (slot, (period, _)) in board.blocks.iter().enumerate() {
            let part = show(number, slot);
            let of = (Arc::clone(board.units), theme.clone(), *period);
            let block = match rest {
                Some(rest) => {
                    let rest = show(rest, slot);
                    CountBlock::protected_share(of, (&part, &rest), &inhabited, policy.k, proof)
                }
                None => CountBlock::protected(of, &part, &inhabited, policy.k, proof),
            };
            let shown = if sees_bands(theme, policy) {
                CountProtection::Banded
            } else {
                CountProtection::Suppressed
            };
            blocks.push((shown, block));
        }
    }
    blocks
}

/// The periods that have decisions to be read, by theme.
pub(crate) fn periods(exact: &ExactCounts, closed: Closed) -> BTreeSet<(String, String)> {
    let mut periods = BTreeSet::new();
    for pair in &exact.frame().pairs {
        for period in pair.periods.iter().filter(|period| closed.has(**period)) {
            for theme in exact.themes() {
                periods.insert((theme.to_string(), period.to_string()));
            }
        }
    }
    periods
}
