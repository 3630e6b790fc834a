//! The truth behind a release: what adversaries want and none has whole.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;

use anyhow::Context as _;

use super::Geography;
use super::release::{Block, BlockKey, ClassKey, add_scores, batches};

/// A canary: a candidate of whom a coin decided whether it is in the data.
#[derive(Debug, Clone)]
pub struct Canary {
    /// `single`, or what its cluster was made to break.
    pub role: String,
    /// Cluster; of a single, its own.
    pub group: u64,
    /// The coin.
    pub present: bool,
    /// Village.
    pub village: String,
    /// Block.
    pub block: String,
    /// District.
    pub district: String,
    /// H3 cell of resolution 8.
    pub h3: String,
    /// Theme.
    pub theme: String,
    /// Quarter, such as `2021-Q3`.
    pub quarter: String,
    /// Year.
    pub year: String,
    /// Whether its partner tells the village; another tells the cell alone.
    pub tells_village: bool,
}

/// One record of an incident, as finely as its partner knows the place.
#[derive(Debug, Clone)]
pub struct Record {
    /// Partner.
    pub partner: String,
    /// Case.
    pub case: String,
    /// Child; a record of several children names none.
    pub child: Option<String>,
    /// Children.
    pub children: u64,
    /// Theme.
    pub theme: String,
    /// Quarter.
    pub quarter: String,
    /// Village, where the partner tells it.
    pub village: Option<String>,
    /// H3 cell of resolution 8, where it tells it.
    pub h3: Option<String>,
    /// Block.
    pub block: String,
    /// District.
    pub district: String,
    /// Its class by breakdown.
    pub classes: [(&'static str, String); 3],
}

/// What incidents are broken down by.
const BREAKDOWNS: [&str; 3] = ["sex", "age_band", "detection_mode"];

/// Exact counts of one layer, theme and period by unit.
pub type ExactBlock = HashMap<String, u64>;

/// Everything true.
pub struct Truth {
    /// Canaries.
    pub canaries: Vec<Canary>,
    /// Records.
    pub records: Vec<Record>,
    /// Exact counts.
    pub exact: BTreeMap<BlockKey, ExactBlock>,
    /// Exact counts of children who have a key: what noise is added to, since a
    /// child without one cannot be bounded.
    pub keyed: BTreeMap<BlockKey, ExactBlock>,
    /// Scores on exact counts, as a steward has them; never released.
    pub steward: BTreeMap<BlockKey, Block>,
    /// Identifiers of children and cases of canaries that are in the data.
    pub identifiers: Vec<String>,
}

impl Truth {
    /// Reads the truth: the generator's files, and the steward's tables.
    ///
    /// Exact counts are taken from the tables where `counted`; otherwise they
    /// are counted from the records, which takes no time but knows nothing of
    /// what is no incident.
    ///
    /// # Errors
    /// Where a file is missing or has an unknown shape, or where the records
    /// and the tables disagree.
    pub fn read(
        input: &Path,
        geography: &Geography,
        tables: &[std::path::PathBuf],
        counted: bool,
    ) -> anyhow::Result<Self> {
        let mut truth = Self {
            canaries: Vec::new(),
            records: Vec::new(),
            exact: BTreeMap::new(),
            keyed: BTreeMap::new(),
            steward: BTreeMap::new(),
            identifiers: Vec::new(),
        };
        for row in rows(&input.join("truth/canaries.csv"))? {
            let text = |name: &str| row.get(name).cloned().unwrap_or_default();
            truth.canaries.push(Canary {
                role: text("role"),
                group: text("group").parse()?,
                present: text("present") == "1",
                village: text("village"),
                block: text("block"),
                district: text("district"),
                h3: text("h3"),
                theme: text("category"),
                quarter: text("quarter"),
                year: text("year"),
                tells_village: !text("partner").starts_with("Birch"),
            });
        }
        for row in rows(&input.join("truth/records.csv"))? {
            let text = |name: &str| row.get(name).cloned().unwrap_or_default();
            let some = |name: &str| Some(text(name)).filter(|text| !text.is_empty());
            if some("canary").is_some() {
                truth.identifiers.push(text("case"));
                truth.identifiers.push(text("child"));
            }
            truth.records.push(Record {
                partner: text("partner"),
                case: text("case"),
                child: some("child"),
                children: text("children").parse()?,
                theme: text("category"),
                quarter: text("quarter"),
                village: some("village"),
                h3: some("h3"),
                block: text("block"),
                district: text("district"),
                classes: BREAKDOWNS.map(|by| (by, text(by))),
            });
        }
        for table in tables {
            for batch in batches(std::fs::read(table)?)? {
                add_scores(&mut truth.steward, &batch)?;
            }
        }
        truth.exact = truth.counts_of_records(geography, true);
        truth.keyed = truth.counts_of_records(geography, false);
        // Two ways to one number: a fault of the harness must not look like
        // safety.
        for (key, block) in &truth.steward {
            let Some(from_records) = truth.exact.get(key) else {
                continue;
            };
            for (unit, cell) in block.cells() {
                let (Some(count), Some(own)) = (cell.count(), from_records.get(unit)) else {
                    continue;
                };
                anyhow::ensure!(
                    count == *own as f64,
                    "the records and the steward's table disagree on a count of {key:?}"
                );
            }
        }
        if counted {
            for (key, block) in &truth.steward {
                let counts = block
                    .cells()
                    .map(|(unit, cell)| (unit.to_owned(), cell.count().unwrap_or(0.0) as u64));
                truth.exact.insert(key.clone(), counts.collect());
            }
        }
        Ok(truth)
    }

    /// Distinct children by unit as the records have them, nobody included
    /// where villages lie.
    fn counts_of_records(
        &self,
        geography: &Geography,
        with_keyless: bool,
    ) -> BTreeMap<BlockKey, ExactBlock> {
        type Children<'a> = HashMap<&'a str, (HashSet<&'a str>, u64)>;
        let mut found: HashMap<(&str, &str, &str), Children<'_>> = HashMap::new();
        let cells = self.cells(&[3, 4, 5, 6]);
        for record in &self.records {
            for (layer, unit) in units_of(record, geography.state.as_deref(), &cells) {
                for period in [&record.quarter[..4], &record.quarter] {
                    let block = found.entry((layer, &record.theme, period)).or_default();
                    let (named, unnamed) = block.entry(unit).or_default();
                    match &record.child {
                        Some(child) => {
                            named.insert(child);
                        }
                        None if with_keyless => *unnamed += record.children,
                        None => {}
                    }
                }
            }
        }
        let mut exact = BTreeMap::new();
        for ((layer, theme, period), children) in found {
            let key = (layer.to_owned(), theme.to_owned(), period.to_owned());
            let units = geography.members.get(layer).into_iter().flatten();
            let mut counts: ExactBlock = units.map(|(unit, _)| (unit.clone(), 0)).collect();
            for (unit, (named, unnamed)) in children {
                counts.insert(unit.to_owned(), named.len() as u64 + unnamed);
            }
            exact.insert(key, counts);
        }
        exact
    }

    /// The exact count of a unit.
    #[must_use]
    pub fn count(&self, layer: &str, unit: &str, theme: &str, period: &str) -> Option<u64> {
        let key = (layer.to_owned(), theme.to_owned(), period.to_owned());
        self.exact.get(&key)?.get(unit).copied()
    }

    /// Distinct children by class and unit, of units that have any, in years.
    #[must_use]
    pub fn classes(&self) -> HashMap<ClassKey, HashMap<String, u64>> {
        type Behind<'a> = HashMap<&'a str, Children<'a>>;
        let mut found: HashMap<(&str, &str, &str, &str, &str), Behind<'_>> = HashMap::new();
        for record in &self.records {
            for (layer, unit) in [("district", &record.district), ("block", &record.block)] {
                for (by, class) in &record.classes {
                    let key = (layer, &*record.theme, &record.quarter[..4], *by, &**class);
                    let units = found.entry(key).or_default();
                    units.entry(unit).or_default().add(record);
                }
            }
        }
        found
            .into_iter()
            .map(|((layer, theme, period, by, class), units)| {
                let key = [layer, theme, period, by, class].map(str::to_owned);
                let [layer, theme, period, by, class] = key;
                let units = units.into_iter();
                (
                    (layer, theme, period, by, class),
                    units
                        .map(|(unit, of)| (unit.to_owned(), of.count()))
                        .collect(),
                )
            })
            .collect()
    }

    /// Exact counts as noise is added to them, or as thresholds take them.
    #[must_use]
    pub fn base(&self, noise: bool) -> &BTreeMap<BlockKey, ExactBlock> {
        if noise { &self.keyed } else { &self.exact }
    }

    /// Singles: the children whose presence is guessed.
    pub fn singles(&self) -> impl Iterator<Item = &Canary> {
        self.canaries
            .iter()
            .filter(|canary| canary.role == "single")
    }

    /// What stands behind each unit of places and cells, by layer, unit, theme
    /// and period; years and quarters.
    #[must_use]
    pub fn sources(&self, resolutions: &[u8]) -> HashMap<BlockKey, HashMap<String, Sources>> {
        type Behind<'a> = HashMap<&'a str, Contributions<'a>>;
        let cells = self.cells(resolutions);
        let mut behind: HashMap<(&str, &str, &str), Behind<'_>> = HashMap::new();
        for record in &self.records {
            for (layer, unit) in units_of(record, None, &cells) {
                for period in [&record.quarter[..4], &record.quarter] {
                    let block = behind.entry((layer, &record.theme, period)).or_default();
                    let Contributions { events, partners } = block.entry(unit).or_default();
                    let event = events.entry((&record.partner, &record.case)).or_default();
                    event.add(record);
                    partners.entry(&record.partner).or_default().add(record);
                }
            }
        }
        behind
            .into_iter()
            .map(|((layer, theme, period), units)| {
                let key = (layer.to_owned(), theme.to_owned(), period.to_owned());
                let units = units
                    .into_iter()
                    .map(|(unit, behind)| (unit.to_owned(), behind.summed()));
                (key, units.collect())
            })
            .collect()
    }

    /// Layers and cells that hold each cell of a record.
    fn cells(&self, resolutions: &[u8]) -> Cells<'_> {
        let cells: HashSet<&str> = self
            .records
            .iter()
            .filter_map(|r| r.h3.as_deref())
            .collect();
        let of = |cell: &str| {
            let of = |r: &u8| Some((format!("h3_r{r}"), parent(cell, *r)?));
            resolutions.iter().filter_map(of).collect()
        };
        cells.into_iter().map(|cell| (cell, of(cell))).collect()
    }
}

/// What stands behind a count.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sources {
    /// Distinct events.
    pub events: u64,
    /// Distinct partners.
    pub partners: u64,
    /// Children of the event with most.
    pub of_largest_event: u64,
    /// Children of the partner with most.
    pub of_largest_partner: u64,
}

/// Children by event and by partner.
#[derive(Default)]
struct Contributions<'a> {
    events: HashMap<(&'a str, &'a str), Children<'a>>,
    partners: HashMap<&'a str, Children<'a>>,
}

impl Contributions<'_> {
    fn summed(&self) -> Sources {
        let largest = |children: Option<u64>| children.unwrap_or(0);
        Sources {
            events: self.events.len() as u64,
            partners: self.partners.len() as u64,
            of_largest_event: largest(self.events.values().map(Children::count).max()),
            of_largest_partner: largest(self.partners.values().map(Children::count).max()),
        }
    }
}

/// Distinct children, and those of records that name none.
#[derive(Default)]
struct Children<'a> {
    named: HashSet<&'a str>,
    unnamed: u64,
}

impl<'a> Children<'a> {
    fn add(&mut self, record: &'a Record) {
        match &record.child {
            Some(child) => {
                self.named.insert(child);
            }
            None => self.unnamed += record.children,
        }
    }

    fn count(&self) -> u64 {
        self.named.len() as u64 + self.unnamed
    }
}

/// Layers and cells that hold a fine cell.
type Cells<'a> = HashMap<&'a str, Vec<(String, String)>>;

/// Layers and units that a record counts in.
fn units_of<'a>(
    record: &'a Record,
    state: Option<&'a str>,
    cells: &'a Cells<'_>,
) -> Vec<(&'a str, &'a str)> {
    let mut units: Vec<(&str, &str)> =
        vec![("district", &record.district), ("block", &record.block)];
    units.extend(state.map(|state| ("state", state)));
    units.extend(
        record
            .village
            .as_deref()
            .map(|village| ("village", village)),
    );
    let holding = record.h3.as_deref().and_then(|cell| cells.get(cell));
    units.extend(
        holding
            .into_iter()
            .flatten()
            .map(|(l, u)| (l.as_str(), u.as_str())),
    );
    units
}

/// The cell of a resolution that holds a finer cell.
#[must_use]
pub(crate) fn parent(cell: &str, resolution: u8) -> Option<String> {
    let cell: h3o::CellIndex = cell.parse().ok()?;
    let resolution = h3o::Resolution::try_from(resolution).ok()?;
    Some(cell.parent(resolution)?.to_string())
}

/// The rows of a CSV file by column.
pub(super) fn rows(file: &Path) -> anyhow::Result<Vec<HashMap<String, String>>> {
    let mut reader =
        csv::Reader::from_path(file).with_context(|| format!("cannot read {}", file.display()))?;
    Ok(reader.deserialize().collect::<Result<_, _>>()?)
}
