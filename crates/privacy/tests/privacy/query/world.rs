//! A lake to ask: rows, a ledger on a pretended disk, and the desk that
//! answers as the engine is to.

use std::collections::{BTreeMap, BTreeSet};

use safeground_privacy::ledger::{Charge, Entry, Ledger, Proposal, Reservation};
use safeground_privacy::noise::{Epsilon, NoiseSeed};
use safeground_privacy::query::{
    Answer, AnswerBook, Calendar, Column, Measure, PricedQuery, QueryContext, QueryPlan,
    QueryPolicy, QueryRow, Refusal, Schema, SexualAbuse, Table,
};
use safeground_privacy::{CalendarPeriod, Policy, Released};

pub const ACCOUNT: &str = "lake";

/// A row; columns that it does not name are null.
#[derive(Debug, Clone)]
pub struct Row {
    pub child: String,
    pub row: String,
    pub year: i32,
    pub month: u8,
    pub keys: BTreeMap<&'static str, String>,
    pub number: Option<i64>,
}

/// A row of 2024 with one number.
pub fn row(child: &str, name: &str, keys: &[(&'static str, &str)]) -> Row {
    Row {
        child: child.into(),
        row: name.into(),
        year: 2024,
        month: 5,
        keys: keys.iter().map(|(k, v)| (*k, (*v).to_owned())).collect(),
        number: Some(3),
    }
}

pub fn epsilon(text: &str) -> Epsilon {
    text.parse().unwrap()
}

pub fn seed(run: u64) -> NoiseSeed {
    let mut bytes = [0xa7; 32];
    bytes[..8].copy_from_slice(&run.to_le_bytes());
    NoiseSeed::from_bytes(bytes).unwrap()
}

/// A policy under which a year's questions may spend this.
pub fn policy(yearly: &str) -> QueryPolicy {
    QueryPolicy {
        yearly_epsilon: epsilon(yearly),
        least_epsilon: epsilon("0.001"),
        most_epsilon: epsilon(yearly),
    }
}

pub fn numbered(prefix: &str, n: usize) -> Vec<String> {
    (0..n).map(|at| format!("{prefix}:{at:05}")).collect()
}

fn keys(list: &[&str]) -> Vec<String> {
    list.iter().map(|key| (*key).to_owned()).collect()
}

/// `districts` districts, categories, sexes, and days worked.
pub fn table(districts: usize) -> Table {
    let district = Column::Place {
        level: "district".into(),
        keys: numbered("district", districts),
    };
    let categories = Column::Category {
        keys: keys(&["child_labour", "missing", "sexual_abuse", "trafficking"]),
    };
    let sexes = Column::Category {
        keys: keys(&["f", "m", "other"]),
    };
    let days = Column::Number {
        lowest: 0,
        highest: 30,
    };
    let columns = [
        ("district", district),
        ("category", categories),
        ("sex", sexes),
        ("days_worked", days),
    ];
    Table {
        calendar: Calendar::new(CalendarPeriod::Quarter, "2023-Q1", "2025-Q4").unwrap(),
        rows_per_child: 1,
        groups_per_child: 1,
        columns: columns
            .map(|(name, column)| (name.to_owned(), column))
            .into(),
        sexual_abuse: SexualAbuse::Keys {
            column: "category".into(),
            keys: keys(&["sexual_abuse"]),
        },
    }
}

pub fn schema_of(table: Table) -> Schema {
    let tables = vec![("incidents".to_owned(), table)];
    Schema::new(ACCOUNT, tables, &Policy::default().research).unwrap()
}

/// Answers questions over rows, in the order the engine must keep.
pub struct Desk {
    pub schema: Schema,
    pub policy: QueryPolicy,
    pub context: QueryContext,
    pub seed: NoiseSeed,
    pub ledger: Ledger,
    pub file: Vec<Entry>,
    pub book: AnswerBook,
    pub rows: Vec<Row>,
    /// Runs over the rows so far.
    pub runs: usize,
}

impl Desk {
    pub fn new(table: Table, rows: Vec<Row>, yearly: &str, run: u64) -> Self {
        let mut desk = Self {
            schema: schema_of(table),
            policy: policy(yearly),
            context: QueryContext {
                data_version: "incidents@7".into(),
                policy: "policy".into(),
            },
            seed: seed(run),
            ledger: Ledger::default(),
            file: Vec::new(),
            book: AnswerBook::default(),
            rows,
            runs: 0,
        };
        for year in 2023..=2025 {
            let proposal = desk.policy.open(&desk.ledger, ACCOUNT, year).unwrap();
            desk.append(proposal).unwrap();
        }
        desk
    }

    /// Appends, as if with fsync, then accepts.
    fn append(&mut self, proposal: Proposal) -> Result<Option<Charge>, Refusal> {
        self.file.push(proposal.entry().clone());
        Ok(self.ledger.accept(proposal)?)
    }

    pub fn plan(&self, text: &str) -> Result<QueryPlan, Refusal> {
        QueryPlan::parse(text, &self.schema)
    }

    pub fn ask(&mut self, text: &str, share: &str) -> Result<Answer, Refusal> {
        let plan = self.plan(text)?;
        let share = epsilon(share);
        if let Some(known) = self.book.find(&plan, &self.context, share) {
            return Ok(known.get().clone());
        }
        let priced = plan.price(share, &self.context, &self.policy, &self.seed)?;
        let charge = match priced.reserve(&self.ledger)? {
            Reservation::New(proposal) => self.append(proposal)?.unwrap(),
            Reservation::Paid(charge) => charge,
        };
        let answer = run(&priced, &charge, &self.seed, &self.rows)?;
        self.runs += 1;
        let given = answer.get().clone();
        self.book.admit(answer, &self.ledger)?;
        if let Some(proposal) = self.ledger.commit(&charge)? {
            self.append(proposal)?;
        }
        Ok(given)
    }
}

/// Reads the rows as the plan says and counts them.
pub fn run(
    priced: &PricedQuery,
    charge: &Charge,
    seed: &NoiseSeed,
    rows: &[Row],
) -> Result<Released<Answer>, Refusal> {
    let mut tally = priced.start(charge, seed)?;
    for row in rows {
        let columns = priced.plan().columns().iter();
        let keys: Vec<Option<&str>> = columns
            .map(|column| row.keys.get(column.name.as_str()).map(String::as_str))
            .collect();
        tally.push(&QueryRow {
            child: &row.child,
            row: &row.row,
            year: row.year,
            month: row.month,
            keys: &keys,
            number: row.number,
        })?;
    }
    Ok(tally.finish())
}

/// The protection removed: what an engine without noise, bounds or charge
/// would answer, in the order of the noisy answer's cells.
pub fn exact(plan: &QueryPlan, rows: &[Row]) -> Vec<i64> {
    let calendar = plan.periods().calendar;
    let mut cells: Vec<Vec<String>> = vec![Vec::new()];
    for column in plan.columns().iter().filter(|column| column.grouped) {
        cells = cells
            .iter()
            .flat_map(|cell| {
                column
                    .keys
                    .iter()
                    .map(|key| [cell.clone(), vec![key.clone()]].concat())
            })
            .collect();
    }
    let asked = |row: &&Row| {
        let keys = plan.columns().iter().all(|column| {
            let key = row.keys.get(column.name.as_str());
            key.is_some_and(|key| column.keys.binary_search(key).is_ok())
        });
        let period = calendar.position(row.year, row.month);
        keys && period.is_some_and(|at| plan.periods().positions.contains(&at))
    };
    let mut found: BTreeMap<Vec<String>, Vec<&Row>> = BTreeMap::new();
    for row in rows.iter().filter(asked) {
        let grouped = plan.columns().iter().filter(|column| column.grouped);
        let cell = grouped.map(|column| row.keys[column.name.as_str()].clone());
        found.entry(cell.collect()).or_default().push(row);
    }
    let figure = |cell: &Vec<String>| {
        let here = found.get(cell).map(Vec::as_slice).unwrap_or_default();
        match plan.measure() {
            Measure::Rows => here.len() as i64,
            Measure::Children => here
                .iter()
                .map(|row| &row.child)
                .collect::<BTreeSet<_>>()
                .len() as i64,
            Measure::Sum {
                lowest, highest, ..
            } => {
                let numbers = here.iter().filter_map(|row| row.number);
                numbers.map(|n| n.clamp(*lowest, *highest)).sum()
            }
        }
    };
    cells.iter().map(figure).collect()
}

/// A generator for the tests' own coins (SplitMix64).
pub struct Coins(pub u64);

impl Coins {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }

    pub fn heads(&mut self, share: f64) -> bool {
        ((self.next() >> 11) as f64 / (1_u64 << 53) as f64) < share
    }

    pub fn shuffle<T>(&mut self, list: &mut [T]) {
        for last in (1..list.len()).rev() {
            list.swap(last, self.below(last + 1));
        }
    }
}
