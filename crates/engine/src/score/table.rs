//! Scores as a table.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, Float64Builder, Int32Builder, Int64Builder, RecordBatch, StringBuilder,
};
use safeground_schema::Status;
use safeground_schema::release::scores_schema;

use crate::EngineError;
use crate::count::Units;

/// Scores of one layer, theme and period, a column each, one entry per unit.
/// Empty where undefined, never zero.
#[derive(Debug, Clone)]
pub struct ScoreBlock {
    /// Layer identifier.
    pub layer: String,
    /// Theme code.
    pub theme: String,
    /// Period text.
    pub period: String,
    /// Units, sorted.
    pub unit_id: Vec<String>,
    /// Whether there is a value, and if not, why.
    pub status: Vec<Status>,
    /// Count: itself, least and largest.
    pub count: [Vec<Option<i64>>; 3],
    /// Denominator.
    pub exposure: Vec<Option<f64>>,
    /// Raw rate or published value with its 95 % interval.
    pub rate: [Vec<Option<f64>>; 3],
    /// Empirical Bayes rate with its 95 % interval.
    pub eb: [Vec<Option<f64>>; 3],
    /// Gi* z, p and q.
    pub gi: [Vec<Option<f64>>; 3],
    /// Class by q and the sign of z.
    pub gi_class: Vec<Option<&'static str>>,
    /// Neighbours with a value.
    pub neighbours: Vec<Option<i32>>,
    /// Hotspot score with its 95 % interval.
    pub score: [Vec<Option<f64>>; 3],
    /// Its parts: burden and clustering.
    pub parts: [Vec<Option<f64>>; 2],
    /// Rank with its 95 % interval.
    pub rank: [Vec<Option<i32>>; 3],
}

impl ScoreBlock {
    /// A block with a row for every unit and every value undefined.
    #[must_use]
    pub fn empty(units: &Units, theme: String, period: String) -> Self {
        let n = units.len();
        let numbers = || vec![None; n];
        let three = || [numbers(), numbers(), numbers()];
        Self {
            layer: units.key.to_string(),
            theme,
            period,
            unit_id: units.ids.clone(),
            status: vec![Status::NoData; n],
            count: [vec![None; n], vec![None; n], vec![None; n]],
            exposure: numbers(),
            rate: three(),
            eb: three(),
            gi: three(),
            gi_class: vec![None; n],
            neighbours: vec![None; n],
            score: three(),
            parts: [numbers(), numbers()],
            rank: [vec![None; n], vec![None; n], vec![None; n]],
        }
    }
}

/// One table of all blocks, sorted by layer, theme, period and unit.
///
/// # Errors
/// Arrow's, where columns differ in length.
pub fn to_batch(mut blocks: Vec<ScoreBlock>) -> Result<RecordBatch, EngineError> {
    blocks.sort_by(|a, b| (&a.layer, &a.theme, &a.period).cmp(&(&b.layer, &b.theme, &b.period)));
    let text = |of: &dyn Fn(&ScoreBlock, usize) -> String| -> ArrayRef {
        let mut builder = StringBuilder::new();
        for block in &blocks {
            for row in 0..block.unit_id.len() {
                builder.append_value(of(block, row));
            }
        }
        Arc::new(builder.finish())
    };
    let number = |of: &dyn Fn(&ScoreBlock) -> &Vec<Option<f64>>| -> ArrayRef {
        let mut builder = Float64Builder::new();
        for block in &blocks {
            of(block).iter().for_each(|v| builder.append_option(*v));
        }
        Arc::new(builder.finish())
    };
    let whole = |of: &dyn Fn(&ScoreBlock) -> &Vec<Option<i32>>| -> ArrayRef {
        let mut builder = Int32Builder::new();
        for block in &blocks {
            of(block).iter().for_each(|v| builder.append_option(*v));
        }
        Arc::new(builder.finish())
    };
    let long = |of: &dyn Fn(&ScoreBlock) -> &Vec<Option<i64>>| -> ArrayRef {
        let mut builder = Int64Builder::new();
        for block in &blocks {
            of(block).iter().for_each(|v| builder.append_option(*v));
        }
        Arc::new(builder.finish())
    };
    let mut classes = StringBuilder::new();
    for block in &blocks {
        block
            .gi_class
            .iter()
            .for_each(|v| classes.append_option(*v));
    }
    let columns = vec![
        text(&|b, _| b.layer.clone()),
        text(&|b, row| b.unit_id[row].clone()),
        text(&|b, _| b.theme.clone()),
        text(&|b, _| b.period.clone()),
        text(&|b, row| b.status[row].to_string()),
        long(&|b| &b.count[0]),
        long(&|b| &b.count[1]),
        long(&|b| &b.count[2]),
        number(&|b| &b.exposure),
        number(&|b| &b.rate[0]),
        number(&|b| &b.rate[1]),
        number(&|b| &b.rate[2]),
        number(&|b| &b.eb[0]),
        number(&|b| &b.eb[1]),
        number(&|b| &b.eb[2]),
        number(&|b| &b.gi[0]),
        number(&|b| &b.gi[1]),
        number(&|b| &b.gi[2]),
        Arc::new(classes.finish()),
        whole(&|b| &b.neighbours),
        number(&|b| &b.score[0]),
        number(&|b| &b.score[1]),
        number(&|b| &b.score[2]),
        number(&|b| &b.parts[0]),
        number(&|b| &b.parts[1]),
        whole(&|b| &b.rank[0]),
        whole(&|b| &b.rank[1]),
        whole(&|b| &b.rank[2]),
    ];
    Ok(RecordBatch::try_new(scores_schema(), columns)?)
}
