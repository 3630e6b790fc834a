//! LOSH against spdep, its promises and properties.

use proptest::prelude::*;
use rand::{Rng as _, SeedableRng as _, seq::SliceRandom as _};
use rand_chacha::ChaCha8Rng;

use super::drawn::one_chance;
use super::*;
use crate::threads::on_any_threads;
use crate::uniform::gap_at_steps;

/// Rook neighbours on a grid, row by row.
fn grid(rows: usize, columns: usize) -> SpatialWeights {
    let near = |unit: usize| {
        let (row, column) = (unit / columns, unit % columns);
        let mut near = Vec::new();
        near.extend((row > 0).then(|| unit - columns));
        near.extend((column > 0).then(|| unit - 1));
        near.extend((column + 1 < columns).then_some(unit + 1));
        near.extend((row + 1 < rows).then_some(unit + columns));
        near
    };
    SpatialWeights::from_lists((0..rows * columns).map(near).collect()).unwrap()
}

/// Twenty-four values that R and we can both write down.
fn twenty_four() -> Vec<Option<f64>> {
    (1..=24)
        .map(|i| {
            let i = f64::from(i);
            let more = 8.0 * (i * 0.569_840_290_998_053_2).fract();
            let x = 10.0 * (i * 0.754_877_666_246_692_7).fract().powi(2);
            Some(if i > 12.0 { x + more } else { x })
        })
        .collect()
}

/// `LOSH` and `LOSH.cs` of spdep 1.2-7 on `cell2nb(4, 6)`: H and p, by units.
#[test]
fn losh_agrees_with_spdep() {
    let absolute = [
        (0.611_876_557_705_851, 0.790_013_385_218_235),
        (0.961_855_661_821_938, 0.491_212_705_998_611),
        (0.648_136_875_288_005, 0.829_673_688_030_34),
        (0.670_767_944_676_853, 0.808_632_987_885_016),
        (0.663_830_525_768_102, 0.815_192_471_447_497),
        (0.983_681_361_633_309, 0.451_396_062_358_968),
        (1.051_162_387_502_29, 0.397_786_927_280_994),
        (0.963_033_047_830_532, 0.505_027_149_397_547),
    ];
    let squared = [
        (0.424_976_948_863_746, 0.736_193_717_584_387),
        (0.696_186_682_425_496, 0.618_627_525_998_755),
        (0.389_307_385_739_864, 0.847_249_565_150_953),
        (0.416_652_098_696_846, 0.828_036_350_726_612),
        (0.440_144_956_001_376, 0.811_134_662_589_779),
        (0.695_031_561_909_25, 0.555_708_139_832_347),
        (0.782_622_039_906_149, 0.555_806_257_601_139),
        (0.835_426_627_489_914, 0.552_260_036_764_194),
    ];
    let binary = grid(4, 6);
    for weights in [&binary, &binary.row_standardised()] {
        for (exponent, expected, corner) in [
            (1.0, absolute, 0.219_599_420_169_083),
            (2.0, squared, 0.662_964_273_040_422),
        ] {
            let params = LoshParams::new(exponent).unwrap();
            let found = losh(&twenty_four(), weights, &params).unwrap();
            for (ours, (h, p)) in found.iter().zip(expected) {
                let ours = ours.unwrap();
                assert!((ours.statistic / h - 1.0).abs() < 1e-12, "{h}");
                assert!((ours.p.unwrap() / p - 1.0).abs() < 1e-10, "{p}");
            }
            assert!((found[0].unwrap().variance / corner - 1.0).abs() < 1e-12);
        }
    }
}

/// What becomes of a unit's own value after all values were put in random
/// order.
#[derive(Clone, Copy)]
enum Own {
    /// It changes places with the value that came to its unit: ours.
    Exchanged,
    /// It overwrites that value and stays where the order brought it too, so
    /// that one value is lost and one is there twice: spdep's `LOSH.mc`.
    Copied,
}

const ORDERS: usize = 10_000;

/// Share of random orders in which a unit's H is at least as large.
fn share_as_large(unit: usize, own: Own) -> f64 {
    let (values, weights) = (twenty_four(), grid(4, 6));
    let params = LoshParams::new(2.0).unwrap();
    let h = |values: &[Option<f64>]| {
        let found = losh(values, &weights, &params).unwrap();
        found[unit].unwrap().statistic
    };
    let observed = h(&values);
    let mut random = ChaCha8Rng::seed_from_u64(unit as u64);
    let mut order: Vec<usize> = (0..values.len()).collect();
    let mut count = 0;
    for _ in 0..ORDERS {
        order.shuffle(&mut random);
        let mut arranged: Vec<_> = order.iter().map(|at| values[*at]).collect();
        match own {
            Own::Exchanged => {
                let at = order.iter().position(|at| *at == unit).unwrap();
                arranged.swap(at, unit);
            }
            Own::Copied => arranged[unit] = values[unit],
        }
        count += usize::from(h(&arranged) >= observed * (1.0 - 1e-12));
    }
    count as f64 / ORDERS as f64
}

/// `LOSH.mc` of spdep with 4,999 permutations (seed 1), all units; its p is
/// r/(m + 1).
#[test]
fn permuted_losh_differs_from_spdep_by_what_becomes_of_the_units_own_value() {
    let spdep = [
        0.6748, 0.5476, 0.7584, 0.727, 0.7738, 0.4692, 0.4916, 0.485, 0.8108, 0.4174, 0.2208,
        0.8202, 0.5492, 0.3176, 0.0588, 0.2808, 0.4224, 0.1618, 0.1926, 0.1302, 0.459, 0.029,
        0.1984, 0.3962,
    ];
    let params = LoshParams::new(2.0).unwrap();
    let permutation = LoshPermutationParams::new(20_000, 11).unwrap();
    let found = losh_permutation(&twenty_four(), &grid(4, 6), &params, &permutation).unwrap();
    for (unit, (ours, theirs)) in found.iter().zip(spdep).enumerate() {
        let copied = share_as_large(unit, Own::Copied);
        let theirs = theirs * 5000.0 / 4999.0;
        assert!(
            one_chance((copied, ORDERS), (theirs, 4999)),
            "{unit}: {copied} {theirs}"
        );
        let exchanged = share_as_large(unit, Own::Exchanged);
        let ours = ours.unwrap().greater_or_equal as f64 / 20_000.0;
        assert!(
            one_chance((exchanged, ORDERS), (ours, 20_000)),
            "{unit}: {exchanged} {ours}"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn losh_does_not_mind_labels_scale_or_offset(
        values in prop::collection::vec(prop::option::weighted(0.9, -5.0..5.0f64), 12),
        seed in 0..1000_u64,
        scale in prop::sample::select(vec![-4.0, 0.25, 1024.0]),
        exponent in prop::sample::select(vec![0.5, 1.0, 2.0, 3.0]),
    ) {
        let (rows, columns) = (3, 4);
        let weights = grid(rows, columns);
        let params = LoshParams::new(exponent).unwrap();
        let plain = losh(&values, &weights, &params).unwrap();
        let mut order: Vec<usize> = (0..12).collect();
        order.shuffle(&mut ChaCha8Rng::seed_from_u64(seed));
        let mut place = [0; 12];
        for (at, unit) in order.iter().enumerate() {
            place[*unit] = at;
        }
        let lists = order
            .iter()
            .map(|unit| weights.row(*unit).neighbours.iter().map(|j| place[*j as usize]).collect())
            .collect();
        let moved: Vec<_> = order.iter().map(|unit| values[*unit].map(|x| scale * x + 3.0)).collect();
        let other = losh(&moved, &SpatialWeights::from_lists(lists).unwrap(), &params).unwrap();
        for (at, unit) in order.iter().enumerate() {
            prop_assert_eq!(plain[*unit].is_some(), other[at].is_some());
            if let (Some(a), Some(b)) = (plain[*unit], other[at]) {
                prop_assert!((a.statistic - b.statistic).abs() < 1e-9 * (1.0 + a.statistic));
                prop_assert!((a.variance - b.variance).abs() < 1e-9 * (1.0 + a.variance));
                prop_assert!((scale * a.residual - b.residual).abs() < 1e-9 * (1.0 + b.residual.abs()));
                prop_assert!(a.p.is_none_or(|p| (0.0..=1.0).contains(&p)));
            }
        }
    }
}

/// Over maps of skewed values without any pattern p is uniform by permutation;
/// by χ² more units than 5 % are called at 5 % (36 of these 500 maps, 7.2 %).
#[test]
fn permuted_losh_is_uniform_where_nothing_is_going_on() {
    let weights = grid(6, 6);
    let params = LoshParams::new(2.0).unwrap();
    let mut random = ChaCha8Rng::seed_from_u64(71);
    let (mut high, mut low, mut called) = (Vec::new(), Vec::new(), 0.0);
    let sets = 500;
    for set in 0..sets {
        let values: Vec<_> = (0..36)
            .map(|_| Some(-(1.0 - random.random::<f64>()).ln()))
            .collect();
        let permutation = LoshPermutationParams::new(99, set).unwrap();
        let unit = (set % 36) as usize;
        let found = losh_permutation(&values, &weights, &params, &permutation).unwrap();
        high.push(found[unit].unwrap().p);
        low.push(found[unit].unwrap().p_low);
        let analytic = losh(&values, &weights, &params).unwrap()[unit].unwrap();
        assert!((analytic.statistic - found[unit].unwrap().statistic).abs() < 1e-12);
        called += f64::from(u8::from(analytic.p.unwrap() <= 0.05)) / sets as f64;
    }
    for p in [high, low] {
        let gap = gap_at_steps(p);
        assert!(gap < 1.63, "{gap}");
    }
    assert!((0.06..0.1).contains(&called), "{called}");
}

#[test]
fn the_border_of_a_plateau_scatters_and_its_inside_does_not() {
    let weights = grid(12, 12).row_standardised();
    let mut random = ChaCha8Rng::seed_from_u64(5);
    let values: Vec<_> = (0..144)
        .map(|unit| {
            let inside = (3..9).contains(&(unit / 12)) && (3..9).contains(&(unit % 12));
            Some(random.random::<f64>() + if inside { 6.0 } else { 0.0 })
        })
        .collect();
    let params = LoshParams::new(2.0).unwrap();
    let permutation = LoshPermutationParams::new(499, 9).unwrap();
    let found =
        on_any_threads(|| losh_permutation(&values, &weights, &params, &permutation).unwrap());
    let corner = found[3 * 12 + 3].unwrap();
    assert!(corner.statistic > 1.5, "{corner:?}");
    let middle = found[5 * 12 + 5].unwrap();
    assert!(middle.statistic < 0.3 && middle.p_low < 0.02, "{middle:?}");
}
