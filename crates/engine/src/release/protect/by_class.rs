//! Counts of places by class, for researchers: girls and boys, age bands, how
//! an incident came to be known.
//!
//! The counts of all children are decided first and without them ([`joint`]).
//! Classes are decided on top, in one system for each theme, breakdown and
//! widest place, and nothing that was decided is touched: counts that are told
//! are in it as told, and withheld ones as withheld. They are not narrowed,
//! because a class is told only in a place whose count of all children is. Take
//! any counts that the withheld places may have without classes: what the
//! withheld places of a district have together is the same as in truth, in each
//! class as in all, so their classes can be dealt out anew to fit.
//!
//! [`joint`]: super::joint

use std::collections::BTreeMap;
use std::sync::Arc;

use safeground_privacy::noise::NoiseSeed;
use safeground_privacy::suppression::{Decision, SealedDecisions, SuppressionRules};
use safeground_privacy::{Policy, Protected, Protection};
use safeground_schema::{Breakdown, Period, Theme};

use super::board::{Board, Side, floor};
use super::homogeneity::Homogeneous;
use super::joint::Kept;
use super::system::{Link, OtherwiseTo, protect_boards};
use super::{Closed, allowed, without_noise};
use crate::EngineError;
use crate::count::{Division, ExactBlock, ExactCounts, LayerKey, breakdowns_of};
use crate::score::CountBlock;

/// Protected counts of one class.
#[derive(Debug, Clone)]
pub(crate) struct ClassBlock {
    /// Breakdown.
    pub(crate) by: Breakdown,
    /// Code of the class.
    pub(crate) class: &'static str,
    /// The counts.
    pub(crate) block: CountBlock,
}

/// What is homogeneous among the children of one class, by number of the
/// division and of its class.
pub(super) type HomogeneousClasses = BTreeMap<(usize, usize), Homogeneous>;

/// Looks for places where nearly all of one class suffered the same.
pub(super) fn homogeneous_classes(
    exact: &ExactCounts,
    policy: &Policy,
    closed: Closed,
) -> HomogeneousClasses {
    let mut found = HomogeneousClasses::new();
    for (number, division) in exact.frame().divisions.iter().enumerate() {
        for class in 0..division.classes.len() {
            let at = (division, class);
            let of_class = Homogeneous::find_in_class(exact, policy, closed, at);
            found.insert((number, class), of_class);
        }
    }
    found
}

/// What the decisions of classes are made from.
#[derive(Clone, Copy)]
pub(super) struct Ground<'a> {
    pub(super) exact: &'a ExactCounts,
    pub(super) policy: &'a Policy,
    pub(super) closed: Closed,
    pub(super) homogeneous: &'a HomogeneousClasses,
    pub(super) kept: &'a Kept,
    pub(super) seed: &'a NoiseSeed,
    pub(super) rules: &'a SuppressionRules,
    pub(super) proof: &'a Protection,
}

/// The classes of one breakdown over one layer.
struct OfLayer<'a> {
    /// Number of the division.
    division: usize,
    /// Counts of all children, as told.
    all: Board<'a>,
    /// Counts of each class.
    classes: Vec<Board<'a>>,
}

impl<'a> Ground<'a> {
    /// Decides the classes of a theme, given its boards, what was decided of
    /// them, and which of their periods were decided just now. A period that was
    /// decided before has the classes that were decided with it, or none.
    ///
    /// Where the classes of a district cannot be protected, none of them are
    /// told; the rest of the release does not depend on them.
    ///
    /// # Errors
    /// [`EngineError::Suppression`] for counts that no table can hold.
    pub(super) fn decide(
        self,
        theme: &'a Theme,
        boards: &[Board<'a>],
        decided: &[Vec<Vec<Decision>>],
        open: &[Vec<bool>],
    ) -> Result<(Vec<ClassBlock>, Vec<SealedDecisions>), EngineError> {
        let mut blocks = Vec::new();
        let mut sealed = Vec::new();
        for by in breakdowns_of(theme) {
            let layers = self.layers(theme, *by, boards, decided);
            let Some(first) = layers.first() else {
                continue;
            };
            let open = open[first.0].clone();
            let layers: Vec<OfLayer<'a>> = layers.into_iter().map(|(_, layer)| layer).collect();
            self.decide_breakdown(theme, *by, layers, &open, (&mut blocks, &mut sealed))?;
        }
        Ok((blocks, sealed))
    }

    /// Layers that are broken down, wide before fine, with the number of their
    /// board.
    fn layers(
        self,
        theme: &'a Theme,
        by: Breakdown,
        boards: &[Board<'a>],
        decided: &[Vec<Vec<Decision>>],
    ) -> Vec<(usize, OfLayer<'a>)> {
        let research = &self.policy.research;
        if !without_noise(research, theme) {
            return Vec::new();
        }
        let mut layers = Vec::new();
        for (number, board) in boards.iter().enumerate() {
            let key = &board.units.key;
            let LayerKey::Place(layer) = key else {
                continue;
            };
            let divisions = &self.exact.frame().divisions;
            let division = divisions.iter().position(|division| {
                let pair = &self.exact.frame().pairs[division.pair];
                division.by == by && pair.units.key == *key
            });
            let (Some(division), Side::Part) = (division, board.side) else {
                continue;
            };
            if !self.policy.breakdowns.divides(layer.level.as_str())
                || !allowed(research, key, theme)
            {
                continue;
            }
            let all = board.decided(&decided[number]);
            let of = &self.exact.frame().divisions[division];
            let classes = (0..of.classes.len())
                .map(|class| {
                    let name = class_name(of, class);
                    let counts = self.counts(theme, of, class);
                    all.of_class(
                        &name,
                        counts,
                        &self.homogeneous[&(division, class)],
                        research,
                    )
                })
                .collect();
            layers.push((
                number,
                OfLayer {
                    division,
                    all,
                    classes,
                },
            ));
        }
        layers
    }

    /// Counts of a class over its closed periods, like those of all children.
    fn counts(
        self,
        theme: &Theme,
        division: &Division,
        class: usize,
    ) -> Vec<(Period, Arc<ExactBlock>)> {
        let periods = &self.exact.frame().pairs[division.pair].periods;
        (0..periods.len())
            .filter(|slot| self.closed.has(periods[*slot]))
            .filter_map(|slot| self.exact.block_of_class(theme, division, class, slot))
            .map(|block| (block.period, Arc::new(block)))
            .collect()
    }

    fn decide_breakdown(
        self,
        theme: &'a Theme,
        by: Breakdown,
        layers: Vec<OfLayer<'a>>,
        open: &[bool],
        (blocks, sealed): (&mut Vec<ClassBlock>, &mut Vec<SealedDecisions>),
    ) -> Result<(), EngineError> {
        // Boards: all children by layer, then each class by layer.
        let depth = layers.len();
        let names: Vec<&'static str> = self.exact.frame().divisions[layers[0].division]
            .classes
            .clone();
        let mut columns: Vec<Vec<Board<'a>>> = layers
            .into_iter()
            .map(|layer| std::iter::once(layer.all).chain(layer.classes).collect())
            .collect();
        let mut boards: Vec<Board<'a>> = Vec::new();
        for _ in 0..=names.len() {
            boards.extend(columns.iter_mut().map(|column| column.remove(0)));
        }
        let opened: Vec<Vec<bool>> = vec![open.to_vec(); boards.len()];
        let (filled, _) = protect_boards(
            &boards,
            &links(depth, names.len()),
            &opened,
            self.rules,
            OtherwiseTo::Withhold,
        )?;
        for (number, board) in boards.iter().enumerate().skip(depth) {
            let class = names[number / depth - 1];
            for (slot, (period, _)) in board.blocks.iter().enumerate() {
                let cells = open[slot].then(|| filled[number][slot].as_slice());
                let decisions = self.decisions(theme, board, *period, cells, sealed)?;
                blocks.push(ClassBlock {
                    by,
                    class,
                    block: self.shown(theme, board, slot, &decisions),
                });
            }
        }
        Ok(())
    }

    /// What may be told of a class: as decided now, or as it was decided.
    fn decisions(
        self,
        theme: &Theme,
        board: &Board<'_>,
        period: Period,
        cells: Option<&[Option<Protected>]>,
        sealed: &mut Vec<SealedDecisions>,
    ) -> Result<Vec<Decision>, EngineError> {
        let subject = board.subject(theme, period);
        let Some(cells) = cells else {
            let key = (subject.layer, subject.theme, subject.period);
            let units = board.units.len();
            let kept = self.kept.get(&key).filter(|kept| kept.len() == units);
            return Ok(kept
                .cloned()
                .unwrap_or_else(|| vec![Decision::default(); units]));
        };
        let cells: Vec<Protected> = cells
            .iter()
            .map(|cell| cell.expect("every unit of an open period is in one group"))
            .collect();
        let new = SealedDecisions::seal(subject, &cells, self.seed);
        sealed.push(new.clone());
        Ok(new.open(self.seed)?.1)
    }

    fn shown(
        self,
        theme: &Theme,
        board: &Board<'_>,
        slot: usize,
        decisions: &[Decision],
    ) -> CountBlock {
        let research = &self.policy.research;
        let floor = floor(theme, research) as f64;
        let population = board.units.population.iter();
        let inhabited: Vec<bool> = population
            .map(|people| floor <= 0.0 || people.is_some_and(|people| people >= floor))
            .collect();
        let counts: Vec<Protected> = decisions
            .iter()
            .enumerate()
            .map(|(unit, decision)| decision.as_count(&board.count(slot, unit)))
            .collect();
        let of = (Arc::clone(board.units), theme.clone(), board.blocks[slot].0);
        CountBlock::protected(of, &counts, &inhabited, research.k, self.proof)
    }
}

/// The sums that a reader can form: each class over places, and all children of
/// a place over classes.
fn links(depth: usize, classes: usize) -> Vec<Link> {
    let mut links = Vec::new();
    for column in 0..=classes {
        for layer in 1..depth {
            let at = column * depth + layer;
            links.push(Link::Places {
                wide: at - 1,
                fine: at,
            });
        }
    }
    links.extend((0..depth).map(|layer| Link::Classes {
        whole: layer,
        classes: (1..=classes).map(|class| class * depth + layer).collect(),
    }));
    links
}

/// Name of a class, such as `sex=female`.
fn class_name(division: &Division, class: usize) -> String {
    format!("{}={}", division.by, division.classes[class])
}
