//! How well methods find what was planted, at lists of equal length, and how
//! often they see what was not.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::OnceLock;

use safeground_stats::local::HotspotClass;
use safeground_stats::multiple_testing::{Adjustment, adjust};
use safeground_stats::rates::excess_risks;

use super::demo::{Demo, Incident, demo, figure, rows};
use super::power_methods::{Judgement, Level, Method, gi_star, is_in_low_cluster, judge};

/// States beside the demo's. The map is the same, but not where hotspots lie,
/// nor who lives where.
const OTHER_SEEDS: std::ops::Range<u64> = 101..105;

const PLANTED: [&str; 5] = [
    "trafficking",
    "child_labour",
    "sexual_abuse",
    "child_marriage",
    "online_abuse",
];

/// Places of raised risk in a category, and those left out of lists because
/// only a part of them is.
fn planted(demo: &Demo, level: &Level, category: &str) -> (HashSet<u32>, HashSet<u32>) {
    let district: HashMap<u32, u32> = demo
        .villages
        .iter()
        .map(|v| (v.block, v.district))
        .collect();
    let (mut whole, mut part) = (HashSet::new(), HashSet::new());
    for hotspot in demo.truth["hotspots"].as_array().unwrap() {
        if hotspot["category"] != category {
            continue;
        }
        let places: HashSet<u32> = Demo::codes(&hotspot["places"]).into_iter().collect();
        let by_block = hotspot["extent"] == "blocks";
        for (block, district) in &district {
            let inside = places.contains(if by_block { block } else { district });
            if inside && by_block && level.name == "district" {
                part.insert(*district);
            } else if inside {
                whole.insert(level.place_of(*block, *district));
            }
        }
    }
    part.retain(|place| !whole.contains(place));
    (whole, part)
}

/// How a method did on one or more categories.
#[derive(Debug, Default, Clone, Copy)]
struct Score {
    planted: usize,
    /// Planted places among as many at the head of the list, on average over
    /// the orders of places that tie.
    listed: f64,
    /// Places called hot, and those of them that are planted.
    called: usize,
    right: usize,
}

impl Score {
    fn of(judgement: &Judgement, level: &Level, truth: &(HashSet<u32>, HashSet<u32>)) -> Self {
        let (whole, part) = truth;
        let scores = &judgement.scores;
        let mut order: Vec<usize> = (0..level.codes.len())
            .filter(|at| !part.contains(&level.codes[*at]))
            .collect();
        order.sort_by(|a, b| scores[*b].total_cmp(&scores[*a]));
        let is_planted = |at: &&usize| whole.contains(&level.codes[**at]);
        let (mut left, mut listed) = (whole.len(), 0.0);
        for tied in order.chunk_by(|a, b| scores[*a] == scores[*b]) {
            let taken = left.min(tied.len());
            let planted = tied.iter().filter(is_planted).count();
            listed += taken as f64 * planted as f64 / tied.len() as f64;
            left -= taken;
        }
        let called: Vec<usize> = order
            .iter()
            .copied()
            .filter(|at| judgement.hot[*at])
            .collect();
        Self {
            planted: whole.len(),
            listed,
            called: called.len(),
            right: called.iter().filter(is_planted).count(),
        }
    }

    fn add(&mut self, other: Self) {
        self.planted += other.planted;
        self.listed += other.listed;
        self.called += other.called;
        self.right += other.right;
    }
}

fn states() -> &'static [Demo] {
    static STATES: OnceLock<Vec<Demo>> = OnceLock::new();
    STATES.get_or_init(|| {
        OTHER_SEEDS
            .map(|seed| Demo::of_seed(seed, &format!("synth-power-{seed}")))
            .collect()
    })
}

fn all_states() -> impl Iterator<Item = &'static Demo> {
    std::iter::once(demo()).chain(states())
}

fn levels(demo: &Demo) -> [Level; 2] {
    [Level::blocks(demo), Level::districts(demo)]
}

type Table = BTreeMap<(&'static str, &'static str, Method), Score>;

fn add_state(table: &mut Table, demo: &Demo, seed: u64) {
    for level in levels(demo) {
        for category in PLANTED {
            let truth = planted(demo, &level, category);
            let counts = level.counts(demo, category);
            for method in Method::ALL {
                let score = Score::of(&judge(method, &level, &counts, seed), &level, &truth);
                table
                    .entry((level.name, category, method))
                    .or_default()
                    .add(score);
            }
        }
    }
}

fn total(table: &Table, level: &str, method: Method) -> Score {
    let mut total = Score::default();
    for ((at, _, of), score) in table {
        if *at == level && *of == method {
            total.add(*score);
        }
    }
    total
}

/// Planted places found among as many listed, by category; then over all
/// categories, and of the places called hot how many were planted.
fn print(title: &str, table: &Table) {
    for level in ["block", "district"] {
        println!("\n{title}, {level}s: planted places in a list of as many");
        println!(
            "| method | {} | all | called hot, planted of them |",
            PLANTED.join(" | ")
        );
        println!("|---|{}", "---|".repeat(PLANTED.len() + 2));
        for method in Method::ALL {
            let cells: Vec<String> = PLANTED
                .iter()
                .map(|category| table[&(level, *category, method)])
                .map(|score| format!("{:.0}/{}", score.listed, score.planted))
                .collect();
            let all = total(table, level, method);
            let share = 100.0 * all.listed / all.planted as f64;
            let called = match Method::TESTS.contains(&method) {
                true => format!("{}, {}", all.called, all.right),
                false => "–".to_owned(),
            };
            println!(
                "| {} | {} | {:.0}/{} = {share:.0} % | {called} |",
                method.name(),
                cells.join(" | "),
                all.listed,
                all.planted,
            );
        }
    }
}

#[test]
fn statistics_find_more_planted_places_than_a_ranking_by_count() {
    let mut one = Table::new();
    add_state(&mut one, demo(), 7);
    print("The demo", &one);
    let mut all = one.clone();
    for (seed, state) in OTHER_SEEDS.zip(states()) {
        add_state(&mut all, state, seed);
    }
    print("Five states", &all);
    for table in [&one, &all] {
        for level in ["block", "district"] {
            let listed = |method| total(table, level, method).listed;
            let best = Method::ALL[1..].iter().map(|method| listed(*method));
            assert!(best.fold(0.0, f64::max) >= listed(Method::Count), "{level}");
        }
    }
}

/// Under the complete null hypothesis the false discovery rate is the chance
/// that anything at all is called: 5 % of maps.
#[test]
fn the_negative_control_has_few_false_hotspots() {
    for method in Method::TESTS {
        let (mut maps, mut alarmed, mut called, mut places) = (0, 0, 0, 0);
        for (seed, state) in (0..).zip(all_states()) {
            for level in levels(state) {
                let counts = level.counts(state, "missing");
                let hot = judge(method, &level, &counts, seed).hot;
                let found = hot.iter().filter(|hot| **hot).count();
                maps += 1;
                alarmed += usize::from(found > 0);
                called += found;
                places += hot.len();
            }
        }
        println!(
            "negative control, {}: {alarmed} of {maps} maps, {called} of {places} places hot",
            method.name()
        );
        // Of 10 maps at 5 %, more than 3 come up in 1 of 1,000 cases.
        assert!(alarmed <= 3, "{}: {alarmed} of {maps}", method.name());
    }
}

/// One small district has a count three deviations above its mean in 2023 and
/// no raised risk.
#[test]
fn a_count_high_by_chance_is_no_hotspot() {
    let (mut first_by_rate, mut states, mut hot) = (0, 0, [0; Method::TESTS.len()]);
    for (seed, state) in (0..).zip(all_states()) {
        let chance = &state.truth["negative_controls"]["chance_high"];
        let code = Demo::codes(&chance["place"])[0];
        let category = chance["category"].as_str().unwrap();
        let year = chance["year"].as_i64().unwrap() as i32;
        let level = Level::districts(state);
        let count = |code: &u32| {
            let fits = |i: &Incident| i.category == category && i.year == year;
            Some(state.count(|i| fits(i) && i.district == *code))
        };
        let counts: Vec<_> = level.codes.iter().map(count).collect();
        let (planted, part) = planted(state, &level, category);
        let at = level.codes.iter().position(|other| *other == code).unwrap();
        let scores = judge(Method::RawRate, &level, &counts, seed).scores;
        let ahead = (0..scores.len()).filter(|other| {
            let code = &level.codes[*other];
            scores[*other] > scores[at] && !planted.contains(code) && !part.contains(code)
        });
        first_by_rate += usize::from(ahead.count() == 0);
        for (hot, method) in hot.iter_mut().zip(Method::TESTS) {
            *hot += usize::from(judge(method, &level, &counts, seed).hot[at]);
        }
        states += 1;
    }
    println!(
        "chance-high district: highest raw rate outside hotspots in {first_by_rate} of {states} states"
    );
    for (hot, method) in hot.into_iter().zip(Method::TESTS) {
        println!(
            "chance-high district: hot by {} in {hot} of {states}",
            method.name()
        );
        // A hotspot next door or around it may take it in.
        assert!(hot <= states / 2, "{}: {hot}", method.name());
    }
}

/// Where little is looked for, records per child make a place with 2.6 times
/// the risk look quiet; records per staff-day do not.
#[test]
fn the_under_reported_district_is_no_cold_spot_once_effort_is_counted() {
    let (mut cold, mut low) = ([0; 2], [0; 2]);
    for state in all_states() {
        let level = Level::districts(state);
        let code = state.code("/under_reporting/place");
        let at = level.codes.iter().position(|other| *other == code).unwrap();
        let mut days: HashMap<u32, f64> = HashMap::new();
        for row in rows(&state.folder, "effort.csv", b',') {
            let district = row["District code"].parse().unwrap();
            *days.entry(district).or_default() += figure(&row["Staff days"]);
        }
        let days: Vec<_> = level.codes.iter().map(|code| Some(days[code])).collect();
        for category in ["child_marriage", "child_labour"] {
            let counts = level.counts(state, category);
            for (kind, exposure) in [&level.children, &days].into_iter().enumerate() {
                let risk = excess_risks(&counts, exposure).unwrap()[at].unwrap();
                let found = gi_star(&counts, exposure, &level.weights);
                let p: Vec<_> = found.iter().map(|unit| unit.map(|unit| unit.p())).collect();
                let q = adjust(&p, Adjustment::BenjaminiHochberg)[at].unwrap();
                let z = found[at].unwrap().z;
                let class = HotspotClass::of(z, q);
                let called = class.as_str().starts_with("cold");
                cold[kind] += usize::from(called);
                let scanned = is_in_low_cluster(&level, &counts, exposure)[at];
                low[kind] += usize::from(scanned);
                println!(
                    "seed {} {category}, per {}: excess risk {risk:.2}, Gi* z {z:.2}, {}",
                    state.report.seed,
                    ["child", "staff-day"][kind],
                    class.as_str()
                );
                if kind == 0 {
                    assert!(risk < 1.0, "{category}: {risk}");
                } else {
                    assert!(risk > 1.0 && !called, "{category}: {risk} {z}");
                }
            }
        }
    }
    println!("under-reported district, of 10 maps per child and 10 per staff-day:");
    println!("cold spot of Gi*: {cold:?}; in a cluster of low rates: {low:?}");
}
