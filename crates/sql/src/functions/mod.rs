//! What a query may call: H3 cells, statistics of places, aggregates.
