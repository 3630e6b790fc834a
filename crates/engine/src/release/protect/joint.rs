//! Exact counts and bands of places: all audiences and layers of a theme as
//! one system of sums, decided once for each period.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rayon::prelude::*;
use safeground_privacy::noise::NoiseSeed;
use safeground_privacy::suppression::{
    self, Band, Cell, CellId, Decision, DecisionSubject, PLANNING_BANDS, Presentation, Rest,
    SealedDecisions, SuppressionReport, SuppressionRules, Table, TableId, TablesBuilder,
    Thresholds, WIDE_BANDS,
};
use safeground_privacy::{
    Audience, AudiencePolicy, CountsShown, ExactCount, Policy, Protected, Protection,
};
use safeground_schema::release::CountProtection;
use safeground_schema::{Level, Period, Theme};

use super::super::manifest::sha256;
use super::{Closed, Reports, Shown, allowed, counted_layers, period_kind, without_noise};
use crate::EngineError;
use crate::count::{ExactBlock, ExactCounts, LayerKey, Pair, Units};
use crate::score::CountBlock;

/// A unit that lies in no unit of the widest layer.
const NO_ROOT: usize = usize::MAX;

/// What was decided before, by layer with side, theme and period.
pub(crate) type Kept = BTreeMap<(String, String, String), Vec<Decision>>;

/// Counts of a theme in one layer over its closed periods, as all audiences
/// together see them.
struct Board<'a> {
    units: &'a Arc<Units>,
    side: Side,
    table: Table,
    thresholds: Thresholds,
    /// Periods with their counts.
    blocks: Vec<(Period, Arc<ExactBlock>)>,
    /// Denominator of each unit.
    exposure: Vec<Option<f64>>,
}

/// Which part of a share a board holds; counts that are no share are the part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Side {
    Part,
    Rest,
}

/// Where the protected count of a cell belongs.
#[derive(Debug, Clone, Copy)]
struct Address {
    board: usize,
    slot: usize,
    unit: usize,
}

/// What joint suppression gives.
pub(crate) struct Joint {
    /// Blocks by audience.
    pub(crate) blocks: BTreeMap<Audience, Vec<CountBlock>>,
    /// How counts are shown, by audience, layer and theme.
    pub(crate) shown: BTreeMap<Audience, BTreeMap<(String, String), Shown>>,
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
    let rules = SuppressionRules::new(&policy.research);
    let nothing = TablesBuilder::new().build();
    let (_, proof, _) = suppression::protect_jointly(nothing, &rules)?;
    let mut joint = Joint {
        blocks: BTreeMap::new(),
        shown: BTreeMap::new(),
        proof,
        decided: Vec::new(),
        reports: Reports::new(),
    };
    let Some(exact) = exact else {
        return Ok(joint);
    };
    let themes = exact.themes().to_vec();
    let done: Vec<_> = themes
        .par_iter()
        .map(|theme| decide(&exact, theme, policy, closed, kept, seed, &rules))
        .collect::<Result<_, EngineError>>()?;
    for (theme, (boards, decided, sealed, report)) in themes.iter().zip(done) {
        joint.decided.extend(sealed);
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

/// Boards of a theme, what may be shown of them, what is new of it, and what
/// was done.
type OfTheme<'a> = (
    Vec<Board<'a>>,
    Decided,
    Vec<SealedDecisions>,
    SuppressionReport,
);

fn decide<'a>(
    exact: &'a ExactCounts,
    theme: &Theme,
    policy: &Policy,
    closed: Closed,
    kept: &Kept,
    seed: &NoiseSeed,
    rules: &SuppressionRules,
) -> Result<OfTheme<'a>, EngineError> {
    let boards = boards_of(exact, theme, policy, closed);
    // A period of which any layer was decided is decided: a layer that is new
    // in the policy or whose places changed has no counts of it.
    let told = |period: Period| {
        let (theme, period) = (theme.to_string(), period.to_string());
        kept.keys().any(|(_, of, at)| *of == theme && *at == period)
    };
    let open: Vec<Vec<bool>> = boards
        .iter()
        .map(|board| {
            board
                .blocks
                .iter()
                .map(|(period, _)| !told(*period))
                .collect()
        })
        .collect();
    let (filled, report) = protect_boards(&boards, &open, rules)?;
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
    Ok((boards, decided, sealed, report))
}

/// The boards of a theme, wide before fine, parts before rests.
fn boards_of<'a>(
    exact: &'a ExactCounts,
    theme: &Theme,
    policy: &Policy,
    closed: Closed,
) -> Vec<Board<'a>> {
    let places = &exact.frame().places;
    let mut seen: BTreeMap<LayerKey, Vec<&AudiencePolicy>> = BTreeMap::new();
    for audience in Audience::ALL {
        let of = policy.audience(audience);
        for key in counted_layers(of, places) {
            if without_noise(of, theme) && allowed(of, &key, theme) {
                seen.entry(key).or_default().push(of);
            }
        }
    }
    let mut boards: Vec<Board<'a>> = seen
        .iter()
        .filter_map(|(key, readers)| {
            let kind = period_kind(readers[0]);
            let pair = exact.frame().pair(key, kind)?;
            Some(Board::of(exact, theme, pair, readers, closed))
        })
        .flatten()
        .collect();
    boards.sort_by(|a, b| (a.side, &a.units.key).cmp(&(b.side, &b.units.key)));
    boards
}

/// Whether an audience sees bands of a theme. Households reached by a campaign
/// are no children, and planners have to add them up.
fn sees_bands(theme: &Theme, policy: &AudiencePolicy) -> bool {
    policy.counts == CountsShown::Bands && *theme != Theme::Outreach
}

/// What a count of a theme has to reach for an audience. Households reached by
/// a campaign are the work of one partner and no children: the threshold alone
/// holds for them.
fn least(theme: &Theme, policy: &AudiencePolicy) -> Thresholds {
    let least = Thresholds::of(policy);
    if *theme == Theme::Outreach {
        return Thresholds {
            min_events: 1,
            min_partners: 1,
            ..least
        };
    }
    least
}

/// Least inhabitants of a place for a count of a theme to be shown.
fn floor(theme: &Theme, policy: &AudiencePolicy) -> u64 {
    if *theme == Theme::Outreach {
        0
    } else {
        policy.min_population
    }
}

/// The bands of a level.
fn bands(key: &LayerKey) -> &'static [Band] {
    match key {
        LayerKey::Place(layer) if layer.level <= Level::District => &WIDE_BANDS,
        _ => &PLANNING_BANDS,
    }
}

/// Whether a reader is shown a share of a whole that is ours.
fn sees_share(theme: &Theme, policy: &AudiencePolicy) -> bool {
    *theme == Theme::WelfareGap && !sees_bands(theme, policy)
}

impl<'a> Board<'a> {
    fn of(
        exact: &ExactCounts,
        theme: &Theme,
        pair: &'a Pair,
        readers: &[&AudiencePolicy],
        closed: Closed,
    ) -> Vec<Self> {
        let key = &pair.units.key;
        let strictest = |banded: bool| {
            let of_kind = readers.iter().filter(|of| sees_bands(theme, of) == banded);
            of_kind.map(|of| Thresholds::of(of)).reduce(Thresholds::and)
        };
        let bands = bands(key).to_vec();
        let (thresholds, presentation) = match (strictest(false), strictest(true)) {
            (Some(exact), Some(least)) => (least, Presentation::ExactOrBanded { exact, bands }),
            (None, Some(least)) => (least, Presentation::Banded(bands)),
            (exact, None) => (
                exact.unwrap_or_else(|| least(theme, readers[0])),
                Presentation::Exact,
            ),
        };
        let floor = readers.iter().map(|of| floor(theme, of)).max();
        let blocks: Vec<(Period, Arc<ExactBlock>)> = (0..pair.periods.len())
            .filter(|slot| closed.has(pair.periods[*slot]))
            .filter_map(|slot| exact.block(theme, pair, slot))
            .map(|block| (block.period, Arc::new(block)))
            .collect();
        let public = match theme {
            Theme::Outreach => &pair.units.households,
            _ => &pair.units.children,
        };
        let exposure: Vec<Option<f64>> = public.iter().map(|n| n.filter(|n| *n > 0.0)).collect();
        let share = readers.iter().any(|of| sees_share(theme, of));
        let sides: &[Side] = if share {
            &[Side::Part, Side::Rest]
        } else {
            &[Side::Part]
        };
        sides
            .iter()
            .map(|side| Self {
                units: &pair.units,
                side: *side,
                table: Table {
                    name: format!("{key}{}", side.suffix()),
                    presentation: match side {
                        Side::Part => presentation.clone(),
                        Side::Rest => Presentation::Exact,
                    },
                    min_population: floor.filter(|floor| *floor > 0),
                },
                thresholds: match (side, strictest(false)) {
                    (Side::Rest, Some(exact)) => exact,
                    _ => thresholds,
                },
                blocks: blocks.clone(),
                exposure: exposure.clone(),
            })
            .collect()
    }

    fn subject(&self, theme: &Theme, period: Period) -> DecisionSubject {
        DecisionSubject {
            layer: self.table.name.clone(),
            theme: theme.to_string(),
            period: period.to_string(),
            units: self.units.len(),
            units_sha256: sha256(self.units.ids.join("\n").as_bytes()),
        }
    }

    /// What is counted in a unit. In a share the denominator is a count of
    /// ours: its presence must not tell whether there is one.
    fn count(&self, slot: usize, unit: usize) -> ExactCount {
        let block = &self.blocks[slot].1;
        let part = block.amounts[unit];
        ExactCount {
            children: match (self.side, &block.among) {
                (Side::Rest, Some(among)) => among[unit].saturating_sub(part),
                _ => part,
            },
            events: block.events[unit],
            partners: block.partners[unit],
            observed: block.observed[unit],
            exposure: self.exposure[unit],
        }
    }

    /// The unit of a wider board that a unit lies in.
    fn parent(&self, wider: &Board<'_>, unit: usize) -> Option<usize> {
        let place = self.units.places.get(unit)?;
        Some(wider.units.unit(Some(*place), None)? as usize)
    }
}

impl Side {
    fn suffix(self) -> &'static str {
        match self {
            Self::Part => "",
            Self::Rest => " (rest)",
        }
    }
}

/// Protected counts of every board, by slot and unit; absent where a period
/// was decided before.
type Filled = Vec<Vec<Vec<Option<Protected>>>>;

fn protect_boards(
    boards: &[Board<'_>],
    open: &[Vec<bool>],
    rules: &SuppressionRules,
) -> Result<(Filled, SuppressionReport), EngineError> {
    let mut groups: BTreeMap<usize, Vec<Vec<usize>>> = BTreeMap::new();
    if let Some(widest) = boards.first() {
        for (number, board) in boards.iter().enumerate() {
            for unit in 0..board.units.len() {
                let root = board.parent(widest, unit).unwrap_or(NO_ROOT);
                let members = groups
                    .entry(root)
                    .or_insert_with(|| vec![Vec::new(); boards.len()]);
                members[number].push(unit);
            }
        }
    }
    let groups: Vec<Vec<Vec<usize>>> = groups.into_values().collect();
    let done: Vec<_> = groups
        .par_iter()
        .map(|members| {
            let (tables, addresses) = System::of(boards, open, members)?;
            let (protected, _, report) = suppression::protect_jointly(tables.build(), rules)?;
            Ok((addresses, protected, report))
        })
        .collect::<Result<_, EngineError>>()?;
    let mut filled: Filled = boards
        .iter()
        .map(|board| vec![vec![None; board.units.len()]; board.blocks.len()])
        .collect();
    let mut report = SuppressionReport {
        tables: Vec::new(),
        ratios_shown: Vec::new(),
        from_truth: 0,
        flows: 0,
        exchanges: 0,
        programs: 0,
    };
    for (addresses, protected, of_group) in done {
        for (at, protected) in addresses.into_iter().zip(protected) {
            filled[at.board][at.slot][at.unit] = Some(protected);
        }
        merge(&mut report, of_group);
    }
    Ok((filled, report))
}

fn merge(sum: &mut SuppressionReport, other: SuppressionReport) {
    sum.from_truth += other.from_truth;
    sum.flows += other.flows;
    sum.exchanges += other.exchanges;
    sum.programs += other.programs;
    if sum.tables.is_empty() {
        sum.tables = other.tables;
        return;
    }
    for (sum, other) in sum.tables.iter_mut().zip(&other.tables) {
        sum.cells += other.cells;
        sum.primary += other.primary;
        sum.complementary += other.complementary;
        sum.narrowest = match (sum.narrowest, other.narrowest) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
    }
}

/// The tables of one group of units, in the making.
struct System<'a> {
    boards: &'a [Board<'a>],
    open: &'a [Vec<bool>],
    members: &'a [Vec<usize>],
    builder: TablesBuilder,
    addresses: Vec<Address>,
    /// Cells of each board, by slot and unit.
    cells: Vec<BTreeMap<(usize, usize), CellId>>,
}

impl<'a> System<'a> {
    fn of(
        boards: &'a [Board<'a>],
        open: &'a [Vec<bool>],
        members: &'a [Vec<usize>],
    ) -> Result<(TablesBuilder, Vec<Address>), EngineError> {
        let mut system = Self {
            boards,
            open,
            members,
            builder: TablesBuilder::new(),
            addresses: Vec::new(),
            cells: vec![BTreeMap::new(); boards.len()],
        };
        system.add_cells()?;
        for fine in 1..boards.len() {
            if boards[fine - 1].side == boards[fine].side {
                system.add_places(fine - 1, fine)?;
            }
        }
        Ok((system.builder, system.addresses))
    }

    fn add_cells(&mut self) -> Result<(), EngineError> {
        for (number, board) in self.boards.iter().enumerate() {
            let table: TableId = self
                .builder
                .table_under(board.table.clone(), board.thresholds);
            for slot in (0..board.blocks.len()).filter(|slot| self.open[number][*slot]) {
                for unit in &self.members[number] {
                    let cell = self.builder.cell(Cell {
                        table,
                        series: *unit as u64,
                        period: slot as u32,
                        count: board.count(slot, *unit),
                        population: board.units.population[*unit].map(|people| people as u64),
                        contributions: Vec::new(),
                        earlier: None,
                        cost: None,
                    })?;
                    self.cells[number].insert((slot, *unit), cell);
                    self.addresses.push(Address {
                        board: number,
                        slot,
                        unit: *unit,
                    });
                }
            }
        }
        Ok(())
    }

    /// Says that wider places are sums of finer ones. Audiences have one kind
    /// of period, so a slot is the same period in every board.
    fn add_places(&mut self, wide: usize, fine: usize) -> Result<(), EngineError> {
        let (wider, finer) = (&self.boards[wide], &self.boards[fine]);
        let mut parts: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for unit in &self.members[fine] {
            if let Some(parent) = finer.parent(wider, *unit) {
                parts.entry(parent).or_default().push(*unit);
            }
        }
        for slot in 0..wider.blocks.len() {
            for (parent, units) in &parts {
                let Some(whole) = self.cells[wide].get(&(slot, *parent)) else {
                    continue;
                };
                let parts: Vec<CellId> = units
                    .iter()
                    .filter_map(|unit| self.cells[fine].get(&(slot, *unit)).copied())
                    .collect();
                self.builder.sum(*whole, &parts, Rest::Bounded)?;
            }
        }
        Ok(())
    }
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
