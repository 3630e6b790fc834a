//! One unit with everything that a release says of it.

use super::geojson::{json, write_properties, write_shape};
use super::select::Field;
use crate::routes::Link;
use crate::view::LayerView;

use super::Source;

/// A feature whose `measures` hold one entry for each theme and period. CPU
/// work.
pub(crate) fn write_profile(
    layer: &LayerView,
    unit: usize,
    theme: Option<&str>,
    skip_geometry: bool,
    links: &[Link],
) -> Vec<u8> {
    let described = &layer.units[unit];
    let mut out = Vec::new();
    out.extend_from_slice(b"{\"type\":\"Feature\",\"id\":");
    out.extend(json(&described.id));
    out.extend_from_slice(b",\"geometry\":");
    if skip_geometry {
        out.extend_from_slice(b"null");
    } else {
        write_shape(&mut out, &described.shape);
    }
    out.extend_from_slice(b",\"links\":");
    out.extend(json(&links));
    out.extend_from_slice(b",\"properties\":{");
    let (about, measured) = (Field::about_unit(), Field::measured());
    let mut wrote_unit = false;
    let mut entries = Vec::new();
    for (code, periods) in &layer.measures {
        if theme.is_some_and(|theme| theme != code) {
            continue;
        }
        for (period, measures) in periods {
            let selection = crate::view::Selection {
                theme: code,
                period,
                measures,
            };
            let source = |fields| Source {
                layer,
                selection,
                fields,
            };
            if !wrote_unit {
                write_properties(&mut out, source(&about), unit);
                wrote_unit = true;
            }
            entries.push(b'{');
            write_properties(&mut entries, source(&measured), unit);
            entries.extend_from_slice(b"},");
        }
    }
    entries.pop();
    if wrote_unit {
        out.push(b',');
    }
    out.extend_from_slice(b"\"measures\":[");
    out.extend(entries);
    out.extend_from_slice(b"]}}");
    out
}
