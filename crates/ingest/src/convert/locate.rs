//! The place of each row.

use std::sync::Arc;

use h3o::{CellIndex, LatLng, Resolution};
use polars::prelude::StringChunked;
use safeground_schema::{ErrorCode, GazetteerEntry, PlaceId};
use xxhash_rust::xxh3::xxh3_128;

use super::number::{Dress, parse_number};
use super::plan::{Memory, Plan, Worker};
use super::reject::{Cause, Rows};
use super::text::{place_code, slug};
use crate::IngestError;
use crate::locate::{Gazetteer, Match, MatchKind, NoMatch, ParentKey, PlaceMatcher};
use crate::mapping::{
    Coarsen, CodeKind, Decision, FINEST_RESOLUTION, Locator, LocatorGroup, Method, Parent,
};
use crate::source::Chunk;

/// A place that a row was tied to.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Located {
    pub id: Arc<str>,
    pub level: &'static str,
    pub vintage: Option<Arc<str>>,
    /// The code, where the row defines the place.
    pub code: Option<Arc<str>>,
}

impl Located {
    fn new(id: &PlaceId, code: Option<&str>) -> Self {
        Self {
            id: Arc::from(id.to_string()),
            level: id.layer.level.as_str(),
            vintage: id.layer.vintage.as_deref().map(Arc::from),
            code: code.map(Arc::from),
        }
    }
}

impl From<&GazetteerEntry> for Located {
    fn from(entry: &GazetteerEntry) -> Self {
        Self::new(&entry.place_id, None)
    }
}

/// A point in degrees.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Point {
    pub latitude: f64,
    pub longitude: f64,
}

/// What one group of locators found for each row.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub places: Vec<Option<Located>>,
    pub cells: Vec<Option<i64>>,
    pub points: Vec<Option<Point>>,
}

/// How looking up a name ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Ending {
    Alias,
    Exact,
    PartOfDistrict,
    Fuzzy,
    Unmatched,
    Ambiguous,
    ParentUnmatched,
}

impl Ending {
    fn of(found: &Result<Match<'_>, NoMatch>) -> Self {
        match found {
            Ok(found) => match found.kind {
                MatchKind::Alias => Self::Alias,
                MatchKind::Exact => Self::Exact,
                MatchKind::PartOfDistrict => Self::PartOfDistrict,
                MatchKind::Fuzzy => Self::Fuzzy,
            },
            Err(NoMatch::Unmatched) => Self::Unmatched,
            Err(NoMatch::Ambiguous | NoMatch::ParentAmbiguous) => Self::Ambiguous,
            Err(NoMatch::ParentUnmatched) => Self::ParentUnmatched,
        }
    }
}

/// A name within its parent that was looked up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Spelling {
    /// Group of locators and locator within it.
    pub locator: (usize, usize),
    /// Hash of parent and name: no name is kept.
    pub hash: u128,
    /// How it ended.
    pub ending: Ending,
}

/// One way to locate a row, with what it remembers.
pub(crate) struct Finder<'l> {
    locator: &'l Locator,
    gazetteer: &'l Gazetteer,
    matcher: Option<PlaceMatcher<'l>>,
    memory: Memory<Result<Located, ErrorCode>>,
    /// Names looked up since they were last taken.
    looked_up: Vec<(u128, Ending)>,
    /// Name of the column or columns in the quarantine.
    column: Arc<str>,
    is_shown: bool,
    /// Ways to make the coordinates coarser before they are used.
    coarsen: [Option<Coarsen>; 2],
    is_parent: bool,
}

/// What a locator says of a row.
enum Answer {
    /// Its cells are empty; the next locator is asked.
    Empty,
    Place(Located),
    Cell(i64, Option<Point>),
    Nothing(ErrorCode),
}

impl<'l> Finder<'l> {
    pub(super) fn new(
        locator: &'l Locator,
        group: &LocatorGroup,
        plan: &'l Plan<'l>,
    ) -> Result<Self, IngestError> {
        let matcher = match &locator.method {
            Method::Name {
                layer,
                parent,
                rule,
                aliases,
                ..
            } => Some(
                PlaceMatcher::new(
                    plan.gazetteer,
                    layer.clone(),
                    parent.as_ref().map(|parent| parent.within.clone()),
                    *rule,
                    aliases,
                )
                .map_err(|source| IngestError::Locate { source })?,
            ),
            _ => None,
        };
        let columns = locator.columns();
        let coarsen_of = |column: &str| match plan.mapping.decisions.get(column) {
            Some(Decision::Coarsen(coarsen)) => Some(*coarsen),
            _ => None,
        };
        Ok(Self {
            locator,
            gazetteer: plan.gazetteer,
            matcher,
            memory: Memory::default(),
            looked_up: Vec::new(),
            column: Arc::from(columns.join(", ")),
            // Coordinates are finer than what is kept and are never shown.
            is_shown: !matches!(
                locator.method,
                Method::Coordinates { .. } | Method::Cell { .. }
            ) && columns.iter().all(|column| plan.is_shown(column)),
            coarsen: match &locator.method {
                Method::Coordinates {
                    latitude,
                    longitude,
                    ..
                } => [coarsen_of(latitude), coarsen_of(longitude)],
                _ => [None, None],
            },
            is_parent: group.target.name == "parent_id",
        })
    }

    fn ask(&mut self, cells: &Cells<'_>, row: usize) -> Answer {
        let missing = self.locator.missing.as_slice();
        match &self.locator.method {
            Method::Code {
                kind,
                layer,
                join,
                pad,
                slug: as_slug,
                ..
            } => {
                let mut code = String::new();
                let mut empty = 0;
                for (index, column) in cells.columns.iter().enumerate() {
                    let cell = cell(column, row, missing);
                    empty += usize::from(cell.is_empty());
                    if index > 0 {
                        code.push_str(join);
                    }
                    code.push_str(&place_code(cell, *pad));
                }
                if empty == cells.columns.len() {
                    return Answer::Empty;
                }
                if empty > 0 {
                    return Answer::Nothing(ErrorCode::ValueMissing);
                }
                if *as_slug {
                    let texts = cells
                        .columns
                        .iter()
                        .map(|column| cell(column, row, missing));
                    code = slug(texts);
                }
                if self.locator.create {
                    let layer = layer.as_ref().expect("a place is defined with its layer");
                    return match PlaceId::new(layer.clone(), &code) {
                        Ok(id) => Answer::Place(Located::new(&id, Some(&code))),
                        Err(_) => Answer::Nothing(ErrorCode::PlaceCodeInvalid),
                    };
                }
                let gazetteer = self.gazetteer;
                let found = self.memory.get_or(&code, || {
                    let entry = match (kind, layer) {
                        (CodeKind::Lgd, Some(layer)) => gazetteer.by_lgd_code(layer, &code),
                        (CodeKind::Census2011, Some(layer)) => {
                            gazetteer.by_census2011_code(layer, &code)
                        }
                        (_, Some(layer)) => PlaceId::new(layer.clone(), &code)
                            .map_err(|_| NoMatch::Unmatched)
                            .and_then(|id| gazetteer.by_id(&id)),
                        (_, None) => code
                            .parse::<PlaceId>()
                            .map_err(|_| NoMatch::Unmatched)
                            .and_then(|id| gazetteer.by_id(&id)),
                    };
                    entry.map(Located::from).map_err(NoMatch::code)
                });
                place(found)
            }
            Method::Name { parent, .. } => {
                let name = cell(cells.columns[0], row, missing);
                if name.is_empty() {
                    return Answer::Empty;
                }
                let within = match parent {
                    None => None,
                    Some(parent) => {
                        let text = cell(cells.columns[1], row, missing);
                        if text.is_empty() {
                            return Answer::Nothing(ErrorCode::ParentUnmatched);
                        }
                        Some(parent_text(parent, text))
                    }
                };
                let key = format!("{}\u{1f}{name}", within.as_deref().unwrap_or(""));
                let matcher = self
                    .matcher
                    .as_mut()
                    .expect("locating by name has a matcher");
                let looked_up = &mut self.looked_up;
                place(self.memory.get_or(&key, || {
                    let found = matcher.find(within.as_deref(), name);
                    looked_up.push((xxh3_128(key.as_bytes()), Ending::of(&found)));
                    found
                        .map(|found| Located::from(found.place))
                        .map_err(NoMatch::code)
                }))
            }
            Method::Coordinates {
                area, resolution, ..
            } => {
                let latitude = cell(cells.columns[0], row, missing);
                let longitude = cell(cells.columns[1], row, missing);
                if latitude.is_empty() && longitude.is_empty() {
                    return Answer::Empty;
                }
                match point(latitude, longitude, self.coarsen) {
                    None => Answer::Nothing(ErrorCode::CoordinateInvalid),
                    Some(point) if area.is_some_and(|area| !is_inside(point, area)) => {
                        Answer::Nothing(ErrorCode::CoordinateOutsideArea)
                    }
                    Some(point) => match cell_of(point, *resolution) {
                        Some(cell) => Answer::Cell(cell, Some(point)),
                        None => Answer::Nothing(ErrorCode::CoordinateInvalid),
                    },
                }
            }
            Method::Cell { resolution, .. } => {
                let text = cell(cells.columns[0], row, missing);
                if text.is_empty() {
                    return Answer::Empty;
                }
                match text.to_ascii_lowercase().parse::<CellIndex>() {
                    Ok(cell) if u8::from(cell.resolution()) <= FINEST_RESOLUTION => {
                        Answer::Cell(stored(coarser(cell, *resolution)), None)
                    }
                    _ => Answer::Nothing(ErrorCode::H3Invalid),
                }
            }
        }
    }

    /// The code under which a row goes to the quarantine: a place that should
    /// contain another has a code of its own.
    fn code(&self, code: ErrorCode) -> ErrorCode {
        match code {
            ErrorCode::PlaceUnmatched if self.is_parent => ErrorCode::ParentUnmatched,
            other => other,
        }
    }
}

fn place(found: Result<Located, ErrorCode>) -> Answer {
    match found {
        Ok(located) => Answer::Place(located),
        Err(code) => Answer::Nothing(code),
    }
}

fn parent_text(parent: &Parent, text: &str) -> String {
    if parent.within.by == ParentKey::Name {
        text.to_owned()
    } else {
        place_code(text, parent.pad)
    }
}

/// The columns that a locator reads in one chunk.
struct Cells<'c> {
    columns: Vec<&'c StringChunked>,
}

fn cell<'c>(column: &'c StringChunked, row: usize, missing: &[String]) -> &'c str {
    let cell = column.get(row).unwrap_or("").trim();
    if missing.iter().any(|text| text == cell) {
        ""
    } else {
        cell
    }
}

fn point(latitude: &str, longitude: &str, coarsen: [Option<Coarsen>; 2]) -> Option<Point> {
    let degrees = |text: &str, limit: f64, coarsen: Option<Coarsen>| {
        let number = parse_number(text, Dress::default()).ok()?;
        let number = coarsen.map_or(number, |coarsen| coarsen.number(number));
        (-limit..=limit).contains(&number).then_some(number)
    };
    Some(Point {
        latitude: degrees(latitude, 90.0, coarsen[0])?,
        longitude: degrees(longitude, 180.0, coarsen[1])?,
    })
}

fn is_inside(point: Point, [west, south, east, north]: [f64; 4]) -> bool {
    (west..=east).contains(&point.longitude) && (south..=north).contains(&point.latitude)
}

/// The H3 cell of a point as it is stored.
pub(super) fn cell_of(point: Point, resolution: u8) -> Option<i64> {
    let resolution = Resolution::try_from(resolution).ok()?;
    let point = LatLng::new(point.latitude, point.longitude).ok()?;
    Some(stored(point.to_cell(resolution)))
}

fn coarser(cell: CellIndex, resolution: u8) -> CellIndex {
    Resolution::try_from(resolution)
        .ok()
        .filter(|resolution| *resolution < cell.resolution())
        .and_then(|resolution| cell.parent(resolution))
        .unwrap_or(cell)
}

fn stored(cell: CellIndex) -> i64 {
    i64::try_from(u64::from(cell)).expect("the top bit of a cell is never set")
}

impl Worker<'_> {
    /// The names looked up since this was last asked.
    pub(super) fn names_found(&mut self) -> Vec<Spelling> {
        let mut names = Vec::new();
        for (group, finders) in self.finders.iter_mut().enumerate() {
            for (index, finder) in finders.iter_mut().enumerate() {
                let looked_up = finder.looked_up.drain(..);
                names.extend(looked_up.map(|(hash, ending)| Spelling {
                    locator: (group, index),
                    hash,
                    ending,
                }));
            }
        }
        names
    }
}

/// Locates every good row by each group of locators; rows without a place
/// that need one are rejected.
pub(super) fn locate(worker: &mut Worker<'_>, chunk: &Chunk, rows: &mut Rows) -> Vec<Found> {
    let mapping = worker.plan.mapping;
    let mut all = Vec::with_capacity(mapping.locators.len());
    for (group, finders) in mapping.locators.iter().zip(&mut worker.finders) {
        let height = rows.len();
        let mut found = Found {
            places: vec![None; height],
            cells: vec![None; height],
            points: vec![None; height],
        };
        let cells: Vec<Option<Cells<'_>>> = finders
            .iter()
            .map(|finder| {
                finder
                    .locator
                    .columns()
                    .iter()
                    .map(|name| chunk.text(name))
                    .collect::<Option<Vec<_>>>()
                    .map(|columns| Cells { columns })
            })
            .collect();
        let may_be_empty = group.locators.iter().any(|locator| locator.optional);
        for row in 0..height {
            if !rows.is_good(row) {
                continue;
            }
            let mut is_decided = false;
            for (finder, cells) in finders.iter_mut().zip(&cells) {
                let Some(cells) = cells else { continue };
                match finder.ask(cells, row) {
                    Answer::Empty => continue,
                    Answer::Place(located) => found.places[row] = Some(located),
                    Answer::Cell(cell, point) => {
                        found.cells[row] = Some(cell);
                        found.points[row] = point;
                    }
                    Answer::Nothing(code) => {
                        let unmatched = matches!(
                            code,
                            ErrorCode::PlaceUnmatched
                                | ErrorCode::PlaceAmbiguous
                                | ErrorCode::ParentUnmatched
                        );
                        if !(finder.locator.optional && unmatched) {
                            let value = finder.is_shown.then(|| shown(cells, row));
                            rows.reject(row, || {
                                Cause::of_column(
                                    finder.code(code),
                                    &finder.column,
                                    value.as_deref(),
                                )
                            });
                        }
                    }
                }
                is_decided = true;
                break;
            }
            if !is_decided && !may_be_empty {
                let column = finders
                    .first()
                    .map_or_else(|| Arc::from(""), |finder| Arc::clone(&finder.column));
                rows.reject(row, || {
                    Cause::of_column(ErrorCode::ValueMissing, &column, None)
                });
            }
        }
        all.push(found);
    }
    all
}

/// The cells of a row as they stand in the quarantine.
fn shown(cells: &Cells<'_>, row: usize) -> String {
    cells
        .columns
        .iter()
        .map(|column| column.get(row).unwrap_or("").trim())
        .collect::<Vec<_>>()
        .join(", ")
}
