//! Layers of a release that must add up.

use std::collections::BTreeMap;

use super::draw::{NoisyTable, TableKey};
use super::{Estimate, Forest, NoiseError, least_squares, whole_numbers};

/// One layer and where its units lie in the next wider one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HierarchyLayer {
    /// Stratum of the layer.
    pub stratum: String,
    /// The public list of units.
    pub units: Vec<String>,
    /// The wider layer; absent at the top.
    pub parent: Option<ParentLayer>,
}

/// How a layer lies in a wider one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParentLayer {
    /// Stratum of the wider layer.
    pub stratum: String,
    /// Position of the parent of each unit; absent for a unit outside of all.
    pub of: Vec<Option<usize>>,
    /// Whether a parent's count is all in its units. Where some events are
    /// known by the wider place alone it is not: the rest then gets a node of
    /// its own, and a parent is at least the sum of its units.
    pub exhaustive: bool,
}

/// Layers in order, wider before finer; a forest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hierarchy {
    layers: Vec<HierarchyLayer>,
}

/// Counts of one stratum, theme and period that add up with the other layers.
#[derive(Debug, Clone, PartialEq)]
pub struct ConsistentTable {
    /// What it is about.
    pub key: TableKey,
    /// Units, in the order of the public list.
    pub units: Vec<String>,
    /// Counts, whole and not negative; absent for a unit of a derived layer
    /// that holds no finer unit at all, which is a public fact.
    pub counts: Vec<Option<u64>>,
    /// The least-squares estimates that the counts were made from, with their
    /// variances: unbiased, adding up, sometimes negative.
    ///
    /// Intervals and tests take these. The variance rests on scales and layers
    /// alone, never on data, and is exact. It does not describe the counts:
    /// cutting at zero makes empty units nearly right at the cost of large ones
    /// among many empty ones, which come out low (the tests measure both).
    pub estimates: Vec<Option<Estimate>>,
}

impl Hierarchy {
    /// Layers, each after its parent; at most one finer layer below each.
    ///
    /// Two partitions of one parent (its districts and its cells) are no
    /// forest; give each its own top and use [`super::project()`] to bring
    /// them together, if they must agree.
    ///
    /// # Errors
    /// [`NoiseError::Parent`] for a parent that does not come before or has a
    /// finer layer already, [`NoiseError::Unsorted`], [`NoiseError::Orphan`]
    /// for a position that is not in the parent layer.
    pub fn new(layers: Vec<HierarchyLayer>) -> Result<Self, NoiseError> {
        let mut taken: BTreeMap<&str, (usize, bool)> = BTreeMap::new();
        for layer in &layers {
            if !layer.units.is_sorted_by(|a, b| a < b) {
                return Err(NoiseError::Unsorted(layer.stratum.clone()));
            }
            if let Some(parent) = &layer.parent {
                let refused = || NoiseError::Parent {
                    layer: layer.stratum.clone(),
                    parent: parent.stratum.clone(),
                };
                let (units, used) = taken.get_mut(parent.stratum.as_str()).ok_or_else(refused)?;
                if std::mem::replace(used, true) || parent.of.len() != layer.units.len() {
                    return Err(refused());
                }
                let outside = |of: &Option<usize>| of.is_some_and(|of| of >= *units);
                if let Some(at) = parent.of.iter().position(outside) {
                    return Err(NoiseError::Orphan {
                        layer: layer.stratum.clone(),
                        unit: layer.units[at].clone(),
                    });
                }
            }
            let before = taken.insert(&layer.stratum, (layer.units.len(), false));
            if before.is_some() {
                return Err(NoiseError::Parent {
                    layer: layer.stratum.clone(),
                    parent: layer.stratum.clone(),
                });
            }
        }
        Ok(Self { layers })
    }

    /// Makes noisy tables add up over the layers, for each theme and period by
    /// itself, and derives the layers that were not measured.
    ///
    /// 1. [`super::least_squares`] gives the best estimates that add up, with
    ///    their variances; 2. [`super::whole_numbers`] makes them whole and
    ///    non-negative from the top down.
    ///
    /// Tables come back sorted by key. O(n log n) in units for each theme and
    /// period.
    ///
    /// # Errors
    /// [`NoiseError::OtherUnits`] if a table is not over the units of its
    /// layer or its layer is not here, [`NoiseError::Twice`].
    pub fn reconcile(&self, tables: Vec<NoisyTable>) -> Result<Vec<ConsistentTable>, NoiseError> {
        type Group = BTreeMap<String, NoisyTable>;
        let mut groups: BTreeMap<(String, String, i32), Group> = BTreeMap::new();
        for table in tables {
            let layer = self.layers.iter().find(|l| l.stratum == table.key.stratum);
            if layer.is_none_or(|layer| layer.units != table.units) {
                return Err(NoiseError::OtherUnits(table.key.stratum));
            }
            let key = table.key.clone();
            let group = groups
                .entry((key.theme.clone(), key.period.clone(), key.year))
                .or_default();
            if group.insert(key.stratum.clone(), table).is_some() {
                return Err(NoiseError::Twice {
                    stratum: key.stratum,
                    theme: key.theme,
                    period: key.period,
                });
            }
        }
        let mut consistent = Vec::new();
        for ((theme, period, year), group) in groups {
            for (layer, counts, estimates) in self.settle(&group)? {
                consistent.push(ConsistentTable {
                    key: TableKey {
                        stratum: layer.stratum.clone(),
                        theme: theme.clone(),
                        period: period.clone(),
                        year,
                    },
                    units: layer.units.clone(),
                    counts,
                    estimates,
                });
            }
        }
        consistent.sort_by(|a, b| a.key.cmp(&b.key));
        Ok(consistent)
    }

    /// Layers that are measured, or hold a finer one that is.
    fn settle(&self, group: &BTreeMap<String, NoisyTable>) -> Result<Vec<Settled<'_>>, NoiseError> {
        let mut nodes = Nodes::default();
        for layer in &self.layers {
            let table = group.get(&layer.stratum);
            let parent = layer.parent.as_ref();
            let above = parent.and_then(|p| Some((p, *nodes.first.get(p.stratum.as_str())?)));
            nodes.first.insert(&layer.stratum, nodes.parents.len());
            for unit in 0..layer.units.len() {
                let of = above.and_then(|(p, first)| Some(first + p.of[unit]?));
                nodes.parents.push(of);
                nodes.measured.push(table.map(|table| Estimate {
                    value: table.values[unit] as f64,
                    variance: table.variance,
                }));
                nodes.open.push(parent.is_some_and(|p| !p.exhaustive));
            }
        }
        let (values, kept) = nodes.solve()?;
        let settled = self.layers.iter().filter_map(|layer| {
            let first = nodes.first[layer.stratum.as_str()];
            let of = |unit: usize| kept[first + unit].map(|at| values[at]);
            let all: Vec<Option<(u64, Estimate)>> = (0..layer.units.len()).map(of).collect();
            all.iter().any(Option::is_some).then(|| {
                let counts = all.iter().map(|v| v.map(|(count, _)| count)).collect();
                let estimates = all.iter().map(|v| v.map(|(_, best)| best)).collect();
                (layer, counts, estimates)
            })
        });
        Ok(settled.collect())
    }
}

/// A layer with its counts and estimates.
type Settled<'a> = (&'a HierarchyLayer, Vec<Option<u64>>, Vec<Option<Estimate>>);

/// Counts with estimates, and the position among them of each node.
type Solved = (Vec<(u64, Estimate)>, Vec<Option<usize>>);

/// All units of all layers as nodes of one forest.
#[derive(Default)]
struct Nodes<'a> {
    first: BTreeMap<&'a str, usize>,
    parents: Vec<Option<usize>>,
    measured: Vec<Option<Estimate>>,
    /// Whether the units beside a node may leave a rest of their parent.
    open: Vec<bool>,
}

impl Nodes<'_> {
    /// Counts and estimates of the nodes that can be known, and where each
    /// node stands among them.
    fn solve(&self) -> Result<Solved, NoiseError> {
        let n = self.parents.len();
        // Finer layers come later, so one pass backwards reaches every parent.
        let mut known: Vec<bool> = self.measured.iter().map(Option::is_some).collect();
        for node in (0..n).rev() {
            if let (true, Some(parent)) = (known[node], self.parents[node]) {
                known[parent] = true;
            }
        }
        let mut kept = vec![None; n];
        let (mut parents, mut measured) = (Vec::new(), Vec::new());
        for node in (0..n).filter(|node| known[*node]) {
            kept[node] = Some(parents.len());
            parents.push(self.parents[node].and_then(|parent| kept[parent]));
            measured.push(self.measured[node]);
        }
        let mut rest: Vec<usize> = (0..n)
            .filter(|node| known[*node] && self.open[*node])
            .filter_map(|node| self.parents[node].and_then(|parent| kept[parent]))
            .filter(|parent| measured[*parent].is_some())
            .collect();
        rest.sort_unstable();
        rest.dedup();
        for parent in rest {
            parents.push(Some(parent));
            measured.push(None);
        }
        let forest = Forest::new(&parents)?;
        let best = least_squares(&forest, &measured)?;
        let counts = whole_numbers(&forest, &best);
        let values = counts.into_iter().zip(best).collect();
        Ok((values, kept))
    }
}
