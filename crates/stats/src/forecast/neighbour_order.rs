//! Places by their neighbour order: neighbours, neighbours of neighbours, …

use std::collections::VecDeque;

use rayon::prelude::*;

use crate::weights::SpatialWeights;

/// For each place the places at each order from 1 to the last, sorted. Links
/// count in both directions, so that the order of a pair is symmetric.
pub(super) struct NeighbourOrders {
    orders: usize,
    lists: Vec<Vec<Vec<u32>>>,
}

impl NeighbourOrders {
    /// Breadth-first search from every place. O(places · links within reach).
    pub(super) fn new(weights: Option<&SpatialWeights>, places: usize, orders: usize) -> Self {
        let lists = match weights {
            Some(weights) if orders > 0 => {
                let transposed = weights.transposed();
                (0..places)
                    .into_par_iter()
                    .map_init(
                        || vec![usize::MAX; places],
                        |seen, place| reach(weights, &transposed, place, orders, seen),
                    )
                    .collect()
            }
            _ => vec![vec![Vec::new(); orders]; places],
        };
        Self { orders, lists }
    }

    pub(super) fn orders(&self) -> usize {
        self.orders
    }

    /// Places at an order from 1 on.
    pub(super) fn at(&self, place: usize, order: usize) -> &[u32] {
        &self.lists[place][order - 1]
    }

    /// The last order at which the place has anyone; 0 for an island.
    pub(super) fn last(&self, place: usize) -> usize {
        self.lists[place]
            .iter()
            .rposition(|list| !list.is_empty())
            .map_or(0, |at| at + 1)
    }
}

/// `seen[other]` is the place from which `other` was last reached, so that one
/// array serves all searches of a thread.
fn reach(
    weights: &SpatialWeights,
    transposed: &SpatialWeights,
    place: usize,
    orders: usize,
    seen: &mut [usize],
) -> Vec<Vec<u32>> {
    let mut lists = vec![Vec::new(); orders];
    let mut queue = VecDeque::from([(place, 0)]);
    seen[place] = place;
    while let Some((at, order)) = queue.pop_front() {
        if order == orders {
            break;
        }
        let links = weights.row(at).neighbours.iter();
        for other in links.chain(transposed.row(at).neighbours) {
            let index = *other as usize;
            if seen[index] != place {
                seen[index] = place;
                lists[order].push(*other);
                queue.push_back((index, order + 1));
            }
        }
    }
    for list in &mut lists {
        list.sort_unstable();
    }
    lists
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_on_a_path_are_steps_apart_in_both_directions() {
        let path = SpatialWeights::from_lists(vec![vec![1], vec![2], vec![3], vec![], vec![]]);
        let orders = NeighbourOrders::new(Some(&path.unwrap()), 5, 2);
        assert_eq!(orders.at(0, 1), [1]);
        assert_eq!(orders.at(0, 2), [2]);
        assert_eq!(orders.at(2, 1), [1, 3]);
        assert_eq!(orders.at(3, 2), [1]);
        assert_eq!(orders.last(4), 0);
        assert_eq!(orders.last(1), 2);
    }
}
