//! Survey-like figures by district, in two rounds.

use safeground_schema::Category;

use crate::calendar::Month;
use crate::files::Sheet;
use crate::geography::DISTRICTS;
use crate::random::Stream;
use crate::world::World;
use crate::{SynthError, SynthRequest};

/// File of the table.
pub(crate) const FILE: &str = "indicators.csv";

/// Rounds of the survey.
pub(crate) const ROUNDS: [&str; 2] = ["2020/2021", "2023/2024"];

/// First month of each round.
const ROUND_MONTHS: [usize; 2] = [0, 36];

/// Months of a round.
const MONTHS_OF_ROUND: usize = 24;

/// Variance of the survey relative to a simple random sample.
const DESIGN_EFFECT: f64 = 1.5;

/// Districts with fewer respondents are suppressed, written `*`.
const LEAST_SAMPLE: u64 = 25;

/// One figure of the survey.
#[derive(Debug)]
pub(crate) struct Indicator {
    pub(crate) code: &'static str,
    /// Percentage in each round where nothing is planted.
    base: [f64; 2],
    /// Harm that it goes with, and how closely; none for the negative control.
    follows: Option<(Category, f64)>,
}

/// The figures of the survey.
pub(crate) const INDICATORS: [Indicator; 3] = [
    Indicator {
        code: "child_marriage",
        base: [19.0, 16.5],
        follows: Some((Category::ChildMarriage, 0.8)),
    },
    Indicator {
        code: "school_dropout",
        base: [11.0, 10.2],
        follows: Some((Category::ChildLabour, 0.6)),
    },
    Indicator {
        code: "control_no_pattern",
        base: [54.0, 54.0],
        follows: None,
    },
];

/// Largest true percentage.
const MOST: f64 = 68.0;

impl Indicator {
    /// True percentage of a district in a round.
    pub(crate) fn truth(&self, world: &World, district: usize, round: usize) -> f64 {
        let Some((category, closeness)) = self.follows else {
            return self.base[round];
        };
        let from = ROUND_MONTHS[round];
        let (mut sum, mut children) = (0.0, 0.0);
        for block in world.geography.districts[district].blocks.clone() {
            let weight = world.children_of_block[block];
            for month in (from..from + MONTHS_OF_ROUND).map(Month) {
                let planted = &world.planted;
                sum += weight * planted.relative_risk(&world.geography, block, category, month);
                children += weight;
            }
        }
        (self.base[round] * libm::pow(sum / children, closeness)).min(MOST)
    }
}

/// Writes the table; returns its records.
pub(crate) fn write(world: &World, request: &SynthRequest) -> Result<u64, SynthError> {
    let header: Vec<String> = header();
    let header: Vec<&str> = header.iter().map(String::as_str).collect();
    let mut sheet = Sheet::create(request.folder(), FILE, &header)?;
    let mut stream = Stream::new(request.seed(), "indicators");
    for district in 0..DISTRICTS {
        let place = &world.geography.districts[district];
        sheet.whole(u64::from(place.code)).text(&place.name);
        for (round, _) in ROUNDS.iter().enumerate() {
            let sample = sample_size(world, district, round, &mut stream);
            for indicator in &INDICATORS {
                let truth = indicator.truth(world, district, round);
                let estimate = truth + standard_error(truth, sample) * stream.normal();
                let estimate = estimate.clamp(0.5, 99.5);
                if sample < LEAST_SAMPLE {
                    sheet.text("*").text("*");
                } else {
                    sheet.decimal(estimate, 1);
                    sheet.decimal(standard_error(estimate, sample), 2);
                }
                sheet.whole(sample);
            }
        }
        sheet.end_row()?;
    }
    let rows = sheet.finish()?;
    Ok(rows * (ROUNDS.len() * INDICATORS.len()) as u64)
}

/// Respondents: more in larger districts. The smallest has too few to show in
/// the first round.
fn sample_size(world: &World, district: usize, round: usize, stream: &mut Stream) -> u64 {
    let children = world.children_of_district[district];
    let usual = 240.0 + children / 350.0 * stream.between(0.8, 1.2);
    if district == world.planted.chance_high && round == 0 {
        LEAST_SAMPLE - 3
    } else {
        usual.min(1_400.0) as u64
    }
}

fn standard_error(percent: f64, sample: u64) -> f64 {
    (DESIGN_EFFECT * percent * (100.0 - percent) / sample as f64).sqrt()
}

/// Columns: code, name, and for each round and figure the estimate, its
/// standard error and the sample.
fn header() -> Vec<String> {
    let mut header = vec!["District code".to_owned(), "District".to_owned()];
    for round in ROUNDS {
        for indicator in &INDICATORS {
            let title = format!("{} {round}", indicator.code);
            header.push(format!("{title} (%)"));
            header.push(format!("{title} SE"));
            header.push(format!("{title} n"));
        }
    }
    header
}
