//! Solving small symmetric systems.

/// Inverse of a symmetric positive definite matrix, row by row, and the
/// logarithm of its determinant; `None` where it is not so to within rounding.
///
/// Cholesky's method. Made for the handful of covariates of a regression whose
/// columns have been put to mean 0 and spread 1; a dense linear algebra crate
/// would be much code for it.
pub(crate) fn inverse(matrix: &[Vec<f64>]) -> Option<(Vec<Vec<f64>>, f64)> {
    let size = matrix.len();
    let mut root = vec![vec![0.0; size]; size];
    for i in 0..size {
        for j in 0..=i {
            let done: f64 = (0..j).map(|k| root[i][k] * root[j][k]).sum();
            let rest = matrix[i][j] - done;
            if i == j {
                if rest.is_nan() || rest <= 1e-12 * matrix[i][i] {
                    return None;
                }
                root[i][i] = rest.sqrt();
            } else {
                root[i][j] = rest / root[j][j];
            }
        }
    }
    // Columns of the inverse of the root, then inverse = rootᵀ⁻¹ root⁻¹.
    let mut undone = vec![vec![0.0; size]; size];
    for j in 0..size {
        undone[j][j] = 1.0 / root[j][j];
        for i in j + 1..size {
            let done: f64 = (j..i).map(|k| root[i][k] * undone[k][j]).sum();
            undone[i][j] = -done / root[i][i];
        }
    }
    let inverse = (0..size)
        .map(|i| {
            (0..size)
                .map(|j| (i.max(j)..size).map(|k| undone[k][i] * undone[k][j]).sum())
                .collect()
        })
        .collect();
    let log_determinant = (0..size).map(|i| 2.0 * root[i][i].ln()).sum();
    Some((inverse, log_determinant))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_matrix_times_its_inverse_is_one() {
        let matrix = vec![
            vec![4.0, 1.0, 0.5],
            vec![1.0, 3.0, -1.0],
            vec![0.5, -1.0, 2.0],
        ];
        let (inverse, log_determinant) = inverse(&matrix).unwrap();
        // 4(3·2 − 1) − 1(1·2 + ½) + ½(−1 − 3/2).
        assert!((log_determinant - f64::ln(16.25)).abs() < 1e-14);
        for (i, row) in matrix.iter().enumerate() {
            for j in 0..3 {
                let cell: f64 = row.iter().zip(&inverse).map(|(a, b)| a * b[j]).sum();
                assert!((cell - f64::from(u8::from(i == j))).abs() < 1e-14);
            }
        }
    }

    #[test]
    fn a_singular_matrix_has_no_inverse() {
        assert!(inverse(&[vec![1.0, 2.0], vec![2.0, 4.0]]).is_none());
    }
}
