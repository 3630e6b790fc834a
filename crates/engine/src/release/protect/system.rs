//! The systems of sums of a theme, one for each unit of the widest layer.

use std::collections::BTreeMap;

use rayon::prelude::*;
use safeground_privacy::suppression::{
    self, Cell, CellId, Decision, Presentation, Rest, SuppressionError, SuppressionReport,
    SuppressionRules, Table, TableId, TablesBuilder, Thresholds,
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

/// Which sums a reader can form over boards.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Link {
    /// The places of one board lie in those of a wider one.
    Places {
        /// Number of the wider board.
        wide: usize,
        /// Number of the finer board.
        fine: usize,
    },
    /// The children of a board are those of its classes.
    Classes {
        /// Number of the board of all children.
        whole: usize,
        /// Numbers of the boards of the classes, over the same units.
        classes: Vec<usize>,
    },
}

/// What to do where a group cannot be protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OtherwiseTo {
    /// Nothing is released.
    Refuse,
    /// What was not told before is withheld.
    Withhold,
}

pub(super) fn protect_boards(
    boards: &[Board<'_>],
    links: &[Link],
    open: &[Vec<bool>],
    rules: &SuppressionRules,
    otherwise: OtherwiseTo,
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
            let (tables, addresses) = System::of(boards, links, open, members, rules)?;
            let done = suppression::protect_jointly(tables.build(), rules);
            let (protected, report) = match (done, otherwise) {
                (Ok((protected, _, report)), _) => (protected, report),
                (Err(SuppressionError::Exposed { .. }), OtherwiseTo::Withhold) => {
                    let withheld = |at: &Address| {
                        Decision::default().as_count(&boards[at.board].count(at.slot, at.unit))
                    };
                    (addresses.iter().map(withheld).collect(), empty_report())
                }
                (Err(error), _) => return Err(error.into()),
            };
            Ok((addresses, protected, report))
        })
        .collect::<Result<_, EngineError>>()?;
    let mut filled: Filled = boards
        .iter()
        .map(|board| vec![vec![None; board.units.len()]; board.blocks.len()])
        .collect();
    let mut report = empty_report();
    for (addresses, protected, of_group) in done {
        for (at, protected) in addresses.into_iter().zip(protected) {
            filled[at.board][at.slot][at.unit] = Some(protected);
        }
        merge(&mut report, of_group);
    }
    Ok((filled, report))
}

fn empty_report() -> SuppressionReport {
    SuppressionReport {
        tables: Vec::new(),
        ratios_shown: Vec::new(),
        from_truth: 0,
        flows: 0,
        exchanges: 0,
        programs: 0,
        differences: 0,
    }
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
        links: &[Link],
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
        for link in links {
            match link {
                Link::Places { wide, fine } => system.add_places(*wide, *fine)?,
                Link::Classes { whole, classes } => system.add_classes(*whole, classes)?,
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
                        earlier: board.told(slot, *unit),
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
        let remainders = self.remainders_of(wide, &finer.table.name);
        let mut parts: BTreeMap<usize, Vec<(usize, usize)>> = BTreeMap::new();
        for unit in &self.members[fine] {
            if let Some(parent) = finer.parent(wider, *unit) {
                parts.entry(parent).or_default().push((fine, *unit));
            }
        }
        for slot in 0..wider.blocks.len() {
            for (parent, parts) in &parts {
                if self.cells[wide].contains_key(&(slot, *parent)) {
                    let family = Family {
                        wide,
                        remainders,
                        slot,
                        parent: *parent,
                    };
                    self.add_family(family, parts)?;
                }
            }
        }
        Ok(())
    }

    /// Says that all children of a unit are those of its classes.
    fn add_classes(&mut self, whole: usize, classes: &[usize]) -> Result<(), EngineError> {
        let remainders = self.remainders_of(whole, "its classes");
        let cells: Vec<(usize, usize)> = self.cells[whole].keys().copied().collect();
        for (slot, unit) in cells {
            let parts: Vec<(usize, usize)> = classes.iter().map(|class| (*class, unit)).collect();
            let family = Family {
                wide: whole,
                remainders,
                slot,
                parent: unit,
            };
            self.add_family(family, &parts)?;
        }
        Ok(())
    }

    /// The table of what is left of a board's counts less what is shown of
    /// their parts.
    fn remainders_of(&mut self, wide: usize, parts: &str) -> TableId {
        let wider = &self.boards[wide];
        self.builder.table_under(
            Table {
                name: format!("{} less what is shown of {parts}", wider.table.name),
                presentation: Presentation::Unpublished,
                min_population: None,
            },
            Thresholds {
                k: wider.threshold(),
                min_events: 0,
                min_partners: 0,
            },
        )
    }

    fn add_family(&mut self, family: Family, parts: &[(usize, usize)]) -> Result<(), EngineError> {
        let wider = &self.boards[family.wide];
        let slot = family.slot;
        let whole = self.cells[family.wide][&(slot, family.parent)];
        let small = 0..wider.threshold();
        let cell_of =
            |(board, unit): &(usize, usize)| self.cells[*board].get(&(slot, *unit)).copied();
        let children = |parts: &[(usize, usize)]| -> u64 {
            parts
                .iter()
                .map(|(board, unit)| self.boards[*board].count(slot, *unit).children)
                .sum()
        };
        let (shown, hidden): (Vec<_>, Vec<_>) = parts.iter().partition(|(board, unit)| {
            self.boards[*board].is_shown_exactly(slot, *unit, self.rules)
        });
        let mut cells: Vec<CellId> = shown.iter().filter_map(cell_of).collect();
        let of_hidden: Vec<CellId> = hidden.iter().filter_map(cell_of).collect();
        let of_whole = wider.count(slot, family.parent).children;
        let of_parts = children(parts);
        // In none of the parts, or in several.
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
            cells.push(cell);
        } else {
            cells.extend(of_hidden);
        }
        if overlap > 0 && small.contains(&overlap) {
            // Children seen in several: the parts hold them twice.
            let cell = self.remainder(family, overlap)?;
            let all = self.builder.atom(of_parts)?;
            self.builder.sum(all, &cells, Rest::Bounded)?;
            self.builder.sum(all, &[whole, cell], Rest::Bounded)?;
            self.builder.difference(whole, &cells)?;
        } else {
            self.builder.sum(whole, &cells, Rest::Bounded)?;
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

/// A count with its parts, in one period.
#[derive(Debug, Clone, Copy)]
struct Family {
    wide: usize,
    remainders: TableId,
    slot: usize,
    parent: usize,
}
