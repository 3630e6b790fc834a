//! How a table of events is read as counts.

use safeground_schema::{Breakdown, CodeList as _, Table};

/// SQL expressions over one table that say what a count counts.
#[derive(Debug, Clone, Copy)]
pub struct Source {
    /// Table read.
    pub table: Table,
    /// Theme code of a row.
    pub theme: &'static str,
    /// Place of a row.
    pub place: &'static str,
    /// H3 cell of a row, or a typed NULL.
    pub cell: &'static str,
    /// How much a row adds to the published count.
    pub amount: Amount,
    /// Text that is the same for rows of one event.
    pub event: &'static str,
    /// Rows that count at all.
    pub only: &'static str,
}

/// What the published count of a theme is.
#[derive(Debug, Clone, Copy)]
pub enum Amount {
    /// Distinct children: distinct keys, and the children of rows without key.
    Children {
        /// Key of the child.
        key: &'static str,
        /// Children of a row without key.
        keyless: &'static str,
    },
    /// A sum over rows.
    Sum(&'static str),
    /// One sum out of another: entitled but not enrolled of those entitled.
    Share {
        /// What is published.
        of: &'static str,
        /// The denominator, which is ours as well and as sensitive.
        among: &'static str,
    },
}

impl Source {
    /// A query for one value per row in every bucket it falls into.
    fn spread(&self, value: &str, condition: &str) -> String {
        let classes: Vec<String> = Breakdown::ALL.iter().map(|by| self.class(*by)).collect();
        format!(
            "SELECT unnest(buckets({theme}, {place}, {cell}, date, {classes})) AS bucket, \
             {value} AS value FROM {table} WHERE ({only}) AND ({condition})",
            classes = classes.join(", "),
            theme = self.theme,
            place = self.place,
            cell = self.cell,
            table = self.table.name(),
            only = self.only,
        )
    }

    /// The class of a row: its code, `unknown` where it has none, a typed NULL
    /// in a table that has no such column.
    fn class(&self, by: Breakdown) -> String {
        if Breakdown::of(self.table).contains(&by) {
            format!("coalesce({by}, 'unknown')")
        } else {
            "CAST(NULL AS VARCHAR)".to_owned()
        }
    }

    /// Rows that name the child they count, with where and when; absent for
    /// tables that do not count children one by one.
    pub(super) fn by_child(&self) -> Option<String> {
        let Amount::Children { key, .. } = self.amount else {
            return None;
        };
        Some(format!(
            "SELECT {key} AS child, {theme} AS theme, {place} AS place, {cell} AS cell, \
             {event} AS event, date FROM {table} WHERE ({only}) AND {key} IS NOT NULL",
            theme = self.theme,
            place = self.place,
            cell = self.cell,
            event = self.event,
            table = self.table.name(),
            only = self.only,
        ))
    }

    /// Rows that name the child they count, with where and when and all the
    /// columns given; absent for tables that do not count children one by one.
    pub(crate) fn rows_of_children(&self, columns: &[&str]) -> Option<String> {
        let Amount::Children { key, .. } = self.amount else {
            return None;
        };
        Some(format!(
            "SELECT {key} AS child, {place} AS place, {cell} AS cell, {columns} FROM {table} \
             WHERE ({only}) AND {key} IS NOT NULL",
            place = self.place,
            cell = self.cell,
            columns = columns.join(", "),
            table = self.table.name(),
            only = self.only,
        ))
    }

    /// Number of rows that count children without naming them.
    pub(crate) fn without_child(&self) -> Option<String> {
        let Amount::Children { key, .. } = self.amount else {
            return None;
        };
        Some(format!(
            "SELECT COUNT(*) AS n FROM {table} WHERE ({only}) AND {key} IS NULL",
            table = self.table.name(),
            only = self.only,
        ))
    }

    /// Sum of an expression by bucket.
    pub(super) fn sum(&self, value: &str, condition: &str) -> String {
        format!(
            "SELECT bucket, SUM(value) AS n FROM ({}) GROUP BY bucket",
            self.spread(&format!("CAST({value} AS BIGINT)"), condition)
        )
    }

    /// Number of distinct texts by bucket. Two plain aggregations rather than
    /// COUNT(DISTINCT): both spill to disk when memory is short.
    pub(super) fn distinct(&self, key: &str) -> String {
        format!(
            "SELECT bucket, COUNT(*) AS n FROM (SELECT DISTINCT bucket, value FROM ({})) \
             GROUP BY bucket",
            self.spread(&format!("key64({key})"), &format!("{key} IS NOT NULL"))
        )
    }

    /// How much the largest of the sources told apart by `by` contributes, by
    /// bucket: of distinct keys and what rows without one add.
    pub(super) fn largest_of_distinct(&self, key: &str, keyless: &str, by: &str) -> String {
        let keyed = self.spread_by(&format!("key64({key})"), by, &format!("{key} IS NOT NULL"));
        let rest = self.spread_by(
            &format!("CAST({keyless} AS BIGINT)"),
            by,
            &format!("{key} IS NULL"),
        );
        format!(
            "SELECT bucket, MAX(n) AS n FROM (SELECT bucket, source, SUM(n) AS n FROM (\
             SELECT bucket, source, COUNT(*) AS n FROM (SELECT DISTINCT bucket, value, source FROM \
             ({keyed})) GROUP BY bucket, source UNION ALL \
             SELECT bucket, source, SUM(value) AS n FROM ({rest}) GROUP BY bucket, source) \
             GROUP BY bucket, source) GROUP BY bucket"
        )
    }

    /// The same of sums.
    pub(super) fn largest_of_sum(&self, value: &str, by: &str) -> String {
        format!(
            "SELECT bucket, MAX(n) AS n FROM (SELECT bucket, source, SUM(value) AS n FROM ({}) \
             GROUP BY bucket, source) GROUP BY bucket",
            self.spread_by(&format!("CAST({value} AS BIGINT)"), by, "true")
        )
    }

    /// [`Self::spread`] with what tells sources apart; rows that do not name
    /// theirs are one.
    fn spread_by(&self, value: &str, by: &str, condition: &str) -> String {
        self.spread(
            &format!("key64(coalesce({by}, '')) AS source, {value}"),
            condition,
        )
    }

    /// Cells of rows that have no place.
    pub(super) fn cells_without_place(&self) -> String {
        format!(
            "SELECT DISTINCT {cell} AS cell FROM {table} WHERE ({only}) AND {place} IS NULL AND \
             {cell} IS NOT NULL",
            place = self.place,
            cell = self.cell,
            table = self.table.name(),
            only = self.only,
        )
    }

    /// Rows by place, to report those that no layer can hold.
    pub(super) fn rows_by_place(&self) -> String {
        format!(
            "SELECT {place} AS place, CASE WHEN {place} IS NULL THEN {cell} END AS cell, \
             COUNT(*) AS n FROM {table} WHERE ({only}) GROUP BY 1, 2",
            place = self.place,
            cell = self.cell,
            table = self.table.name(),
            only = self.only,
        )
    }
}
