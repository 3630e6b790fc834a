//! The adversary's learning: ridge regression and logistic regression.

/// Coefficients of a ridge regression, the first of them of the constant.
pub(crate) fn ridge(rows: &[Vec<f64>], targets: &[f64], lambda: f64) -> Vec<f64> {
    let with_constant: Vec<Vec<f64>> = rows
        .iter()
        .map(|row| std::iter::once(1.0).chain(row.iter().copied()).collect())
        .collect();
    ridge_through_origin(&with_constant, targets, lambda)
}

/// What coefficients foretell for a row.
pub(crate) fn foretell(coefficients: &[f64], row: &[f64]) -> f64 {
    coefficients[0]
        + coefficients[1..]
            .iter()
            .zip(row)
            .map(|(c, x)| c * x)
            .sum::<f64>()
}

/// Coefficients of a logistic regression with a ridge penalty, by Newton's
/// steps. O(steps · (n p² + p³)).
pub(crate) fn logistic(rows: &[Vec<f64>], labels: &[bool], lambda: f64) -> Vec<f64> {
    let p = rows.first().map_or(0, Vec::len) + 1;
    let mut b = vec![0.0; p];
    for _ in 0..12 {
        // Iteratively reweighted least squares as a ridge of weighted rows.
        let mut weighted = Vec::with_capacity(rows.len());
        let mut working = Vec::with_capacity(rows.len());
        for (row, label) in rows.iter().zip(labels) {
            let linear = foretell(&b, row).clamp(-15.0, 15.0);
            let probability = 1.0 / (1.0 + (-linear).exp());
            let weight = (probability * (1.0 - probability)).max(1e-5);
            let root = weight.sqrt();
            let response = linear + (f64::from(u8::from(*label)) - probability) / weight;
            let mut scaled = vec![root];
            scaled.extend(row.iter().map(|x| x * root));
            weighted.push(scaled);
            working.push(response * root);
        }
        // The constant is a weighted column of its own.
        let fitted = ridge_through_origin(&weighted, &working, lambda);
        let step: f64 = fitted
            .iter()
            .zip(&b)
            .map(|(new, old)| (new - old).abs())
            .sum();
        b = fitted;
        if step < 1e-6 {
            break;
        }
    }
    b
}

/// Solves (XᵀX + λI)b = Xᵀy by Gaussian elimination with pivots; the first
/// column is not shrunken. What the rows do not determine is 0. O(n p² + p³).
fn ridge_through_origin(rows: &[Vec<f64>], targets: &[f64], lambda: f64) -> Vec<f64> {
    const NOTHING: f64 = 1e-12;
    let p = rows.first().map_or(0, Vec::len);
    let mut system = vec![vec![0.0; p + 1]; p];
    for (row, target) in rows.iter().zip(targets) {
        for (equation, value) in system.iter_mut().zip(row) {
            let right = row.iter().chain([target]);
            equation
                .iter_mut()
                .zip(right)
                .for_each(|(sum, x)| *sum += value * x);
        }
    }
    for (i, equation) in system.iter_mut().enumerate().skip(1) {
        equation[i] += lambda;
    }
    for i in 0..p {
        let best = (i..p).max_by(|a, b| system[*a][i].abs().total_cmp(&system[*b][i].abs()));
        system.swap(i, best.unwrap_or(i));
        let pivot = system[i][i];
        if pivot.abs() < NOTHING {
            continue;
        }
        let equation = system[i].clone();
        for (other, row) in system.iter_mut().enumerate() {
            if other != i {
                let factor = row[i] / pivot;
                row.iter_mut()
                    .zip(&equation)
                    .for_each(|(x, e)| *x -= factor * e);
            }
        }
    }
    let determined = |(i, equation): (usize, &Vec<f64>)| {
        let pivot = equation[i];
        if pivot.abs() < NOTHING {
            0.0
        } else {
            equation[p] / pivot
        }
    };
    system.iter().enumerate().map(determined).collect()
}

/// Rows with each column at mean 0 and deviation 1; what is missing (NaN) is
/// at the mean.
pub(crate) fn standardised(rows: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let p = rows.first().map_or(0, Vec::len);
    let mut scaled = rows.to_vec();
    for column in 0..p {
        let known: Vec<f64> = rows
            .iter()
            .map(|row| row[column])
            .filter(|x| x.is_finite())
            .collect();
        let mean = crate::chance::mean(&known);
        let spread = known.iter().map(|x| (x - mean).powi(2)).sum::<f64>();
        let deviation = (spread / known.len().max(1) as f64).sqrt();
        for row in &mut scaled {
            row[column] = if row[column].is_finite() && deviation > 0.0 {
                (row[column] - mean) / deviation
            } else {
                0.0
            };
        }
    }
    scaled
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_found_again() {
        let rows: Vec<Vec<f64>> = (0..20)
            .map(|x| vec![f64::from(x), f64::from(x % 3)])
            .collect();
        let targets: Vec<f64> = rows.iter().map(|r| 2.0 + 3.0 * r[0] - r[1]).collect();
        let b = ridge(&rows, &targets, 1e-9);
        for (found, planted) in b.iter().zip([2.0, 3.0, -1.0]) {
            assert!((found - planted).abs() < 1e-5, "{b:?}");
        }
    }

    #[test]
    fn a_sign_that_tells_the_label_is_learned() {
        let rows: Vec<Vec<f64>> = (0..200)
            .map(|i| vec![f64::from(i % 7), f64::from(i % 2)])
            .collect();
        let labels: Vec<bool> = rows.iter().map(|r| r[1] > 0.5).collect();
        let rows = standardised(&rows);
        let b = logistic(&rows, &labels, 0.1);
        let right = rows
            .iter()
            .zip(&labels)
            .filter(|(row, label)| (foretell(&b, row) > 0.0) == **label)
            .count();
        assert_eq!(right, 200);
    }
}
