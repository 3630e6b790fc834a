//! The part of a release that a token opens.

use std::collections::{HashMap, HashSet};

use arrow::array::{Array as _, AsArray as _, BooleanArray, RecordBatch, StringArray};
use arrow::compute::filter_record_batch;
use arrow::datatypes::Float64Type;
use safeground_engine::release::ReleaseData;
use safeground_schema::ThemeKind;
use safeground_schema::release::LayerKind;

use super::build::text;
use crate::auth::Scope;
use crate::error::ServerError;

/// Takes from a release what a scope opens, as if it had been released alone:
/// layers, themes and periods without rows are gone from the manifest too.
///
/// 1. Places of the scope and all that lies in them keep their rows of scores
///    and of counts by class. Cells are left out where the scope names places.
/// 2. Burden, detection, service and outreach are kept for its themes and
///    periods; published indicators always.
/// 3. Of the places around, the description stays (it is public), no score.
///
/// A function of released rows that only leaves some out: it tells nothing that
/// the release did not. O(rows).
///
/// # Errors
/// [`ServerError::Broken`] for a column missing or of another type.
pub(crate) fn narrow(mut data: ReleaseData, scope: &Scope) -> Result<ReleaseData, ServerError> {
    if scope.is_everything() {
        return Ok(data);
    }
    let inside = places_inside(&data.places, scope)?;
    let cells: HashSet<&str> = data
        .manifest
        .layers
        .iter()
        .filter(|layer| layer.kind == LayerKind::H3)
        .map(|layer| layer.id.as_str())
        .collect();
    let indicators: HashSet<&str> = data
        .manifest
        .themes
        .iter()
        .filter(|theme| theme.kind == ThemeKind::Indicator)
        .map(|theme| theme.code.as_str())
        .collect();
    let opens = |theme: &str, period: &str| {
        indicators.contains(theme) || (scope.has_theme(theme) && scope.has_period(period))
    };
    let of_scope = |table: &RecordBatch| -> Result<RecordBatch, ServerError> {
        let column = |name| text(table, name);
        let (layers, units) = (column("layer")?, column("unit_id")?);
        let (themes, periods) = (column("theme")?, column("period")?);
        let keep: BooleanArray = (0..table.num_rows())
            .map(|row| {
                let of_place = inside.as_ref().is_none_or(|inside| {
                    !cells.contains(layers.value(row)) && inside.contains(units.value(row))
                });
                Some(of_place && opens(themes.value(row), periods.value(row)))
            })
            .collect();
        filter_record_batch(table, &keep).map_err(|error| ServerError::Broken(error.to_string()))
    };
    data.scores = of_scope(&data.scores)?;
    data.breakdowns = data.breakdowns.as_ref().map(of_scope).transpose()?;
    let left = Left::of(&data.scores)?;
    let positions = positions(&data.places)?;
    let manifest = &mut data.manifest;
    manifest.available.retain_mut(|available| {
        let at = (available.layer.clone(), available.theme.clone());
        available.periods.retain(|period| {
            left.periods
                .get(&at)
                .is_some_and(|kept| kept.contains(period))
        });
        !available.periods.is_empty()
    });
    manifest
        .themes
        .retain(|theme| left.periods.keys().any(|(_, code)| *code == theme.code));
    manifest.layers.retain_mut(|layer| {
        let Some(units) = left.units.get(&layer.id) else {
            return false;
        };
        layer.units = units.len() as u64;
        if inside.is_some() {
            layer.bounds = bounds(units, &positions).or(layer.bounds);
        }
        true
    });
    Ok(data)
}

/// Takes from a release what a scope opens to questions in SQL, where tables
/// are read as they are: what [`narrow`] takes, and of the places those of the
/// scope, with those that they lie in for their names.
///
/// # Errors
/// [`ServerError::Broken`] for a column missing or of another type.
pub(crate) fn narrow_tables(data: ReleaseData, scope: &Scope) -> Result<ReleaseData, ServerError> {
    let mut data = narrow(data, scope)?;
    let Some(mut kept) = places_inside(&data.places, scope)? else {
        return Ok(data);
    };
    let (ids, parents) = (
        text(&data.places, "place_id")?,
        text(&data.places, "parent_id")?,
    );
    let mut parents_of: HashMap<&str, Vec<&str>> = HashMap::new();
    for row in (0..data.places.num_rows()).filter(|row| parents.is_valid(*row)) {
        parents_of
            .entry(ids.value(row))
            .or_default()
            .push(parents.value(row));
    }
    let mut open: Vec<&str> = scope.places.iter().map(String::as_str).collect();
    while let Some(place) = open.pop() {
        for parent in parents_of.get(place).into_iter().flatten() {
            // What is kept already lies in the scope, or was climbed from.
            if kept.insert((*parent).to_owned()) {
                open.push(parent);
            }
        }
    }
    let keep: BooleanArray = (0..data.places.num_rows())
        .map(|row| Some(kept.contains(ids.value(row))))
        .collect();
    data.places = filter_record_batch(&data.places, &keep)
        .map_err(|error| ServerError::Broken(error.to_string()))?;
    Ok(data)
}

/// What the scores still hold.
struct Left {
    periods: HashMap<(String, String), HashSet<String>>,
    units: HashMap<String, HashSet<String>>,
}

impl Left {
    fn of(scores: &RecordBatch) -> Result<Self, ServerError> {
        let column = |name| text(scores, name);
        let (layers, units) = (column("layer")?, column("unit_id")?);
        let (themes, periods) = (column("theme")?, column("period")?);
        let mut left = Self {
            periods: HashMap::new(),
            units: HashMap::new(),
        };
        for row in 0..scores.num_rows() {
            let layer = layers.value(row).to_owned();
            let of_theme = left
                .periods
                .entry((layer.clone(), themes.value(row).to_owned()))
                .or_default();
            if !of_theme.contains(periods.value(row)) {
                of_theme.insert(periods.value(row).to_owned());
            }
            let of_layer = left.units.entry(layer).or_default();
            if !of_layer.contains(units.value(row)) {
                of_layer.insert(units.value(row).to_owned());
            }
        }
        Ok(left)
    }
}

/// Identifiers of the places of a scope and of all that lies in them; `None`
/// where it names none. The same identifier in a layer of another vintage is
/// the same place.
fn places_inside(
    places: &RecordBatch,
    scope: &Scope,
) -> Result<Option<HashSet<String>>, ServerError> {
    if scope.places.is_empty() {
        return Ok(None);
    }
    let (ids, parents) = (text(places, "place_id")?, text(places, "parent_id")?);
    let mut children: HashMap<&str, Vec<&str>> = HashMap::new();
    for row in (0..places.num_rows()).filter(|row| parents.is_valid(*row)) {
        children
            .entry(parents.value(row))
            .or_default()
            .push(ids.value(row));
    }
    let mut inside: HashSet<String> = HashSet::new();
    let mut open: Vec<&str> = scope.places.iter().map(String::as_str).collect();
    while let Some(place) = open.pop() {
        if inside.insert(place.to_owned()) {
            open.extend(children.get(place).into_iter().flatten());
        }
    }
    Ok(Some(inside))
}

/// Longitude and latitude by place.
fn positions(places: &RecordBatch) -> Result<HashMap<String, [f64; 2]>, ServerError> {
    let ids: &StringArray = text(places, "place_id")?;
    let number = |name: &str| {
        let array = places.column_by_name(name);
        let array = array.and_then(|array| array.as_primitive_opt::<Float64Type>());
        array.ok_or_else(|| ServerError::Broken(format!("there is no number column `{name}`")))
    };
    let (latitude, longitude) = (number("latitude")?, number("longitude")?);
    let known = |row: &usize| latitude.is_valid(*row) && longitude.is_valid(*row);
    Ok((0..places.num_rows())
        .filter(known)
        .map(|row| {
            let at = [longitude.value(row), latitude.value(row)];
            (ids.value(row).to_owned(), at)
        })
        .collect())
}

/// Degrees around a single place, so that its map shows more than a point.
const MARGIN_DEGREES: f64 = 0.2;

fn bounds(units: &HashSet<String>, positions: &HashMap<String, [f64; 2]>) -> Option<[f64; 4]> {
    let mut points = units.iter().filter_map(|unit| positions.get(unit));
    let first = points.next()?;
    let around = points.fold(
        [first[0], first[1], first[0], first[1]],
        |[w, s, e, n], at| [w.min(at[0]), s.min(at[1]), e.max(at[0]), n.max(at[1])],
    );
    Some([
        (around[0] - MARGIN_DEGREES).max(-180.0),
        (around[1] - MARGIN_DEGREES).max(-90.0),
        (around[2] + MARGIN_DEGREES).min(180.0),
        (around[3] + MARGIN_DEGREES).min(90.0),
    ])
}

#[cfg(test)]
mod tests;
