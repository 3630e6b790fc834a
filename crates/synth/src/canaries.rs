//! Canary children: invented children whose presence somebody will try to find
//! out from what is released.
//!
//! A canary is a *candidate*: everything about it is written down, but only a
//! coin decides whether it is in the data. Whoever guesses the coin better than
//! chance from a release has found a child. The coins lie beside the data in
//! [`FILE`], and every incident in one plain shape in [`RECORDS`], so that an
//! attack can be told right from wrong and be given what its adversary knows.
//!
//! Two kinds:
//! - *singles*: one child with one record, each in a village of its own. What
//!   an attack on membership guesses.
//! - *clusters* of [`CLUSTER`] children in one village, theme and year, made to
//!   break a rule each: in a village of under a thousand people, from a single
//!   partner or nearly so, or found in a single event or nearly so. Of each pair
//!   of clusters one is in the data.
//!
//! Canaries come from streams of their own and after all other records, so
//! that they change nothing else.

use safeground_schema::{AgeBand, CodeList as _, DetectionMode, Sex};

use crate::calendar::{FIRST_YEAR, MONTHS, Month};
use crate::files::{Date, Sheet};
use crate::incidents::{Incident, Tally};
use crate::partners::Partner;
use crate::profiles::{CATEGORIES, PROFILES};
use crate::random::{Choice, Stream};
use crate::world::{Model, World};
use crate::{SynthError, SynthRequest};

/// The candidates and their coins.
pub(crate) const FILE: &str = "truth/canaries.csv";

/// Every incident, canary or not, in one shape.
pub(crate) const RECORDS: &str = "truth/records.csv";

/// Children of a cluster: above every threshold of a release.
pub(crate) const CLUSTER: u64 = 24;

/// One pair of clusters for so many canaries.
const CANARIES_PER_PAIR: u64 = 200;

/// Villages below this population must not be shown.
const SMALL_VILLAGE: u32 = 1_000;

/// Numbers of cases and children of canaries begin here, far above those of
/// any scale.
const NUMBERS_FROM: u64 = 1_000_000_000_000;

/// What makes a canary worth guessing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    Single,
    SmallVillage,
    OnePartner,
    OneEvent,
    NearlyOnePartner,
    NearlyOneEvent,
}

impl Role {
    const CLUSTERS: [Self; 5] = [
        Self::SmallVillage,
        Self::OnePartner,
        Self::OneEvent,
        Self::NearlyOnePartner,
        Self::NearlyOneEvent,
    ];

    fn as_str(self) -> &'static str {
        match self {
            Self::Single => "single",
            Self::SmallVillage => "small_village",
            Self::OnePartner => "one_partner",
            Self::OneEvent => "one_event",
            Self::NearlyOnePartner => "nearly_one_partner",
            Self::NearlyOneEvent => "nearly_one_event",
        }
    }
}

/// A candidate.
#[derive(Debug)]
struct Canary {
    role: Role,
    /// Number of the cluster; of a single, its own.
    group: u64,
    present: bool,
    incident: Incident,
}

/// Draws the canaries of a request, writes their truth, adds those that are
/// present to the tally and hands their records to `sink` with their number.
///
/// # Errors
/// What `sink` says, or a truth file that cannot be written.
pub(crate) fn plant(
    model: &Model,
    request: &SynthRequest,
    tally: &mut Tally,
    mut sink: impl FnMut(&Incident, u64) -> Result<(), SynthError>,
) -> Result<(), SynthError> {
    let world = &model.world;
    let canaries = draw(world, request);
    let mut sheet = Sheet::create(
        request.folder(),
        FILE,
        &[
            "canary",
            "role",
            "group",
            "present",
            "village",
            "population",
            "block",
            "district",
            "h3",
            "category",
            "quarter",
            "year",
            "partner",
        ],
    )?;
    for (canary, number) in canaries.iter().zip(0..) {
        let Canary {
            role,
            group,
            present,
            incident,
        } = canary;
        let village = &world.villages[incident.village];
        let (block, district) = codes(world, incident.village);
        let date = incident.date;
        sheet
            .whole(number)
            .text(role.as_str())
            .whole(*group)
            .whole(u64::from(*present))
            .serial("village:", u64::from(village.code), 7)
            .whole(u64::from(village.population))
            .serial("block:", block, 5)
            .serial("district:", district, 4)
            .text(&village.cell.to_string())
            .text(PROFILES[incident.category].category.as_str())
            .text(&format!("{}-Q{}", date.year, date.month.div_ceil(3)))
            .whole(u64::from(date.year))
            .text(incident.partner.name())
            .end_row()?;
        if *present {
            let year = usize::from(date.year) - FIRST_YEAR;
            tally[world.district_of(village)][incident.category][year] += incident.children;
            sink(incident, number)?;
        }
    }
    sheet.finish().map(drop)
}

/// Codes of block and district of a village.
fn codes(world: &World, village: usize) -> (u64, u64) {
    let block = &world.geography.blocks[world.villages[village].block];
    let district = &world.geography.districts[block.district];
    (u64::from(block.code), u64::from(district.code))
}

fn draw(world: &World, request: &SynthRequest) -> Vec<Canary> {
    let pairs = request.canaries() / CANARIES_PER_PAIR;
    let singles = request.canaries() - pairs * 2 * CLUSTER;
    let mut places = Places::new(world, request.seed());
    let mut teller = Teller::new(world, request.seed());
    let mut canaries = Vec::new();
    for pair in 0..pairs {
        let role = Role::CLUSTERS[pair as usize % Role::CLUSTERS.len()];
        let first = teller.coins.happens(0.5);
        for present in [first, !first] {
            let village = places.next(|place| match role {
                Role::SmallVillage => place.population < SMALL_VILLAGE && place.two_partners,
                Role::NearlyOnePartner | Role::NearlyOneEvent => {
                    place.population >= SMALL_VILLAGE && place.two_partners
                }
                _ => place.population >= SMALL_VILLAGE,
            });
            teller.cluster(role, village, present, &mut canaries);
        }
    }
    for _ in 0..singles {
        let village = places.next(|_| true);
        let present = teller.coins.happens(0.5);
        let canary = teller.single(village, present);
        canaries.push(canary);
    }
    canaries
}

/// What is asked of the village of a canary.
struct Place {
    village: usize,
    population: u32,
    /// Whether two partners that know the village work there.
    two_partners: bool,
}

/// Villages that somebody looks at, in random order, each used once.
struct Places(Vec<Place>);

impl Places {
    fn new(world: &World, seed: u64) -> Self {
        let mut stream = Stream::new(seed, "places of canaries");
        let mut places: Vec<Place> = world
            .villages
            .iter()
            .enumerate()
            .filter(|(_, village)| world.district_of(village) != world.planted.unobserved)
            .map(|(number, village)| {
                let district = &world.geography.districts[world.district_of(village)];
                Place {
                    village: number,
                    population: village.population,
                    two_partners: Partner::Cedar.works_in(district),
                }
            })
            .collect();
        for last in (1..places.len()).rev() {
            places.swap(last, stream.below(last + 1));
        }
        Self(places)
    }

    fn next(&mut self, fits: impl Fn(&Place) -> bool) -> usize {
        let at = self
            .0
            .iter()
            .rposition(fits)
            .expect("the most canaries allowed are far fewer than the villages of each kind");
        self.0.remove(at).village
    }
}

/// Fills in who, when and how.
struct Teller<'a> {
    world: &'a World,
    coins: Stream,
    details: Stream,
    number: u64,
    group: u64,
}

impl<'a> Teller<'a> {
    fn new(world: &'a World, seed: u64) -> Self {
        Self {
            world,
            coins: Stream::new(seed, "coins of canaries"),
            details: Stream::new(seed, "details of canaries"),
            number: NUMBERS_FROM,
            group: 0,
        }
    }

    fn single(&mut self, village: usize, present: bool) -> Canary {
        let category = self.group as usize % CATEGORIES;
        let month = Month(self.details.below(MONTHS));
        let here =
            &self.world.geography.districts[self.world.district_of(&self.world.villages[village])];
        let field = if Partner::Birch.works_in(here) {
            Partner::Birch
        } else {
            Partner::Cedar
        };
        let partner = if self.details.happens(0.5) {
            Partner::Alder
        } else {
            field
        };
        let canary = Canary {
            role: Role::Single,
            group: self.group,
            present,
            incident: self.incident(partner, category, month, village),
        };
        self.group += 1;
        canary
    }

    fn cluster(&mut self, role: Role, village: usize, present: bool, canaries: &mut Vec<Canary>) {
        let category = self.group as usize % CATEGORIES;
        let year = self.details.below(MONTHS / 12);
        let found_together = self.incident(Partner::Alder, category, Month(12 * year), village);
        for child in 0..CLUSTER as usize {
            let month = Month(12 * year + child % 12);
            // The last two of a cluster are what lets a rule that only counts
            // partners and events pass.
            let others = CLUSTER as usize - 2;
            let incident = match role {
                Role::NearlyOneEvent if child >= others => {
                    self.incident(Partner::Cedar, category, month, village)
                }
                Role::NearlyOnePartner if child > others => {
                    self.incident(Partner::Cedar, category, month, village)
                }
                Role::OneEvent | Role::NearlyOneEvent => {
                    self.number += 1;
                    Incident {
                        child: self.number,
                        ..found_together
                    }
                }
                Role::SmallVillage if child % 2 == 1 => {
                    self.incident(Partner::Cedar, category, month, village)
                }
                _ => self.incident(Partner::Alder, category, month, village),
            };
            canaries.push(Canary {
                role,
                group: self.group,
                present,
                incident,
            });
        }
        self.group += 1;
    }

    fn incident(
        &mut self,
        partner: Partner,
        category: usize,
        month: Month,
        village: usize,
    ) -> Incident {
        self.number += 1;
        let profile = &PROFILES[category];
        let mut pick = |weights: &[f64]| Choice::new(weights).pick(self.details.bits() as u16);
        let age = AgeBand::ALL[pick(&profile.ages)];
        let sex = Sex::ALL[pick(&profile.sexes)];
        let mode = DetectionMode::ALL[pick(&partner.detection_modes(profile.category))];
        Incident {
            partner,
            case: self.number,
            child: self.number,
            children: 1,
            category,
            mode,
            date: Date {
                year: month.year() as u16,
                month: month.of_year() as u8,
                day: 1 + self.details.below(month.days() as usize) as u8,
            },
            village,
            age,
            sex,
            route: [None; 3],
        }
    }
}

/// The open file of all records.
#[derive(Debug)]
pub(crate) struct Records<'a> {
    world: &'a World,
    sheet: Sheet,
}

impl<'a> Records<'a> {
    /// Creates the file.
    pub(crate) fn create(world: &'a World, request: &SynthRequest) -> Result<Self, SynthError> {
        let header = [
            "canary",
            "partner",
            "case",
            "child",
            "children",
            "category",
            "quarter",
            "village",
            "h3",
            "block",
            "district",
            "sex",
            "age_band",
            "detection_mode",
        ];
        Ok(Self {
            world,
            sheet: Sheet::create(request.folder(), RECORDS, &header)?,
        })
    }

    /// Writes a record as finely as its partner knows the place. A record of
    /// several children names none of them.
    pub(crate) fn note(
        &mut self,
        incident: &Incident,
        canary: Option<u64>,
    ) -> Result<(), SynthError> {
        let village = &self.world.villages[incident.village];
        let (block, district) = codes(self.world, incident.village);
        let partner = incident.partner;
        let sheet = &mut self.sheet;
        sheet
            .whole_or_empty(canary)
            .text(partner.name())
            .yearly_serial(
                partner.case_prefix(),
                usize::from(incident.date.year),
                incident.case,
            );
        match partner {
            Partner::Damson => sheet.empty(),
            _ => sheet.serial(partner.child_prefix(), incident.child, 8),
        };
        sheet
            .whole(incident.children)
            .text(PROFILES[incident.category].category.as_str())
            .text(&format!(
                "{}-Q{}",
                incident.date.year,
                incident.date.month.div_ceil(3)
            ));
        match partner {
            Partner::Alder | Partner::Cedar => sheet.serial("village:", u64::from(village.code), 7),
            _ => sheet.empty(),
        };
        match partner {
            Partner::Damson => sheet.empty(),
            _ => sheet.text(&village.cell.to_string()),
        };
        sheet
            .serial("block:", block, 5)
            .serial("district:", district, 4);
        match partner {
            Partner::Damson => sheet
                .text(Sex::Unknown.as_str())
                .text(AgeBand::Unknown.as_str()),
            _ => sheet
                .text(incident.sex.as_str())
                .text(incident.age.as_str()),
        };
        sheet.text(incident.mode.as_str()).end_row()
    }

    /// Finishes the file.
    pub(crate) fn finish(self) -> Result<(), SynthError> {
        self.sheet.finish().map(drop)
    }
}
