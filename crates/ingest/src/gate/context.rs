//! What the mapping does with a column.

/// What a column is used for, which lifts some rules of the gate.
///
/// Every role but [`ColumnRole::Other`] lifts vague headers, such as `name`,
/// `details` or `victim`. No role lifts a plain header such as `mother's
/// name`, nor what the values themselves prove: an e-mail address in a column
/// of place names is still an e-mail address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum ColumnRole {
    /// Nothing that lifts a rule: unused, or stored in some other field.
    #[default]
    Other,
    /// Name of a place: locates a row by name, names its parent, or becomes
    /// `places.name`. A header such as `name` is then no sign of a person,
    /// and values count as persons' names only if most of them are.
    PlaceName,
    /// Code of a place or of a code list. Lifts vague headers.
    Code,
    /// A count, share or other measure. Lifts vague headers, and takes no
    /// decimal number for a coordinate by its value alone.
    Measure,
    /// Latitude or longitude that is public (the point of a place) or is
    /// turned into an H3 cell before it is stored. Lifts coordinates.
    Coordinate,
    /// Geometry of a place. Lifts coordinates, cells and digests.
    Geometry,
}

/// What is known of a column before its values are seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct ColumnContext {
    /// What the mapping does with the column.
    pub role: ColumnRole,
}

impl ColumnContext {
    /// The context of a column with this role.
    #[must_use]
    pub fn of(role: ColumnRole) -> Self {
        Self { role }
    }
}
