//! What noise would cost the ranking: the curve from which a policy's shares
//! are chosen.
//!
//! It compares with the exact ranking, so its figures are for the steward. On
//! a lake of invented children they may be shown to everybody.

use datafusion::prelude::SessionContext;
use rayon::prelude::*;
use safeground_privacy::noise::utility::{simulated_errors, simulated_overlap};
use safeground_privacy::noise::{DiscreteLaplace, Epsilon};
use safeground_schema::{Level, PeriodKind, Theme};

use crate::count::{ExactCounts, LayerKey, Pair, Wanted, count};
use crate::resources::off_async;
use crate::{EngineError, Resources};

/// Share of the units that make up the top.
const TOP: f64 = 0.05;

/// What a steward wants to know the cost of.
#[derive(Debug, Clone)]
pub struct UtilityRequest {
    /// Losses of privacy to try, each that of one count of one layer alone.
    pub epsilons: Vec<Epsilon>,
    /// H3 resolutions, beside districts.
    pub h3_resolutions: Vec<u8>,
    /// Draws of noise for each period.
    pub draws: u32,
    /// Seed of these draws. They protect nothing, so it is no secret.
    pub seed: u64,
    /// Threads and memory.
    pub resources: Resources,
}

/// How well one theme is ranked in one layer by one kind of period.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct UtilityRow {
    /// Theme.
    pub theme: String,
    /// Layer.
    pub layer: String,
    /// Kind of period.
    pub period: &'static str,
    /// Units of the layer.
    pub units: usize,
    /// Periods with at least one child.
    pub periods: usize,
    /// Mean count of a unit in such a period: how frequent the theme is.
    pub mean_count: f64,
    /// For each ε, the share of the top 5 % by exact counts that is in the top
    /// 5 % by noisy ones, mean of periods and draws.
    pub top_5_percent_overlap: Vec<f64>,
    /// Errors of counts by their size, all periods together.
    pub relative_error: Vec<ErrorOfSize>,
}

/// How far off noise puts counts of one size.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct ErrorOfSize {
    /// Smallest exact count.
    pub from: u64,
    /// Largest; `None` where there is none.
    pub to: Option<u64>,
    /// Units and periods of this size.
    pub units: usize,
    /// For each ε, the median of the error as a share of the count.
    pub median: Vec<f64>,
}

/// How much of the top 5 % noise would keep, by theme, layer and period, the
/// most frequent theme first. Households reached are no children and get no
/// noise; they are left out.
///
/// Counts are of distinct children and not bounded over themes, as those of a
/// draw are, which takes a few children from the rarer themes.
///
/// O(themes × periods × units × ε × draws).
///
/// # Errors
/// A failed query, or an ε that no noise can be made for.
pub async fn utility_curve(
    session: &SessionContext,
    request: UtilityRequest,
) -> Result<Vec<UtilityRow>, EngineError> {
    let session = request.resources.session(session)?;
    let counted = count(&session, |places| {
        let districts = places.counted_layer(Level::District);
        let districts = districts.map(|layer| LayerKey::Place(layer.clone()));
        let cells = request.h3_resolutions.iter().map(|r| LayerKey::H3(*r));
        let kinds = [PeriodKind::Quarter, PeriodKind::Year];
        Wanted {
            exact: districts
                .into_iter()
                .chain(cells)
                .flat_map(|key| kinds.map(|kind| (key.clone(), kind)))
                .collect(),
            ..Wanted::default()
        }
    })
    .await?;
    let Some(exact) = counted.exact else {
        return Ok(Vec::new());
    };
    let noises = request
        .epsilons
        .iter()
        .map(|epsilon| DiscreteLaplace::calibrate(1, *epsilon))
        .collect::<Result<Vec<_>, _>>()?;
    let pool = request.resources.pool()?;
    off_async(move || Ok(pool.install(|| rows(&exact, &noises, &request)))).await
}

fn rows(
    exact: &ExactCounts,
    noises: &[DiscreteLaplace],
    request: &UtilityRequest,
) -> Vec<UtilityRow> {
    let wanted: Vec<(&Theme, &Pair)> = exact
        .themes()
        .iter()
        .filter(|theme| **theme != Theme::Outreach)
        .flat_map(|theme| exact.frame().pairs.iter().map(move |pair| (theme, pair)))
        .collect();
    let mut rows: Vec<UtilityRow> = wanted
        .par_iter()
        .filter_map(|(theme, pair)| row(exact, theme, pair, noises, request))
        .collect();
    let total = |row: &UtilityRow| row.mean_count * (row.units * row.periods) as f64;
    let frequency = |theme: &str| {
        let of_theme = rows.iter().filter(|row| row.theme == theme);
        of_theme.map(total).fold(0.0, f64::max)
    };
    let order: Vec<f64> = rows.iter().map(|row| frequency(&row.theme)).collect();
    let mut numbers: Vec<usize> = (0..rows.len()).collect();
    numbers.sort_by(|a, b| {
        let key = |at: usize| (&rows[at].theme, &rows[at].layer, rows[at].period);
        order[*b]
            .total_cmp(&order[*a])
            .then_with(|| key(*a).cmp(&key(*b)))
    });
    let mut taken: Vec<Option<UtilityRow>> = rows.drain(..).map(Some).collect();
    numbers
        .into_iter()
        .filter_map(|at| taken[at].take())
        .collect()
}

fn row(
    exact: &ExactCounts,
    theme: &Theme,
    pair: &Pair,
    noises: &[DiscreteLaplace],
    request: &UtilityRequest,
) -> Option<UtilityRow> {
    let blocks: Vec<Vec<u64>> = (0..pair.periods.len())
        .filter_map(|slot| exact.block(theme, pair, slot))
        .map(|block| block.amounts)
        .filter(|amounts| amounts.iter().any(|amount| *amount > 0))
        .collect();
    let children: u64 = blocks.iter().flatten().sum();
    let overlap = |noise: &DiscreteLaplace| {
        let of_each = blocks.iter().enumerate().map(|(number, amounts)| {
            let mut seed = [0; 32];
            seed[..8].copy_from_slice(&request.seed.to_le_bytes());
            seed[8..16].copy_from_slice(&(number as u64).to_le_bytes());
            simulated_overlap(amounts, noise, TOP, request.draws, seed)
        });
        let sum: f64 = of_each.sum::<Option<f64>>()?;
        Some(sum / blocks.len() as f64)
    };
    if blocks.is_empty() {
        return None;
    }
    let units = pair.units.len();
    let counts: Vec<u64> = blocks.iter().flatten().copied().collect();
    let mut relative_error: Vec<ErrorOfSize> = Vec::new();
    for noise in noises {
        let mut seed = [0; 32];
        seed[..8].copy_from_slice(&request.seed.to_le_bytes());
        // The classes are those of the counts, whatever the noise.
        let errors = simulated_errors(&counts, noise, request.draws, seed);
        for (number, error) in errors.into_iter().enumerate() {
            if relative_error.len() == number {
                relative_error.push(ErrorOfSize {
                    from: error.from,
                    to: error.to,
                    units: error.units,
                    median: Vec::new(),
                });
            }
            relative_error[number]
                .median
                .push(error.median_relative_error);
        }
    }
    Some(UtilityRow {
        relative_error,
        theme: theme.to_string(),
        layer: pair.units.key.to_string(),
        period: match pair.kind {
            PeriodKind::Quarter => "quarter",
            _ => "year",
        },
        units,
        periods: blocks.len(),
        mean_count: children as f64 / (units * blocks.len()) as f64,
        top_5_percent_overlap: noises.iter().map(overlap).collect::<Option<_>>()?,
    })
}
