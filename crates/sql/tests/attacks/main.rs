//! Attacks 20 to 26 on SQL, tried on real workers over a made-up release.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod answers;
mod bombs;
mod confinement;
mod crowd;
mod oracles;
mod statements;
mod world;
