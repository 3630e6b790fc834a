//! Scores and ranks over draws.

use rayon::prelude::*;

use crate::StatsError;

/// Scores of a unit over the draws in which it had one, and its ranks, both
/// sorted.
#[derive(Debug, Clone)]
pub(crate) struct Draws {
    pub scores: Vec<f32>,
    pub ranks: Vec<u32>,
}

impl Draws {
    /// Place of a nearest-rank quantile: every limit is a value that was
    /// drawn.
    pub(crate) fn at(&self, share: f64) -> usize {
        ((self.scores.len() as f64 * share) as usize).min(self.scores.len() - 1)
    }
}

/// Runs a model `draws` times and sorts what comes out by unit. The model gets
/// the number of the draw, which is the number of its random stream. A unit
/// that never has a score is `None`. Memory is 8 bytes for each unit and draw.
pub(crate) fn score_draws(
    units: usize,
    draws: usize,
    model: impl Fn(u64) -> Result<Vec<Option<f64>>, StatsError> + Sync,
) -> Result<Vec<Option<Draws>>, StatsError> {
    let all: Vec<Vec<(f32, u32)>> = (0..draws)
        .into_par_iter()
        .map(|draw| {
            let scores = model(draw as u64)?;
            let ranks = ranks(&scores);
            Ok(scores
                .into_iter()
                .zip(ranks)
                .map(|(score, rank)| (score.map_or(f32::NAN, |score| score as f32), rank))
                .collect())
        })
        .collect::<Result<_, StatsError>>()?;
    Ok((0..units)
        .into_par_iter()
        .map(|unit| {
            let mut scores: Vec<f32> = Vec::with_capacity(draws);
            let mut ranks: Vec<u32> = Vec::with_capacity(draws);
            for draw in &all {
                let (score, rank) = draw[unit];
                if !score.is_nan() {
                    scores.push(score);
                    ranks.push(rank);
                }
            }
            if scores.is_empty() {
                return None;
            }
            scores.sort_by(f32::total_cmp);
            ranks.sort_unstable();
            Some(Draws { scores, ranks })
        })
        .collect())
}

/// Competition ranks, 1 the highest score; 0 for units without a score. Equal
/// scores share the better rank.
pub(crate) fn ranks(scores: &[Option<f64>]) -> Vec<u32> {
    let mut sorted: Vec<f64> = scores.iter().flatten().copied().collect();
    sorted.sort_by(|a, b| b.total_cmp(a));
    scores
        .iter()
        .map(|score| {
            score.map_or(0, |score| {
                1 + sorted.partition_point(|other| *other > score) as u32
            })
        })
        .collect()
}

/// Values below plus values up to this one among sorted ones: twice its
/// mid-rank, so that over twice their number it is the mid-rank percentile.
pub(crate) fn double_mid_rank(sorted: &[f64], value: f64) -> usize {
    let below = sorted.partition_point(|other| *other < value);
    let up_to = sorted.partition_point(|other| *other <= value);
    below + up_to
}
