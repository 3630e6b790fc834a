//! Exact counts. They exist between counting and protection and nowhere else.

use std::sync::Arc;

use arrow::array::AsArray;
use arrow::datatypes::Int64Type;
use datafusion::prelude::SessionContext;
use futures::StreamExt;
use safeground_schema::{Breakdown, Period, Theme};

use super::frame::{Division, Pair};
use super::run::SOURCES;
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

/// What the largest partner, and the largest event, contribute.
#[derive(Debug, Clone, Default)]
pub struct Largest<T> {
    /// Of one partner.
    pub partner: T,
    /// Of one event.
    pub event: T,
}

impl Largest<Sparse> {
    /// Adds what queries give: by partner, by event.
    async fn add(&mut self, ctx: &SessionContext, by: [&str; 2]) -> Result<(), EngineError> {
        let [partner, event] = by;
        self.partner.merge(Sparse::query(ctx, partner).await?);
        self.event.merge(Sparse::query(ctx, event).await?);
        Ok(())
    }

    fn dense(&self, buckets: &std::ops::Range<u64>) -> Largest<Vec<u64>> {
        Largest {
            partner: self.partner.dense(buckets),
            event: self.event.dense(buckets),
        }
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
    /// How much of each amount comes from the partner, or the event, behind most
    /// of it; empty where nobody asked.
    pub largest: Largest<Vec<u64>>,
    /// Denominator, where it is a count of ours rather than a public figure.
    pub among: Option<Vec<u64>>,
    /// Of the rest of the denominator, how much comes from the largest.
    pub largest_of_rest: Largest<Vec<u64>>,
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
    largest: Option<Box<[Largest<Sparse>; 2]>>,
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
            largest: None,
            observed,
            themes: Vec::new(),
        }
    }

    /// Has the largest partner and event behind each count looked for as well,
    /// in tables counted in from now on.
    #[must_use]
    pub(super) fn with_largest(mut self) -> Self {
        self.largest = Some(Box::default());
        self
    }

    /// Looks for the largest partner and event of a table. Campaigns count no
    /// children.
    async fn add_largest(
        &mut self,
        ctx: &SessionContext,
        source: &Source,
    ) -> Result<(), EngineError> {
        let Some(largest) = &mut self.largest else {
            return Ok(());
        };
        let [whole, rest] = largest.as_mut();
        let sources = ["partner", source.event];
        match source.amount {
            Amount::Children { key, keyless } => {
                let by = sources.map(|by| source.largest_of_distinct(key, keyless, by));
                whole.add(ctx, [&by[0], &by[1]]).await
            }
            Amount::Share { of, among } => {
                let by = sources.map(|by| source.largest_of_sum(of, by));
                whole.add(ctx, [&by[0], &by[1]]).await?;
                let others = format!("({among}) - ({of})");
                let by = sources.map(|by| source.largest_of_sum(&others, by));
                rest.add(ctx, [&by[0], &by[1]]).await
            }
            Amount::Sum(_) => Ok(()),
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
        self.add_largest(ctx, source).await?;
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
        self.block_of(theme, number, slot, &buckets)
    }

    /// The counts of one class of a division, by theme and period; `None` where
    /// the theme's table has no such classes.
    #[must_use]
    pub fn block_of_class(
        &self,
        theme: &Theme,
        division: &Division,
        class: usize,
        slot: usize,
    ) -> Option<ExactBlock> {
        if !breakdowns_of(theme).contains(&division.by) {
            return None;
        }
        let buckets = self.frame.buckets_of_class(theme, division, class, slot)?;
        self.block_of(theme, division.pair, slot, &buckets)
    }

    fn block_of(
        &self,
        theme: &Theme,
        number: usize,
        slot: usize,
        buckets: &std::ops::Range<u64>,
    ) -> Option<ExactBlock> {
        let pair = self.frame.pairs.get(number)?;
        let largest = |of: usize| match &self.largest {
            Some(largest) => largest[of].dense(buckets),
            None => Largest::default(),
        };
        Some(ExactBlock {
            largest: largest(0),
            largest_of_rest: match theme {
                Theme::WelfareGap => largest(1),
                _ => Largest::default(),
            },
            theme: theme.clone(),
            period: *pair.periods.get(slot)?,
            amounts: self.amounts.dense(buckets),
            events: self.events.dense(buckets),
            partners: self.partners.dense(buckets),
            among: (*theme == Theme::WelfareGap).then(|| self.among.dense(buckets)),
            observed: self.observed.units(number, slot, pair.units.len()),
        })
    }
}

/// What the counts of a theme can be broken down by.
#[must_use]
pub fn breakdowns_of(theme: &Theme) -> &'static [Breakdown] {
    SOURCES
        .iter()
        .find(|(_, themes)| themes.contains(theme))
        .map_or(&[], |(source, _)| Breakdown::of(source.table))
}
