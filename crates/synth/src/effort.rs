//! Work spent on finding cases, and what of the burden it brings to light.

use safeground_schema::{CodeList as _, EffortChannel};

use crate::calendar::{MONTHS, Month};
use crate::files::Sheet;
use crate::geography::{BLOCKS, DISTRICTS};
use crate::partners::Partner;
use crate::planted::UNDER_REPORTED_EFFORT;
use crate::profiles::{CHANNELS, Profile};
use crate::random::Stream;
use crate::world::World;
use crate::{SynthError, SynthRequest};

/// File of the table.
pub(crate) const FILE: &str = "effort.csv";

/// Columns of the file.
pub(crate) const HEADER: [&str; 6] = [
    "Month",
    "District code",
    "Block code",
    "Channel",
    "Staff days",
    "Partner",
];

/// Staff-days per 10,000 children and month where nothing is planted, in the
/// order of [`EffortChannel`].
const TYPICAL: [f64; CHANNELS] = [6.0, 3.5, 2.0, 3.0, 1.0];

/// Staff-days by place, month and channel.
#[derive(Debug)]
pub(crate) struct Effort {
    blocks: Vec<[[f64; CHANNELS]; MONTHS]>,
    districts: Vec<[[f64; CHANNELS]; MONTHS]>,
}

/// Whether a channel is staffed block by block rather than for a district.
fn is_local(channel: EffortChannel) -> bool {
    matches!(channel, EffortChannel::Outreach | EffortChannel::School)
}

/// Effort in a month relative to the two years in which nothing changes.
fn trend(month: Month, is_push: bool) -> f64 {
    match (month.year(), month.of_year()) {
        (2020, 4..=6) => 0.35,
        (2020, 7..) => 0.8,
        (2023.., _) if is_push => 1.5,
        _ => 1.0,
    }
}

impl Effort {
    /// The effort of all places and months, to half days.
    pub(crate) fn new(world: &World, seed: u64) -> Self {
        let mut stream = Stream::new(seed, "effort");
        let planted = &world.planted;
        let level: Vec<f64> = (0..DISTRICTS)
            .map(|district| {
                let usual = stream.around_one(0.22);
                if district == planted.unobserved {
                    0.0
                } else if district == planted.under_reported {
                    UNDER_REPORTED_EFFORT
                } else {
                    usual
                }
            })
            .collect();
        let mut spend = |district: usize, children: f64, local: bool| {
            let push = planted.campaign_push.contains(&district);
            std::array::from_fn(|month| {
                std::array::from_fn(|channel| {
                    if is_local(EffortChannel::ALL[channel]) != local {
                        return 0.0;
                    }
                    let days = TYPICAL[channel] * children / 10_000.0
                        * level[district]
                        * trend(Month(month), push)
                        * stream.around_one(0.1);
                    libm::round(2.0 * days) / 2.0
                })
            })
        };
        let blocks = (0..BLOCKS)
            .map(|block| {
                let district = world.geography.blocks[block].district;
                spend(district, world.children_of_block[block], true)
            })
            .collect();
        let districts = (0..DISTRICTS)
            .map(|district| spend(district, world.children_of_district[district], false))
            .collect();
        Self { blocks, districts }
    }

    /// Share of the true incidents of a block that becomes known in a month.
    ///
    /// 1 − exp(−h × Σ share of channel × effort relative to typical), with h
    /// such that typical effort finds the profile's share. Where detection
    /// does not follow effort it is that share wherever anybody looks.
    pub(crate) fn detection(
        &self,
        world: &World,
        block: usize,
        month: Month,
        profile: &Profile,
    ) -> f64 {
        let district = world.geography.blocks[block].district;
        if district == world.planted.unobserved {
            return 0.0;
        }
        if profile.channels.iter().all(|share| *share == 0.0) {
            return profile.detection;
        }
        let hazard = -libm::log(1.0 - profile.detection);
        let mut coverage = 0.0;
        for channel in 0..CHANNELS {
            let (days, children) = if is_local(EffortChannel::ALL[channel]) {
                (&self.blocks[block], world.children_of_block[block])
            } else {
                (
                    &self.districts[district],
                    world.children_of_district[district],
                )
            };
            let relative = days[month.0][channel] / (TYPICAL[channel] * children / 10_000.0);
            coverage += profile.channels[channel] * relative;
        }
        1.0 - libm::exp(-hazard * coverage)
    }

    /// Staff-days of a district and its blocks in a year, over all channels.
    pub(crate) fn staff_days(&self, district: usize, year: usize, world: &World) -> f64 {
        let months = 12 * year..12 * year + 12;
        let sum = |days: &[[f64; CHANNELS]; MONTHS]| -> f64 {
            months.clone().flat_map(|month| days[month]).sum()
        };
        let blocks = world.geography.districts[district].blocks.clone();
        sum(&self.districts[district]) + blocks.map(|block| sum(&self.blocks[block])).sum::<f64>()
    }

    /// Writes the table; returns its rows.
    pub(crate) fn write(&self, world: &World, request: &SynthRequest) -> Result<u64, SynthError> {
        let mut sheet = Sheet::create(request.folder(), FILE, &HEADER)?;
        for month in Month::all() {
            let first = month.first_day_text();
            for (number, district) in world.geography.districts.iter().enumerate() {
                if number == world.planted.unobserved {
                    continue;
                }
                for (at, channel) in EffortChannel::ALL.iter().enumerate() {
                    let partners = Partner::staffing(*channel, district);
                    let mut row = |block: Option<u32>, days: f64| -> Result<(), SynthError> {
                        // Half days cannot always be shared equally.
                        let half_days = (2.0 * days) as u64;
                        let (n, share) = (partners.len() as u64, half_days / partners.len() as u64);
                        for (position, partner) in (0_u64..).zip(&partners) {
                            let own = share + u64::from(position < half_days - share * n);
                            if own == 0 {
                                continue;
                            }
                            sheet.text(&first).whole(u64::from(district.code));
                            sheet.whole_or_empty(block.map(u64::from));
                            sheet.text(label(*channel)).decimal(own as f64 / 2.0, 1);
                            sheet.text(partner.name()).end_row()?;
                        }
                        Ok(())
                    };
                    if is_local(*channel) {
                        for block in district.blocks.clone() {
                            let code = world.geography.blocks[block].code;
                            row(Some(code), self.blocks[block][month.0][at])?;
                        }
                    } else {
                        row(None, self.districts[number][month.0][at])?;
                    }
                }
            }
        }
        sheet.finish()
    }
}

/// What partners call a channel.
fn label(channel: EffortChannel) -> &'static str {
    match channel {
        EffortChannel::Outreach => "Village outreach",
        EffortChannel::Helpline => "Helpline desk",
        EffortChannel::Legal => "Legal aid",
        EffortChannel::School => "School work",
        _ => "Online monitoring",
    }
}
