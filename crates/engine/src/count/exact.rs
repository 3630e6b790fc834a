//! Exact counts. They exist between counting and protection and nowhere else.

use std::sync::Arc;

use arrow::array::AsArray;
use arrow::datatypes::Int64Type;
use datafusion::prelude::SessionContext;
use futures::StreamExt;
use safeground_schema::{Period, Theme};

use super::frame::Pair;
use super::source::{Amount, Source};
use super::{Frame, Observed};
use crate::EngineError;

/// Value by bucket, sorted by bucket; absent means zero.
#[derive(Debug, Clone, Default)]
pub(super) struct Sparse(Vec<(u64, u64)>);

impl Sparse {
    async fn query(ctx: &SessionContext, sql: &str) -> Result<Self, EngineError> {
        let mut found = Vec::new();
        let mut stream = ctx.sql(sql).await?.execute_stream().await?;
        while let Some(batch) = stream.next().await {
            let batch = batch?;
            let buckets = batch["bucket"].as_primitive::<Int64Type>();
            let values = batch["n"].as_primitive::<Int64Type>();
            for (bucket, value) in buckets.iter().zip(values) {
                if let (Some(bucket), Some(value)) = (bucket, value)
                    && value > 0
                {
                    found.push((bucket as u64, value as u64));
                }
            }
        }
        found.sort_unstable();
        Ok(Self(found))
    }

    /// Adds another set of values bucket by bucket.
    fn merge(&mut self, other: Self) {
        self.0.extend(other.0);
        self.0.sort_unstable();
        self.0.dedup_by(|later, kept| {
            let same = later.0 == kept.0;
            if same {
                kept.1 += later.1;
            }
            same
        });
    }

    fn dense(&self, buckets: &std::ops::Range<u64>) -> Vec<u64> {
        let mut values = vec![0; (buckets.end - buckets.start) as usize];
        let from = self.0.partition_point(|(b, _)| *b < buckets.start);
        for (bucket, value) in &self.0[from..] {
            if *bucket >= buckets.end {
                break;
            }
            values[(bucket - buckets.start) as usize] = *value;
        }
        values
    }
}

/// Exact counts of one theme, layer and period, one entry per unit.
///
/// Not `Clone`, so that what protection consumes is gone.
#[derive(Debug)]
pub struct ExactBlock {
    /// Theme.
    pub theme: Theme,
    /// Period.
    pub period: Period,
    /// What is counted: children, families or households.
    pub amounts: Vec<u64>,
    /// Events behind it.
    pub events: Vec<u64>,
    /// Partners behind it.
    pub partners: Vec<u64>,
    /// Denominator, where it is a count of ours rather than a public figure.
    pub among: Option<Vec<u64>>,
    /// Whether anybody looked.
    pub observed: Vec<bool>,
}

/// Exact counts of the whole frame, sparse.
#[derive(Debug)]
pub struct ExactCounts {
    frame: Arc<Frame>,
    amounts: Sparse,
    among: Sparse,
    events: Sparse,
    partners: Sparse,
    observed: Observed,
    themes: Vec<Theme>,
}

impl ExactCounts {
    /// Exact counts without any theme yet.
    pub(super) fn new(frame: Arc<Frame>, observed: Observed) -> Self {
        Self {
            frame,
            amounts: Sparse::default(),
            among: Sparse::default(),
            events: Sparse::default(),
            partners: Sparse::default(),
            observed,
            themes: Vec::new(),
        }
    }

    /// Counts one table in.
    pub(super) async fn add(
        &mut self,
        ctx: &SessionContext,
        source: &Source,
        themes: &[Theme],
    ) -> Result<(), EngineError> {
        match source.amount {
            Amount::Children { key, keyless } => {
                let keyed = Sparse::query(ctx, &source.distinct(key)).await?;
                self.amounts.merge(keyed);
                let rest = source.sum(keyless, &format!("{key} IS NULL"));
                self.amounts.merge(Sparse::query(ctx, &rest).await?);
            }
            Amount::Sum(value) => {
                let sums = Sparse::query(ctx, &source.sum(value, "true")).await?;
                self.amounts.merge(sums);
            }
            Amount::Share { of, among } => {
                let part = Sparse::query(ctx, &source.sum(of, "true")).await?;
                self.amounts.merge(part);
                let whole = Sparse::query(ctx, &source.sum(among, "true")).await?;
                self.among.merge(whole);
            }
        }
        let events = Sparse::query(ctx, &source.distinct(source.event)).await?;
        self.events.merge(events);
        let partners = Sparse::query(ctx, &source.distinct("partner")).await?;
        self.partners.merge(partners);
        self.themes.extend_from_slice(themes);
        Ok(())
    }

    /// The frame counted over.
    #[must_use]
    pub fn frame(&self) -> &Arc<Frame> {
        &self.frame
    }

    /// Themes counted: all of a table as soon as it has any row at all.
    #[must_use]
    pub fn themes(&self) -> &[Theme] {
        &self.themes
    }

    /// Whether the lake records effort, so that "not observed" can be told.
    #[must_use]
    pub fn effort_is_known(&self) -> bool {
        self.observed.is_known()
    }

    /// The counts of one theme, layer and period.
    #[must_use]
    pub fn block(&self, theme: &Theme, pair: &Pair, slot: usize) -> Option<ExactBlock> {
        let buckets = self.frame.buckets_of(theme, pair, slot)?;
        let number = self
            .frame
            .pairs
            .iter()
            .position(|p| p.kind == pair.kind && p.units.key == pair.units.key)?;
        Some(ExactBlock {
            theme: theme.clone(),
            period: *pair.periods.get(slot)?,
            amounts: self.amounts.dense(&buckets),
            events: self.events.dense(&buckets),
            partners: self.partners.dense(&buckets),
            among: (*theme == Theme::WelfareGap).then(|| self.among.dense(&buckets)),
            observed: self.observed.units(number, slot, pair.units.len()),
        })
    }
}
