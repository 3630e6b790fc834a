//! The HTTP service over release folders written by hand.
#![allow(clippy::unwrap_used)]

#[path = "server/access.rs"]
mod access;
#[path = "server/captured.rs"]
mod captured;
#[path = "server/counts.rs"]
mod counts;
#[path = "server/dp.rs"]
mod dp;
#[path = "server/fixture.rs"]
mod fixture;
#[path = "server/india.rs"]
mod india;
#[path = "server/items.rs"]
mod items;
#[path = "server/plans.rs"]
mod plans;
#[path = "server/privacy_page.rs"]
mod privacy_page;
#[path = "server/service.rs"]
mod service;
#[path = "server/socket.rs"]
mod socket;
// Workers are confined by what Linux has.
#[cfg(target_os = "linux")]
#[path = "server/sql.rs"]
mod sql;
#[path = "server/tiles.rs"]
mod tiles;
#[path = "server/values.rs"]
mod values;
#[path = "server/villages.rs"]
mod villages;
#[path = "server/walls.rs"]
mod walls;
