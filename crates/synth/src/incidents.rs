//! Drawing incidents, one after the other, whatever their number.

use safeground_schema::{AgeBand, CodeList as _, DetectionMode, Sex};

use crate::SynthError;
use crate::calendar::{FIRST_YEAR, MONTHS, Month, YEARS};
use crate::files::Date;
use crate::geography::DISTRICTS;
use crate::partners::{PARTNERS, Partner};
use crate::profiles::{CATEGORIES, PROFILES, REPEAT_SHARE, index};
use crate::random::{Choice, Stream};
use crate::world::{Model, World};

/// Share of the weddings of a festival month that fall around its day.
const FESTIVAL_SHARE: f64 = 0.45;

/// Days before and after the festival that count as around it.
const FESTIVAL_DAYS: u32 = 3;

/// Longest time between the two incidents of one child, in days.
const REPEAT_WITHIN_DAYS: usize = 60;

/// Weights of one to six children found together.
const GROUPS: [f64; 6] = [0.30, 0.25, 0.18, 0.13, 0.09, 0.05];

/// Share of trafficking records that tell the destination, and the transit.
const DESTINATION_KNOWN: f64 = 0.8;
const TRANSIT_KNOWN: f64 = 0.45;

/// Share of known destinations that lie on the main corridor.
pub(crate) const ON_CORRIDOR: f64 = 0.75;

/// One record of an incident.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Incident {
    pub(crate) partner: Partner,
    /// Number of the case among those of the partner.
    pub(crate) case: u64,
    /// Number of the child among those of the partner.
    pub(crate) child: u64,
    /// Children found together; 1 except for raids.
    pub(crate) children: u64,
    /// Number in [`PROFILES`].
    pub(crate) category: usize,
    pub(crate) mode: DetectionMode,
    pub(crate) date: Date,
    /// Number of the village.
    pub(crate) village: usize,
    pub(crate) age: AgeBand,
    pub(crate) sex: Sex,
    /// Trafficking: district of origin, of transit and of destination.
    pub(crate) route: [Option<usize>; 3],
}

/// Children recorded, by district, category and year.
pub(crate) type Tally = Vec<[[u64; YEARS]; CATEGORIES]>;

/// Draws all incidents in the order of months and hands each to `sink`.
///
/// # Errors
/// What `sink` says.
pub(crate) fn draw(
    model: &Model,
    seed: u64,
    mut sink: impl FnMut(&Incident) -> Result<(), SynthError>,
) -> Result<Tally, SynthError> {
    let world = &model.world;
    let mut counts = Stream::new(seed, "incident counts");
    let mut teller = Teller::new(world, seed);
    let mut tally: Tally = vec![[[0; YEARS]; CATEGORIES]; DISTRICTS];
    for month in Month::all() {
        for (number, village) in world.villages.iter().enumerate() {
            let district = world.district_of(village);
            let children = f64::from(village.children_under_18);
            let factors = &model.burden.village_factors[number];
            for category in 0..CATEGORIES {
                let per_child = model
                    .burden
                    .recorded_per_child(village.block, category, month);
                let first = counts.poisson(children * factors[category] * per_child);
                let sum = &mut tally[district][category];
                for _ in 0..first {
                    let Some(incident) = teller.tell(month, number, district, category) else {
                        continue;
                    };
                    sum[month.year_index()] += incident.children;
                    sink(&incident)?;
                    if let Some(again) = teller.repeat(&incident) {
                        sum[usize::from(again.date.year) - FIRST_YEAR] += again.children;
                        sink(&again)?;
                    }
                }
            }
        }
    }
    Ok(tally)
}

/// Fills in who, how and when.
struct Teller<'a> {
    world: &'a World,
    stream: Stream,
    next_case: [u64; PARTNERS],
    next_child: [u64; PARTNERS],
    /// By district and category.
    partners: Vec<[Choice; CATEGORIES]>,
    /// By partner and category.
    modes: Vec<[Choice; CATEGORIES]>,
    ages: [Choice; CATEGORIES],
    sexes: [Choice; CATEGORIES],
    groups: Choice,
    trafficking: usize,
}

impl<'a> Teller<'a> {
    fn new(world: &'a World, seed: u64) -> Self {
        let groups = Choice::new(&GROUPS);
        let partners = world
            .geography
            .districts
            .iter()
            .map(|district| {
                std::array::from_fn(|category| {
                    let weights = Partner::ALL.map(|partner| {
                        let here = partner.works_in(district);
                        let weight = partner.weight(PROFILES[category].category);
                        if here { weight } else { 0.0 }
                    });
                    Choice::new(&weights)
                })
            })
            .collect();
        let modes = Partner::ALL
            .iter()
            .map(|partner| {
                std::array::from_fn(|category| {
                    Choice::new(&partner.detection_modes(PROFILES[category].category))
                })
            })
            .collect();
        Self {
            world,
            stream: Stream::new(seed, "incident details"),
            next_case: [0; PARTNERS],
            next_child: [0; PARTNERS],
            partners,
            modes,
            ages: std::array::from_fn(|category| Choice::new(&PROFILES[category].ages)),
            sexes: std::array::from_fn(|category| Choice::new(&PROFILES[category].sexes)),
            groups,
            trafficking: index(safeground_schema::Category::Trafficking),
        }
    }

    /// The record of one child, or of a group: raids find several children at
    /// once, so that only one in so many of them has a row.
    fn tell(
        &mut self,
        month: Month,
        village: usize,
        district: usize,
        category: usize,
    ) -> Option<Incident> {
        let mut bits = Bits(self.stream.bits());
        let partner = Partner::ALL[self.partners[district][category].pick(bits.take())];
        let date = self.day(month, category, bits.take());
        let mode = self.modes[partner as usize][category].pick(bits.take());
        let age = AgeBand::ALL[self.ages[category].pick(bits.take())];
        let mut bits = Bits(self.stream.bits());
        let sex = Sex::ALL[self.sexes[category].pick(bits.take())];
        let children = if partner == Partner::Damson {
            if !happens(1.0 / mean_group(), bits.take()) {
                return None;
            }
            1 + self.groups.pick(bits.take()) as u64
        } else {
            1
        };
        self.next_case[partner as usize] += 1;
        self.next_child[partner as usize] += 1;
        Some(Incident {
            partner,
            case: self.next_case[partner as usize],
            child: self.next_child[partner as usize],
            children,
            category,
            mode: DetectionMode::ALL[mode],
            date,
            village,
            age,
            sex,
            route: self.route(district, category),
        })
    }

    /// A second incident of the same child, sometimes.
    fn repeat(&mut self, first: &Incident) -> Option<Incident> {
        let mut bits = Bits(self.stream.bits());
        if !happens(REPEAT_SHARE, bits.take()) || first.children > 1 {
            return None;
        }
        let days = 1 + (usize::from(bits.take()) * REPEAT_WITHIN_DAYS) / 65_536;
        self.next_case[first.partner as usize] += 1;
        Some(Incident {
            case: self.next_case[first.partner as usize],
            date: later(first.date, days as u32),
            ..*first
        })
    }

    fn day(&self, month: Month, category: usize, bits: u16) -> Date {
        let days = month.days();
        let bits = u32::from(bits);
        let festival = month.festival_day();
        let around = (FESTIVAL_SHARE * 65_536.0) as u32;
        let day = match festival.filter(|_| PROFILES[category].has_festival()) {
            Some(day) if bits < around => {
                let offset = bits * (2 * FESTIVAL_DAYS + 1) / around;
                (day + offset).saturating_sub(FESTIVAL_DAYS).clamp(1, days)
            }
            Some(_) => 1 + (bits - around) * days / (65_536 - around),
            None => 1 + bits * days / 65_536,
        };
        Date {
            year: month.year() as u16,
            month: month.of_year() as u8,
            day: day as u8,
        }
    }

    fn route(&mut self, district: usize, category: usize) -> [Option<usize>; 3] {
        if category != self.trafficking {
            return [None; 3];
        }
        let mut bits = Bits(self.stream.bits());
        let corridor = self.world.planted.corridors[district];
        let destination = if happens(ON_CORRIDOR, bits.take()) {
            corridor.destination
        } else {
            usize::from(bits.take()) * DISTRICTS / 65_536
        };
        [
            Some(district),
            happens(TRANSIT_KNOWN, bits.take()).then_some(corridor.transit),
            happens(DESTINATION_KNOWN, bits.take()).then_some(destination),
        ]
    }
}

/// Random bits that are used up sixteen at a time, at most four times.
struct Bits(u64);

impl Bits {
    fn take(&mut self) -> u16 {
        let taken = self.0 as u16;
        self.0 >>= 16;
        taken
    }
}

fn happens(probability: f64, bits: u16) -> bool {
    f64::from(bits) < probability * 65_536.0
}

/// Mean number of children found together.
fn mean_group() -> f64 {
    let total: f64 = GROUPS.iter().sum();
    let weighted = GROUPS
        .iter()
        .zip(1..)
        .map(|(weight, size)| weight * f64::from(size));
    weighted.sum::<f64>() / total
}

/// The date so many days later, but within the calendar.
pub(crate) fn later(date: Date, days: u32) -> Date {
    let mut month = Month(12 * (usize::from(date.year) - FIRST_YEAR) + usize::from(date.month) - 1);
    let mut day = u32::from(date.day) + days;
    while day > month.days() {
        if month.0 + 1 == MONTHS {
            day = month.days();
            break;
        }
        day -= month.days();
        month = Month(month.0 + 1);
    }
    Date {
        year: month.year() as u16,
        month: month.of_year() as u8,
        day: day as u8,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(year: u16, month: u8, day: u8) -> Date {
        Date { year, month, day }
    }

    #[test]
    fn a_later_date_stays_within_the_calendar() {
        assert_eq!(later(date(2020, 2, 28), 2), date(2020, 3, 1));
        assert_eq!(later(date(2021, 12, 31), 1), date(2022, 1, 1));
        assert_eq!(later(date(2024, 12, 20), 60), date(2024, 12, 31));
    }

    #[test]
    fn groups_are_of_the_mean_size_that_their_weights_say() {
        assert!((mean_group() - 2.61).abs() < 1e-9);
    }
}
