//! The systems of sums of a theme, one for each unit of the widest layer.

use std::collections::BTreeMap;

use rayon::prelude::*;
use safeground_privacy::suppression::{
    self, Cell, CellId, Presentation, Rest, SuppressionReport, SuppressionRules, Table, TableId,
    TablesBuilder, Thresholds,
};
use safeground_privacy::{ExactCount, Protected};

use super::board::Board;
use crate::EngineError;

/// A unit that lies in no unit of the widest layer.
const NO_ROOT: usize = usize::MAX;

/// Where the protected count of a cell belongs.
#[derive(Debug, Clone, Copy)]
struct Address {
    board: usize,
    slot: usize,
    unit: usize,
}

/// Protected counts of every board, by slot and unit; absent where a period
/// was decided before.
pub(super) type Filled = Vec<Vec<Vec<Option<Protected>>>>;

pub(super) fn protect_boards(
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
            let (tables, addresses) = System::of(boards, open, members, rules)?;
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
        differences: 0,
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
    sum.differences += other.differences;
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
    rules: &'a SuppressionRules,
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
        rules: &'a SuppressionRules,
    ) -> Result<(TablesBuilder, Vec<Address>), EngineError> {
        let mut system = Self {
            boards,
            open,
            members,
            rules,
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
                        contributions: board.contributions(slot, *unit),
                        earlier: None,
                        cost: None,
                    })?;
                    // Counts of other themes are in no sum of this system.
                    if let Some(beside) = board.categories_beside(slot, *unit) {
                        let mut categories = vec![cell];
                        for most in beside {
                            categories.push(self.builder.atom(most)?);
                        }
                        self.builder.classification(&categories)?;
                    }
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
    ///
    /// A total less all the counts that are shown is the sum of the others, and
    /// a small number where that sum is one: such a sum is a cell that nobody is
    /// shown and that has to stay open, like what lies in none of the finer
    /// places or in several of them.
    fn add_places(&mut self, wide: usize, fine: usize) -> Result<(), EngineError> {
        let (wider, finer) = (&self.boards[wide], &self.boards[fine]);
        let remainders = self.builder.table_under(
            Table {
                name: format!(
                    "{} less what is shown of {}",
                    wider.table.name, finer.table.name
                ),
                presentation: Presentation::Unpublished,
                min_population: None,
            },
            Thresholds {
                k: wider.threshold(),
                min_events: 0,
                min_partners: 0,
            },
        );
        let mut parts: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for unit in &self.members[fine] {
            if let Some(parent) = finer.parent(wider, *unit) {
                parts.entry(parent).or_default().push(*unit);
            }
        }
        for slot in 0..wider.blocks.len() {
            for (parent, units) in &parts {
                if self.cells[wide].contains_key(&(slot, *parent)) {
                    let family = Family {
                        wide,
                        fine,
                        remainders,
                        slot,
                        parent: *parent,
                    };
                    self.add_family(family, units)?;
                }
            }
        }
        Ok(())
    }

    fn add_family(&mut self, family: Family, units: &[usize]) -> Result<(), EngineError> {
        let (wider, finer) = (&self.boards[family.wide], &self.boards[family.fine]);
        let slot = family.slot;
        let whole = self.cells[family.wide][&(slot, family.parent)];
        let small = 0..wider.threshold();
        let cell_of = |unit: &usize| self.cells[family.fine].get(&(slot, *unit)).copied();
        let children = |units: &[usize]| -> u64 {
            units
                .iter()
                .map(|unit| finer.count(slot, *unit).children)
                .sum()
        };
        let (shown, hidden): (Vec<usize>, Vec<usize>) = units
            .iter()
            .partition(|unit| finer.is_shown_exactly(slot, **unit, self.rules));
        let mut parts: Vec<CellId> = shown.iter().filter_map(cell_of).collect();
        let of_hidden: Vec<CellId> = hidden.iter().filter_map(cell_of).collect();
        let of_whole = wider.count(slot, family.parent).children;
        let of_parts = children(units);
        // In none of the finer places, or in several.
        let (rest, overlap) = (
            of_whole.saturating_sub(of_parts),
            of_parts.saturating_sub(of_whole),
        );
        let remainder = children(&hidden) + rest;
        let several = of_hidden.len() + usize::from(rest > 0) > 1;
        if (several || (hidden.is_empty() && rest > 0)) && small.contains(&remainder) {
            let cell = self.remainder(family, remainder)?;
            if !of_hidden.is_empty() {
                self.builder.sum(cell, &of_hidden, Rest::Bounded)?;
            }
            parts.push(cell);
        } else {
            parts.extend(of_hidden);
        }
        if overlap > 0 && small.contains(&overlap) {
            // Children seen in several: the parts hold them twice.
            let cell = self.remainder(family, overlap)?;
            let all = self.builder.atom(of_parts)?;
            self.builder.sum(all, &parts, Rest::Bounded)?;
            self.builder.sum(all, &[whole, cell], Rest::Bounded)?;
            self.builder.difference(whole, &parts)?;
        } else {
            self.builder.sum(whole, &parts, Rest::Bounded)?;
        }
        Ok(())
    }

    fn remainder(&mut self, family: Family, children: u64) -> Result<CellId, EngineError> {
        let wider = &self.boards[family.wide];
        Ok(self.builder.cell(Cell {
            table: family.remainders,
            series: family.parent as u64,
            period: family.slot as u32,
            count: ExactCount {
                children,
                ..wider.count(family.slot, family.parent)
            },
            population: None,
            contributions: Vec::new(),
            earlier: None,
            cost: None,
        })?)
    }
}

/// A place with the finer places in it, in one period.
#[derive(Debug, Clone, Copy)]
struct Family {
    wide: usize,
    fine: usize,
    remainders: TableId,
    slot: usize,
    parent: usize,
}
