//! Campaigns: visits to households, sessions in schools, public events.

use safeground_schema::Activity;

use crate::calendar::Month;
use crate::files::{Date, Sheet};
use crate::geography::BLOCKS;
use crate::partners::Partner;
use crate::planted::UNDER_REPORTED_EFFORT;
use crate::random::Stream;
use crate::world::World;
use crate::{SynthError, SynthRequest};

/// File of the table.
pub(crate) const FILE: &str = "campaigns.csv";

const HEADER: [&str; 8] = [
    "Date",
    "Block code",
    "Village code",
    "Activity",
    "Households reached",
    "Participants",
    "Pledges",
    "Partner",
];

/// Rounds of visits, school sessions and events per block and month.
const PER_MONTH: [(Activity, f64); 3] = [
    (Activity::DoorToDoor, 1.0),
    (Activity::School, 0.45),
    (Activity::Event, 0.08),
];

/// Writes the table; returns its rows.
pub(crate) fn write(world: &World, request: &SynthRequest) -> Result<u64, SynthError> {
    let mut stream = Stream::new(request.seed(), "campaigns");
    let mut sheet = Sheet::create(request.folder(), FILE, &HEADER)?;
    let mut villages: Vec<Vec<usize>> = vec![Vec::new(); BLOCKS];
    for (number, village) in world.villages.iter().enumerate() {
        villages[village.block].push(number);
    }
    for month in Month::all() {
        for (number, block) in world.geography.blocks.iter().enumerate() {
            let planted = &world.planted;
            let push = planted.campaign_push.contains(&block.district) && month.year() >= 2023;
            let level = if block.district == planted.unobserved {
                continue;
            } else if block.district == planted.under_reported {
                UNDER_REPORTED_EFFORT
            } else if push {
                2.0
            } else {
                1.0
            };
            for (activity, per_month) in PER_MONTH {
                // One of a kind per village and month, so that no two rows
                // can be taken for a repetition.
                let mut left = villages[number].clone();
                let held = stream.poisson(per_month * level).min(left.len() as u64);
                for _ in 0..held {
                    let village = left.swap_remove(stream.below(left.len()));
                    row(world, &mut sheet, &mut stream, (month, activity, village))?;
                }
            }
        }
    }
    sheet.finish()
}

fn row(
    world: &World,
    sheet: &mut Sheet,
    stream: &mut Stream,
    (month, activity, village): (Month, Activity, usize),
) -> Result<(), SynthError> {
    let village = &world.villages[village];
    let block = &world.geography.blocks[village.block];
    let date = Date {
        year: month.year() as u16,
        month: month.of_year() as u8,
        day: 1 + stream.below(month.days() as usize) as u8,
    };
    let households = u64::from(village.households);
    let share = stream.between(0.45, 0.9);
    let (reached, participants, pledge) = match activity {
        Activity::DoorToDoor => {
            let reached = stream.binomial(households, share);
            (Some(reached), reached + stream.binomial(reached, 0.4), 0.25)
        }
        Activity::School => (None, 30 + stream.below(170) as u64, 0.5),
        _ => (None, 250 + stream.below(2_600) as u64, 0.35),
    };
    let pledges = stream.binomial(reached.unwrap_or(participants), pledge);
    let partners = Partner::staffing(
        safeground_schema::EffortChannel::Outreach,
        world.geography.district_of(village.block),
    );
    let partner = partners[stream.below(partners.len())];
    sheet.day_first(date, b'/').whole(u64::from(block.code));
    // An event is held for the whole block.
    if matches!(activity, Activity::Event) {
        sheet.empty();
    } else {
        sheet.whole(u64::from(village.code));
    }
    sheet.text(label(activity));
    match reached {
        Some(reached) => sheet.grouped(reached),
        None => sheet.empty(),
    };
    sheet.grouped(participants).grouped(pledges);
    sheet.text(partner.name()).end_row()
}

fn label(activity: Activity) -> &'static str {
    match activity {
        Activity::DoorToDoor => "Door to door",
        Activity::School => "School session",
        _ => "Public event",
    }
}
