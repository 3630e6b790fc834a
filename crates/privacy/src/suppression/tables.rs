//! The tables of a release as one system: cells, atoms and the sums between
//! them.

use super::{Band, SuppressionError, SuppressionRules};
use crate::{AudiencePolicy, ExactCount};

/// Largest count a cell may hold: sums of a million such cells stay exact in
/// 64 bits, and every count is exact as `f64` in the solver.
pub(super) const LARGEST_COUNT: u64 = 1 << 32;

/// A table of a builder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TableId(pub(super) u32);

/// A cell or an atom of a builder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CellId(pub(super) u32);

impl CellId {
    /// Position in the order of adding, cells and atoms alike.
    #[must_use]
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// How the cells of a table are shown when nothing forbids it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Presentation {
    /// The count itself.
    Exact,
    /// The band that the count lies in; below the first band it is withheld.
    Banded(Vec<Band>),
    /// To some readers the count itself, where it reaches thresholds of
    /// theirs, and to others its band. The count is given up first, then the
    /// band.
    ExactOrBanded {
        /// Thresholds of those who see the count.
        exact: Thresholds,
        /// Bands of those who see a band.
        bands: Vec<Band>,
    },
    /// Never, though a reader could work it out: a difference of two
    /// geographies, the rest of a share, a quarter behind rolling years. Its
    /// sensitive cells are protected like any other.
    Unpublished,
}

/// What an earlier release told of a cell, which cannot be taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Earlier {
    /// The count itself.
    Exact,
    /// A band.
    Band(Band),
    /// Nothing.
    Withheld,
}

/// A table: the units of one layer, or one layer and theme, over all periods.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// Name for the report.
    pub name: String,
    /// How its cells are shown.
    pub presentation: Presentation,
    /// Least population of a unit; `None` where the table has no floor. With
    /// a floor, a unit of unknown population is withheld.
    pub min_population: Option<u64>,
}

/// Thresholds of one table, where its readers have others than the rules say:
/// several audiences who may put together what they see are protected as one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Thresholds {
    /// Least number of children.
    pub k: u64,
    /// Least number of events.
    pub min_events: u64,
    /// Least number of partners.
    pub min_partners: u64,
}

impl Thresholds {
    /// Those of an audience.
    #[must_use]
    pub fn of(policy: &AudiencePolicy) -> Self {
        Self {
            k: policy.k.max(1),
            min_events: policy.min_events,
            min_partners: policy.min_partners,
        }
    }

    /// The stricter of both in each respect.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            k: self.k.max(other.k),
            min_events: self.min_events.max(other.min_events),
            min_partners: self.min_partners.max(other.min_partners),
        }
    }

    /// Whether a count reaches them.
    #[must_use]
    pub fn are_met_by(&self, count: &ExactCount) -> bool {
        count.children >= self.k
            && count.events >= self.min_events
            && count.partners >= self.min_partners
    }
}

/// A cell that may be published.
#[derive(Clone, PartialEq)]
pub struct Cell {
    /// Its table.
    pub table: TableId,
    /// The same unit and theme in every period: what is withheld in one
    /// period is preferred in the next, so that patterns are stable.
    pub series: u64,
    /// Ordinal of the period; periods are protected in this order.
    pub period: u32,
    /// What was counted.
    pub count: ExactCount,
    /// Inhabitants of the unit.
    pub population: Option<u64>,
    /// Contributions of partners, any order; empty where not known.
    pub contributions: Vec<u64>,
    /// What an earlier release told of this cell; `None` for a cell of the
    /// release at hand.
    pub earlier: Option<Earlier>,
    /// Cost of withholding; `None` for the default, which grows with the
    /// square root of what is published of the count.
    pub cost: Option<u32>,
}

/// What the attacker knows about the part of a whole that is in none of the
/// parts listed (records known only by district), or, for distinct children,
/// about those counted in several parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rest {
    /// That it is no larger than it is: with no rest in truth, that the parts
    /// make up the whole. The cautious choice.
    Bounded,
    /// Nothing but that it is not negative. Right only where the rest may
    /// well be large and the release does not tell.
    Unknown,
}

/// A sum over variables that is constantly zero; a coefficient is 1 or -1.
pub(super) type Relation = Vec<(u32, i64)>;

/// A whole and the parts that a reader can take off it.
#[derive(Debug, Clone)]
pub(super) struct Family {
    pub whole: u32,
    pub parts: Vec<u32>,
}

/// A published percentage of two cells.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ratio {
    pub part: u32,
    pub whole: u32,
}

/// A variable of the system.
#[derive(Clone)]
pub(super) enum Variable {
    /// May be published.
    Cell(Box<Cell>),
    /// Is never published and at most `at_most`, where that is known.
    Latent { at_most: Option<i64> },
}

/// All tables of a release, checked.
///
/// `Debug` shows sizes only: the counts are exact.
#[derive(Clone)]
pub struct Tables {
    pub(super) tables: Vec<Table>,
    pub(super) thresholds: Vec<Option<Thresholds>>,
    pub(super) variables: Vec<Variable>,
    pub(super) values: Vec<i64>,
    pub(super) relations: Vec<Relation>,
    pub(super) families: Vec<Family>,
    pub(super) ratios: Vec<Ratio>,
    pub(super) classifications: Vec<Vec<u32>>,
    /// Relations of each variable with its coefficient.
    pub(super) incident: Vec<Vec<(u32, i64)>>,
    /// Families of which each variable is the whole.
    pub(super) divided: Vec<Vec<u32>>,
}

impl std::fmt::Debug for Tables {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tables")
            .field("tables", &self.tables.len())
            .field("variables", &self.variables.len())
            .field("relations", &self.relations.len())
            .finish_non_exhaustive()
    }
}

impl Tables {
    /// The cell behind a variable; `None` for an atom.
    pub(super) fn cell(&self, variable: u32) -> Option<&Cell> {
        match &self.variables[variable as usize] {
            Variable::Cell(cell) => Some(cell),
            Variable::Latent { .. } => None,
        }
    }

    /// The thresholds that hold for a cell.
    pub(super) fn thresholds_of(&self, cell: &Cell, rules: &SuppressionRules) -> Thresholds {
        self.thresholds[cell.table.0 as usize].unwrap_or_else(|| rules.thresholds())
    }

    /// The table of a cell.
    pub(super) fn table_of(&self, cell: &Cell) -> &Table {
        &self.tables[cell.table.0 as usize]
    }
}

/// Collects the tables of a release.
///
/// Call [`table`](Self::table) for each layer, [`cell`](Self::cell) for each
/// place and period, [`sum`](Self::sum) wherever one is the sum of others
/// (district of its blocks, year of its quarters, total of its themes, H3
/// cell of the atoms in it), then [`build`](Self::build).
///
/// A sum that is left out is one the audit does not know of: every sum a
/// reader could form over the release has to be named.
#[derive(Default)]
pub struct TablesBuilder {
    tables: Vec<Table>,
    thresholds: Vec<Option<Thresholds>>,
    variables: Vec<Variable>,
    values: Vec<i64>,
    relations: Vec<Relation>,
    families: Vec<Family>,
    ratios: Vec<Ratio>,
    classifications: Vec<Vec<u32>>,
}

impl TablesBuilder {
    /// No table yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a table under the thresholds of the rules.
    pub fn table(&mut self, table: Table) -> TableId {
        self.add_table(table, None)
    }

    /// Adds a table with thresholds of its own, for releases to several
    /// audiences that are protected together.
    pub fn table_under(&mut self, table: Table, thresholds: Thresholds) -> TableId {
        self.add_table(table, Some(thresholds))
    }

    fn add_table(&mut self, table: Table, thresholds: Option<Thresholds>) -> TableId {
        self.tables.push(table);
        self.thresholds.push(thresholds);
        TableId(self.tables.len() as u32 - 1)
    }

    /// Adds a cell that may be published.
    ///
    /// # Errors
    /// [`SuppressionError::Unknown`] for a table of another builder,
    /// [`SuppressionError::TooLarge`] for more than 2³² children.
    pub fn cell(&mut self, cell: Cell) -> Result<CellId, SuppressionError> {
        if cell.table.0 as usize >= self.tables.len() {
            return Err(SuppressionError::Unknown {
                what: "table",
                index: cell.table.0 as usize,
                len: self.tables.len(),
            });
        }
        let count = cell.count.children;
        self.push(Variable::Cell(Box::new(cell)), count)
    }

    /// Adds a piece that is never published but that cells are sums of, such
    /// as the part of a village that lies in one H3 cell.
    ///
    /// # Errors
    /// [`SuppressionError::TooLarge`] for more than 2³² children.
    pub fn atom(&mut self, children: u64) -> Result<CellId, SuppressionError> {
        self.push(Variable::Latent { at_most: None }, children)
    }

    /// Says that a whole is the sum of parts and a rest.
    ///
    /// The rest is computed: where the whole is larger, it is what lies in no
    /// part; where it is smaller, as with distinct children who count in
    /// several parts, it is their overlap. Both are unpublished variables;
    /// [`Rest`] says what the attacker knows of them.
    ///
    /// # Errors
    /// [`SuppressionError::Unknown`] or [`SuppressionError::Repeated`].
    pub fn sum(
        &mut self,
        whole: CellId,
        parts: &[CellId],
        rest: Rest,
    ) -> Result<(), SuppressionError> {
        self.known(&[whole])?;
        self.known(parts)?;
        let mut members: Vec<u32> = parts.iter().map(|part| part.0).collect();
        members.push(whole.0);
        members.sort_unstable();
        if let Some(pair) = members.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(SuppressionError::Repeated {
                cell: pair[0] as usize,
            });
        }
        let mut relation: Relation = vec![(whole.0, -1)];
        relation.extend(parts.iter().map(|part| (part.0, 1)));
        let total: i64 = parts.iter().map(|part| self.values[part.index()]).sum();
        let difference = self.values[whole.index()] - total;
        let at_most = match rest {
            Rest::Bounded => Some(difference.abs()),
            Rest::Unknown => None,
        };
        if difference != 0 || at_most.is_none() {
            self.variables.push(Variable::Latent { at_most });
            self.values.push(difference.abs());
            let sign = if difference < 0 { -1 } else { 1 };
            relation.push((self.variables.len() as u32 - 1, sign));
        }
        self.relations.push(relation);
        self.difference(whole, parts)
    }

    /// Says that a reader can take parts off a whole, where that is no sum of
    /// its own: a whole whose sum runs over children seen in several parts.
    /// [`sum`](Self::sum) says so itself.
    ///
    /// # Errors
    /// [`SuppressionError::Unknown`].
    pub fn difference(&mut self, whole: CellId, parts: &[CellId]) -> Result<(), SuppressionError> {
        self.known(&[whole])?;
        self.known(parts)?;
        self.families.push(Family {
            whole: whole.0,
            parts: parts.iter().map(|part| part.0).collect(),
        });
        Ok(())
    }

    /// Says that the release would show `part` as a percentage of `whole`. It
    /// may be shown only where both counts are shown as they are: a percentage
    /// of a known whole is the part, to within its rounding.
    ///
    /// The rest of the whole follows from both, so add it as a cell too, even
    /// if it is not to be shown, and name the sum.
    ///
    /// # Errors
    /// [`SuppressionError::Unknown`], or [`SuppressionError::Ratio`] where
    /// the part is larger than the whole.
    pub fn ratio(&mut self, part: CellId, whole: CellId) -> Result<(), SuppressionError> {
        self.known(&[part, whole])?;
        if self.values[part.index()] > self.values[whole.index()] {
            return Err(SuppressionError::Ratio {
                ratio: self.ratios.len(),
            });
        }
        self.ratios.push(Ratio {
            part: part.0,
            whole: whole.0,
        });
        Ok(())
    }

    /// Says that these cells are the categories of one cross-classification,
    /// for the homogeneity rule.
    ///
    /// # Errors
    /// [`SuppressionError::Unknown`].
    pub fn classification(&mut self, categories: &[CellId]) -> Result<(), SuppressionError> {
        self.known(categories)?;
        self.classifications
            .push(categories.iter().map(|cell| cell.0).collect());
        Ok(())
    }

    /// The tables, indexed for the audit.
    #[must_use]
    pub fn build(self) -> Tables {
        let mut incident = vec![Vec::new(); self.variables.len()];
        for (number, relation) in self.relations.iter().enumerate() {
            for (variable, coefficient) in relation {
                incident[*variable as usize].push((number as u32, *coefficient));
            }
        }
        let mut divided = vec![Vec::new(); self.variables.len()];
        for (number, family) in self.families.iter().enumerate() {
            divided[family.whole as usize].push(number as u32);
        }
        Tables {
            tables: self.tables,
            thresholds: self.thresholds,
            variables: self.variables,
            values: self.values,
            relations: self.relations,
            families: self.families,
            ratios: self.ratios,
            classifications: self.classifications,
            incident,
            divided,
        }
    }

    fn push(&mut self, variable: Variable, children: u64) -> Result<CellId, SuppressionError> {
        if children > LARGEST_COUNT {
            return Err(SuppressionError::TooLarge {
                cell: self.variables.len(),
                limit: LARGEST_COUNT,
            });
        }
        self.variables.push(variable);
        self.values.push(children as i64);
        Ok(CellId(self.variables.len() as u32 - 1))
    }

    fn known(&self, cells: &[CellId]) -> Result<(), SuppressionError> {
        match cells.iter().find(|c| c.index() >= self.variables.len()) {
            Some(cell) => Err(SuppressionError::Unknown {
                what: "cell",
                index: cell.index(),
                len: self.variables.len(),
            }),
            None => Ok(()),
        }
    }
}
