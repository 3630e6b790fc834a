//! The truth that is too long for one document.

use safeground_schema::CodeList as _;

use crate::calendar::FIRST_YEAR;
use crate::files::Sheet;
use crate::incidents::Tally;
use crate::indicators::{INDICATORS, ROUNDS};
use crate::profiles::{CATEGORIES, PROFILES};
use crate::world::Model;
use crate::{SynthError, SynthRequest};

/// Writes all tables of the truth.
pub(crate) fn write(
    model: &Model,
    request: &SynthRequest,
    tally: &Tally,
) -> Result<(), SynthError> {
    write_districts(model, request, tally)?;
    write_blocks(model, request)?;
    write_villages(model, request)?;
    write_indicators(model, request)
}

/// By district, category and year: children, true incidents at scale 1 and
/// at the scale of the request, records expected and drawn, staff-days.
fn write_districts(model: &Model, request: &SynthRequest, tally: &Tally) -> Result<(), SynthError> {
    let (world, burden) = (&model.world, &model.burden);
    let mut sheet = Sheet::create(
        request.folder(),
        "truth/districts.csv",
        &[
            "place_id",
            "category",
            "year",
            "children_under_18",
            "true_incidents",
            "expected_records",
            "recorded_children",
            "staff_days",
        ],
    )?;
    for (district, recorded) in tally.iter().enumerate() {
        let code = u64::from(world.geography.districts[district].code);
        for (category, profile) in PROFILES.iter().enumerate() {
            for (year, children) in recorded[category].iter().enumerate() {
                let truth = burden.true_incidents(world, district, category, year);
                let expected = burden.expected_records(world, district, category, year);
                sheet
                    .serial("district:", code, 4)
                    .text(profile.category.as_str())
                    .whole((FIRST_YEAR + year) as u64)
                    .whole(world.children_of_district[district] as u64)
                    .decimal(truth * request.scale(), 3)
                    .decimal(expected, 3)
                    .whole(*children)
                    .decimal(model.effort.staff_days(district, year, world), 1)
                    .end_row()?;
            }
        }
    }
    sheet.finish().map(drop)
}

/// By block and category: true rate, on average over the calendar, and what
/// was planted of it.
fn write_blocks(model: &Model, request: &SynthRequest) -> Result<(), SynthError> {
    let world = &model.world;
    let mut sheet = Sheet::create(
        request.folder(),
        "truth/blocks.csv",
        &[
            "place_id",
            "district",
            "category",
            "true_rate_per_100000_per_year",
            "relative_risk",
        ],
    )?;
    for (number, block) in world.geography.blocks.iter().enumerate() {
        let district = u64::from(world.geography.districts[block.district].code);
        for (category, profile) in PROFILES.iter().enumerate() {
            let rate = model.burden.block_rate(number, category);
            sheet
                .serial("block:", u64::from(block.code), 5)
                .serial("district:", district, 4)
                .text(profile.category.as_str())
                .decimal(rate, 3)
                .decimal(rate / profile.rate, 4)
                .end_row()?;
        }
    }
    sheet.finish().map(drop)
}

/// By village: true rate of each category, on average over the calendar.
fn write_villages(model: &Model, request: &SynthRequest) -> Result<(), SynthError> {
    let world = &model.world;
    let mut header = vec!["place_id", "block", "children_under_18"];
    header.extend(PROFILES.iter().map(|profile| profile.category.as_str()));
    let mut sheet = Sheet::create(request.folder(), "truth/villages.csv", &header)?;
    for (number, village) in world.villages.iter().enumerate() {
        let block = &world.geography.blocks[village.block];
        sheet
            .serial("village:", u64::from(village.code), 7)
            .serial("block:", u64::from(block.code), 5)
            .whole(u64::from(village.children_under_18));
        for category in 0..CATEGORIES {
            let factor = model.burden.village_factors[number][category];
            sheet.decimal(factor * model.burden.block_rate(village.block, category), 2);
        }
        sheet.end_row()?;
    }
    sheet.finish().map(drop)
}

/// By district, figure and round: the true percentage.
fn write_indicators(model: &Model, request: &SynthRequest) -> Result<(), SynthError> {
    let world = &model.world;
    let mut sheet = Sheet::create(
        request.folder(),
        "truth/indicators.csv",
        &["place_id", "indicator", "period", "true_percent"],
    )?;
    for (district, place) in world.geography.districts.iter().enumerate() {
        for indicator in &INDICATORS {
            for (round, period) in ROUNDS.iter().enumerate() {
                sheet
                    .serial("district:", u64::from(place.code), 4)
                    .text(indicator.code)
                    .text(period)
                    .decimal(indicator.truth(world, district, round), 3)
                    .end_row()?;
            }
        }
    }
    sheet.finish().map(drop)
}
