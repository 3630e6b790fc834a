//! What is planted, and where.

use safeground_schema::Category;

use crate::calendar::Month;
use crate::geography::Geography;
use crate::random::Stream;

/// Hotspots per category.
const HOTSPOTS: usize = 3;

/// Districts of the largest hotspot of each category: enough to stand out on
/// a map of districts after the correction for many places.
const LARGE_HOTSPOT: usize = 5;

/// Blocks of a hotspot that ignores district borders.
const BLOCKS_OF_HOTSPOT: usize = 8;

/// Share of the usual effort where cases go unreported.
pub(crate) const UNDER_REPORTED_EFFORT: f64 = 0.12;

/// True relative risk where cases go unreported.
pub(crate) const UNDER_REPORTED_RISK: f64 = 2.6;

/// Standard deviations by which the chance count lies above its mean.
pub(crate) const CHANCE_DEVIATIONS: f64 = 3.0;

/// Year of the chance count, as a number of the calendar: 2023.
pub(crate) const CHANCE_YEAR: usize = 3;

/// First month of the hotspot that emerges: January 2023.
const EMERGES: usize = 36;

/// Relative risk of the hotspot that emerges, once it is at its height.
const EMERGING_RISK: f64 = 3.5;

/// Months until it is at its height.
const EMERGING_MONTHS: usize = 12;

/// Categories that have hotspots; the remaining one is a negative control.
pub(crate) const WITH_HOTSPOTS: [Category; 5] = [
    Category::ChildMarriage,
    Category::ChildLabour,
    Category::Trafficking,
    Category::SexualAbuse,
    Category::OnlineAbuse,
];

/// Categories whose true burden is high where cases go unreported.
pub(crate) const UNDER_REPORTED: [Category; 2] = [Category::ChildMarriage, Category::ChildLabour];

/// Over what a hotspot extends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Extent {
    /// Whole districts.
    Districts,
    /// Blocks, whatever district they lie in.
    Blocks,
}

/// A contiguous region of raised true risk.
#[derive(Debug)]
pub(crate) struct Hotspot {
    pub(crate) id: String,
    pub(crate) category: Category,
    pub(crate) extent: Extent,
    /// Districts, where it extends over whole ones.
    pub(crate) districts: Vec<usize>,
    /// Blocks it extends over.
    pub(crate) blocks: Vec<usize>,
    /// Relative risk at its height.
    pub(crate) relative_risk: f64,
    /// First month; 0 if it was always there.
    pub(crate) from: usize,
}

impl Hotspot {
    /// Relative risk in a month.
    pub(crate) fn risk_in(&self, month: Month) -> f64 {
        if self.from == 0 {
            return self.relative_risk;
        }
        let passed = (month.0 + 1).saturating_sub(self.from) as f64;
        let height = (passed / EMERGING_MONTHS as f64).min(1.0);
        1.0 + (self.relative_risk - 1.0) * height
    }
}

/// A way along which children are trafficked.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Corridor {
    /// District children are taken from.
    pub(crate) source: usize,
    /// District they pass through.
    pub(crate) transit: usize,
    /// District they are taken to.
    pub(crate) destination: usize,
}

/// Everything planted.
#[derive(Debug)]
pub(crate) struct Planted {
    /// District that nobody looks at.
    pub(crate) unobserved: usize,
    /// District of high true burden and little effort.
    pub(crate) under_reported: usize,
    /// Small district with one chance-high count and no raised risk.
    pub(crate) chance_high: usize,
    /// Districts where entitled families are not enrolled.
    pub(crate) service_gap: Vec<usize>,
    /// Districts where effort grows by half from 2023 on.
    pub(crate) campaign_push: Vec<usize>,
    /// Hotspots of all categories.
    pub(crate) hotspots: Vec<Hotspot>,
    /// Main way out of each district.
    pub(crate) corridors: Vec<Corridor>,
}

impl Planted {
    /// Chooses where everything lies, from the children of each district.
    pub(crate) fn new(geography: &Geography, children: &[f64], seed: u64) -> Self {
        let mut stream = Stream::new(seed, "planted");
        let mut by_size: Vec<usize> = (0..children.len()).collect();
        by_size.sort_by(|a, b| children[*a].total_cmp(&children[*b]).then(a.cmp(b)));
        let chance_high = by_size[0];
        // Both are of middling to large size, so that they cannot be
        // overlooked, and lie apart, so that each stands for itself.
        let large = &by_size[by_size.len() / 2..];
        let under_reported = large[stream.below(large.len())];
        let apart = |a: usize, b: usize| a != b && !geography.districts[a].neighbours.contains(&b);
        let middling: Vec<usize> = by_size[6..24]
            .iter()
            .copied()
            .filter(|d| apart(*d, under_reported) && apart(*d, chance_high))
            .collect();
        let unobserved = middling[stream.below(middling.len())];
        let reserved = [unobserved, under_reported, chance_high];
        let mut planner = Planner {
            geography,
            reserved,
            stream,
        };
        let mut hotspots = Vec::new();
        for category in WITH_HOTSPOTS {
            planner.plant(category, &mut hotspots);
        }
        let service_gap = planner.districts(3, &[]);
        let campaign_push = planner.several(6);
        let corridors = corridors(geography, &by_size, &mut planner.stream);
        Self {
            unobserved,
            under_reported,
            chance_high,
            service_gap,
            campaign_push,
            hotspots,
            corridors,
        }
    }

    /// Planted relative risk of a block.
    pub(crate) fn relative_risk(
        &self,
        geography: &Geography,
        block: usize,
        category: Category,
        month: Month,
    ) -> f64 {
        let district = geography.blocks[block].district;
        let hidden = district == self.under_reported && UNDER_REPORTED.contains(&category);
        let start = if hidden { UNDER_REPORTED_RISK } else { 1.0 };
        self.hotspots
            .iter()
            .filter(|hotspot| hotspot.category == category && hotspot.blocks.contains(&block))
            .fold(start, |risk, hotspot| risk * hotspot.risk_in(month))
    }
}

struct Planner<'a> {
    geography: &'a Geography,
    /// Districts that hold no hotspot.
    reserved: [usize; 3],
    stream: Stream,
}

impl Planner<'_> {
    /// Plants the hotspots of a category: regions of whole districts and,
    /// where blocks are ever released, one of blocks across borders.
    fn plant(&mut self, category: Category, hotspots: &mut Vec<Hotspot>) {
        let mut taken: Vec<usize> = Vec::new();
        let by_blocks = category != Category::SexualAbuse;
        for number in 1..=HOTSPOTS {
            let id = format!("{category}-{number}");
            let hotspot = if by_blocks && number == HOTSPOTS {
                Hotspot {
                    id,
                    category,
                    extent: Extent::Blocks,
                    districts: Vec::new(),
                    blocks: self.blocks(&taken),
                    relative_risk: self.risk(2.0, 2.6),
                    from: 0,
                }
            } else {
                let size = if number == 1 {
                    LARGE_HOTSPOT
                } else {
                    2 + self.stream.below(2)
                };
                let districts = self.districts(size, &taken);
                let relative_risk = if number == 1 {
                    self.risk(4.0, 5.0)
                } else {
                    self.risk(2.0, 2.4)
                };
                self.of_districts(id, category, districts, relative_risk)
            };
            taken.extend(
                hotspot
                    .blocks
                    .iter()
                    .map(|b| self.geography.blocks[*b].district),
            );
            hotspots.push(hotspot);
        }
        if category == Category::Trafficking {
            let districts = self.districts(1, &taken);
            let id = format!("{category}-emerging");
            let hotspot = self.of_districts(id, category, districts, EMERGING_RISK);
            hotspots.push(Hotspot {
                from: EMERGES,
                ..hotspot
            });
        }
    }

    fn of_districts(
        &mut self,
        id: String,
        category: Category,
        districts: Vec<usize>,
        relative_risk: f64,
    ) -> Hotspot {
        let members = districts.iter();
        Hotspot {
            id,
            category,
            extent: Extent::Districts,
            blocks: members
                .flat_map(|d| self.geography.districts[*d].blocks.clone())
                .collect(),
            districts,
            relative_risk,
            from: 0,
        }
    }

    /// A relative risk to one decimal.
    fn risk(&mut self, low: f64, high: f64) -> f64 {
        libm::round(10.0 * self.stream.between(low, high)) / 10.0
    }

    /// Districts that are neither reserved nor taken and touch none that is
    /// taken; on a crowded map, those that are merely not taken.
    fn free(&self, taken: &[usize]) -> Vec<usize> {
        let districts = &self.geography.districts;
        let untaken: Vec<usize> = (0..districts.len())
            .filter(|district| !self.reserved.contains(district) && !taken.contains(district))
            .collect();
        let apart: Vec<usize> = untaken
            .iter()
            .copied()
            .filter(|d| {
                !districts[*d]
                    .neighbours
                    .iter()
                    .any(|other| taken.contains(other))
            })
            .collect();
        if apart.len() < 2 { untaken } else { apart }
    }

    /// Different districts, wherever they lie.
    fn several(&mut self, count: usize) -> Vec<usize> {
        let mut free = self.free(&[]);
        let mut chosen: Vec<usize> = (0..count)
            .map(|_| free.swap_remove(self.stream.below(free.len())))
            .collect();
        chosen.sort_unstable();
        chosen
    }

    /// Contiguous districts, apart from those taken.
    fn districts(&mut self, size: usize, taken: &[usize]) -> Vec<usize> {
        let free = self.free(taken);
        let starts: Vec<usize> = free
            .iter()
            .copied()
            .filter(|d| self.reach(*d, &free).len() >= size)
            .collect();
        // A crowded map leaves single districts; a smaller hotspot is one too.
        let starts = if starts.is_empty() { &free } else { &starts };
        let start = starts[self.stream.below(starts.len())];
        let mut region = self.reach(start, &free);
        region.truncate(size);
        region.sort_unstable();
        region
    }

    /// A district and those free ones that touch it, nearest first.
    fn reach(&self, district: usize, free: &[usize]) -> Vec<usize> {
        let districts = &self.geography.districts;
        let mut around: Vec<usize> = districts[district]
            .neighbours
            .iter()
            .copied()
            .filter(|other| free.contains(other))
            .collect();
        let distance = |d: &usize| districts[*d].middle.distance2(districts[district].middle);
        around.sort_by(|a, b| distance(a).total_cmp(&distance(b)).then(a.cmp(b)));
        around.insert(0, district);
        around
    }

    /// Contiguous blocks, on both sides of a border between free districts
    /// where there is one.
    fn blocks(&mut self, taken: &[usize]) -> Vec<usize> {
        let blocks = &self.geography.blocks;
        let districts = self.free(taken);
        let free = |block: usize| districts.contains(&blocks[block].district);
        let inside: Vec<usize> = (0..blocks.len()).filter(|block| free(*block)).collect();
        let at_border: Vec<usize> = inside
            .iter()
            .copied()
            .filter(|block| {
                let district = blocks[*block].district;
                let mut around = blocks[*block].neighbours.iter();
                around.any(|other| blocks[*other].district != district && free(*other))
            })
            .collect();
        let starts = if at_border.is_empty() {
            &inside
        } else {
            &at_border
        };
        let start = starts[self.stream.below(starts.len())];
        let mut region = vec![start];
        let mut next = 0;
        while region.len() < BLOCKS_OF_HOTSPOT
            && let Some(block) = region.get(next).copied()
        {
            next += 1;
            for other in &blocks[block].neighbours {
                if region.len() < BLOCKS_OF_HOTSPOT && free(*other) && !region.contains(other) {
                    region.push(*other);
                }
            }
        }
        region.sort_unstable();
        region
    }
}

/// The main way out of every district: to one of the three most populous, via
/// the district nearest the middle of the way.
fn corridors(geography: &Geography, by_size: &[usize], stream: &mut Stream) -> Vec<Corridor> {
    let districts = &geography.districts;
    (0..districts.len())
        .map(|source| {
            let large: Vec<usize> = by_size
                .iter()
                .rev()
                .copied()
                .filter(|district| *district != source)
                .take(3)
                .collect();
            let destination = large[stream.below(large.len())];
            let (from, to) = (districts[source].middle, districts[destination].middle);
            let middle = crate::geography::Spot {
                east_km: (from.east_km + to.east_km) / 2.0,
                north_km: (from.north_km + to.north_km) / 2.0,
            };
            let transit = (0..districts.len())
                .filter(|district| *district != source && *district != destination)
                .min_by(|a, b| {
                    let distance = |d: usize| districts[d].middle.distance2(middle);
                    distance(*a).total_cmp(&distance(*b))
                })
                .expect("a state has more than two districts");
            Corridor {
                source,
                transit,
                destination,
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// Whether blocks hang together.
    fn is_contiguous(geography: &Geography, members: &[usize]) -> bool {
        let mut reached = BTreeSet::from([members[0]]);
        let mut open = vec![members[0]];
        while let Some(block) = open.pop() {
            for other in &geography.blocks[block].neighbours {
                if members.contains(other) && reached.insert(*other) {
                    open.push(*other);
                }
            }
        }
        reached.len() == members.len()
    }

    #[test]
    fn whatever_the_seed_hotspots_are_contiguous_apart_and_not_where_something_else_is_planted() {
        let geography = Geography::new();
        for seed in 0..60 {
            let mut stream = Stream::new(seed, "test");
            let children: Vec<f64> = (0..geography.districts.len())
                .map(|_| stream.between(30_000.0, 200_000.0))
                .collect();
            let planted = Planted::new(&geography, &children, seed);
            let elsewhere = [
                planted.unobserved,
                planted.under_reported,
                planted.chance_high,
            ];
            assert_eq!(BTreeSet::from(elsewhere).len(), 3);
            for category in WITH_HOTSPOTS {
                let mut used = BTreeSet::new();
                let of_category = planted.hotspots.iter().filter(|h| h.category == category);
                let mut count = 0;
                for hotspot in of_category {
                    count += 1;
                    assert!(
                        is_contiguous(&geography, &hotspot.blocks),
                        "{seed} {}",
                        hotspot.id
                    );
                    assert!((2.0..=5.0).contains(&hotspot.relative_risk));
                    for block in &hotspot.blocks {
                        assert!(used.insert(*block), "{seed} {}", hotspot.id);
                        assert!(!elsewhere.contains(&geography.blocks[*block].district));
                    }
                }
                assert!(count >= HOTSPOTS);
            }
        }
    }
}
