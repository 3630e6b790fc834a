//! How each partner writes down incidents: every one in its own way.

use safeground_schema::{AgeBand, Category, DetectionMode, Sex};

use crate::files::Sheet;
use crate::incidents::Incident;
use crate::partners::{PARTNERS, Partner};
use crate::profiles::PROFILES;
use crate::world::World;
use crate::{SynthError, SynthRequest};

/// File of each partner, in their order.
pub(crate) const FILES: [&str; PARTNERS] = [
    "incidents_alder.csv",
    "incidents_birch.csv",
    "incidents_cedar.csv",
    "incidents_damson.csv",
];

/// The open files of all partners.
#[derive(Debug)]
pub(crate) struct IncidentFiles<'a> {
    world: &'a World,
    sheets: [Sheet; PARTNERS],
    /// H3 cell of each village, as text.
    cells: Vec<String>,
    /// Names in capitals, as one partner writes them.
    districts: Vec<String>,
    blocks: Vec<String>,
}

impl<'a> IncidentFiles<'a> {
    /// Creates the files with their headers.
    pub(crate) fn create(world: &'a World, request: &SynthRequest) -> Result<Self, SynthError> {
        let folder = request.folder();
        let [alder, birch, cedar, damson] = FILES;
        let geography = &world.geography;
        Ok(Self {
            sheets: [
                Sheet::create(folder, alder, &ALDER)?,
                Sheet::create(folder, birch, &BIRCH)?,
                Sheet::delimited(folder, cedar, &CEDAR, b';')?,
                Sheet::create(folder, damson, &DAMSON)?,
            ],
            cells: world.villages.iter().map(|v| v.cell.to_string()).collect(),
            districts: geography
                .districts
                .iter()
                .map(|d| d.name.to_uppercase())
                .collect(),
            blocks: geography
                .blocks
                .iter()
                .map(|b| b.name.to_uppercase())
                .collect(),
            world,
        })
    }

    /// Writes one record into the file of its partner.
    pub(crate) fn write(&mut self, incident: &Incident) -> Result<(), SynthError> {
        let sheet = &mut self.sheets[incident.partner as usize];
        let village = &self.world.villages[incident.village];
        let districts = &self.world.geography.districts;
        let category = PROFILES[incident.category].category;
        let code = |district: usize| u64::from(districts[district].code);
        match incident.partner {
            Partner::Alder => {
                sheet.yearly_serial(
                    incident.partner.case_prefix(),
                    usize::from(incident.date.year),
                    incident.case,
                );
                sheet.serial(incident.partner.child_prefix(), incident.child, 8);
                sheet
                    .text(category_label(category))
                    .text(mode_label(incident.mode));
                sheet
                    .day_first(incident.date, b'/')
                    .whole(u64::from(village.code));
                for place in incident.route {
                    sheet.whole_or_empty(place.map(code));
                }
                sheet
                    .text(age_label(incident.age))
                    .text(sex_label(incident.sex));
            }
            Partner::Birch => {
                sheet.yearly_serial(
                    incident.partner.case_prefix(),
                    usize::from(incident.date.year),
                    incident.case,
                );
                sheet.serial(incident.partner.child_prefix(), incident.child, 8);
                sheet.text(plain(category)).text(plain_mode(incident.mode));
                sheet
                    .day_first(incident.date, b'.')
                    .text(&self.cells[incident.village]);
                // Where a child has several places, the block tells which of
                // them the record is about.
                let block = &self.world.geography.blocks[village.block];
                let is_route = incident.route[0].is_some();
                sheet.whole_or_empty(is_route.then_some(u64::from(block.code)));
                for place in incident.route {
                    sheet.whole_or_empty(place.map(code));
                }
                sheet
                    .text(plain_age(incident.age))
                    .text(plain_sex(incident.sex));
            }
            Partner::Cedar => {
                sheet.iso_date(incident.date).whole(u64::from(village.code));
                sheet
                    .text(category_letters(category))
                    .text(mode_label(incident.mode));
                sheet
                    .text(age_letters(incident.age))
                    .text(sex_letter(incident.sex));
                for place in incident.route {
                    sheet.whole_or_empty(place.map(code));
                }
                sheet.serial(incident.partner.child_prefix(), incident.child, 8);
                sheet.yearly_serial(
                    incident.partner.case_prefix(),
                    usize::from(incident.date.year),
                    incident.case,
                );
            }
            Partner::Damson => {
                let district = self.world.geography.blocks[village.block].district;
                sheet.yearly_serial(
                    incident.partner.case_prefix(),
                    usize::from(incident.date.year),
                    incident.case,
                );
                sheet.day_first(incident.date, b'-');
                sheet
                    .text(&self.districts[district])
                    .text(&self.blocks[village.block]);
                sheet
                    .text(category_label(category))
                    .text(mode_label(incident.mode));
                sheet.whole(incident.children);
                match incident.route[2] {
                    Some(place) => sheet.text(&self.districts[place]),
                    None => sheet.empty(),
                };
            }
        }
        sheet.end_row()
    }

    /// Finishes the files; returns the rows of each.
    pub(crate) fn finish(self) -> Result<[u64; PARTNERS], SynthError> {
        let mut rows = [0; PARTNERS];
        for (count, sheet) in rows.iter_mut().zip(self.sheets) {
            *count = sheet.finish()?;
        }
        Ok(rows)
    }
}

const ALDER: [&str; 11] = [
    "Case no",
    "Child ID",
    "Type of case",
    "How it came to us",
    "Date",
    "Village code",
    "From district",
    "Via district",
    "To district",
    "Age group",
    "Sex",
];
const BIRCH: [&str; 12] = [
    "case",
    "child",
    "category",
    "detection_mode",
    "day",
    "h3_cell",
    "block",
    "source_district",
    "transit_district",
    "destination_district",
    "age_band",
    "sex",
];
const CEDAR: [&str; 11] = [
    "DATE", "VILLAGE", "KIND", "FOUND", "AGE", "SEX", "FROM", "VIA", "TO", "CHILD", "CASE",
];
const DAMSON: [&str; 8] = [
    "Raid no",
    "Date",
    "District",
    "Block",
    "Offence",
    "Kind of operation",
    "Children found",
    "Being taken to",
];

fn plain(category: Category) -> &'static str {
    safeground_schema::CodeList::as_str(category)
}

fn plain_mode(mode: DetectionMode) -> &'static str {
    safeground_schema::CodeList::as_str(mode)
}

fn plain_age(age: AgeBand) -> &'static str {
    safeground_schema::CodeList::as_str(age)
}

fn plain_sex(sex: Sex) -> &'static str {
    safeground_schema::CodeList::as_str(sex)
}

fn category_label(category: Category) -> &'static str {
    match category {
        Category::Trafficking => "Trafficking",
        Category::ChildLabour => "Child labour",
        Category::SexualAbuse => "Sexual abuse",
        Category::ChildMarriage => "Child marriage",
        Category::OnlineAbuse => "Online abuse",
        _ => "Missing child",
    }
}

fn category_letters(category: Category) -> &'static str {
    match category {
        Category::Trafficking => "TR",
        Category::ChildLabour => "CL",
        Category::SexualAbuse => "SA",
        Category::ChildMarriage => "CM",
        Category::OnlineAbuse => "OA",
        _ => "MC",
    }
}

fn mode_label(mode: DetectionMode) -> &'static str {
    match mode {
        DetectionMode::Reported => "Reported to us",
        DetectionMode::Helpline => "Helpline call",
        DetectionMode::Raid => "Raid",
        DetectionMode::Rescue => "Rescue",
        DetectionMode::Survey => "Door-to-door survey",
        _ => "Online referral",
    }
}

fn age_label(age: AgeBand) -> &'static str {
    match age {
        AgeBand::Age0To5 => "Below 6 years",
        AgeBand::Age6To11 => "6 to 11 years",
        AgeBand::Age12To14 => "12 to 14 years",
        AgeBand::Age15To17 => "15 to 17 years",
        _ => "Not known",
    }
}

fn age_letters(age: AgeBand) -> &'static str {
    match age {
        AgeBand::Age0To5 => "A",
        AgeBand::Age6To11 => "B",
        AgeBand::Age12To14 => "C",
        AgeBand::Age15To17 => "D",
        _ => "X",
    }
}

fn sex_label(sex: Sex) -> &'static str {
    match sex {
        Sex::Female => "Girl",
        Sex::Male => "Boy",
        Sex::Other => "Other",
        _ => "Not known",
    }
}

fn sex_letter(sex: Sex) -> &'static str {
    match sex {
        Sex::Female => "F",
        Sex::Male => "M",
        Sex::Other => "O",
        _ => "X",
    }
}
