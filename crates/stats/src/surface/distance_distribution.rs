//! Distribution of distances of which some are only known to be longer than
//! the distance to the border.

use super::{DistanceCorrection, DistanceParams};

/// Share of places whose distance is at most each radius, from the distance
/// and the border distance of each. O(n log n).
pub(super) fn distribution(
    mut distances: Vec<(f64, f64)>,
    params: &DistanceParams,
) -> Vec<Option<f64>> {
    let radii = &params.radii_m;
    match params.correction {
        DistanceCorrection::None => {
            distances.sort_by(|a, b| a.0.total_cmp(&b.0));
            let n = distances.len();
            let within = |radius: &f64| distances.partition_point(|(d, _)| d <= radius);
            radii
                .iter()
                .map(|radius| (n > 0).then(|| within(radius) as f64 / n as f64))
                .collect()
        }
        DistanceCorrection::Border => reduced_sample(&distances, radii),
        DistanceCorrection::KaplanMeier => kaplan_meier(&distances, radii),
    }
}

/// #(distance ≤ r ≤ border)/#(border ≥ r): a place counts from its distance
/// up to its border.
fn reduced_sample(distances: &[(f64, f64)], radii: &[f64]) -> Vec<Option<f64>> {
    let sorted = |mut values: Vec<f64>| {
        values.sort_by(f64::total_cmp);
        values
    };
    let borders = sorted(distances.iter().map(|(_, border)| *border).collect());
    let seen = || {
        distances
            .iter()
            .filter(|(distance, border)| distance <= border)
    };
    let from = sorted(seen().map(|(distance, _)| *distance).collect());
    let until = sorted(seen().map(|(_, border)| *border).collect());
    radii
        .iter()
        .map(|radius| {
            let inside = borders.len() - borders.partition_point(|border| border < radius);
            let near = from.partition_point(|distance| distance <= radius)
                - until.partition_point(|border| border < radius);
            (inside > 0).then(|| near as f64 / inside as f64)
        })
        .collect()
}

/// 1 − Π(1 − ended/at risk) over the distances up to each radius.
fn kaplan_meier(distances: &[(f64, f64)], radii: &[f64]) -> Vec<Option<f64>> {
    // What was seen, and whether that is the distance itself.
    let mut seen: Vec<(f64, bool)> = distances
        .iter()
        .map(|(distance, border)| (distance.min(*border), distance <= border))
        .collect();
    seen.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (mut left, mut at) = (1.0, 0);
    radii
        .iter()
        .map(|radius| {
            while let Some((time, _)) = seen.get(at)
                && time <= radius
            {
                let group = seen[at..].partition_point(|(other, _)| other <= time);
                let ended = seen[at..at + group].iter().filter(|(_, end)| *end).count();
                left *= 1.0 - ended as f64 / (seen.len() - at) as f64;
                at += group;
            }
            (at < seen.len() || left == 0.0).then_some(1.0 - left)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn params(correction: DistanceCorrection) -> DistanceParams {
        DistanceParams::new(
            vec![0.5, 6.0, 7.0, 10.0, 13.0, 23.0, 30.0, 40.0],
            correction,
        )
        .unwrap()
    }

    /// Times of remission of 21 leukaemia patients on 6-mercaptopurine
    /// (Freireich et al. 1963), the worked example of Kaplan-Meier curves: at
    /// 6, 7, 10, 13 and 23 weeks 0.857, 0.807, 0.753, 0.690 and 0.448 are left.
    #[test]
    fn the_curve_of_the_leukaemia_patients_is_the_published_one() {
        let ended = [6.0, 6.0, 6.0, 7.0, 10.0, 13.0, 16.0, 22.0, 23.0];
        let censored = [
            6.0, 9.0, 10.0, 11.0, 17.0, 19.0, 20.0, 25.0, 32.0, 32.0, 34.0, 35.0,
        ];
        let distances = (ended.iter().map(|t| (*t, 99.0)))
            .chain(censored.iter().map(|t| (99.0, *t)))
            .collect();
        let curve = distribution(distances, &params(DistanceCorrection::KaplanMeier));
        let published = [1.0, 0.857, 0.807, 0.753, 0.690, 0.448, 0.448];
        for (ours, left) in curve.iter().zip(published) {
            assert!((1.0 - ours.unwrap() - left).abs() < 6e-4, "{ours:?} {left}");
        }
        assert_eq!(curve[7], None, "nobody was watched for 40 weeks");
    }

    #[test]
    fn the_reduced_sample_is_its_definition() {
        let distances = vec![
            (1.0, 9.0),
            (8.0, 12.0),
            (6.5, 2.0),
            (11.0, 10.5),
            (3.0, 6.0),
        ];
        let curve = distribution(distances.clone(), &params(DistanceCorrection::Border));
        for (ours, radius) in curve
            .iter()
            .zip(&params(DistanceCorrection::Border).radii_m)
        {
            let inside = distances.iter().filter(|(_, b)| b >= radius);
            let near = inside.clone().filter(|(d, _)| d <= radius).count();
            let inside = inside.count();
            let expected = (inside > 0).then(|| near as f64 / inside as f64);
            assert_eq!(*ours, expected, "{radius}");
        }
    }
}
