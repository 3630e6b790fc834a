//! Attacks 20 to 26 on SQL, tried on real workers over a made-up release.

mod answers;
mod bombs;
mod confinement;
mod crowd;
mod oracles;
mod statements;
mod world;
