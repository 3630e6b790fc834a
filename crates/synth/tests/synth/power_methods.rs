//! Ways to list places, most suspicious first, and to call them hot.

use std::collections::HashMap;

use geo::MultiPolygon;
use safeground_stats::local::{
    GetisOrd, GetisOrdParams, LocalMoranParams, Quadrant, VarianceDivisor, getis_ord, local_moran,
    local_moran_permutation,
};
use safeground_stats::multiple_testing::{Adjustment, adjust};
use safeground_stats::permutation::PermutationParams;
use safeground_stats::rates::{
    SpatialEmpiricalBayesParams, empirical_bayes, raw_rates, spatial_empirical_bayes,
};
use safeground_stats::scan::{
    MonteCarlo, Places, Rates, ScanParams, SpatialCounts, WindowLimits, circular_scan,
};
use safeground_stats::significance::Alternative;
use safeground_stats::weights::{
    Contiguity, ContiguityParams, Position, SpatialWeights, contiguity,
};

use super::demo::{Demo, shapes};

/// Level of the false discovery rate and of the scan.
pub const LEVEL: f64 = 0.05;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Method {
    Count,
    RawRate,
    EmpiricalBayes,
    GiStar,
    LocalMoran,
    CircularScan,
    SmallCircles,
    SpatialEmpiricalBayes,
}

impl Method {
    pub const ALL: [Self; 8] = [
        Self::Count,
        Self::RawRate,
        Self::EmpiricalBayes,
        Self::SpatialEmpiricalBayes,
        Self::GiStar,
        Self::LocalMoran,
        Self::CircularScan,
        Self::SmallCircles,
    ];

    /// Methods that also say which places stand out beyond chance.
    pub const TESTS: [Self; 4] = [
        Self::GiStar,
        Self::LocalMoran,
        Self::CircularScan,
        Self::SmallCircles,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::Count => "count",
            Self::RawRate => "raw rate",
            Self::EmpiricalBayes => "EB rate",
            Self::GiStar => "Gi*",
            Self::LocalMoran => "local Moran",
            Self::CircularScan => "circular scan, 50 %",
            Self::SmallCircles => "circular scan, 10 %",
            Self::SpatialEmpiricalBayes => "spatial EB",
        }
    }
}

/// Places of one level in which somebody looks.
pub struct Level {
    pub name: &'static str,
    pub codes: Vec<u32>,
    pub weights: SpatialWeights,
    pub positions: Vec<Position>,
    pub children: Vec<Option<f64>>,
}

impl Level {
    pub fn blocks(demo: &Demo) -> Self {
        let district: HashMap<u32, u32> = demo
            .villages
            .iter()
            .map(|v| (v.block, v.district))
            .collect();
        let unobserved = demo.code("/unobserved/place");
        let mut units = shapes(&demo.folder, "blocks.geojson", "block_code");
        units.retain(|(code, _, _)| district[code] != unobserved);
        let shapes = units.into_iter().map(|(code, _, shape)| (code, shape));
        Self::new(
            "block",
            shapes.collect(),
            |at| demo.villages[at].block,
            demo,
        )
    }

    pub fn districts(demo: &Demo) -> Self {
        let unobserved = demo.code("/unobserved/place");
        let mut units = shapes(&demo.folder, "districts.geojson", "district_code");
        units.retain(|(code, _, _)| *code != unobserved);
        let shapes = units.into_iter().map(|(code, _, shape)| (code, shape));
        Self::new(
            "district",
            shapes.collect(),
            |at| demo.villages[at].district,
            demo,
        )
    }

    /// Queen contiguity, and centres weighted by children.
    fn new(
        name: &'static str,
        shapes: Vec<(u32, MultiPolygon)>,
        of_village: impl Fn(usize) -> u32,
        demo: &Demo,
    ) -> Self {
        let mut sums: HashMap<u32, [f64; 3]> = HashMap::new();
        for (at, village) in demo.villages.iter().enumerate() {
            let sum = sums.entry(of_village(at)).or_default();
            sum[0] += village.children;
            sum[1] += village.children * village.latitude;
            sum[2] += village.children * village.longitude;
        }
        let polygons: Vec<_> = shapes.iter().map(|(_, shape)| Some(shape)).collect();
        let queen = ContiguityParams::new(Contiguity::Queen, 0.0).unwrap();
        let codes: Vec<u32> = shapes.iter().map(|(code, _)| *code).collect();
        Self {
            name,
            weights: contiguity(&polygons, &queen.geographic()).unwrap(),
            positions: codes
                .iter()
                .map(|code| Position {
                    latitude: sums[code][1] / sums[code][0],
                    longitude: sums[code][2] / sums[code][0],
                })
                .collect(),
            children: codes.iter().map(|code| Some(sums[code][0])).collect(),
            codes,
        }
    }

    pub fn place_of(&self, block: u32, district: u32) -> u32 {
        if self.name == "block" {
            block
        } else {
            district
        }
    }

    /// Children recorded in incidents of a category, by place.
    pub fn counts(&self, demo: &Demo, category: &str) -> Vec<Option<f64>> {
        let mut counted: HashMap<u32, f64> = HashMap::new();
        for i in demo.incidents.iter().filter(|i| i.category == category) {
            *counted
                .entry(self.place_of(i.block, i.district))
                .or_default() += i.children;
        }
        let count = |code: &u32| Some(counted.get(code).copied().unwrap_or(0.0));
        self.codes.iter().map(count).collect()
    }
}

/// What a method says of each place.
pub struct Judgement {
    /// Higher is more suspicious; places that a method says nothing of tie at
    /// the end.
    pub scores: Vec<f64>,
    /// Whether the place stands out: q < 0.05 after Benjamini & Hochberg, or a
    /// member of a cluster with p ≤ 0.05. Never, for mere rankings.
    pub hot: Vec<bool>,
}

impl Judgement {
    fn ranking(scores: Vec<Option<f64>>) -> Self {
        let hot = vec![false; scores.len()];
        let known = |score: Option<f64>| score.unwrap_or(f64::NEG_INFINITY);
        let scores = scores.into_iter().map(known).collect();
        Self { scores, hot }
    }
}

/// Gi* of EB rates; nothing where shrinkage leaves no variation.
pub fn gi_star(
    counts: &[Option<f64>],
    exposure: &[Option<f64>],
    weights: &SpatialWeights,
) -> Vec<Option<GetisOrd>> {
    let rates = empirical_bayes(counts, exposure).unwrap().rates;
    let none = vec![None; counts.len()];
    getis_ord(&rates, weights, &GetisOrdParams::star()).unwrap_or(none)
}

pub fn judge(method: Method, level: &Level, counts: &[Option<f64>], seed: u64) -> Judgement {
    let children = &level.children;
    match method {
        Method::Count => Judgement::ranking(counts.to_vec()),
        Method::RawRate => Judgement::ranking(raw_rates(counts, children, 1e5).unwrap()),
        Method::EmpiricalBayes => {
            Judgement::ranking(empirical_bayes(counts, children).unwrap().rates)
        }
        Method::SpatialEmpiricalBayes => {
            let params = SpatialEmpiricalBayesParams::marshall();
            let rates = spatial_empirical_bayes(counts, children, &level.weights, &params);
            let rate = rates
                .unwrap()
                .into_iter()
                .map(|rate| rate.map(|rate| rate.rate));
            Judgement::ranking(rate.collect())
        }
        Method::GiStar => {
            let found = gi_star(counts, children, &level.weights);
            let p: Vec<_> = found.iter().map(|unit| unit.map(|unit| unit.p())).collect();
            let z = found.iter().map(|unit| unit.map(|unit| unit.z));
            called(z.collect(), &p, |z| z > 0.0)
        }
        Method::LocalMoran => moran(level, counts, seed),
        Method::CircularScan => scan(level, counts, 0.5, seed),
        Method::SmallCircles => scan(level, counts, 0.1, seed),
    }
}

/// Units high among high come first, by how far their statistic lies from
/// that of permuted values.
fn moran(level: &Level, counts: &[Option<f64>], seed: u64) -> Judgement {
    let rates = empirical_bayes(counts, &level.children).unwrap().rates;
    let params = LocalMoranParams::new(VarianceDivisor::UnitsLessOne);
    let permutation = PermutationParams::new(9_999, seed).unwrap();
    let none = || vec![None; counts.len()];
    let observed = local_moran(&rates, &level.weights, &params).unwrap_or_else(|_| none());
    let references = local_moran_permutation(&rates, &level.weights, &params, &permutation);
    let references = references.unwrap_or_else(|_| vec![None; counts.len()]);
    let p: Vec<_> = references
        .iter()
        .map(|unit| unit.as_ref().map(|unit| unit.p(Alternative::TwoSided)))
        .collect();
    let z = observed.iter().zip(&references).map(|(unit, reference)| {
        let high = unit.as_ref()?.quadrant == Quadrant::HighHigh;
        reference.as_ref()?.z().filter(|_| high)
    });
    called(z.collect(), &p, |z| z > 0.0)
}

/// Members of clusters of at most this share of the children, by the ratio of
/// their cluster, nearest to its centre first.
fn scan(level: &Level, counts: &[Option<f64>], share: f64, seed: u64) -> Judgement {
    let cases: Vec<u64> = counts.iter().map(|count| count.unwrap() as u64).collect();
    let expected: Vec<f64> = level.children.iter().map(|n| n.unwrap()).collect();
    let places = Places::geographic(&level.positions).unwrap();
    let mut params = ScanParams::new(MonteCarlo::new(999, seed));
    params.limits = WindowLimits::new(share).unwrap();
    let found = circular_scan(
        &places,
        &SpatialCounts::poisson(&cases, &expected).unwrap(),
        &params,
    );
    let mut judgement = Judgement::ranking(vec![None; cases.len()]);
    for cluster in found.unwrap().clusters {
        let significant = cluster.p.is_some_and(|p| p <= LEVEL);
        for (order, member) in cluster.members.iter().enumerate() {
            // Far below any difference between ratios of clusters.
            let behind = 1e-9 * order as f64;
            judgement.scores[*member] = cluster.log_likelihood_ratio - behind;
            judgement.hot[*member] |= significant;
        }
    }
    judgement
}

fn called(scores: Vec<Option<f64>>, p: &[Option<f64>], is_high: impl Fn(f64) -> bool) -> Judgement {
    let q = adjust(p, Adjustment::BenjaminiHochberg);
    let hot = scores
        .iter()
        .zip(q)
        .map(|(score, q)| score.is_some_and(&is_high) && q.is_some_and(|q| q < LEVEL))
        .collect();
    Judgement {
        hot,
        ..Judgement::ranking(scores)
    }
}

/// Whether each place belongs to a cluster of low rates, p ≤ 0.05, of places
/// whose expected cases follow this exposure.
pub fn is_in_low_cluster(
    level: &Level,
    counts: &[Option<f64>],
    exposure: &[Option<f64>],
) -> Vec<bool> {
    let cases: Vec<u64> = counts.iter().map(|count| count.unwrap() as u64).collect();
    let expected: Vec<f64> = exposure.iter().map(|n| n.unwrap()).collect();
    let places = Places::geographic(&level.positions).unwrap();
    let mut params = ScanParams::new(MonteCarlo::new(999, 1));
    params.rates = Rates::Low;
    let counts = SpatialCounts::poisson(&cases, &expected).unwrap();
    let mut low = vec![false; cases.len()];
    for cluster in circular_scan(&places, &counts, &params).unwrap().clusters {
        for member in cluster.members {
            low[member] |= cluster.p.is_some_and(|p| p <= LEVEL);
        }
    }
    low
}
