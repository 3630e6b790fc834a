//! Space and time: trends, emerging hotspots, and alarms.
