//! Weighted least squares on a forest: the best estimates that add up.

use super::NoiseError;

/// A forest of nodes in which each inner node is the sum of its children.
#[derive(Debug, Clone)]
pub struct Forest {
    children: Vec<Vec<usize>>,
    /// Parents before their children.
    order: Vec<usize>,
    roots: Vec<usize>,
}

/// A value with the variance of its error.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    /// Value.
    pub value: f64,
    /// Variance.
    pub variance: f64,
}

const UNKNOWN: Estimate = Estimate {
    value: 0.0,
    variance: f64::INFINITY,
};

impl Forest {
    /// A forest from the parent of each node.
    ///
    /// # Errors
    /// [`NoiseError::Node`] for a parent that is not there, or a cycle.
    pub fn new(parents: &[Option<usize>]) -> Result<Self, NoiseError> {
        let mut children = vec![Vec::new(); parents.len()];
        let mut roots = Vec::new();
        for (node, parent) in parents.iter().enumerate() {
            match parent {
                None => roots.push(node),
                Some(parent) => children
                    .get_mut(*parent)
                    .ok_or(NoiseError::Node(*parent))?
                    .push(node),
            }
        }
        let mut order = roots.clone();
        let mut next = 0;
        while let Some(node) = order.get(next) {
            order.extend(children[*node].iter().copied());
            next += 1;
        }
        if order.len() < parents.len() {
            let mut reached = vec![false; parents.len()];
            order.iter().for_each(|node| reached[*node] = true);
            let lost = reached.iter().position(|r| !r).unwrap_or_default();
            return Err(NoiseError::Node(lost));
        }
        Ok(Self {
            children,
            order,
            roots,
        })
    }

    /// Number of nodes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.children.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.children.is_empty()
    }

    pub(super) fn children(&self, node: usize) -> &[usize] {
        &self.children[node]
    }

    pub(super) fn order(&self) -> &[usize] {
        &self.order
    }

    pub(super) fn roots(&self) -> &[usize] {
        &self.roots
    }
}

/// The minimum-variance linear unbiased estimates of all nodes that satisfy
/// "parent = sum of children", from independent measurements of some nodes.
///
/// Two passes (Hay, Rastogi, Miklau & Suciu 2010, Theorem 3, here with a
/// variance of its own for each node, as in a Kalman smoother on a tree):
/// 1. Upwards: S, V ← sums of the children's estimates and variances; a node's
///    own measurement (y, σ²) is combined with them by inverse variance:
///    z = (V·y + σ²·S)/(V + σ²), variance Vσ²/(V + σ²). Nodes that are not
///    measured take S and V.
/// 2. Downwards: what the parent's final value has more than S goes to the
///    children in proportion g = v/V to their variances v; a child's final
///    variance is v − g²·(V − variance of the parent).
///
/// A leaf that is not measured takes what is left of its parent; a parent may
/// have one such child. O(n).
///
/// # Errors
/// [`NoiseError::Unmeasured`] where the measurements do not determine a node,
/// [`NoiseError::Node`] for lists that do not fit or a variance that is not
/// positive and finite.
pub fn least_squares(
    forest: &Forest,
    measured: &[Option<Estimate>],
) -> Result<Vec<Estimate>, NoiseError> {
    if measured.len() != forest.len() {
        return Err(NoiseError::Node(measured.len()));
    }
    let sound = |e: &Estimate| e.value.is_finite() && e.variance.is_finite() && e.variance > 0.0;
    if let Some(node) = measured.iter().position(|m| m.is_some_and(|e| !sound(&e))) {
        return Err(NoiseError::Node(node));
    }
    let mut up = vec![UNKNOWN; forest.len()];
    for node in forest.order.iter().rev() {
        let below = match forest.children(*node) {
            [] => UNKNOWN,
            children => sum(children.iter().map(|c| up[*c])),
        };
        up[*node] = match measured[*node] {
            Some(own) => combine(own, below),
            None => below,
        };
    }
    let mut best = up.clone();
    for root in &forest.roots {
        if up[*root].variance.is_infinite() {
            return Err(NoiseError::Unmeasured(*root));
        }
    }
    for node in &forest.order {
        spread(forest.children(*node), best[*node], &up, &mut best)?;
    }
    Ok(best)
}

fn sum(parts: impl Iterator<Item = Estimate>) -> Estimate {
    parts.fold(
        Estimate {
            value: 0.0,
            variance: 0.0,
        },
        |a, b| Estimate {
            value: a.value + b.value,
            variance: a.variance + b.variance,
        },
    )
}

fn combine(own: Estimate, below: Estimate) -> Estimate {
    if below.variance.is_infinite() {
        return own;
    }
    let total = own.variance + below.variance;
    Estimate {
        value: (below.variance * own.value + own.variance * below.value) / total,
        variance: own.variance * below.variance / total,
    }
}

/// Hands a parent's final value down to its children.
fn spread(
    children: &[usize],
    parent: Estimate,
    up: &[Estimate],
    best: &mut [Estimate],
) -> Result<(), NoiseError> {
    let known = || children.iter().filter(|c| up[**c].variance.is_finite());
    let below = sum(known().map(|c| up[*c]));
    let mut unknown = children.iter().filter(|c| up[**c].variance.is_infinite());
    match (unknown.next(), unknown.next()) {
        (_, Some(second)) => Err(NoiseError::Unmeasured(*second)),
        (Some(rest), None) => {
            best[*rest] = Estimate {
                value: parent.value - below.value,
                variance: parent.variance + below.variance,
            };
            Ok(())
        }
        (None, None) => {
            let more = parent.value - below.value;
            let settled = below.variance - parent.variance;
            for child in known() {
                let share = up[*child].variance / below.variance;
                best[*child] = Estimate {
                    value: up[*child].value + share * more,
                    variance: up[*child].variance - share * share * settled,
                };
            }
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(value: f64, variance: f64) -> Option<Estimate> {
        Some(Estimate { value, variance })
    }

    /// Generalised least squares by the normal equations over the leaves:
    /// x = (AᵀWA)⁻¹AᵀWy with A the nodes' sums of leaves, and its covariance.
    fn naive(parents: &[Option<usize>], measured: &[Option<Estimate>]) -> Vec<Estimate> {
        let n = parents.len();
        let leaves: Vec<usize> = (0..n).filter(|i| !parents.contains(&Some(*i))).collect();
        let mut a = vec![vec![0.0; leaves.len()]; n];
        for (column, leaf) in leaves.iter().enumerate() {
            let mut node = Some(*leaf);
            while let Some(here) = node {
                a[here][column] = 1.0;
                node = parents[here];
            }
        }
        let m = leaves.len();
        let mut normal = vec![vec![0.0; 2 * m]; m];
        let mut right = vec![0.0; m];
        for i in 0..m {
            normal[i][m + i] = 1.0;
            for node in 0..n {
                let Some(e) = measured[node] else { continue };
                right[i] += a[node][i] * e.value / e.variance;
                for j in 0..m {
                    normal[i][j] += a[node][i] * a[node][j] / e.variance;
                }
            }
        }
        for i in 0..m {
            let pivot = normal[i][i];
            normal[i].iter_mut().for_each(|x| *x /= pivot);
            let row = normal[i].clone();
            for (_, other) in normal.iter_mut().enumerate().filter(|(k, _)| *k != i) {
                let factor = other[i];
                other
                    .iter_mut()
                    .zip(&row)
                    .for_each(|(x, r)| *x -= factor * r);
            }
        }
        let inverse = |i: usize, j: usize| normal[i][m + j];
        let x: Vec<f64> = (0..m)
            .map(|i| (0..m).map(|j| inverse(i, j) * right[j]).sum())
            .collect();
        (0..n)
            .map(|node| Estimate {
                value: (0..m).map(|i| a[node][i] * x[i]).sum(),
                variance: (0..m)
                    .flat_map(|i| (0..m).map(move |j| (i, j)))
                    .map(|(i, j)| a[node][i] * inverse(i, j) * a[node][j])
                    .sum(),
            })
            .collect()
    }

    proptest! {
        #[test]
        fn two_passes_equal_the_normal_equations(
            picks in prop::collection::vec(0.0..1.0f64, 1..14),
            noise in prop::collection::vec((-50.0..50.0f64, 0.5..20.0f64, any::<bool>()), 14),
        ) {
            // Node i hangs below an earlier node, or is a root.
            let parents: Vec<Option<usize>> = picks
                .iter()
                .enumerate()
                .map(|(i, pick)| {
                    let slot = (pick * (i + 1) as f64) as usize;
                    (slot < i).then_some(slot)
                })
                .collect();
            let leaf = |i: usize| !parents.contains(&Some(i));
            let measured: Vec<Option<Estimate>> = (0..parents.len())
                .map(|i| {
                    let (value, variance, inner) = noise[i];
                    (leaf(i) || inner).then_some(Estimate { value, variance })
                })
                .collect();
            let forest = Forest::new(&parents).unwrap();
            let fast = least_squares(&forest, &measured).unwrap();
            for (fast, slow) in fast.iter().zip(naive(&parents, &measured)) {
                prop_assert!((fast.value - slow.value).abs() < 1e-7, "{fast:?} {slow:?}");
                prop_assert!((fast.variance - slow.variance).abs() < 1e-7, "{fast:?} {slow:?}");
            }
        }
    }

    #[test]
    fn a_remainder_takes_what_is_left() {
        let forest = Forest::new(&[None, Some(0), Some(0)]).unwrap();
        let best = least_squares(&forest, &[at(10.0, 2.0), at(7.0, 3.0), None]).unwrap();
        assert_eq!(best[1], at(7.0, 3.0).unwrap());
        assert_eq!(best[2], at(3.0, 5.0).unwrap());
    }

    #[test]
    fn what_is_not_determined_is_refused() {
        let forest = Forest::new(&[None, Some(0), Some(0)]).unwrap();
        assert!(least_squares(&forest, &[at(1.0, 1.0), None, None]).is_err());
        assert!(least_squares(&forest, &[None, at(1.0, 1.0), None]).is_err());
        assert!(least_squares(&forest, &[None, at(1.0, 0.0), at(1.0, 1.0)]).is_err());
        assert!(Forest::new(&[Some(1), Some(0)]).is_err());
        assert!(Forest::new(&[Some(7)]).is_err());
    }
}
