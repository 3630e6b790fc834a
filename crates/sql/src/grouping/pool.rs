//! Memory of all parts together, as the one operator that they are.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use datafusion::common::{DataFusionError, Result, resources_datafusion_err};
use datafusion::execution::memory_pool::{
    MemoryConsumer, MemoryLimit, MemoryPool, MemoryReservation,
};

/// A pool for the parts of one operator, which counts as one consumer of the
/// pool around it.
///
/// A fair pool gives every consumer the same share. Were each part one, all
/// other operators of the query would be left with a sixty-fifth of it.
///
/// Parts take what they need until the pool around refuses for the first time.
/// From then on each may have its share of what they had together by then: the
/// others spill when they next grow, so that a part that merges what it spilled
/// finds the memory for it.
#[derive(Debug)]
pub(super) struct PartsPool {
    around: MemoryReservation,
    parts: usize,
    share: Mutex<Option<usize>>,
}

impl PartsPool {
    /// A pool for so many parts within another.
    pub(super) fn within(pool: &Arc<dyn MemoryPool>, parts: usize, can_spill: bool) -> Self {
        Self {
            around: MemoryConsumer::new("DealtAggregate")
                .with_can_spill(can_spill)
                .register(pool),
            parts,
            share: Mutex::default(),
        }
    }

    fn share(&self) -> MutexGuard<'_, Option<usize>> {
        self.share.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Display for PartsPool {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "parts({})", self.parts)
    }
}

impl MemoryPool for PartsPool {
    fn name(&self) -> &str {
        "parts"
    }

    fn grow(&self, _: &MemoryReservation, additional: usize) {
        self.around.grow(additional);
    }

    fn shrink(&self, _: &MemoryReservation, shrink: usize) {
        self.around.shrink(shrink);
    }

    fn try_grow(&self, reservation: &MemoryReservation, additional: usize) -> Result<()> {
        let mut share = self.share();
        let can_spill = self.around.consumer().can_spill();
        let wanted = reservation.size().saturating_add(additional);
        if let Some(share) = *share
            && can_spill
            && wanted > share
        {
            let refused: DataFusionError =
                resources_datafusion_err!("a part has {share} bytes and wants {wanted}");
            return Err(refused);
        }
        let grown = self.around.try_grow(additional);
        if grown.is_err() && share.is_none() {
            *share = Some(self.around.size() / self.parts);
        }
        grown
    }

    fn reserved(&self) -> usize {
        self.around.size()
    }

    fn memory_limit(&self) -> MemoryLimit {
        MemoryLimit::Unknown
    }
}

#[cfg(test)]
mod tests {
    use datafusion::execution::memory_pool::FairSpillPool;

    use super::*;

    fn pools(bytes: usize) -> (Arc<dyn MemoryPool>, Arc<dyn MemoryPool>) {
        let around: Arc<dyn MemoryPool> = Arc::new(FairSpillPool::new(bytes));
        let parts = PartsPool::within(&around, 4, true);
        (around, Arc::new(parts))
    }

    fn part(pool: &Arc<dyn MemoryPool>) -> MemoryReservation {
        let consumer = MemoryConsumer::new("part").with_can_spill(true);
        consumer.register(pool)
    }

    #[test]
    fn parts_leave_others_the_share_that_one_operator_leaves() {
        let (around, pool) = pools(1_000);
        let parts: Vec<_> = (0..4).map(|_| part(&pool)).collect();
        let other = part(&around);
        assert!(other.try_grow(500).is_ok());
        assert!(parts[0].try_grow(400).is_ok());
        assert!(parts[1].try_grow(101).is_err());
        assert_eq!(around.reserved(), 900);
        drop(parts);
        drop(pool);
        assert_eq!(around.reserved(), 500);
    }

    #[test]
    fn after_the_first_refusal_each_part_keeps_to_its_share() {
        let (_around, pool) = pools(1_000);
        let (large, small) = (part(&pool), part(&pool));
        large.try_grow(800).unwrap();
        small.try_grow(200).unwrap();
        assert!(small.try_grow(1).is_err());
        // It spilled; a quarter of a thousand is its share from now on.
        small.free();
        large.shrink(500);
        assert!(small.try_grow(250).is_ok());
        assert!(small.try_grow(1).is_err());
        assert!(large.try_grow(1).is_err());
    }
}
