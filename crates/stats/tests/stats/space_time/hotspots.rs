//! Space-time Gi* and emerging hotspots.

use std::path::Path;

use proptest::prelude::*;
use safeground_stats::local::{GetisOrd, GetisOrdParams, getis_ord};
use safeground_stats::space_time::{
    EmergingHotspot, EmergingHotspotParams, GlobalWindow, Pattern, SpaceTimeCube,
    SpaceTimeGiStarParams, TestedBin, classify_gi_star, cube_rates, cube_values, emerging_hotspots,
    space_time_gi_star,
};
use safeground_stats::weights::SpatialWeights;

use crate::oracle::{columns, neighbours, shared};
use crate::threads::on_any_threads;

/// Number of places, and Gi* and permutation p of each bin of sfdep's cube.
pub(super) fn bins(folder: &Path) -> (usize, Vec<Option<f64>>, Vec<Option<f64>>) {
    let bins = columns(folder.join("sfdep_gistar_bins.csv"));
    let places = bins["gi_star"].len() / 10;
    (places, bins["gi_star"].clone(), bins["p_sim"].clone())
}

fn text_column(path: &Path, name: &str) -> Vec<String> {
    let mut reader = csv::Reader::from_path(path).unwrap();
    let at = reader
        .headers()
        .unwrap()
        .iter()
        .position(|header| header == name)
        .unwrap();
    reader
        .records()
        .map(|row| row.unwrap()[at].to_owned())
        .collect()
}

/// Places in the order in which sfdep classified them. It splits the bins by
/// location, which sorts the locations as text, and then labels the rows with
/// the locations in the order of the geometry: the labels of the file are
/// wrong, and its k-th row is the place k-th in the order of its name. Only so
/// do the taus of the file belong to the bins (168 of 168, and 7 as labelled).
pub(super) fn order_of_sfdep(folder: &Path) -> Vec<usize> {
    let labels = text_column(&folder.join("sfdep_ehsa_thr05.csv"), "location");
    let mut order: Vec<usize> = (0..labels.len()).collect();
    order.sort_by(|a, b| labels[*a].cmp(&labels[*b]));
    order
}

/// sfdep's rules on sfdep's bins. Where the published definitions overlap, it
/// takes the first rule of its list that holds. The differences that these
/// bins show:
///
/// - A place mostly hot (cold) but not in the final period is persistent for
///   sfdep and historical for us, since its persistent rule does not look at
///   the final period and its historical rule asks for the opposite sign.
/// - A place cold in all periods and ever less so is an intensifying hotspot
///   for sfdep, whose rule of that counts significant bins of either sign, and
///   a diminishing cold spot for us.
#[test]
fn rules_agree_with_sfdep_but_for_its_own_reading() {
    let Some(folder) = shared("oracles/bos_ecometric") else {
        return;
    };
    let (places, gi_star, p_sim) = bins(&folder);
    let made: Vec<Option<TestedBin>> = gi_star
        .iter()
        .zip(&p_sim)
        .map(|(z, p)| Some(TestedBin { z: (*z)?, p: (*p)? }))
        .collect();
    let mut params = EmergingHotspotParams::new(0.05, 0.05).unwrap();
    params.adjustment = None;
    let ours = classify_gi_star(places, &made, &params).unwrap();
    let theirs = text_column(&folder.join("sfdep_ehsa_thr05.csv"), "classification");
    let mut agreeing = 0;
    for (row, place) in order_of_sfdep(&folder).into_iter().enumerate() {
        let (ours, theirs) = (&ours[place], &theirs[row]);
        let category = ours.category.unwrap();
        let spelt = match category {
            EmergingHotspot::NoPattern => "no pattern detected".to_owned(),
            other => other
                .as_str()
                .replace('_', " ")
                .replace(" spot", "spot")
                // sfdep spells it with one l.
                .replace("oscillating", "oscilating"),
        };
        if spelt == *theirs {
            agreeing += 1;
            continue;
        }
        let explained = match category {
            EmergingHotspot::Hot(Pattern::Historical)
            | EmergingHotspot::Cold(Pattern::Historical) => theirs.starts_with("persistent"),
            EmergingHotspot::Cold(Pattern::Diminishing) => theirs == "intensifying hotspot",
            _ => false,
        };
        eprintln!(
            "place {place}: {spelt} here, {theirs} in sfdep, {} hot and {} cold of {}",
            ours.hot, ours.cold, ours.periods
        );
        assert!(explained, "place {place}: {spelt} here, {theirs} in sfdep");
    }
    eprintln!("{agreeing} of {places} categories agree with sfdep");
    assert!(agreeing >= 150, "{agreeing}");
}

/// sfdep's Gi* takes neighbours of this and the last period and compares them
/// with this period.
#[test]
fn gi_star_agrees_with_sfdep() {
    let Some(folder) = shared("oracles/bos_ecometric") else {
        return;
    };
    let values = columns(folder.join("sfdep_gistar_bins.csv"))["value"].clone();
    let (places, gi_star, _) = bins(&folder);
    let weights = neighbours(folder.join("neighbours.json"));
    let cube = SpaceTimeCube::new(places, 10, &values).unwrap();
    let params = SpaceTimeGiStarParams {
        periods_back: 1,
        window: GlobalWindow::SinglePeriod,
    };
    let ours = space_time_gi_star(&cube, &weights, &params).unwrap();
    for (bin, (ours, theirs)) in ours.iter().zip(&gi_star).enumerate() {
        let (ours, theirs) = (ours.unwrap().z, theirs.unwrap());
        let gap = (ours - theirs).abs();
        assert!(
            gap < 1e-10 * (1.0 + theirs.abs()),
            "bin {bin}: {ours} {theirs}"
        );
    }
}

/// All bins as one graph, given to the plain Gi*.
fn on_the_graph_of_bins(
    values: &[Option<f64>],
    weights: &SpatialWeights,
    periods_back: usize,
) -> Vec<Option<GetisOrd>> {
    let places = weights.len();
    let lists = (0..values.len())
        .map(|bin| {
            let (period, place) = (bin / places, bin % places);
            (period.saturating_sub(periods_back)..=period)
                .flat_map(|earlier| {
                    std::iter::once(place)
                        .chain(weights.neighbours(place))
                        .map(move |other| earlier * places + other)
                })
                .collect()
        })
        .collect();
    let graph = SpatialWeights::from_lists(lists).unwrap();
    getis_ord(values, &graph, &GetisOrdParams::star()).unwrap()
}

fn assert_same(ours: &[Option<GetisOrd>], theirs: &[Option<GetisOrd>]) {
    assert_eq!(ours.len(), theirs.len());
    for (bin, pair) in ours.iter().zip(theirs).enumerate() {
        match pair {
            (Some(a), Some(b)) => {
                assert!(
                    (a.z - b.z).abs() < 1e-9 * (1.0 + b.z.abs()),
                    "{bin}: {a:?} {b:?}"
                );
                assert_eq!(a.neighbours, b.neighbours);
            }
            (None, None) => {}
            other => panic!("bin {bin}: {other:?}"),
        }
    }
}

#[test]
fn gi_star_of_real_tracts_is_that_of_the_graph_of_bins() {
    let Some(folder) = shared("oracles/bos_ecometric") else {
        return;
    };
    let values = columns(folder.join("sfdep_gistar_bins.csv"))["value"].clone();
    let weights = neighbours(folder.join("neighbours.json"));
    let cube = SpaceTimeCube::new(weights.len(), 10, &values).unwrap();
    for back in [0, 1, 3] {
        let params = SpaceTimeGiStarParams::new(back);
        let ours = space_time_gi_star(&cube, &weights, &params).unwrap();
        assert_same(&ours, &on_the_graph_of_bins(&values, &weights, back));
    }
    let by_slice = space_time_gi_star(&cube, &weights, &SpaceTimeGiStarParams::by_slice()).unwrap();
    for period in 0..10 {
        let slice = getis_ord(cube.slice(period), &weights, &GetisOrdParams::star()).unwrap();
        let n = weights.len();
        assert_same(&by_slice[period * n..(period + 1) * n], &slice);
    }
    let params = EmergingHotspotParams::new(0.05, 0.05).unwrap();
    on_any_threads(|| emerging_hotspots(&cube, &weights, &params).unwrap());
}

/// A city of 12 × 12 cells where one corner turns hot in the last two of
/// twelve periods and another is hot throughout.
#[test]
fn planted_hotspots_are_named_for_their_history() {
    let side = 12_usize;
    let lists = (0..side * side)
        .map(|cell| {
            let (r, c) = (cell / side, cell % side);
            let mut near = Vec::new();
            for dr in -1_i32..=1 {
                for dc in -1_i32..=1 {
                    let (r, c) = (r as i32 + dr, c as i32 + dc);
                    if (0..side as i32).contains(&r) && (0..side as i32).contains(&c) {
                        near.push(r as usize * side + c as usize);
                    }
                }
            }
            near
        })
        .collect();
    let weights = SpatialWeights::from_lists(lists).unwrap();
    let values: Vec<_> = (0..12)
        .flat_map(|period| {
            (0..side * side).map(move |cell| {
                let (r, c) = (cell / side, cell % side);
                let noise = ((cell * 31 + period * 17) % 13) as f64;
                let always = if r < 3 && c < 3 { 60.0 } else { 0.0 };
                let lately = if r > 8 && c > 8 && period >= 10 {
                    60.0
                } else {
                    0.0
                };
                Some(noise + always + lately)
            })
        })
        .collect();
    let cube = SpaceTimeCube::new(side * side, 12, &values).unwrap();
    let mut params = EmergingHotspotParams::new(0.05, 0.05).unwrap();
    params.gi_star = SpaceTimeGiStarParams::new(0);
    let found = emerging_hotspots(&cube, &weights, &params).unwrap();
    assert_eq!(
        found[side + 1].category,
        Some(EmergingHotspot::Hot(Pattern::Persistent))
    );
    assert_eq!(
        found[side * side - side - 2].category,
        Some(EmergingHotspot::Hot(Pattern::Consecutive))
    );
    assert_eq!(found[side + 1].hot, 12);
}

#[test]
fn an_offset_does_not_change_gi_star() {
    let weights =
        SpatialWeights::from_lists((0..20).map(|i| vec![(i + 1) % 20, (i + 19) % 20]).collect())
            .unwrap();
    let plain: Vec<_> = (0..100).map(|i| Some(f64::from(i * 37 % 41))).collect();
    let moved: Vec<_> = plain.iter().map(|x| x.map(|x| x + 1e9)).collect();
    let params = SpaceTimeGiStarParams::new(1);
    let of = |values: &[Option<f64>]| {
        let cube = SpaceTimeCube::new(20, 5, values).unwrap();
        space_time_gi_star(&cube, &weights, &params).unwrap()
    };
    for (a, b) in of(&plain).iter().zip(of(&moved)) {
        assert!((a.unwrap().z - b.unwrap().z).abs() < 1e-6);
    }
}

#[test]
fn rates_need_a_denominator() {
    let counts = [Some(2.0), Some(0.0), None, Some(3.0)];
    let people = [Some(4.0), Some(0.0), Some(9.0), None];
    let counts = SpaceTimeCube::new(2, 2, &counts).unwrap();
    let people = SpaceTimeCube::new(2, 2, &people).unwrap();
    assert_eq!(
        cube_rates(&counts, &people).unwrap(),
        [Some(0.5), None, None, None]
    );
    let values = cube_values(&[vec![Some(1.0), Some(2.0)], vec![None, Some(4.0)]]).unwrap();
    assert_eq!(values, [Some(1.0), None, Some(2.0), Some(4.0)]);
    let cube = SpaceTimeCube::new(2, 2, &values).unwrap();
    assert_eq!(cube.series(1), [None, Some(4.0)]);
    assert_eq!(cube.slice(1), [Some(2.0), Some(4.0)]);
    assert!(cube.slice(usize::MAX).is_empty());
    assert!(SpaceTimeCube::new(usize::MAX, 2, &values).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn gi_star_is_the_plain_one_on_the_graph_of_bins(
        lists in prop::collection::vec(prop::collection::vec(0_usize..9, 0..4), 9),
        values in prop::collection::vec(prop::option::weighted(0.9, 0_u8..20), 9 * 6),
        back in 0_usize..4,
    ) {
        let weights = SpatialWeights::from_lists(lists).unwrap();
        let values: Vec<_> = values.into_iter().map(|x| x.map(f64::from)).collect();
        let cube = SpaceTimeCube::new(9, 6, &values).unwrap();
        let params = SpaceTimeGiStarParams::new(back);
        let ours = space_time_gi_star(&cube, &weights, &params).unwrap();
        assert_same(&ours, &on_the_graph_of_bins(&values, &weights, back));
        // The window of the neighbourhood's periods is a cube of its own.
        let params = SpaceTimeGiStarParams {
            periods_back: back,
            window: GlobalWindow::NeighbourhoodPeriods,
        };
        let windowed = space_time_gi_star(&cube, &weights, &params).unwrap();
        for period in 0..6_usize {
            let first = period.saturating_sub(back);
            let part = &values[first * 9..(period + 1) * 9];
            let graph = on_the_graph_of_bins(part, &weights, back);
            assert_same(&windowed[period * 9..(period + 1) * 9], &graph[graph.len() - 9..]);
        }
    }

    #[test]
    fn relabelling_places_relabels_the_categories(
        values in prop::collection::vec(0_u8..30, 8 * 10),
        turn in 1_usize..8,
    ) {
        let ring = |shift: usize| {
            let lists = (0..8).map(|i| {
                let at = |place: usize| (place + shift) % 8;
                let place = (i + 8 - shift) % 8;
                vec![at(place + 1), at(place + 7)]
            });
            SpatialWeights::from_lists(lists.collect()).unwrap()
        };
        let plain: Vec<_> = values.iter().map(|x| Some(f64::from(*x))).collect();
        let moved: Vec<_> = (0..80)
            .map(|bin| plain[bin / 8 * 8 + (bin % 8 + 8 - turn) % 8])
            .collect();
        let params = EmergingHotspotParams::new(0.2, 0.2).unwrap();
        let of = |values: &[Option<f64>], weights: &SpatialWeights| {
            let cube = SpaceTimeCube::new(8, 10, values).unwrap();
            emerging_hotspots(&cube, weights, &params).unwrap()
        };
        let (a, b) = (of(&plain, &ring(0)), of(&moved, &ring(turn)));
        for place in 0..8 {
            prop_assert_eq!(a[place].category, b[(place + turn) % 8].category);
        }
    }
}
