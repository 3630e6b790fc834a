//! Both ways of the operator against each other, and against the engine alone.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, Float64Array, Int32Array, Int64Array, RecordBatch, StringArray, UInt64Array,
};
use arrow::compute::{SortColumn, concat_batches, lexsort_to_indices, take_record_batch};
use arrow::util::pretty::pretty_format_batches;
use datafusion::common::Result;
use datafusion::datasource::MemTable;
use datafusion::error::DataFusionError;
use datafusion::execution::SessionStateBuilder;
use datafusion::execution::disk_manager::{DiskManagerBuilder, DiskManagerMode};
use datafusion::execution::memory_pool::FairSpillPool;
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::prelude::{SessionConfig, SessionContext};
use proptest::prelude::*;

use super::{DealGroups, DealSettings};

/// Questions whose answers the engine alone gives too.
const QUESTIONS: &[&str] = &[
    "SELECT cell, sum(events) AS n, count(*) AS rows FROM points GROUP BY cell",
    "SELECT town, avg(weight) AS mean, sum(weight) AS whole FROM points GROUP BY town",
    "SELECT cell, town, min(town) AS first, max(weight) AS most FROM points GROUP BY cell, town",
    "SELECT cell % 97 AS rest, count(weight) AS n FROM points GROUP BY 1",
    "SELECT cell, sum(weight) FILTER (WHERE events > 1) AS n FROM points GROUP BY cell",
    "SELECT DISTINCT cell, events FROM points",
    "SELECT weight, count(*) AS n FROM points GROUP BY weight",
    "SELECT upper(town) AS town, stddev(weight) AS spread FROM points GROUP BY upper(town)",
];

fn points(rows: usize, cells: u64, seed: u64) -> RecordBatch {
    // A sequence that is the same everywhere, with some rows empty.
    let mut state = seed | 1;
    let mut next = move || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        state >> 33
    };
    let drawn: Vec<[u64; 3]> = (0..rows).map(|_| [next(), next(), next()]).collect();
    let some = |n: u64| !n.is_multiple_of(11);
    let cell = drawn.iter().map(|d| some(d[1]).then_some(d[0] % cells));
    let town = drawn
        .iter()
        .map(|d| some(d[2]).then(|| format!("town {}", d[0] % (cells / 2 + 1))));
    let events = drawn.iter().map(|d| (d[1] % 4) as i32);
    let weight = drawn.iter().map(|d| match d[2] % 7 {
        0 => -0.0,
        1 => 0.0,
        n => 0.1 * n as f64 + d[0] as f64 * 1e-3,
    });
    RecordBatch::try_from_iter([
        ("cell", Arc::new(cell.collect::<UInt64Array>()) as ArrayRef),
        ("town", Arc::new(town.collect::<StringArray>())),
        ("events", Arc::new(Int32Array::from_iter_values(events))),
        ("weight", Arc::new(Float64Array::from_iter_values(weight))),
    ])
    .unwrap()
}

struct Engine {
    settings: Option<DealSettings>,
    memory_bytes: usize,
    spills: bool,
    batch_rows: usize,
}

impl Engine {
    fn new(settings: Option<DealSettings>) -> Self {
        Self {
            settings,
            memory_bytes: 1 << 30,
            spills: false,
            batch_rows: 64,
        }
    }

    fn context(&self, rows: &RecordBatch) -> SessionContext {
        let config = SessionConfig::new()
            .with_target_partitions(1)
            .with_batch_size(self.batch_rows);
        let mode = match self.spills {
            true => DiskManagerMode::OsTmpDirectory,
            false => DiskManagerMode::Disabled,
        };
        let runtime = RuntimeEnvBuilder::new()
            .with_memory_pool(Arc::new(FairSpillPool::new(self.memory_bytes)))
            .with_disk_manager_builder(DiskManagerBuilder::default().with_mode(mode))
            .build_arc()
            .unwrap();
        let mut state = SessionStateBuilder::new()
            .with_config(config)
            .with_runtime_env(runtime)
            .with_default_features();
        if let Some(settings) = self.settings {
            state = state.with_physical_optimizer_rule(Arc::new(DealGroups(settings)));
        }
        let context = SessionContext::new_with_state(state.build());
        let batches = (0..rows.num_rows())
            .step_by(self.batch_rows)
            .map(|from| rows.slice(from, self.batch_rows.min(rows.num_rows() - from)));
        let table = MemTable::try_new(rows.schema(), vec![batches.collect()]).unwrap();
        context.register_table("points", Arc::new(table)).unwrap();
        context
    }

    /// The rows of an answer as they come, and whether they were dealt.
    fn answer(&self, rows: &RecordBatch, sql: &str) -> Result<(RecordBatch, bool)> {
        let context = self.context(rows);
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        runtime.block_on(async {
            let frame = context.sql(sql).await?;
            let plan = frame.clone().create_physical_plan().await?;
            let shown = datafusion::physical_plan::displayable(plan.as_ref());
            let dealt = shown
                .indent(false)
                .to_string()
                .contains("DealtAggregateExec");
            let schema = plan.schema();
            let batches = frame.collect().await?;
            Ok((concat_batches(&schema, &batches)?, dealt))
        })
    }
}

/// A batch with its rows in the order of all columns.
fn sorted(batch: &RecordBatch) -> RecordBatch {
    let columns: Vec<_> = batch
        .columns()
        .iter()
        .map(|column| SortColumn {
            values: Arc::clone(column),
            options: None,
        })
        .collect();
    let order = lexsort_to_indices(&columns, None).unwrap();
    take_record_batch(batch, &order).unwrap()
}

fn text(batch: &RecordBatch) -> String {
    pretty_format_batches(std::slice::from_ref(batch))
        .unwrap()
        .to_string()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// The engine alone, the operator that deals and the operator that does not
    /// give the same rows, to the last bit; and each the same bytes every time.
    #[test]
    fn dealt_rows_are_those_of_one_table(
        rows in 0_usize..900,
        cells in 1_u64..600,
        seed in any::<u64>(),
        parts in 2_usize..40,
        waiting in 0_usize..100_000,
        question in 0..QUESTIONS.len(),
    ) {
        let rows = points(rows, cells, seed);
        let sql = QUESTIONS[question];
        let (expected, _) = Engine::new(None).answer(&rows, sql).unwrap();
        let always = DealSettings::new(parts, 1, 1).unwrap().with_waiting_bytes(waiting);
        let never = DealSettings::new(parts, 1 << 20, 1 << 20).unwrap();
        for settings in [always, never] {
            let engine = Engine::new(Some(settings));
            let (first, dealt) = engine.answer(&rows, sql).unwrap();
            let (again, _) = engine.answer(&rows, sql).unwrap();
            prop_assert!(dealt);
            prop_assert_eq!(&first, &again);
            prop_assert_eq!(text(&sorted(&first)), text(&sorted(&expected)));
            prop_assert_eq!(first.schema(), expected.schema());
        }
        let (never, _) = Engine::new(Some(never)).answer(&rows, sql).unwrap();
        prop_assert_eq!(never, expected);
    }
}

#[test]
fn where_memory_is_short_parts_spill_and_the_answer_is_the_same() {
    let rows = points(60_000, 40_000, 7);
    for sql in QUESTIONS {
        let (expected, _) = Engine::new(None).answer(&rows, sql).unwrap();
        let settings = DealSettings::new(8, 64, 1).unwrap();
        let engine = Engine {
            memory_bytes: 3 << 20,
            spills: true,
            batch_rows: 1_024,
            ..Engine::new(Some(settings))
        };
        let (got, _) = engine.answer(&rows, sql).unwrap();
        let (again, _) = engine.answer(&rows, sql).unwrap();
        assert_eq!(got, again, "{sql}");
        // Sums of states that were spilled are added up in another order.
        if !sql.contains("weight)") {
            assert_eq!(text(&sorted(&got)), text(&sorted(&expected)), "{sql}");
        }
        assert_eq!(got.num_rows(), expected.num_rows(), "{sql}");
    }
}

#[test]
fn what_does_not_fit_is_refused_as_the_engine_refuses_it() {
    let rows = points(60_000, 40_000, 7);
    let settings = DealSettings::new(8, 64, 1).unwrap();
    for settings in [None, Some(settings)] {
        let engine = Engine {
            memory_bytes: 1 << 20,
            ..Engine::new(settings)
        };
        let error = engine.answer(&rows, QUESTIONS[0]).unwrap_err();
        let root = error.find_root();
        assert!(
            matches!(root, DataFusionError::ResourcesExhausted(_)),
            "{root}"
        );
    }
}

#[test]
fn an_order_above_finds_the_memory_that_it_finds_above_one_table() {
    let rows = points(60_000, 40_000, 7);
    let sql = "SELECT cell, sum(events) AS n FROM points GROUP BY cell ORDER BY n, cell";
    let memory_bytes = 24 << 20;
    let alone = Engine {
        memory_bytes,
        batch_rows: 1_024,
        ..Engine::new(None)
    };
    let (expected, _) = alone.answer(&rows, sql).unwrap();
    let dealt = Engine {
        memory_bytes,
        batch_rows: 1_024,
        ..Engine::new(Some(DealSettings::new(32, 64, 1).unwrap()))
    };
    let (got, dealt) = dealt.answer(&rows, sql).unwrap();
    assert!(dealt);
    assert_eq!(got, expected);
}

#[test]
fn what_keeps_rows_or_has_an_order_is_left_to_the_engine() {
    let rows = points(500, 100, 3);
    for sql in [
        "SELECT count(*) FROM points",
        // One alone would become two groupings, which may be dealt.
        "SELECT cell, count(DISTINCT town), count(DISTINCT events) FROM points GROUP BY cell",
        "SELECT cell, median(weight) FROM points GROUP BY cell",
        "SELECT cell, array_agg(events) FROM points GROUP BY cell",
        "SELECT cell, town, count(*) FROM points GROUP BY ROLLUP (cell, town)",
        "SELECT DISTINCT cell FROM points LIMIT 3",
    ] {
        let settings = DealSettings::new(4, 1, 1).unwrap();
        let (_, dealt) = Engine::new(Some(settings)).answer(&rows, sql).unwrap();
        assert!(!dealt, "{sql}");
    }
}

#[test]
fn an_error_in_a_group_is_told() {
    let numbers = Arc::new(Int64Array::from_iter_values(0..5_000)) as ArrayRef;
    let rows = RecordBatch::try_from_iter([("number", numbers)]).unwrap();
    let settings = DealSettings::new(4, 64, 1).unwrap();
    for sql in [
        "SELECT 1 / (number - 4000) AS part, count(*) FROM points GROUP BY 1",
        "SELECT number, sum(1 / (number - 4000)) AS part FROM points GROUP BY 1",
    ] {
        assert!(
            Engine::new(Some(settings)).answer(&rows, sql).is_err(),
            "{sql}"
        );
    }
}
