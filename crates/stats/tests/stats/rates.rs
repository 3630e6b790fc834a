//! Rates against other packages.

use safeground_stats::rates::empirical_bayes;

use crate::oracle::{columns, shared};

#[test]
fn empirical_bayes_rates_agree_with_esda() {
    let Some(folder) = shared("oracles/nc_sids") else {
        return;
    };
    let units = columns(folder.join("units.csv"));
    let oracle = columns(folder.join("esda.csv"));
    let result = empirical_bayes(&units["cases"], &units["pop"]).unwrap();
    for (ours, theirs) in result.rates.iter().zip(&oracle["EB_global"]) {
        let (ours, theirs) = (ours.unwrap(), theirs.unwrap());
        assert!((ours - theirs).abs() < 1e-12, "{ours} {theirs}");
    }
}
