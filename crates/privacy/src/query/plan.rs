//! From a question as written to a checked plan.

use std::collections::{BTreeMap, BTreeSet};

use super::grammar::{self, Condition, Item, Statement, Test};
use super::{Calendar, Column, Refusal, Schema, SexualAbuse, Table};

/// Most answers to one question: one for each combination of its group keys.
pub const MOST_CELLS: usize = 20_000;

/// What is asked, checked against the schema: all that the engine needs to
/// read the rows. Two spellings of one question give equal plans.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueryPlan {
    pub(super) account: String,
    pub(super) schema: String,
    pub(super) table: String,
    pub(super) columns: Vec<PlanColumn>,
    pub(super) periods: PlanPeriods,
    pub(super) measure: Measure,
    pub(super) rows_per_child: u32,
    pub(super) groups_per_child: u32,
}

/// A column with keys that rows must bring.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanColumn {
    /// Name.
    pub name: String,
    /// Keys that pass, sorted. A row with any other, or with none, is not
    /// asked about.
    pub keys: Vec<String>,
    /// Whether every one of these keys gets its own answer.
    pub grouped: bool,
    /// Whether they are all the public list holds.
    pub(super) whole: bool,
}

/// The periods asked about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanPeriods {
    /// The table's periods.
    pub calendar: Calendar,
    /// Positions in it that pass, ascending.
    pub positions: Vec<usize>,
    /// Whether every one of them gets its own answer.
    pub grouped: bool,
}

/// What is measured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Measure {
    /// Rows.
    Rows,
    /// Distinct children.
    Children,
    /// The sum of a column, each value clamped first.
    Sum {
        /// Column.
        column: String,
        /// Lowest value that counts as itself.
        lowest: i64,
        /// Highest.
        highest: i64,
    },
}

impl QueryPlan {
    /// Reads a question and checks it.
    ///
    /// 1. Length, characters and grammar;
    /// 2. table, columns, keys and periods must be in the schema;
    /// 3. conditions on one column are intersected, so that order, repeats and
    ///    equal ranges do not matter; none may be empty;
    /// 4. selected columns must be grouped by; groups are at most
    ///    [`MOST_CELLS`];
    /// 5. places too fine for sexual abuse need a condition that leaves it out.
    ///
    /// O(length · log keys + keys).
    ///
    /// # Errors
    /// [`Refusal`]; none depends on a row.
    pub fn parse(text: &str, schema: &Schema) -> Result<Self, Refusal> {
        let statement = grammar::parse(text)?;
        let table = schema
            .tables()
            .get(&statement.table)
            .ok_or(Refusal::UnknownTable)?;
        let groups: BTreeSet<&str> = statement.groups.iter().map(String::as_str).collect();
        let measure = measure(&statement, table, &groups)?;
        let columns = columns(&statement.conditions, table, &groups)?;
        let periods = PlanPeriods {
            calendar: table.calendar,
            positions: positions(&statement.conditions, table.calendar)?,
            grouped: groups.contains("period"),
        };
        let plan = Self {
            account: schema.account().to_owned(),
            schema: schema.digest().to_owned(),
            table: statement.table,
            columns,
            periods,
            measure,
            rows_per_child: table.rows_per_child,
            groups_per_child: table.groups_per_child,
        };
        if plan.cells().is_none_or(|cells| cells > MOST_CELLS) {
            return Err(Refusal::TooManyGroups);
        }
        plan.check_sexual_abuse(schema, table)?;
        Ok(plan)
    }

    /// Table to read.
    #[must_use]
    pub fn table(&self) -> &str {
        &self.table
    }

    /// Columns with keys that rows must bring, in this order.
    #[must_use]
    pub fn columns(&self) -> &[PlanColumn] {
        &self.columns
    }

    /// Periods asked about.
    #[must_use]
    pub fn periods(&self) -> &PlanPeriods {
        &self.periods
    }

    /// What is measured.
    #[must_use]
    pub fn measure(&self) -> &Measure {
        &self.measure
    }

    /// Years whose rows are read: each pays.
    #[must_use]
    pub fn years(&self) -> Vec<i32> {
        let calendar = self.periods.calendar;
        let years = self.periods.positions.iter().map(|at| calendar.year(*at));
        years.collect::<BTreeSet<i32>>().into_iter().collect()
    }

    /// Number of answers, unless it does not fit.
    pub(super) fn cells(&self) -> Option<usize> {
        let columns = self.columns.iter().filter(|column| column.grouped);
        let lengths = columns.map(|column| column.keys.len());
        let periods = self.periods.grouped.then_some(self.periods.positions.len());
        lengths.chain(periods).try_fold(1_usize, usize::checked_mul)
    }

    /// Keys of each answer in order, columns by name and the period last.
    pub(super) fn cell_keys(&self) -> Vec<Vec<String>> {
        let mut lists: Vec<Vec<String>> = self
            .columns
            .iter()
            .filter(|column| column.grouped)
            .map(|column| column.keys.clone())
            .collect();
        if self.periods.grouped {
            let name = |at: &usize| self.periods.calendar.name(*at);
            lists.push(self.periods.positions.iter().map(name).collect());
        }
        lists.iter().fold(vec![Vec::new()], |cells, keys| {
            let longer = |cell: Vec<String>| {
                let with = move |key: &String| [cell.clone(), vec![key.clone()]].concat();
                keys.iter().map(with).collect::<Vec<_>>()
            };
            cells.into_iter().flat_map(longer).collect()
        })
    }

    /// Names of what is grouped by, in the order in which answers list
    /// their keys: columns by name, the period last.
    #[must_use]
    pub fn groups(&self) -> Vec<String> {
        let columns = self.columns.iter().filter(|column| column.grouped);
        let mut names: Vec<String> = columns.map(|column| column.name.clone()).collect();
        if self.periods.grouped {
            names.push("period".into());
        }
        names
    }

    fn check_sexual_abuse(&self, schema: &Schema, table: &Table) -> Result<(), Refusal> {
        let SexualAbuse::Keys { column, keys } = &table.sexual_abuse else {
            return Ok(());
        };
        let asked = |name: &str| self.columns.iter().find(|column| column.name == name);
        let left_out =
            asked(column).is_some_and(|asked| keys.iter().all(|key| !asked.keys.contains(key)));
        let mut names = self.columns.iter().map(|column| &column.name);
        let fine = names.any(|name| schema.is_narrow(&self.table, name));
        if fine && !left_out {
            return Err(Refusal::TooFine);
        }
        Ok(())
    }
}

/// The one measure; every selected column must be grouped by.
fn measure(
    statement: &Statement,
    table: &Table,
    groups: &BTreeSet<&str>,
) -> Result<Measure, Refusal> {
    let mut measures = Vec::new();
    for item in &statement.items {
        match item {
            Item::Column(name) if name == "period" || table.columns.contains_key(name) => {
                if !groups.contains(name.as_str()) {
                    return Err(Refusal::NotGrouped);
                }
            }
            Item::Column(_) => return Err(Refusal::UnknownColumn),
            Item::CountRows => measures.push(Measure::Rows),
            Item::CountChildren => measures.push(Measure::Children),
            Item::Sum {
                column,
                lowest,
                highest,
            } => measures.push(sum(table, column, *lowest, *highest)?),
        }
    }
    measures.dedup();
    match <[Measure; 1]>::try_from(measures) {
        Ok([only]) => Ok(only),
        Err(_) => Err(Refusal::Measure),
    }
}

fn sum(table: &Table, name: &str, lowest: i64, highest: i64) -> Result<Measure, Refusal> {
    match table.columns.get(name) {
        Some(Column::Number {
            lowest: least,
            highest: most,
        }) => {
            if lowest < *least || highest > *most || lowest >= highest {
                return Err(Refusal::Bounds);
            }
            Ok(Measure::Sum {
                column: name.to_owned(),
                lowest,
                highest,
            })
        }
        Some(_) => Err(Refusal::Measure),
        None if name == "period" => Err(Refusal::Measure),
        None => Err(Refusal::UnknownColumn),
    }
}

/// Intersects the conditions on each column with keys, the period apart.
fn columns(
    conditions: &[Condition],
    table: &Table,
    groups: &BTreeSet<&str>,
) -> Result<Vec<PlanColumn>, Refusal> {
    let mut passing: BTreeMap<&str, BTreeSet<usize>> = BTreeMap::new();
    let keys_of = |name: &str| {
        let column = table.columns.get(name).ok_or(Refusal::UnknownColumn)?;
        column.keys().ok_or(Refusal::Condition)
    };
    for name in groups.iter().filter(|name| **name != "period") {
        passing.insert(*name, (0..keys_of(name)?.len()).collect());
    }
    for Condition { column, test } in conditions.iter().filter(|c| c.column != "period") {
        let keys = keys_of(column)?;
        let Test::In(values) = test else {
            return Err(Refusal::Condition);
        };
        let position = |value| keys.binary_search(value).map_err(|_| Refusal::UnknownKey);
        let asked: BTreeSet<usize> = values.iter().map(position).collect::<Result<_, _>>()?;
        let both = match passing.get(column.as_str()) {
            Some(before) => before.intersection(&asked).copied().collect(),
            None => asked,
        };
        if both.is_empty() {
            return Err(Refusal::Empty);
        }
        passing.insert(column, both);
    }
    passing
        .into_iter()
        .map(|(name, positions)| {
            let keys = keys_of(name)?;
            Ok(PlanColumn {
                name: name.to_owned(),
                whole: positions.len() == keys.len(),
                keys: positions.into_iter().map(|at| keys[at].clone()).collect(),
                grouped: groups.contains(name),
            })
        })
        .collect()
}

/// Intersects the conditions on the period.
fn positions(conditions: &[Condition], calendar: Calendar) -> Result<Vec<usize>, Refusal> {
    let mut passing: BTreeSet<i32> = (0..calendar.len() as i32).collect();
    for condition in conditions.iter().filter(|c| c.column == "period") {
        match &condition.test {
            Test::In(values) => {
                let spans = values.iter().map(|value| calendar.span(value));
                let spans: Vec<_> = spans.collect::<Result<_, _>>()?;
                let mut asked = BTreeSet::new();
                for span in spans {
                    asked.extend(passing.range(span));
                }
                passing = asked;
            }
            Test::AtLeast(from) => {
                let from = calendar.span(from)?.start;
                passing.retain(|at| *at >= from);
            }
            Test::Below(end) => {
                let end = calendar.span(end)?.start;
                passing.retain(|at| *at < end);
            }
            Test::Between(from, to) => {
                let span = calendar.span(from)?.start..calendar.span(to)?.end;
                passing.retain(|at| span.contains(at));
            }
        }
    }
    if passing.is_empty() {
        return Err(Refusal::Empty);
    }
    Ok(passing.into_iter().map(|at| at as usize).collect())
}
