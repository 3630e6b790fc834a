//! The attacks, one a file, and the list of them.

mod arbitrary_areas;
mod backing_out;
mod cell_bounds;
mod complement;
mod cross_product;
mod dominance;
mod generator;
mod geographies;
mod homogeneity;
mod identifiers;
mod inversion;
mod knowledge;
mod ledger;
mod noise_audit;
mod not_yet;
mod presence;
mod reconstruction;
mod remade;
mod search;
mod small_villages;
mod system;
mod time_differencing;

use crate::attack::Attack;

/// Every attack, in the order of the list of threats.
#[must_use]
pub fn registry() -> Vec<Box<dyn Attack>> {
    vec![
        Box::new(complement::Complement),
        Box::new(not_yet::Averaging),
        Box::new(not_yet::SplitAveraging),
        Box::new(search::Search),
        Box::new(reconstruction::Reconstruction),
        Box::new(cell_bounds::CellBounds),
        Box::new(backing_out::BackingOut),
        Box::new(geographies::Geographies),
        Box::new(arbitrary_areas::ArbitraryAreas),
        Box::new(time_differencing::TimeDifferencing),
        Box::new(cross_product::CrossProduct),
        Box::new(inversion::Inversion),
        Box::new(homogeneity::Homogeneity),
        Box::new(dominance::Dominance),
        Box::new(small_villages::SmallVillages),
        Box::new(presence::Presence),
        Box::new(noise_audit::NoiseAudit),
        Box::new(generator::Generator),
        Box::new(ledger::LedgerRaces),
        Box::new(identifiers::Identifiers),
    ]
}
