//! Enrolment in schemes, by block and month, with a planted gap.

use safeground_schema::Scheme;

use crate::calendar::Month;
use crate::files::Sheet;
use crate::interventions::scheme_label;
use crate::partners::Partner;
use crate::random::Stream;
use crate::world::World;
use crate::{SynthError, SynthRequest};

/// File of the table.
pub(crate) const FILE: &str = "welfare_enrolments.csv";

const HEADER: [&str; 8] = [
    "Month",
    "Block code",
    "Scheme",
    "Found eligible",
    "Applied",
    "Enrolled",
    "Refused",
    "Partner",
];

/// Schemes, with those found eligible per 1,000 children and month.
const SCHEMES: [(Scheme, f64); 3] = [
    (Scheme::School, 8.0),
    (Scheme::CashTransfer, 5.5),
    (Scheme::Identity, 4.0),
];

/// Share of those eligible who apply.
pub(crate) const APPLY: f64 = 0.86;

/// Share of those who apply and are enrolled, outside the gap.
pub(crate) const ENROLLED: f64 = 0.84;

/// The same inside the gap.
pub(crate) const ENROLLED_IN_GAP: f64 = 0.42;

/// Share of those not enrolled who were refused; the others wait.
const REFUSED: f64 = 0.6;

/// Variation of enrolment between blocks.
const BETWEEN_BLOCKS: f64 = 0.05;

/// Writes the table; returns its rows.
pub(crate) fn write(world: &World, request: &SynthRequest) -> Result<u64, SynthError> {
    let mut stream = Stream::new(request.seed(), "welfare");
    let mut sheet = Sheet::create(request.folder(), FILE, &HEADER)?;
    let shares: Vec<f64> = world
        .geography
        .blocks
        .iter()
        .map(|block| {
            let gap = world.planted.service_gap.contains(&block.district);
            let share = if gap { ENROLLED_IN_GAP } else { ENROLLED };
            (share * stream.around_one(BETWEEN_BLOCKS)).min(0.97)
        })
        .collect();
    for month in Month::all() {
        let first = month.first_day_text();
        for (number, block) in world.geography.blocks.iter().enumerate() {
            if block.district == world.planted.unobserved {
                continue;
            }
            let district = &world.geography.districts[block.district];
            for (at, (scheme, per_thousand)) in SCHEMES.iter().enumerate() {
                let mean = world.children_of_block[number] / 1_000.0 * per_thousand;
                let eligible = stream.poisson(mean);
                let applied = stream.binomial(eligible, APPLY);
                let enrolled = stream.binomial(applied, shares[number]);
                let refused = stream.binomial(applied - enrolled, REFUSED);
                let partners: Vec<Partner> = Partner::ALL
                    .into_iter()
                    .filter(|p| *p != Partner::Damson && p.works_in(district))
                    .collect();
                let partner = partners[(month.0 + at) % partners.len()];
                sheet
                    .text(&first)
                    .whole(u64::from(block.code))
                    .text(scheme_label(*scheme));
                for figure in [eligible, applied, enrolled, refused] {
                    sheet.grouped(figure);
                }
                sheet.text(partner.name()).end_row()?;
            }
        }
    }
    sheet.finish()
}
