//! Local Moran, Geary and join counts against esda, spdep and pygeoda.

use super::*;

#[test]
fn local_moran_agrees_with_spdep_esda_and_pygeoda() {
    for set in Set::all() {
        let weights = set.weights.row_standardised();
        let run =
            |divisor| local_moran(&set.values, &weights, &LocalMoranParams::new(divisor)).unwrap();
        let results = run(VarianceDivisor::Units);
        let statistic = field(&results, |i| Some(i.statistic));
        set.agrees((&set.spdep, "lm_Ii"), &statistic, 1e-10);
        type Of = fn(Moments) -> f64;
        let parts: [(&str, Of); 4] = [
            ("E", |m| m.expectation),
            ("V", |m| m.variance),
            ("Z", |m| m.z),
            ("p2", |m| m.p),
        ];
        for (name, of) in parts {
            let held = field(&results, |i| i.conditional.map(of));
            set.agrees((&set.spdep, &format!("lm_{name}_cond")), &held, 1e-10);
            let all = field(&results, |i| i.total.map(of));
            set.agrees((&set.spdep, &format!("lm_{name}_tot")), &all, 1e-10);
        }
        // esda reports moments for divisor n beside I for divisor n − 1.
        let parts: [(&str, Of); 2] = [("E", |m| m.expectation), ("V", |m| m.variance)];
        for (name, of) in parts {
            let held = field(&results, |i| i.conditional.map(of));
            set.agrees((&set.esda, &format!("lm_{name}Ic")), &held, 1e-10);
            let all = field(&results, |i| i.total.map(of));
            set.agrees((&set.esda, &format!("lm_{name}I")), &all, 1e-10);
        }
        let quadrants = field(&results, |i| Some(f64::from(i.quadrant.esda_code())));
        set.agrees((&set.esda, "lm_q"), &quadrants, 0.0);
        let results = run(VarianceDivisor::UnitsLessOne);
        let statistic = field(&results, |i| Some(i.statistic));
        set.agrees((&set.spdep, "lm_Ii_mlvarF"), &statistic, 1e-10);
        set.agrees((&set.esda, "lm_Is"), &statistic, 1e-10);
        set.agrees((&set.pygeoda, "lm_val"), &statistic, 1e-10);
    }
}

#[test]
fn permuted_local_moran_agrees_with_esda() {
    for set in Set::all() {
        let weights = set.weights.row_standardised();
        let params = LocalMoranParams::new(VarianceDivisor::Units);
        let references = local_moran_permutation(&set.values, &weights, &params, &many()).unwrap();
        for (column, alternative) in [
            ("lm_psim_directed", Alternative::Directed),
            ("lm_p_directed", Alternative::Directed),
            ("lm_p_greater", Alternative::Greater),
            ("lm_p_lesser", Alternative::Less),
        ] {
            set.agrees_by_chance((&set.esda, column), &references, alternative, 9999.0);
        }
        // Over many permutations the moments are the analytic ones.
        let analytic = local_moran(&set.values, &weights, &params).unwrap();
        for (ours, reference) in analytic.iter().zip(&references) {
            if let (Some(ours), Some(reference)) = (ours, reference) {
                let held = ours.conditional.unwrap();
                assert!((ours.statistic - reference.observed).abs() < 1e-12);
                let error = (held.variance / 50_000.0).sqrt();
                assert!((held.expectation - reference.mean).abs() < 5.0 * error);
                assert!((held.variance / reference.variance - 1.0).abs() < 0.03);
            }
        }
    }
}

#[test]
fn local_geary_agrees_with_spdep_esda_and_pygeoda() {
    for set in Set::all() {
        let weights = set.weights.row_standardised();
        let run =
            |divisor| local_geary(&set.values, &weights, &LocalGearyParams::new(divisor)).unwrap();
        let less = run(VarianceDivisor::UnitsLessOne);
        let statistic = field(&less, |c| Some(c.statistic));
        set.agrees((&set.spdep, "localC"), &statistic, 1e-10);
        set.agrees((&set.pygeoda, "lgeary_val"), &statistic, 1e-10);
        if set.esda.contains_key("lgeary") {
            let statistic = field(&run(VarianceDivisor::Units), |c| Some(c.statistic));
            set.agrees((&set.esda, "lgeary"), &statistic, 1e-10);
        }
        let params = LocalGearyParams::new(VarianceDivisor::UnitsLessOne);
        let references = local_geary_permutation(&set.values, &weights, &params, &many()).unwrap();
        if set.esda.contains_key("lgeary_psim") {
            let column = (&set.esda, "lgeary_psim");
            set.agrees_by_chance(column, &references, Alternative::Directed, 9999.0);
        }
        // GeoDa's classes, given its own p-values.
        let codes: Vec<_> = less
            .iter()
            .zip(&references)
            .zip(&set.pygeoda["lgeary_p"])
            .map(|((c, reference), p)| {
                let (c, reference) = ((*c)?, (*reference)?);
                let class =
                    ClusterClass::of_geary(c.statistic, reference.mean, c.quadrant, (*p)?, 0.05);
                Some(f64::from(class.geoda_code()))
            })
            .collect();
        set.agrees((&set.pygeoda, "lgeary_c"), &codes, 0.0);
    }
}

#[test]
fn cluster_classes_agree_with_pygeoda_given_its_p_values() {
    for set in Set::all() {
        let params = LocalMoranParams::new(VarianceDivisor::UnitsLessOne);
        let moran = local_moran(&set.values, &set.weights, &params).unwrap();
        let codes: Vec<_> = moran
            .iter()
            .zip(&set.pygeoda["lm_p"])
            .map(|(i, p)| {
                let class = ClusterClass::of_moran((*i)?.quadrant, (*p)?, 0.05);
                Some(f64::from(class.geoda_code()))
            })
            .collect();
        set.agrees((&set.pygeoda, "lm_c"), &codes, 0.0);
        for (params, prefix) in [
            (GetisOrdParams::plain(), "G"),
            (GetisOrdParams::star(), "Gstar"),
        ] {
            let results = getis_ord(&set.values, &set.weights, &params).unwrap();
            let codes: Vec<_> = results
                .iter()
                .zip(&set.pygeoda[&format!("{prefix}_p")])
                .map(|(g, p)| {
                    let class = ClusterClass::of_getis_ord((*g)?.z, (*p)?, 0.05);
                    Some(f64::from(class.geoda_code()))
                })
                .collect();
            set.agrees((&set.pygeoda, &format!("{prefix}_c")), &codes, 0.0);
        }
    }
}

#[test]
fn local_join_counts_agree_with_esda_and_pygeoda() {
    for set in Set::all() {
        let mut sorted: Vec<f64> = set.values.iter().flatten().copied().collect();
        sorted.sort_by(f64::total_cmp);
        let middle = sorted.len() / 2;
        let median = match sorted.len() % 2 {
            0 => f64::midpoint(sorted[middle - 1], sorted[middle]),
            _ => sorted[middle],
        };
        let event: Vec<_> = set.values.iter().map(|x| x.map(|x| x > median)).collect();
        let results = local_join_count(&event, &set.weights, &many()).unwrap();
        // Packages give 0 where the event does not hold.
        let joins: Vec<_> = results
            .iter()
            .enumerate()
            .map(|(unit, count)| match count {
                Some(count) => Some(count.joins as f64),
                None if set.weights.cardinality(unit) == 0 => None,
                None => Some(0.0),
            })
            .collect();
        set.agrees((&set.pygeoda, "ljc_val"), &joins, 0.0);
        let references: Vec<_> = results
            .iter()
            .map(|count| count.filter(|count| count.joins > 0)?.reference)
            .collect();
        if set.esda.contains_key("ljc_LJC") {
            set.agrees((&set.esda, "ljc_LJC"), &joins, 0.0);
            // esda ran 999 permutations here: its `fit` takes the number.
            let column = (&set.esda, "ljc_psim");
            set.agrees_by_chance(column, &references, Alternative::Directed, 999.0);
        }
    }
}

#[test]
fn local_moran_of_rates_agrees_with_esda_and_pygeoda() {
    for set in Set::all() {
        let (Some(cases), Some(population)) = (set.units.get("cases"), set.units.get("pop")) else {
            continue;
        };
        let weights = set.weights.row_standardised();
        let params = LocalMoranParams::new(VarianceDivisor::UnitsLessOne);
        let deviates = rate_deviates(cases, population).unwrap();
        for (ours, theirs) in deviates.iter().zip(&set.esda["assuncao_z"]) {
            assert!((ours.unwrap() - theirs.unwrap()).abs() < 1e-10);
        }
        let results = local_moran_rate(cases, population, &weights, &params).unwrap();
        let statistic = field(&results, |i| Some(i.statistic));
        set.agrees((&set.esda, "lmrate_Is"), &statistic, 1e-10);
        set.agrees((&set.pygeoda, "lmeb_val"), &statistic, 1e-10);
        let references =
            local_moran_rate_permutation(cases, population, &weights, &params, &many()).unwrap();
        let column = (&set.esda, "lmrate_psim");
        set.agrees_by_chance(column, &references, Alternative::Directed, 9999.0);
        let codes: Vec<_> = results
            .iter()
            .zip(&set.pygeoda["lmeb_p"])
            .map(|(i, p)| {
                let class = ClusterClass::of_moran((*i)?.quadrant, (*p)?, 0.05);
                Some(f64::from(class.geoda_code()))
            })
            .collect();
        set.agrees((&set.pygeoda, "lmeb_c"), &codes, 0.0);
    }
}
