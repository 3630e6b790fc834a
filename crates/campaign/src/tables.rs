//! The tables of a planning release as plain numbers.

use std::collections::{BTreeMap, HashMap};

use arrow::array::{Array, AsArray, Float64Array, Int64Array, RecordBatch, StringArray};
use arrow::datatypes::{Float64Type, Int64Type};
use safeground_schema::release::Manifest;
use safeground_schema::{Status, ThemeKind};

use crate::CampaignError;

/// A place of the release.
#[derive(Debug, Clone, PartialEq)]
pub struct PlaceRow {
    /// Identifier.
    pub id: String,
    /// Layer: `state`, `district`, `block`, `village`.
    pub layer: String,
    /// Name; the identifier where there is none.
    pub name: String,
    /// Place that it lies in, as a number of [`Tables::places`].
    pub parent: Option<usize>,
    /// LGD code.
    pub lgd_code: Option<String>,
    /// People.
    pub population: Option<u64>,
    /// Children below 18.
    pub children: Option<u64>,
    /// Households.
    pub households: Option<u64>,
    /// Degrees north and east.
    pub position: Option<(f64, f64)>,
}

/// What the release says of a place, theme and period.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Figure {
    /// Whether there is a value, and if not, why.
    pub status: Status,
    /// Least and largest count of the band, the second absent where the band
    /// is open.
    pub count: Option<(u64, Option<u64>)>,
    /// Empirical Bayes rate with its 95 % interval, per 100,000 children for
    /// burden; for indicators the value as published, with its interval where
    /// one is.
    pub rate: Option<(f64, Option<(f64, f64)>)>,
}

/// Which themes and periods are read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// Themes, with the period of each.
    pub themes: BTreeMap<String, String>,
}

/// The tables of a release, read once for a plan.
#[derive(Debug, Clone)]
pub struct Tables {
    /// Release id.
    pub release_id: String,
    /// Places of all layers, in the order of the release.
    pub places: Vec<PlaceRow>,
    by_id: HashMap<String, usize>,
    figures: HashMap<(usize, usize), Figure>,
    themes: Vec<String>,
    outreach: HashMap<usize, Vec<(i32, Figure)>>,
}

/// Theme of the households reached by campaigns.
const OUTREACH: &str = "outreach";

impl Tables {
    /// Reads places, figures of the themes and periods wanted, and households
    /// reached in all years.
    ///
    /// O(rows of both tables).
    ///
    /// # Errors
    /// [`CampaignError::Audience`] for a release not made for planners,
    /// [`CampaignError::Column`] for a table of another shape.
    pub fn read(
        manifest: &Manifest,
        places: &RecordBatch,
        scores: &RecordBatch,
        wanted: &Wanted,
    ) -> Result<Self, CampaignError> {
        if manifest.audience != "planning" {
            return Err(CampaignError::Audience {
                release_id: manifest.release_id.clone(),
                audience: manifest.audience.clone(),
            });
        }
        let (places, by_id) = read_places(places)?;
        let themes: Vec<String> = wanted.themes.keys().cloned().collect();
        let mut tables = Self {
            release_id: manifest.release_id.clone(),
            places,
            by_id,
            figures: HashMap::new(),
            themes,
            outreach: HashMap::new(),
        };
        tables.read_scores(manifest, scores, wanted)?;
        Ok(tables)
    }

    /// Number of a place.
    #[must_use]
    pub fn number(&self, id: &str) -> Option<usize> {
        self.by_id.get(id).copied()
    }

    /// Number of a theme among those wanted.
    #[must_use]
    pub fn theme(&self, code: &str) -> Option<usize> {
        self.themes.iter().position(|theme| theme == code)
    }

    /// What the release says of a place and a theme wanted.
    #[must_use]
    pub fn figure(&self, place: usize, theme: usize) -> Option<&Figure> {
        self.figures.get(&(place, theme))
    }

    /// Households reached at a place, by year, ascending.
    #[must_use]
    pub fn outreach(&self, place: usize) -> &[(i32, Figure)] {
        self.outreach.get(&place).map_or(&[], Vec::as_slice)
    }

    /// The place itself and those around it, nearest first. Ends where a
    /// place is met twice, as in a damaged hierarchy.
    pub fn around(&self, place: usize) -> impl Iterator<Item = usize> {
        let limit = self.places.len();
        std::iter::successors(Some(place), |place| self.places[*place].parent).take(limit)
    }

    /// The place of a layer that a place lies in, itself included.
    #[must_use]
    pub fn ancestor(&self, place: usize, layer: &str) -> Option<usize> {
        self.around(place)
            .find(|place| self.places[*place].layer == layer)
    }

    fn read_scores(
        &mut self,
        manifest: &Manifest,
        scores: &RecordBatch,
        wanted: &Wanted,
    ) -> Result<(), CampaignError> {
        let text = |column| text(scores, "scores", column);
        let number = |column| number(scores, "scores", column);
        let whole = |column| whole(scores, "scores", column);
        let (layers, units, themes) = (text("layer")?, text("unit_id")?, text("theme")?);
        let (periods, statuses) = (text("period")?, text("status")?);
        let (low, high) = (whole("count_low")?, whole("count_high")?);
        let eb = (number("eb_rate")?, number("eb_low")?, number("eb_high")?);
        let raw = (number("rate")?, number("rate_low")?, number("rate_high")?);
        for row in 0..scores.num_rows() {
            let Some(place) = self.by_id.get(units.value(row)).copied() else {
                continue;
            };
            if self.places[place].layer != layers.value(row) {
                continue;
            }
            let code = themes.value(row);
            let period = periods.value(row);
            let is_wanted = wanted.themes.get(code).is_some_and(|want| want == period);
            if !is_wanted && code != OUTREACH {
                continue;
            }
            let status = statuses.value(row);
            let status = Status::ALL
                .into_iter()
                .find(|known| known.as_str() == status)
                .ok_or(CampaignError::Column {
                    table: "scores",
                    column: "status",
                })?;
            let is_indicator = kind_of(manifest, code) == Some(ThemeKind::Indicator);
            let (rate, rate_low, rate_high) = if is_indicator { raw } else { eb };
            let interval = value(rate_low, row).zip(value(rate_high, row));
            let figure = Figure {
                status,
                count: count(low, row).map(|low| (low, count(high, row))),
                rate: value(rate, row).map(|rate| (rate, interval)),
            };
            if is_wanted && let Some(theme) = self.theme(code) {
                self.figures.insert((place, theme), figure);
            }
            if code == OUTREACH
                && let Ok(year) = period.parse()
            {
                self.outreach.entry(place).or_default().push((year, figure));
            }
        }
        for years in self.outreach.values_mut() {
            years.sort_by_key(|(year, _)| *year);
        }
        Ok(())
    }
}

/// Kind of a theme of a release.
#[must_use]
pub fn kind_of(manifest: &Manifest, theme: &str) -> Option<ThemeKind> {
    let known = manifest.themes.iter().find(|known| known.code == theme);
    known.map(|theme| theme.kind)
}

fn read_places(
    batch: &RecordBatch,
) -> Result<(Vec<PlaceRow>, HashMap<String, usize>), CampaignError> {
    let text = |column| text(batch, "places", column);
    let number = |column| number(batch, "places", column);
    let whole = |column| whole(batch, "places", column);
    let (ids, layers, names) = (text("place_id")?, text("layer")?, text("name")?);
    let (parents, codes) = (text("parent_id")?, text("lgd_code")?);
    let (population, children) = (whole("population")?, whole("children")?);
    let households = whole("households")?;
    let (latitude, longitude) = (number("latitude")?, number("longitude")?);
    // Layers of other vintages repeat identifiers; the plain layer is today's.
    let rows: Vec<usize> = (0..batch.num_rows())
        .filter(|row| !layers.value(*row).contains('@'))
        .collect();
    let by_id: HashMap<String, usize> = rows
        .iter()
        .enumerate()
        .map(|(number, row)| (ids.value(*row).to_owned(), number))
        .collect();
    let given =
        |array: &StringArray, row: usize| array.is_valid(row).then(|| array.value(row).to_owned());
    let places = rows
        .iter()
        .map(|row| PlaceRow {
            id: ids.value(*row).to_owned(),
            layer: layers.value(*row).to_owned(),
            name: given(names, *row).unwrap_or_else(|| ids.value(*row).to_owned()),
            parent: given(parents, *row).and_then(|parent| by_id.get(&parent).copied()),
            lgd_code: given(codes, *row),
            population: count(population, *row),
            children: count(children, *row),
            households: count(households, *row),
            position: value(latitude, *row).zip(value(longitude, *row)),
        })
        .collect();
    Ok((places, by_id))
}

fn text<'a>(
    batch: &'a RecordBatch,
    table: &'static str,
    column: &'static str,
) -> Result<&'a StringArray, CampaignError> {
    batch
        .column_by_name(column)
        .and_then(|array| array.as_string_opt::<i32>())
        .ok_or(CampaignError::Column { table, column })
}

fn number<'a>(
    batch: &'a RecordBatch,
    table: &'static str,
    column: &'static str,
) -> Result<&'a Float64Array, CampaignError> {
    batch
        .column_by_name(column)
        .and_then(|array| array.as_primitive_opt::<Float64Type>())
        .ok_or(CampaignError::Column { table, column })
}

fn whole<'a>(
    batch: &'a RecordBatch,
    table: &'static str,
    column: &'static str,
) -> Result<&'a Int64Array, CampaignError> {
    batch
        .column_by_name(column)
        .and_then(|array| array.as_primitive_opt::<Int64Type>())
        .ok_or(CampaignError::Column { table, column })
}

fn value(array: &Float64Array, row: usize) -> Option<f64> {
    array.is_valid(row).then(|| array.value(row))
}

fn count(array: &Int64Array, row: usize) -> Option<u64> {
    array
        .is_valid(row)
        .then(|| array.value(row))
        .and_then(|count| u64::try_from(count).ok())
}
