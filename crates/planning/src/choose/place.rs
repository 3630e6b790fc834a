//! Candidate places, as numbers handed in from released planning scores.

use serde::Serialize;

/// A point on the globe (EPSG:4326).
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct LatLng {
    /// Degrees north, −90 to 90.
    pub latitude: f64,
    /// Degrees east, −180 to 180.
    pub longitude: f64,
}

/// What a visit is expected to achieve: at-risk children, or households,
/// reached there and not yet covered.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Benefit {
    /// Posterior mean.
    pub mean: f64,
    /// Lower bound of its interval.
    pub lower: f64,
}

/// What a visit costs.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub enum Effort {
    /// Team-days stated by the planner, travel included.
    TeamDays(f64),
    /// Households, turned into team-days by the [`super::Pace`], to which
    /// travel from the nearest team base is added.
    Households(f64),
}

/// A campaign that was here before.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Visit {
    /// Days between that visit and the start of the plan.
    pub days_ago: f64,
    /// Share of the people then reached, 0 to 1.
    pub share_reached: f64,
}

/// A place that teams may be sent to: a village or habitation.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Place {
    /// Identifier, unique among the candidates.
    pub id: String,
    /// Representative point.
    pub position: LatLng,
    /// Identifier of its block.
    pub block: String,
    /// Identifier of its district.
    pub district: String,
    /// People who live there, if known.
    pub population: Option<u64>,
    /// What a visit is expected to achieve.
    pub benefit: Benefit,
    /// What a visit costs.
    pub effort: Effort,
    /// Earlier campaigns.
    pub visits: Vec<Visit>,
    /// Whether detection there was too weak for the score to be relied on.
    pub under_observed: bool,
    /// Partner whose territory the place lies in, if any.
    pub partner: Option<String>,
    /// Number of the base, among those of the request, whose team-days pay for
    /// a visit, where ways are known; else the nearest by great circle.
    pub base: Option<usize>,
}

/// A point whose people are to be served, where these are not the candidate
/// places themselves.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DemandPoint {
    /// Identifier, unique among the points.
    pub id: String,
    /// Where it lies.
    pub position: LatLng,
    /// What serving it is worth.
    pub benefit: Benefit,
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// Places of four blocks with costs, benefits and points that follow no
    /// order, the same for the same seed.
    pub(in crate::choose) fn scattered(count: u32, seed: u32) -> Vec<Place> {
        let mut state = seed.wrapping_mul(2_654_435_761).wrapping_add(12_345);
        let mut next = |below: u32| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) % below
        };
        (0..count)
            .map(|number| Place {
                id: format!("village:{number}"),
                position: LatLng {
                    latitude: 25.0 + f64::from(next(1_000)) / 4_000.0,
                    longitude: 85.0 + f64::from(next(1_000)) / 4_000.0,
                },
                block: format!("block:{}", next(4)),
                district: "district:1".to_owned(),
                population: None,
                benefit: Benefit {
                    mean: f64::from(next(90)),
                    lower: 0.0,
                },
                effort: Effort::TeamDays(0.5 + f64::from(next(12)) / 4.0),
                visits: Vec::new(),
                under_observed: next(3) == 0,
                partner: None,
                base: None,
            })
            .collect()
    }
}
