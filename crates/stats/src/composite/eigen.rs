//! Eigenvalues of small symmetric matrices.

/// Eigenvalues, largest first, and their unit eigenvectors, by cyclic Jacobi
/// rotations (Golub & Van Loan, *Matrix Computations*): for a handful of
/// indicators it is exact to rounding, and a linear algebra crate would serve
/// nothing else here.
pub(crate) fn symmetric_eigen(mut matrix: Vec<Vec<f64>>) -> (Vec<f64>, Vec<Vec<f64>>) {
    let n = matrix.len();
    let mut vectors: Vec<Vec<f64>> = (0..n)
        .map(|i| (0..n).map(|j| f64::from(u8::from(i == j))).collect())
        .collect();
    for _ in 0..100 {
        let off: f64 = (0..n)
            .flat_map(|i| (0..i).map(move |j| (i, j)))
            .map(|(i, j)| matrix[i][j].powi(2))
            .sum();
        if off < 1e-32 {
            break;
        }
        for p in 0..n {
            for q in p + 1..n {
                if matrix[p][q] == 0.0 {
                    continue;
                }
                let theta = (matrix[q][q] - matrix[p][p]) / (2.0 * matrix[p][q]);
                let sign = if theta < 0.0 { -1.0 } else { 1.0 };
                let t = sign / (theta.abs() + theta.hypot(1.0));
                let c = 1.0 / t.hypot(1.0);
                let s = t * c;
                for row in &mut matrix {
                    (row[p], row[q]) = (c * row[p] - s * row[q], s * row[p] + c * row[q]);
                }
                for k in 0..n {
                    let (a, b) = (matrix[p][k], matrix[q][k]);
                    (matrix[p][k], matrix[q][k]) = (c * a - s * b, s * a + c * b);
                    let (a, b) = (vectors[p][k], vectors[q][k]);
                    (vectors[p][k], vectors[q][k]) = (c * a - s * b, s * a + c * b);
                }
            }
        }
    }
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|a, b| matrix[*b][*b].total_cmp(&matrix[*a][*a]));
    (
        order.iter().map(|i| matrix[*i][*i]).collect(),
        order.iter().map(|i| vectors[*i].clone()).collect(),
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_matrix_is_put_together_again(entries in prop::collection::vec(-5.0..5.0f64, 15)) {
            let n = 5;
            let at = |i: usize, j: usize| entries[i.max(j) * (i.max(j) + 1) / 2 + i.min(j)];
            let matrix: Vec<Vec<f64>> =
                (0..n).map(|i| (0..n).map(|j| at(i, j)).collect()).collect();
            let (values, vectors) = symmetric_eigen(matrix);
            for i in 0..n {
                for j in 0..n {
                    let sum: f64 = (0..n).map(|k| values[k] * vectors[k][i] * vectors[k][j]).sum();
                    prop_assert!((sum - at(i, j)).abs() < 1e-11);
                }
            }
            prop_assert!(values.windows(2).all(|pair| pair[0] >= pair[1]));
        }
    }
}
