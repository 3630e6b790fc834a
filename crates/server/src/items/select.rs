//! Which units, in which order, with which properties.

use std::cmp::Ordering;

use geo::{Intersects as _, Rect, coord};
use rstar::AABB;

use crate::geometry::{Shape, split_at_antimeridian};
use crate::problem::Problem;
use crate::query::Params;
use crate::view::{COLUMNS, LayerView, Selection, Unit, Value};

/// A property of a feature, or a column of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Field {
    /// Known of the unit itself.
    Unit(&'static str),
    /// The layer, theme or period of the answer.
    Key(&'static str),
    /// A measure, by its position.
    Measure(usize),
}

const UNIT_FIELDS: [&str; 10] = [
    "id",
    "name",
    "parent_id",
    "parent_name",
    "lgd_code",
    "census2011_code",
    "population",
    "children",
    "households",
    "area_km2",
];
const KEY_FIELDS: [&str; 3] = ["layer", "theme", "period"];

impl Field {
    /// Every property, in the order of a table.
    pub(super) fn all() -> impl Iterator<Item = Self> {
        UNIT_FIELDS
            .into_iter()
            .map(Self::Unit)
            .chain(KEY_FIELDS.into_iter().map(Self::Key))
            .chain((0..COLUMNS.len()).map(Self::Measure))
    }

    /// What is known of a unit itself.
    pub(super) fn about_unit() -> Vec<Self> {
        UNIT_FIELDS.into_iter().map(Self::Unit).collect()
    }

    /// Layer, theme, period and measures.
    pub(super) fn measured() -> Vec<Self> {
        Self::all()
            .filter(|field| !matches!(field, Self::Unit(_)))
            .collect()
    }

    /// Its name in every format.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Unit(name) | Self::Key(name) => name,
            Self::Measure(position) => COLUMNS[position].as_str(),
        }
    }

    fn named(name: &str) -> Option<Self> {
        Self::all().find(|field| field.name() == name)
    }

    /// Its value for a unit.
    pub(crate) fn value<'a>(
        self,
        layer: &'a LayerView,
        selection: &Selection<'a>,
        unit: usize,
    ) -> Value<'a> {
        match self {
            Self::Measure(position) => selection.measures.value(position, unit),
            Self::Key("layer") => Value::Text(&layer.info.id),
            Self::Key("theme") => Value::Text(selection.theme),
            Self::Key(_) => Value::Text(selection.period),
            Self::Unit(name) => of_unit(&layer.units[unit], name),
        }
    }
}

fn of_unit<'a>(unit: &'a Unit, name: &str) -> Value<'a> {
    let text = |value: &'a Option<String>| value.as_deref().map_or(Value::Null, Value::Text);
    let whole = |value: Option<i64>| value.map_or(Value::Null, Value::Integer);
    match name {
        "id" => Value::Text(&unit.id),
        "name" => text(&unit.name),
        "parent_id" => text(&unit.parent_id),
        "parent_name" => text(&unit.parent_name),
        "lgd_code" => text(&unit.lgd_code),
        "census2011_code" => text(&unit.census2011_code),
        "population" => whole(unit.population),
        "children" => whole(unit.children),
        "households" => whole(unit.households),
        _ => unit.area_km2.map_or(Value::Null, Value::Number),
    }
}

/// The properties asked for by `properties`, in its order; all without it.
/// The identifier is always the first.
pub(crate) fn fields(params: &Params) -> Result<Vec<Field>, Problem> {
    let Some(text) = params.text("properties") else {
        return Ok(Field::all().collect());
    };
    let mut fields = vec![Field::Unit("id")];
    for name in text.split(',') {
        let field = Field::named(name.trim()).ok_or_else(|| unknown("properties"))?;
        if !fields.contains(&field) {
            fields.push(field);
        }
    }
    Ok(fields)
}

fn unknown(parameter: &'static str) -> Problem {
    let names: Vec<_> = Field::all().map(Field::name).collect();
    Problem::bad(
        parameter,
        format!("expected names out of: {}", names.join(", ")),
    )
}

/// One key of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Sort {
    field: Field,
    /// Decides where the field is empty.
    instead: Option<Field>,
    descending: bool,
}

impl Sort {
    /// Reads `sortby`: names, each with `+` or `-` before it.
    pub(crate) fn parse(params: &Params) -> Result<Vec<Self>, Problem> {
        const MOST: usize = 4;
        let Some(text) = params.text("sortby") else {
            return Ok(Vec::new());
        };
        let keys = text.split(',').map(|key| {
            // A plus sign in a query string is read as a space.
            let key = key.trim().trim_start_matches('+');
            let (name, descending) = match key.strip_prefix('-') {
                Some(name) => (name, true),
                None => (key, false),
            };
            let field = Field::named(name).ok_or_else(|| unknown("sortby"))?;
            // A count given as a band alone stands where the band begins.
            let instead = (name == "count").then(|| Field::named("count_low"));
            Ok(Self {
                field,
                instead: instead.flatten(),
                descending,
            })
        });
        let keys = keys.collect::<Result<Vec<_>, _>>()?;
        if keys.len() > MOST {
            return Err(Problem::bad(
                "sortby",
                format!("expected at most {MOST} names"),
            ));
        }
        Ok(keys)
    }

    fn value<'a>(self, layer: &'a LayerView, selection: &Selection<'a>, unit: usize) -> Value<'a> {
        match (self.field.value(layer, selection, unit), self.instead) {
            (Value::Null, Some(instead)) => instead.value(layer, selection, unit),
            (value, _) => value,
        }
    }
}

/// The units that touch a box, in order; empty values come last whichever the
/// direction, and the identifier decides between equals. CPU work.
pub(crate) fn select_units(
    layer: &LayerView,
    selection: &Selection<'_>,
    bbox: Option<[f64; 4]>,
    sort: &[Sort],
) -> Vec<usize> {
    let mut units = match bbox {
        None => (0..layer.units.len()).collect(),
        Some(bbox) => within(layer, bbox),
    };
    if !sort.is_empty() {
        units.sort_by(|&a, &b| {
            sort.iter()
                .map(|key| {
                    let value = |unit| key.value(layer, selection, unit);
                    compare(value(a), value(b), key.descending)
                })
                .find(|order| order.is_ne())
                .unwrap_or_else(|| a.cmp(&b))
        });
    }
    units
}

fn compare(a: Value<'_>, b: Value<'_>, descending: bool) -> Ordering {
    let order = match (a, b) {
        (Value::Null, Value::Null) => return Ordering::Equal,
        (Value::Null, _) => return Ordering::Greater,
        (_, Value::Null) => return Ordering::Less,
        (Value::Text(a), Value::Text(b)) => a.cmp(b),
        (Value::Integer(a), Value::Integer(b)) => a.cmp(&b),
        (Value::Number(a), Value::Number(b)) => a.total_cmp(&b),
        // A column has one type.
        _ => Ordering::Equal,
    };
    if descending { order.reverse() } else { order }
}

/// Units that touch a box, in order. A box whose west is greater than its
/// east crosses the 180th meridian.
fn within(layer: &LayerView, [west, south, east, north]: [f64; 4]) -> Vec<usize> {
    let boxes = if west <= east {
        vec![[west, south, east, north]]
    } else {
        vec![[west, south, 180.0, north], [-180.0, south, east, north]]
    };
    let mut units: Vec<usize> = Vec::new();
    for [west, south, east, north] in boxes {
        let rect = Rect::new(coord! { x: west, y: south }, coord! { x: east, y: north });
        // Cells across the 180th meridian are kept with longitudes beyond it.
        for turn in [0.0, 360.0] {
            let search = AABB::from_corners([west + turn, south], [east + turn, north]);
            let found = layer.extents.locate_in_envelope_intersecting(&search);
            units.extend(
                found
                    .map(|extent| extent.unit)
                    .filter(|&unit| touches(&layer.units[unit].shape, &rect)),
            );
        }
    }
    units.sort_unstable();
    units.dedup();
    units
}

fn touches(shape: &Shape, rect: &Rect<f64>) -> bool {
    match shape {
        Shape::None => false,
        Shape::Point([x, y]) => rect.intersects(&coord! { x: *x, y: *y }),
        Shape::Polygons(polygons) => polygons.intersects(rect),
        Shape::Cell(cell) => split_at_antimeridian(*cell)
            .iter()
            .any(|polygon| polygon.intersects(rect)),
    }
}
