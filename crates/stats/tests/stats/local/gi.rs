//! Gi and Gi* against esda, spdep and pygeoda.

use super::drawn::{PERMUTATIONS, one_chance, replaced, share};
use super::*;

#[test]
fn gi_and_gi_star_agree_with_spdep_and_esda() {
    for set in Set::all() {
        for (params, prefix, spdep) in [
            (GetisOrdParams::plain(), "G", "Gi"),
            (GetisOrdParams::star(), "Gstar", "G*i"),
        ] {
            let results = getis_ord(&set.values, &set.weights, &params).unwrap();
            let z = field(&results, |g| Some(g.z));
            for name in ["z_B", "z_W"] {
                set.agrees((&set.spdep, &format!("{prefix}_{name}")), &z, 1e-10);
            }
            set.agrees((&set.esda, &format!("{prefix}_B_z")), &z, 1e-10);
            let p = field(&results, |g| Some(g.p()));
            set.agrees(
                (&set.spdep, &format!("{prefix}_B_Pr(z != E({spdep}))")),
                &p,
                1e-10,
            );
            let p = field(&results, |g| Some(g.p() / 2.0));
            set.agrees((&set.esda, &format!("{prefix}_B_pnorm1")), &p, 1e-10);
            let ratios = getis_ord_ratio(&set.values, &set.weights, &params).unwrap();
            let statistic = field(&ratios, |g| Some(g.statistic));
            set.agrees((&set.esda, &format!("{prefix}_B_stat")), &statistic, 1e-10);
            set.agrees(
                (&set.spdep, &format!("{prefix}_B_{spdep}")),
                &statistic,
                1e-10,
            );
            let expectation = field(&ratios, |g| Some(g.expectation));
            set.agrees((&set.esda, &format!("{prefix}_B_E")), &expectation, 1e-10);
            let variance = field(&ratios, |g| Some(g.variance * 1e3));
            let theirs: Columns = [(
                "V".to_owned(),
                field(&set.esda[&format!("{prefix}_B_V")], |v| Some(v * 1e3)),
            )]
            .into();
            set.agrees((&theirs, "V"), &variance, 1e-10);

            // The row-standardised statistic; its z in esda is at fault.
            let own = f64::from(u8::from(params == GetisOrdParams::star()));
            let weights = set.weights.clone().with_self_weight(own).unwrap();
            let weights = weights.row_standardised();
            let results = getis_ord(&set.values, &weights, &params).unwrap();
            let ratios = getis_ord_ratio(&set.values, &weights, &params).unwrap();
            let statistic = field(&ratios, |g| Some(g.statistic));
            set.agrees((&set.esda, &format!("{prefix}_R_stat")), &statistic, 1e-10);
            set.agrees((&set.pygeoda, &format!("{prefix}_val")), &statistic, 1e-10);
            let expectation = field(&ratios, |g| Some(g.expectation));
            set.agrees((&set.esda, &format!("{prefix}_R_E")), &expectation, 1e-10);
            set.agrees(
                (&set.spdep, &format!("{prefix}_z_W")),
                &field(&results, |g| Some(g.z)),
                1e-10,
            );
        }
    }
}

#[test]
fn permuted_gi_agrees_with_esda() {
    for set in Set::all() {
        let references = getis_ord_permutation(&set.values, &set.weights, &many()).unwrap();
        for column in [
            "G_B_psim_directed",
            "G_R_psim_directed",
            "Gstar_B_psim_directed",
            "Gstar_R_psim_directed",
        ] {
            let column = (&set.esda, column);
            set.agrees_by_chance(column, &references, Alternative::Directed, 9999.0);
        }
    }
}

/// spdep's permutations draw with replacement, which is why its p-values are
/// not compared with ours but with draws made so. This spreads sums of k values
/// more than conditional permutation does, by (n − 2)/(n − 1 − k).
#[test]
fn spdep_draws_with_replacement() {
    for set in Set::all() {
        let drawn = replaced(&set, |_, picks| {
            picks.iter().map(|pick| set.values[*pick]).sum()
        });
        for column in ["Gperm9999_Pr.folded..Sim", "lmperm9999_Pr.folded..Sim"] {
            // Where many values are 0 ties abound, and spdep ranks them by
            // chance.
            let tied = |unit: usize| {
                set.weights
                    .neighbours(unit)
                    .all(|j| set.values[j] == Some(0.0))
            };
            for (unit, (drawn, theirs)) in drawn.iter().zip(&set.spdep[column]).enumerate() {
                let (Some(drawn), Some(theirs), false) = (drawn, theirs, tied(unit)) else {
                    continue;
                };
                let tails = drawn.tails();
                let tail = tails.greater_or_equal.min(tails.less_or_equal);
                let ours = tail as f64 / tails.permutations as f64;
                let theirs = share(*theirs, PERMUTATIONS);
                assert!(
                    one_chance((ours, tails.permutations), (theirs, PERMUTATIONS)),
                    "{} {column} unit {unit}: {ours} {theirs}",
                    set.name
                );
            }
        }
    }
}
