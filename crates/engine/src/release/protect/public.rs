//! Counts with noise: one draw for each calendar year, the same for every
//! audience and for ever.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use datafusion::prelude::SessionContext;
use safeground_privacy::ledger::Ledger;
use safeground_privacy::noise::utility::{simulated_errors, simulated_overlap};
use safeground_privacy::noise::{
    Allocation, ConsistentTable, DrawContext, DrawTerms, ExactTable, Hierarchy, HierarchyLayer,
    NoisyTable, ParentLayer, PreparedDraw, TableKey, UnitContext, event_cap, publish,
};
use safeground_privacy::{Audience, AudiencePolicy, CountsShown, Policy};
use safeground_schema::release::{
    CountProtection, ManifestDraw, ManifestNoise, ManifestSizeError, ManifestUtility,
};
use safeground_schema::{Level, Period, PeriodKind, Theme};

use super::super::manifest::sha256;
use super::super::vault::{DATASET, Reached, Vault};
use super::{Closed, Shown, allowed, counted_layers, strata};
use crate::EngineError;
use crate::count::{BoundedCount, Bounds, LayerKey, Units};
use crate::score::CountBlock;

/// The draws of a lake: every closed year's, and what cannot be drawn.
#[derive(Debug, Default)]
pub(crate) struct Draws {
    /// Tables that add up, over the layers that the draw measures and the
    /// wider ones.
    consistent: Vec<ConsistentTable>,
    /// What the manifest says of them.
    pub(crate) manifest: Option<ManifestNoise>,
    /// Years without a draw though they are closed, with the reason.
    pub(crate) missing: Vec<(i32, &'static str)>,
}

impl Draws {
    /// Names of the draws in the ledger.
    pub(crate) fn fingerprints(&self) -> Vec<String> {
        let draws = self.manifest.iter().flat_map(|noise| &noise.draws);
        draws.map(|draw| draw.fingerprint.clone()).collect()
    }
}

/// Draws the closed years that have no draw yet, and opens those that have.
///
/// # Errors
/// The ledger's, the store's, and those of a failed query.
pub(crate) async fn make_draws(
    ctx: &SessionContext,
    bounded: &BoundedCount,
    policy: &Policy,
    closed: Closed,
    vault: &Vault,
    ledger: &mut Ledger,
    reached: Reached<'_>,
) -> Result<Draws, EngineError> {
    let places = &bounded.frame().places;
    let strata: Vec<(String, LayerKey)> = strata(policy, places)
        .into_iter()
        .filter(|(_, key)| units_of(bounded, key).is_some())
        .collect();
    let years: BTreeSet<i32> = bounded
        .frame()
        .calendar
        .periods(PeriodKind::Year)
        .into_iter()
        .filter(|period| closed.has(*period))
        .map(|period| period.months().0.0)
        .collect();
    let allocation = policy.noise.allocation()?;
    let mut draws = Draws::default();
    let mut kept = Vec::new();
    let mut open = BTreeSet::new();
    for year in &years {
        match vault.draw_of(*year).await? {
            Some(draw) => kept.push(draw),
            None => {
                open.insert(*year);
            }
        }
    }
    if !open.is_empty() && !strata.is_empty() && !bounded.themes().is_empty() {
        let cap = event_cap(policy.public.k, policy.public.min_events);
        let bounds = Bounds {
            contributions: allocation.bound(),
            event_cap: cap,
        };
        let layers: Vec<LayerKey> = strata.iter().map(|(_, key)| key.clone()).collect();
        let counted = bounded
            .tables(ctx, &open, &layers, bounds, vault.seed())
            .await?;
        let mut by_year: BTreeMap<i32, Vec<ExactTable>> = BTreeMap::new();
        for table in counted {
            let stratum = strata.iter().find(|(_, key)| *key == table.layer);
            let units = units_of(bounded, &table.layer);
            let (Some((stratum, _)), Some(units)) = (stratum, units) else {
                continue;
            };
            let key = TableKey {
                stratum: stratum.clone(),
                theme: table.theme.to_string(),
                period: Period::Year(table.year).to_string(),
                year: table.year,
            };
            let table = ExactTable::new(key, units.ids.clone(), table.counts)?;
            by_year.entry(table.year()).or_default().push(table);
        }
        let context = DrawContext {
            dataset: DATASET.to_owned(),
            inputs: "bounded counts by child, year and theme".to_owned(),
            policy: sha256(format!("event cap {cap}").as_bytes()),
        };
        for (year, tables) in by_year {
            let prepared = PreparedDraw::new(tables, &allocation, &context, vault.seed())?;
            let fingerprint = prepared.fingerprint().to_owned();
            let paid = ledger.entry_of(&fingerprint).is_some();
            let left = Vault::left(ledger, DATASET, year, policy.draws_cap());
            if !paid && left < allocation.epsilon_of_draw() {
                draws.missing.push((
                    year,
                    "its budget was spent by a draw that was cut short, and the data changed since, \
                     or was set under a policy that gave draws less",
                ));
                continue;
            }
            let terms = |entry: String| DrawTerms {
                year,
                fingerprint,
                entry,
                epsilon: allocation.epsilon_of_draw().to_string(),
                contribution_bound: allocation.bound().get(),
                event_cap: cap,
            };
            vault
                .draw(ledger, prepared, policy.draws_cap(), terms, reached)
                .await?;
            if let Some(draw) = vault.draw_of(year).await? {
                kept.push(draw);
            }
        }
    }
    kept.sort_by_key(|(terms, _)| terms.year);
    if !kept.is_empty() {
        draws.manifest = Some(ManifestNoise {
            seed_commitment: vault.seed().commitment(),
            draws: kept.iter().map(|(terms, _)| manifest_draw(terms)).collect(),
            utility: Vec::new(),
        });
    }
    for (terms, tables) in kept {
        if !draws.add(bounded, &strata, tables)? {
            draws.missing.push((
                terms.year,
                "it was drawn over other places than the lake has now",
            ));
        }
    }
    let utility = draws.utility(&allocation);
    if let Some(noise) = &mut draws.manifest {
        noise.utility = utility;
    }
    Ok(draws)
}

fn manifest_draw(terms: &DrawTerms) -> ManifestDraw {
    ManifestDraw {
        year: terms.year,
        fingerprint: terms.fingerprint.clone(),
        ledger_entry: terms.entry.clone(),
        epsilon: terms.epsilon.clone(),
        contribution_bound: terms.contribution_bound,
        event_cap: terms.event_cap,
    }
}

fn units_of<'a>(bounded: &'a BoundedCount, key: &LayerKey) -> Option<&'a Arc<Units>> {
    let pair = bounded.frame().pairs.iter();
    pair.map(|pair| &pair.units).find(|units| units.key == *key)
}

/// Share of the units that utility is told of.
const TOP: f64 = 0.05;

/// Draws of the simulation behind it.
const SIMULATIONS: u32 = 100;

impl Draws {
    /// How well the measured layers can be expected to rank.
    fn utility(&self, allocation: &Allocation) -> Vec<ManifestUtility> {
        self.consistent
            .iter()
            .filter_map(|table| {
                let noise = allocation.noise(&table.key.stratum).ok()?;
                let counts: Option<Vec<u64>> = table.counts.iter().copied().collect();
                let (counts, seed) = (counts?, [0; 32]);
                let overlap = simulated_overlap(&counts, &noise, TOP, SIMULATIONS, seed)?;
                let errors = simulated_errors(&counts, &noise, SIMULATIONS, seed);
                Some(ManifestUtility {
                    layer: table.key.stratum.clone(),
                    theme: table.key.theme.clone(),
                    year: table.key.year,
                    top_5_percent_overlap: (overlap * 1_000.0).round() / 1_000.0,
                    relative_error: errors
                        .into_iter()
                        .map(|error| ManifestSizeError {
                            from: error.from,
                            to: error.to,
                            median: (error.median_relative_error * 100.0).round() / 100.0,
                        })
                        .collect(),
                })
            })
            .collect()
    }

    /// Makes the tables of a draw add up; `false` where they are over other
    /// units than the lake has now.
    fn add(
        &mut self,
        bounded: &BoundedCount,
        strata: &[(String, LayerKey)],
        tables: Vec<NoisyTable>,
    ) -> Result<bool, EngineError> {
        let same = tables.iter().all(|table| {
            let stratum = strata.iter().find(|(name, _)| *name == table.key().stratum);
            let units = stratum.and_then(|(_, key)| units_of(bounded, key));
            units.is_some_and(|units| units.ids == table.units())
        });
        if !same {
            return Ok(false);
        }
        let (cells, places): (Vec<_>, Vec<_>) = tables
            .into_iter()
            .partition(|table| table.key().stratum.starts_with("h3_r"));
        for tables in [places, cells] {
            if tables.is_empty() {
                continue;
            }
            let of_cells = tables[0].key().stratum.starts_with("h3_r");
            let hierarchy = hierarchy(bounded, strata, of_cells)?;
            self.consistent.extend(hierarchy.reconcile(tables)?);
        }
        Ok(true)
    }
}

/// Name of a layer within a draw: of its share, or its own where it has none.
fn stratum_of(strata: &[(String, LayerKey)], key: &LayerKey) -> String {
    let named = strata.iter().find(|(_, of)| of == key);
    named.map_or_else(|| key.to_string(), |(name, _)| name.clone())
}

/// The layers with noise, places or cells, wide before fine. Widths differ
/// in nothing but what they sum: every finer unit lies in at most one wider.
fn hierarchy(
    bounded: &BoundedCount,
    strata: &[(String, LayerKey)],
    of_cells: bool,
) -> Result<Hierarchy, EngineError> {
    let mut layers: Vec<&Arc<Units>> = bounded
        .frame()
        .pairs
        .iter()
        .map(|pair| &pair.units)
        .filter(|units| matches!(units.key, LayerKey::H3(_)) == of_cells)
        .collect();
    layers.sort_by(|a, b| a.key.cmp(&b.key));
    let mut described = Vec::new();
    for (number, units) in layers.iter().enumerate() {
        let parent = number.checked_sub(1).map(|wider| ParentLayer {
            stratum: stratum_of(strata, &layers[wider].key),
            of: (0..units.len())
                .map(|unit| {
                    let place = units.places.get(unit).copied();
                    let cell = units.cells.get(unit).copied();
                    layers[wider].unit(place, cell).map(|unit| unit as usize)
                })
                .collect(),
            exhaustive: true,
        });
        described.push(HierarchyLayer {
            stratum: stratum_of(strata, &units.key),
            units: units.ids.clone(),
            parent,
        });
    }
    Ok(Hierarchy::new(described)?)
}

/// Blocks of an audience, and how they are shown by layer and theme.
type Noisy = (Vec<CountBlock>, BTreeMap<(String, String), Shown>);

/// What an audience sees of the draws: its cells and, where its counts carry
/// noise, its places. Thresholds are those of the public, for one draw is
/// shown in one way.
///
/// # Errors
/// A table without the context of its units.
pub(crate) fn noisy_blocks(
    draws: &Draws,
    bounded: &BoundedCount,
    policy: &Policy,
    audience: Audience,
) -> Result<Noisy, EngineError> {
    let of = policy.audience(audience);
    let strata = strata(policy, &bounded.frame().places);
    let mut blocks = Vec::new();
    let mut shown = BTreeMap::new();
    for pair in &bounded.frame().pairs {
        let units = &pair.units;
        let visible = match &units.key {
            LayerKey::H3(resolution) => of.h3_resolutions.contains(resolution),
            LayerKey::Place(_) => {
                let own = counted_layers(of, &bounded.frame().places);
                of.counts == CountsShown::Noise && own.contains(&units.key)
            }
        };
        if !visible {
            continue;
        }
        let stratum = stratum_of(&strata, &units.key);
        for table in draws.consistent.iter().filter(|t| t.key.stratum == stratum) {
            let Ok(theme) = table.key.theme.parse::<Theme>() else {
                continue;
            };
            if !allowed(of, &units.key, &theme) {
                continue;
            }
            let context = context(bounded, units, &policy.public, table.key.year);
            let (counts, of_table) = publish(table, &context, &policy.public)?;
            let variances = table.estimates.iter().flatten().map(|e| e.variance);
            let deviation = variances.reduce(f64::max).map(f64::sqrt);
            let key = (units.key.to_string(), theme.to_string());
            shown.entry(key).or_insert(Shown {
                protection: CountProtection::Noise,
                noise_standard_deviation: deviation,
            });
            blocks.push(CountBlock::noisy(
                (Arc::clone(units), theme, Period::Year(table.key.year)),
                &counts,
                policy.public.k,
                &of_table,
            ));
        }
    }
    Ok((blocks, shown))
}

/// Public facts about the units of a layer in a year.
fn context(
    bounded: &BoundedCount,
    units: &Units,
    policy: &AudiencePolicy,
    year: i32,
) -> Vec<UnitContext> {
    let observed = bounded.observed(&units.key, year);
    // Districts and states are far above the floor, which is meant for cells.
    let floor = match &units.key {
        LayerKey::Place(layer) if layer.level <= Level::District => 0.0,
        _ => policy.min_population as f64,
    };
    (0..units.len())
        .map(|unit| UnitContext {
            observed: observed.as_ref().is_none_or(|observed| observed[unit]),
            exposure: units.children[unit].filter(|n| *n > 0.0),
            inhabited: floor <= 0.0 || units.population[unit].is_some_and(|n| n >= floor),
        })
        .collect()
}
