//! From the best window of each centre to the clusters reported.

use rayon::prelude::*;

use super::cluster::{Cluster, Excess, Scan, ScanParams, SecondaryClusters, Shape};
use super::counts::Field;
use super::engine::{Candidate, Engine, Screen};
use super::places::{Places, squared};
use super::program::{Grid, Model, Source};
use super::rings::Axes;
use crate::StatsError;
use crate::error::check_repetitions;

/// Ratios up to this are not reported, as in `SaTScan`.
const LEAST_RATIO: f64 = 0.001;

/// How windows of a scan look.
pub(super) enum Form<'a> {
    Rings {
        places: &'a Places,
        /// Points in which windows of a shape are circles.
        axes: &'a [Axes],
    },
    Connected,
    Everywhere,
}

/// A scan ready to run.
pub(super) struct Task<'a> {
    pub(super) source: &'a dyn Source,
    pub(super) field: &'a Field,
    pub(super) times: usize,
    pub(super) spans: &'a [(u32, u32)],
    pub(super) form: Form<'a>,
    /// Applied to the cases of each data set before it is scanned.
    pub(super) screen: Option<Screen<'a>>,
    pub(super) params: &'a ScanParams,
}

/// A candidate with its figures, summed in the order of places so that the
/// same places have the same figures about whatever centre.
struct Found {
    candidate: Candidate,
    centre: usize,
    shape: usize,
    size: usize,
    observed: i32,
    weight: f64,
    ratio: f64,
}

impl Task<'_> {
    pub(super) fn run(&self) -> Result<Scan, StatsError> {
        let plan = &self.params.monte_carlo;
        check_repetitions(
            "simulations",
            plan.simulations,
            0,
            "a number up to 10,000,000",
        )?;
        let model = self.model();
        let grid = Grid {
            times: self.times,
            weights: &self.field.weights,
            spans: self.spans,
        };
        let engine = Engine::new(self.source, &grid, model);
        let mut found = self.found(&engine, model, &[]);
        let top = found.first().map_or(f64::INFINITY, |found| found.ratio);
        let simulated = engine.maxima(&*self.field.simulator, self.screen, plan, top);
        found.retain(|found| found.ratio > LEAST_RATIO);
        let mut clusters = match self.params.secondary {
            SecondaryClusters::NoOverlapOfAnyWindow => self.select_any(found, &engine, model),
            _ => self.select(&found, &engine),
        };
        for cluster in &mut clusters {
            cluster.p = simulated.p(cluster.statistic);
            cluster.p_gumbel = simulated.p_gumbel(cluster.statistic);
        }
        // What every simulation reaches is no cluster; SaTScan is silent too.
        let mut rank = 0;
        clusters.retain(|cluster| {
            rank += 1;
            rank == 1 || cluster.p.is_none_or(|p| p < 1.0)
        });
        let cases = self.field.cells.iter().map(|count| *count as u64).sum();
        Ok(Scan {
            clusters,
            simulated,
            cases,
        })
    }

    fn model(&self) -> Model {
        use super::cluster::Rates::{Both, High, Low};
        Model {
            likelihood: self.field.likelihood,
            high: matches!(self.params.rates, High | Both),
            low: matches!(self.params.rates, Low | Both),
            least: self.params.minimum_cases.min(i32::MAX as u32) as i32,
        }
    }

    /// The best window about each centre without places of the clusters, from
    /// the largest ratio down.
    fn found(&self, engine: &Engine, model: Model, clusters: &[Cluster]) -> Vec<Found> {
        let mut taken = vec![false; self.places()];
        for member in clusters.iter().flat_map(|cluster| &cluster.members) {
            taken[*member] = true;
        }
        let mut cells = self.field.cells.clone();
        if let Some(screen) = self.screen {
            screen(&mut cells);
        }
        let mut found: Vec<Found> = engine
            .observed(&cells, &taken)
            .into_par_iter()
            .filter_map(|candidate| self.measure(engine, model, candidate))
            .collect();
        found.sort_by(|a, b| {
            (a.centre.cmp(&b.centre))
                .then(b.ratio.total_cmp(&a.ratio))
                .then(a.size.cmp(&b.size))
                .then(a.shape.cmp(&b.shape))
        });
        found.dedup_by_key(|found| found.centre);
        found.sort_by(|a, b| {
            (b.ratio.total_cmp(&a.ratio))
                .then(a.size.cmp(&b.size))
                .then(a.candidate.span.cmp(&b.candidate.span))
                .then(a.centre.cmp(&b.centre))
        });
        found
    }

    fn measure(&self, engine: &Engine, model: Model, candidate: Candidate) -> Option<Found> {
        let (centre, shape, penalty) = engine.head(&candidate);
        let members = engine.members(&candidate);
        let size = members.len();
        let mut inside = vec![false; self.places()];
        for member in members {
            inside[member] = true;
        }
        let (first, after) = self.spans[candidate.span];
        let (mut observed, mut weight) = (0, 0.0);
        for place in (0..inside.len()).filter(|place| inside[*place]) {
            for cell in place * self.times + first as usize..place * self.times + after as usize {
                observed += self.field.cells[cell];
                weight += self.field.weights[cell];
            }
        }
        model.score(observed, weight, penalty).map(|ratio| Found {
            candidate,
            centre,
            shape,
            size,
            observed,
            weight,
            ratio,
        })
    }

    fn places(&self) -> usize {
        self.field.cells.len() / self.times
    }

    /// The best of all windows without places of earlier ones, time and again.
    fn select_any(&self, first: Vec<Found>, engine: &Engine, model: Model) -> Vec<Cluster> {
        let mut clusters = Vec::new();
        let mut found = first;
        while let Some(best) = found.first().filter(|found| found.ratio > LEAST_RATIO) {
            clusters.push(self.cluster(best, engine.members(&best.candidate)));
            found = self.found(engine, model, &clusters);
        }
        clusters
    }

    fn select(&self, found: &[Found], engine: &Engine) -> Vec<Cluster> {
        use SecondaryClusters as Secondary;
        let secondary = self.params.secondary;
        let mut clusters: Vec<Cluster> = Vec::new();
        // Cells of clusters, and places of them at any time.
        let mut taken = vec![false; self.field.cells.len()];
        let mut held = vec![false; self.places()];
        for found in found {
            if secondary == Secondary::None && !clusters.is_empty() {
                break;
            }
            let (first, after) = self.spans[found.candidate.span];
            let is_taken = |place: usize| {
                let start = place * self.times;
                taken[start + first as usize..start + after as usize].contains(&true)
            };
            // The centre alone settles most cases, before places are listed.
            let settled = match secondary {
                Secondary::NoOverlap => is_taken(found.centre),
                Secondary::NoCentreInOther | Secondary::NoCentreInMoreLikely => held[found.centre],
                _ => false,
            };
            if settled {
                continue;
            }
            let members = engine.members(&found.candidate);
            let holds = |cluster: &Cluster| members.contains(&cluster.centre);
            let rejected = match secondary {
                Secondary::NoOverlap => members.iter().any(|member| is_taken(*member)),
                Secondary::NoCentreInOther | Secondary::NoCentreInLessLikely => {
                    clusters.iter().any(holds)
                }
                Secondary::NoPairInEachOther => clusters
                    .iter()
                    .any(|cluster| holds(cluster) && cluster.members.contains(&found.centre)),
                _ => false,
            };
            if rejected {
                continue;
            }
            for member in &members {
                held[*member] = true;
                let start = member * self.times;
                taken[start + first as usize..start + after as usize].fill(true);
            }
            clusters.push(self.cluster(found, members));
        }
        clusters
    }

    fn cluster(&self, found: &Found, members: Vec<usize>) -> Cluster {
        let (first, after) = self.spans[found.candidate.span];
        let likelihood = self.field.likelihood;
        let observed = f64::from(found.observed);
        let expected = likelihood.expected(found.weight);
        Cluster {
            centre: found.centre,
            shape: self.shape(found, &members),
            members,
            intervals: (self.times > 1).then_some(first as usize..after as usize),
            excess: if observed > expected {
                Excess::High
            } else {
                Excess::Low
            },
            observed: found.observed as u64,
            expected,
            relative_risk: likelihood.relative_risk(observed, found.weight),
            log_likelihood_ratio: likelihood.ratio(observed, found.weight),
            statistic: found.ratio,
            p: None,
            p_gumbel: None,
        }
    }

    fn shape(&self, found: &Found, members: &[usize]) -> Shape {
        match &self.form {
            Form::Rings { places, axes } => {
                let axes = &axes[found.shape];
                match axes.ellipse {
                    None => Shape::Circle {
                        radius: members
                            .iter()
                            .map(|member| places.distance(found.centre, *member))
                            .fold(0.0, f64::max),
                    },
                    Some((ratio, angle)) => Shape::Ellipse {
                        minor_radius: members
                            .iter()
                            .map(|member| squared(axes.points[found.centre], axes.points[*member]))
                            .fold(0.0, f64::max)
                            .sqrt(),
                        ratio,
                        angle_degrees: angle.to_degrees(),
                    },
                }
            }
            Form::Connected => Shape::Connected,
            Form::Everywhere => Shape::Everywhere,
        }
    }
}
