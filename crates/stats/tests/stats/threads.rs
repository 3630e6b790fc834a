//! The same work on one thread and on two.

use std::fmt::Debug;

/// What `work` gives, after a check that it gives the same on one thread and
/// on two, to the bit.
pub(crate) fn on_any_threads<T: PartialEq + Debug + Send>(work: impl Fn() -> T + Sync) -> T {
    let run = |threads| {
        rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap()
            .install(&work)
    };
    let one = run(1);
    assert_eq!(one, run(2), "one thread and two");
    one
}
