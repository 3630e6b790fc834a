//! The attacks, one a file, and the list of them.

mod access;
mod arbitrary_areas;
mod averaging;
mod backing_out;
mod careless;
mod cell_bounds;
mod classes;
mod complement;
mod cross_product;
mod dominance;
mod forging;
mod generator;
mod geographies;
mod homogeneity;
mod identifiers;
mod inversion;
mod kills;
mod knowledge;
mod ledger;
mod noise_audit;
mod none_or_some;
mod presence;
mod protected_inputs;
mod reconstruction;
mod release_kills;
mod remade;
mod search;
mod small_villages;
mod spellings;
mod split_averaging;
mod sql_oracles;
mod system;
mod tile_floods;
mod time_differencing;
mod unions;

use crate::attack::Attack;

/// Every attack, in the order of the list of threats.
#[must_use]
pub fn registry() -> Vec<Box<dyn Attack>> {
    vec![
        Box::new(complement::Complement),
        Box::new(averaging::Averaging),
        Box::new(split_averaging::SplitAveraging),
        Box::new(search::Search),
        Box::new(reconstruction::Reconstruction),
        Box::new(cell_bounds::CellBounds),
        Box::new(classes::CellBoundsByClass),
        Box::new(backing_out::BackingOut),
        Box::new(geographies::Geographies),
        Box::new(classes::DifferencesByClass),
        Box::new(arbitrary_areas::ArbitraryAreas),
        Box::new(time_differencing::TimeDifferencing),
        Box::new(cross_product::CrossProduct),
        Box::new(inversion::Inversion),
        Box::new(homogeneity::Homogeneity),
        Box::new(classes::HomogeneityByClass),
        Box::new(dominance::Dominance),
        Box::new(small_villages::SmallVillages),
        Box::new(presence::Presence),
        Box::new(noise_audit::NoiseAudit),
        Box::new(generator::Generator),
        Box::new(ledger::LedgerRaces),
        Box::new(sql_oracles::SqlOracles),
        Box::new(access::Access),
        Box::new(forging::Forging),
        Box::new(identifiers::Identifiers),
        Box::new(tile_floods::TileFloods),
    ]
}
