//! How the work of a query is cut into pieces.

use datafusion::prelude::SessionConfig;

/// Rows of a batch over small tables: few, so that a limit on rows or bytes
/// bites early.
const SMALL_BATCH_ROWS: usize = 8_192;

/// Rows of a batch over large ones: what is done once a batch is done seldom.
const LARGE_BATCH_ROWS: usize = 32_768;

/// Bytes of Parquet from which tables are large: some million rows, whose
/// groups no longer fit in a processor's cache.
const LARGE_BYTES: u64 = 32 << 20;

/// Parts that rows of large tables are dealt to by the hash of what they are
/// grouped or joined by.
const PARTS: usize = 32;

/// How the work of a query is cut: into batches of rows, and by the hash of
/// keys into parts.
///
/// One thread works on all parts. They are there for its cache: a table of two
/// million groups is looked up in main memory, row by row, while each of 32
/// parts of it stays near. Rows are read in one sequence and a part gets its
/// rows in that order, so sums are added in the same order every time; parts
/// come together in the order in which one thread finishes them, which is the
/// same every time too. On several threads, or where parts wait for files, it
/// would not be: [`Cut::whole`] is for those.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cut {
    parts: usize,
    batch_rows: usize,
}

impl Cut {
    /// One part.
    #[must_use]
    pub fn whole() -> Self {
        Self {
            parts: 1,
            batch_rows: SMALL_BATCH_ROWS,
        }
    }

    /// For one thread over Parquet files of so many bytes together.
    #[must_use]
    pub fn for_one_thread(bytes: u64) -> Self {
        match bytes >= LARGE_BYTES {
            true => Self {
                parts: PARTS,
                batch_rows: LARGE_BATCH_ROWS,
            },
            false => Self::whole(),
        }
    }

    /// A session's settings with this cut in them.
    #[must_use]
    pub fn applied_to(self, config: SessionConfig) -> SessionConfig {
        let mut config = config
            .with_target_partitions(self.parts)
            .with_batch_size(self.batch_rows)
            .with_repartition_file_scans(false)
            .with_round_robin_repartition(false);
        // Sorting in parts and merging them is for several threads.
        config.options_mut().optimizer.repartition_sorts = false;
        config
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{Float64Array, RecordBatch, UInt64Array};
    use arrow::util::pretty::pretty_format_batches;
    use datafusion::datasource::MemTable;
    use datafusion::prelude::SessionContext;

    use super::*;

    const ROWS: u64 = 200_000;

    /// Keys without an order and numbers whose sum depends on it.
    fn rows() -> Vec<RecordBatch> {
        let mixed = |row: u64| row.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let batch = |from: u64| {
            let rows = from..(from + 10_000).min(ROWS);
            let keys = rows.clone().map(|row| mixed(row) % 50_000);
            let numbers = rows.map(|row| 1.0 / (1 + mixed(row + 7) % 1_000) as f64);
            RecordBatch::try_from_iter([
                (
                    "key",
                    Arc::new(UInt64Array::from_iter_values(keys)) as Arc<_>,
                ),
                (
                    "number",
                    Arc::new(Float64Array::from_iter_values(numbers)) as Arc<_>,
                ),
            ])
            .unwrap()
        };
        (0..ROWS).step_by(10_000).map(batch).collect()
    }

    fn asked(cut: Cut, sql: &str) -> String {
        let runtime = tokio::runtime::Builder::new_current_thread().build();
        runtime.unwrap().block_on(async {
            let config = cut.applied_to(SessionConfig::new());
            let context = SessionContext::new_with_config(config);
            let rows = rows();
            let table = MemTable::try_new(rows[0].schema(), vec![rows]).unwrap();
            context.register_table("points", Arc::new(table)).unwrap();
            let answer = context.sql(sql).await.unwrap().collect().await.unwrap();
            pretty_format_batches(&answer).unwrap().to_string()
        })
    }

    #[test]
    fn one_thread_gives_the_same_rows_in_the_same_order_every_time() {
        let large = Cut::for_one_thread(LARGE_BYTES);
        assert_eq!(large.parts, PARTS);
        for sql in [
            "SELECT key, sum(number) AS n FROM points GROUP BY key",
            "SELECT a.key, a.number + b.number AS n FROM points a JOIN \
             (SELECT key, avg(number) AS number FROM points GROUP BY key) b USING (key)",
            "SELECT DISTINCT key FROM points LIMIT 1000",
        ] {
            let first = asked(large, sql);
            for _ in 0..3 {
                assert!(asked(large, sql) == first, "{sql}");
            }
        }
    }

    #[test]
    fn parts_change_no_sum_of_a_group() {
        let sql = "SELECT key, sum(number) AS n, count(*) AS rows FROM points GROUP BY key \
                   ORDER BY key";
        let large = Cut::for_one_thread(LARGE_BYTES);
        assert!(asked(large, sql) == asked(Cut::for_one_thread(0), sql));
    }
}
