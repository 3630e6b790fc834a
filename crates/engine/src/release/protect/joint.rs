//! Exact counts and bands of places: all audiences and layers of a theme as
//! one system of sums.

use std::collections::BTreeMap;
use std::sync::Arc;

use rayon::prelude::*;
use safeground_privacy::suppression::{
    self, Band, Cell, CellId, Earlier as Told, PLANNING_BANDS, Presentation, Rest,
    SuppressionReport, SuppressionRules, Table, TableId, TablesBuilder, Thresholds, WIDE_BANDS,
};
use safeground_privacy::{
    Audience, AudiencePolicy, CountsShown, ExactCount, Policy, Protected, Protection,
};
use safeground_schema::release::CountProtection;
use safeground_schema::{Level, Period, PeriodKind, Theme};

use super::earlier::ToldCell;
use super::{Closed, Earlier, Reports, Shown, allowed, counted_layers, period_kind, without_noise};
use crate::EngineError;
use crate::count::{ExactBlock, ExactCounts, LayerKey, Pair, Units};
use crate::score::CountBlock;

/// A unit that lies in no unit of the widest layer.
const NO_ROOT: usize = usize::MAX;

/// Counts of a theme in one layer for one audience, over its closed periods.
struct Board<'a> {
    audience: Audience,
    policy: &'a AudiencePolicy,
    units: &'a Arc<Units>,
    kind: PeriodKind,
    side: Side,
    /// Periods with their counts.
    blocks: Vec<(Period, Arc<ExactBlock>)>,
    /// Denominator of each unit.
    exposure: Vec<Option<f64>>,
    /// What was told before, by period.
    told: Vec<Option<Vec<ToldCell>>>,
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
    /// What was done, by theme; for the steward alone.
    pub(crate) reports: Reports,
}

/// Protects the counts of places for all audiences together, consuming them.
///
/// The system of a theme knows, for every closed period,
/// 1. that a place is the sum of the places of the next finer layer in it and
///    of what is known by the wider place alone;
/// 2. that a year is the sum of its quarters, less the children seen in
///    several;
/// 3. that two audiences see the same count where they see the same place and
///    period.
///
/// So a planner and a researcher who put together what they see learn no more
/// than the audit allows. Themes have no sums in common, and nor have the
/// units of the widest layer, so each is a system of its own.
///
/// # Errors
/// [`EngineError::Suppression`] where a cell cannot be protected; nothing is
/// released then.
pub(crate) fn protect_jointly(
    exact: Option<ExactCounts>,
    policy: &Policy,
    audiences: &[Audience],
    closed: Closed,
    earlier: &BTreeMap<Audience, Earlier>,
) -> Result<Joint, EngineError> {
    let rules = SuppressionRules::new(&policy.research);
    let nothing = TablesBuilder::new().build();
    let (_, proof, _) = suppression::protect_jointly(nothing, &rules)?;
    let mut joint = Joint {
        blocks: BTreeMap::new(),
        shown: BTreeMap::new(),
        proof,
        reports: Reports::new(),
    };
    let Some(exact) = exact else {
        return Ok(joint);
    };
    for theme in exact.themes().to_vec() {
        let mut boards = Vec::new();
        for audience in audiences {
            let of = policy.audience(*audience);
            if !without_noise(of, &theme) {
                continue;
            }
            for key in counted_layers(of, &exact.frame().places) {
                if let Some(pair) = exact.frame().pair(&key, period_kind(of))
                    && allowed(of, &key, &theme)
                {
                    let told = earlier.get(audience);
                    boards.extend(boards_of(*audience, of, &exact, &theme, pair, closed, told));
                }
            }
        }
        let (protected, report) = protect_theme(&boards, &theme, &rules)?;
        joint.reports.insert(theme.clone(), report);
        for (audience, shown, block) in assemble(&boards, &protected, &theme, &joint.proof) {
            let key = (block.units().key.to_string(), theme.to_string());
            let shown = Shown {
                protection: shown,
                noise_standard_deviation: None,
            };
            joint.shown.entry(audience).or_default().insert(key, shown);
            joint.blocks.entry(audience).or_default().push(block);
        }
    }
    Ok(joint)
}

/// How an audience is shown counts that carry no noise. One whose counts of
/// children carry noise sees its other counts exactly.
fn presentation(policy: &AudiencePolicy, level: Level) -> Presentation {
    match policy.counts {
        CountsShown::Exact | CountsShown::Noise => Presentation::Exact,
        CountsShown::Bands if level <= Level::District => Presentation::Banded(WIDE_BANDS.into()),
        CountsShown::Bands => Presentation::Banded(PLANNING_BANDS.into()),
    }
}

fn boards_of<'a>(
    audience: Audience,
    policy: &'a AudiencePolicy,
    exact: &ExactCounts,
    theme: &Theme,
    pair: &'a Pair,
    closed: Closed,
    earlier: Option<&Earlier>,
) -> Vec<Board<'a>> {
    let blocks: Vec<(Period, Arc<ExactBlock>)> = (0..pair.periods.len())
        .filter(|slot| closed.has(pair.periods[*slot]))
        .filter_map(|slot| exact.block(theme, pair, slot))
        .map(|block| (block.period, Arc::new(block)))
        .collect();
    let units = &pair.units;
    let share = *theme == Theme::WelfareGap && policy.counts == CountsShown::Exact;
    let exposure = if share {
        // The denominator is a count of ours: its presence must not tell
        // whether there is one.
        vec![Some(1.0); units.len()]
    } else {
        let public = match theme {
            Theme::Outreach => &units.households,
            _ => &units.children,
        };
        public.iter().map(|n| n.filter(|n| *n > 0.0)).collect()
    };
    let told = blocks
        .iter()
        .map(|(period, _)| earlier?.told(units, theme, *period))
        .collect::<Vec<_>>();
    let sides: &[Side] = if share {
        &[Side::Part, Side::Rest]
    } else {
        &[Side::Part]
    };
    sides
        .iter()
        .map(|side| Board {
            audience,
            policy,
            units,
            kind: pair.kind,
            side: *side,
            blocks: blocks.clone(),
            exposure: exposure.clone(),
            told: told.clone(),
        })
        .collect()
}

impl Board<'_> {
    fn level(&self) -> Level {
        match &self.units.key {
            LayerKey::Place(layer) => layer.level,
            LayerKey::H3(_) => Level::Village,
        }
    }

    /// What makes two boards count the same thing.
    fn sort(&self) -> (Side, PeriodKind, &LayerKey) {
        (self.side, self.kind, &self.units.key)
    }

    fn table(&self) -> (Table, Thresholds) {
        let table = Table {
            name: format!("{} {}", self.audience, self.units.key),
            presentation: match self.side {
                Side::Part => presentation(self.policy, self.level()),
                Side::Rest => Presentation::Exact,
            },
            min_population: Some(self.policy.min_population).filter(|floor| *floor > 0),
        };
        (table, Thresholds::of(self.policy))
    }

    fn amount(&self, slot: usize, unit: usize) -> u64 {
        let block = &self.blocks[slot].1;
        match (self.side, &block.among) {
            (Side::Rest, Some(among)) => among[unit].saturating_sub(block.amounts[unit]),
            _ => block.amounts[unit],
        }
    }

    /// A cell, with what an earlier release told of it.
    fn cell(&self, table: TableId, slot: usize, unit: usize) -> Cell {
        let block = &self.blocks[slot].1;
        let told = self.told[slot].as_ref().map(|told| told[unit]);
        let current = self.amount(slot, unit);
        let before = told.and_then(|told| match self.side {
            Side::Part => told.part,
            Side::Rest => told.rest,
        });
        let children = match told.map(|told| told.told) {
            Some(Told::Exact) => before.unwrap_or(current),
            Some(Told::Band(band)) => clamp(current, band),
            Some(Told::Withheld) | None => current,
        };
        Cell {
            table,
            series: unit as u64,
            period: slot as u32,
            count: ExactCount {
                children,
                events: block.events[unit],
                partners: block.partners[unit],
                observed: block.observed[unit],
                exposure: self.exposure[unit],
            },
            population: self.units.population[unit].map(|people| people as u64),
            contributions: Vec::new(),
            earlier: told.map(|told| told.told),
            cost: None,
        }
    }

    /// The unit of a wider board that a unit lies in.
    fn parent(&self, wider: &Board<'_>, unit: usize) -> Option<usize> {
        let place = self.units.places.get(unit)?;
        Some(wider.units.unit(Some(*place), None)? as usize)
    }
}

/// A count within a band that was told of it.
fn clamp(count: u64, band: Band) -> u64 {
    count.clamp(band.low, band.high.unwrap_or(u64::MAX))
}

/// Protected counts of every board, by slot and unit.
type Filled = Vec<Vec<Vec<Option<Protected>>>>;

fn protect_theme(
    boards: &[Board<'_>],
    theme: &Theme,
    rules: &SuppressionRules,
) -> Result<(Filled, SuppressionReport), EngineError> {
    let roots = roots(boards);
    let mut groups: BTreeMap<usize, Vec<Vec<usize>>> = BTreeMap::new();
    for (board, roots) in roots.iter().enumerate() {
        for (unit, root) in roots.iter().enumerate() {
            let members = groups
                .entry(*root)
                .or_insert_with(|| vec![Vec::new(); boards.len()]);
            members[board].push(unit);
        }
    }
    let groups: Vec<Vec<Vec<usize>>> = groups.into_values().collect();
    let done: Vec<_> = groups
        .par_iter()
        .map(|members| {
            let (tables, addresses) = System::of(boards, members)?;
            let (protected, _, report) = suppression::protect_jointly(tables.build(), rules)?;
            Ok((addresses, protected, report))
        })
        .collect::<Result<_, EngineError>>()?;
    let mut filled: Filled = boards
        .iter()
        .map(|board| vec![vec![None; board.units.len()]; board.blocks.len()])
        .collect();
    let mut report: Option<SuppressionReport> = None;
    for (addresses, protected, of_group) in done {
        for (at, protected) in addresses.into_iter().zip(protected) {
            filled[at.board][at.slot][at.unit] = Some(protected);
        }
        report = Some(match report {
            Some(report) => merge(report, &of_group),
            None => of_group,
        });
    }
    let report = report.unwrap_or(SuppressionReport {
        tables: Vec::new(),
        ratios_shown: Vec::new(),
        from_truth: 0,
        flows: 0,
        exchanges: 0,
        programs: 0,
    });
    tracing::debug!(%theme, flows = report.flows, exchanges = report.exchanges, programs = report.programs, "joint suppression");
    Ok((filled, report))
}

fn merge(mut sum: SuppressionReport, other: &SuppressionReport) -> SuppressionReport {
    for (sum, other) in sum.tables.iter_mut().zip(&other.tables) {
        sum.cells += other.cells;
        sum.primary += other.primary;
        sum.complementary += other.complementary;
        sum.narrowest = match (sum.narrowest, other.narrowest) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
    }
    sum.from_truth += other.from_truth;
    sum.flows += other.flows;
    sum.exchanges += other.exchanges;
    sum.programs += other.programs;
    sum
}

/// The unit of the widest layer that each unit of each board lies in.
fn roots(boards: &[Board<'_>]) -> Vec<Vec<usize>> {
    let Some(widest) = boards.iter().min_by_key(|board| &board.units.key) else {
        return Vec::new();
    };
    boards
        .iter()
        .map(|board| {
            (0..board.units.len())
                .map(|unit| board.parent(widest, unit).unwrap_or(NO_ROOT))
                .collect()
        })
        .collect()
}

/// The tables of one group of units, in the making.
struct System<'a> {
    boards: &'a [Board<'a>],
    members: &'a [Vec<usize>],
    builder: TablesBuilder,
    addresses: Vec<Address>,
    /// Cells of each board, by slot and unit.
    cells: Vec<BTreeMap<(usize, usize), CellId>>,
}

impl<'a> System<'a> {
    fn of(
        boards: &'a [Board<'a>],
        members: &'a [Vec<usize>],
    ) -> Result<(TablesBuilder, Vec<Address>), EngineError> {
        let mut system = Self {
            boards,
            members,
            builder: TablesBuilder::new(),
            addresses: Vec::new(),
            cells: vec![BTreeMap::new(); boards.len()],
        };
        system.add_cells()?;
        // The first board of a sort stands for all that count the same thing.
        let mut sorts: BTreeMap<_, Vec<usize>> = BTreeMap::new();
        for (number, board) in boards.iter().enumerate() {
            sorts.entry(board.sort()).or_default().push(number);
        }
        for same in sorts.values() {
            for other in &same[1..] {
                system.add_equalities(same[0], *other)?;
            }
        }
        let first: Vec<usize> = sorts.values().map(|same| same[0]).collect();
        for pair in first.windows(2) {
            let (wide, fine) = (&boards[pair[0]], &boards[pair[1]]);
            if (wide.side, wide.kind) == (fine.side, fine.kind) {
                system.add_places(pair[0], pair[1])?;
            }
        }
        for year in &first {
            for quarter in &first {
                let (y, q) = (&boards[*year], &boards[*quarter]);
                let same_places = y.side == q.side && y.units.key == q.units.key;
                if same_places && y.kind == PeriodKind::Year && q.kind == PeriodKind::Quarter {
                    system.add_quarters(*year, *quarter)?;
                }
            }
        }
        Ok((system.builder, system.addresses))
    }

    fn add_cells(&mut self) -> Result<(), EngineError> {
        for (number, board) in self.boards.iter().enumerate() {
            let (table, thresholds) = board.table();
            let table = self.builder.table_under(table, thresholds);
            for slot in 0..board.blocks.len() {
                for unit in &self.members[number] {
                    let cell = self.builder.cell(board.cell(table, slot, *unit))?;
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

    fn add_equalities(&mut self, one: usize, other: usize) -> Result<(), EngineError> {
        let pairs: Vec<(CellId, CellId)> = self.cells[one]
            .iter()
            .filter_map(|(at, cell)| Some((*cell, *self.cells[other].get(at)?)))
            .collect();
        for (cell, same) in pairs {
            self.builder.sum(cell, &[same], Rest::Bounded)?;
        }
        Ok(())
    }

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

    fn add_quarters(&mut self, year: usize, quarter: usize) -> Result<(), EngineError> {
        let (years, quarters) = (&self.boards[year].blocks, &self.boards[quarter].blocks);
        for (slot, (period, _)) in years.iter().enumerate() {
            let (first, last) = period.months();
            let within: Vec<usize> = quarters
                .iter()
                .enumerate()
                .filter(|(_, (quarter, _))| (first..=last).contains(&quarter.months().0))
                .map(|(slot, _)| slot)
                .collect();
            for unit in &self.members[year] {
                let Some(whole) = self.cells[year].get(&(slot, *unit)) else {
                    continue;
                };
                let parts: Vec<CellId> = within
                    .iter()
                    .filter_map(|slot| self.cells[quarter].get(&(*slot, *unit)).copied())
                    .collect();
                self.builder.sum(*whole, &parts, Rest::Bounded)?;
            }
        }
        Ok(())
    }
}

/// The blocks of each audience with what they are.
fn assemble(
    boards: &[Board<'_>],
    filled: &Filled,
    theme: &Theme,
    proof: &Protection,
) -> Vec<(Audience, CountProtection, CountBlock)> {
    let mut blocks = Vec::new();
    for (number, board) in boards.iter().enumerate() {
        if board.side == Side::Rest {
            continue;
        }
        let rest = boards.get(number + 1).filter(|b| b.side == Side::Rest);
        let shown = match presentation(board.policy, board.level()) {
            Presentation::Banded(_) => CountProtection::Banded,
            Presentation::Exact | Presentation::Unpublished => CountProtection::Suppressed,
        };
        let floor = board.policy.min_population as f64;
        let inhabited: Vec<bool> = board
            .units
            .population
            .iter()
            .map(|people| floor <= 0.0 || people.is_some_and(|people| people >= floor))
            .collect();
        let whole = |slot: &Vec<Option<Protected>>| -> Vec<Protected> {
            slot.iter()
                .map(|cell| cell.expect("every unit of a board is in one group"))
                .collect()
        };
        for (slot, (period, _)) in board.blocks.iter().enumerate() {
            let part = whole(&filled[number][slot]);
            let of = (Arc::clone(board.units), theme.clone(), *period);
            let k = board.policy.k;
            let block = match rest {
                Some(_) => {
                    let rest = whole(&filled[number + 1][slot]);
                    CountBlock::protected_share(of, (&part, &rest), &inhabited, k, proof)
                }
                None => CountBlock::protected(of, &part, &inhabited, k, proof),
            };
            blocks.push((board.audience, shown, block));
        }
    }
    blocks
}
