//! Global statistics: whether values cluster at all.
