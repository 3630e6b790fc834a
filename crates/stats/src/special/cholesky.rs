//! Symmetric systems of a few unknowns.

/// Lower Cholesky factor L of a symmetric positive definite matrix LLᵀ.
///
/// Made for the handful of columns of a regression; a dense linear algebra
/// crate would be much code for it.
pub(crate) struct Factor {
    size: usize,
    /// Row by row; what is above the diagonal is not read.
    root: Vec<f64>,
}

impl Factor {
    /// Factor of the matrix with the entries `entry(row, column)`, asked for at
    /// and below the diagonal alone. O(size³).
    ///
    /// # Errors
    /// The first column of whose diagonal no more than the share `tolerance`
    /// is left, or whose numbers are not finite: a linear combination of those
    /// before it.
    pub(crate) fn new(
        size: usize,
        tolerance: f64,
        entry: impl Fn(usize, usize) -> f64,
    ) -> Result<Self, usize> {
        let mut root = vec![0.0; size * size];
        for i in 0..size {
            for j in 0..=i {
                let known: f64 = (0..j)
                    .map(|k| root[i * size + k] * root[j * size + k])
                    .sum();
                let rest = entry(i, j) - known;
                root[i * size + j] = if j < i {
                    rest / root[j * size + j]
                } else if rest > tolerance * entry(i, i) && rest.is_finite() {
                    rest.sqrt()
                } else {
                    return Err(i);
                };
            }
        }
        Ok(Self { size, root })
    }

    fn at(&self, row: usize, column: usize) -> f64 {
        self.root[row * self.size + column]
    }

    /// Solution x of LLᵀx = `right`. O(size²).
    pub(crate) fn solve(&self, right: &[f64]) -> Vec<f64> {
        let mut x = right[..self.size].to_vec();
        for i in 0..self.size {
            let known: f64 = (0..i).map(|k| self.at(i, k) * x[k]).sum();
            x[i] = (x[i] - known) / self.at(i, i);
        }
        for i in (0..self.size).rev() {
            let known: f64 = (i + 1..self.size).map(|k| self.at(k, i) * x[k]).sum();
            x[i] = (x[i] - known) / self.at(i, i);
        }
        x
    }

    /// Rows of the inverse of the matrix, symmetric to the bit. O(size³).
    pub(crate) fn inverse(&self) -> Vec<Vec<f64>> {
        // Columns of L⁻¹ first; the inverse is (L⁻¹)ᵀL⁻¹.
        let size = self.size;
        let undone: Vec<Vec<f64>> = (0..size)
            .map(|j| {
                let mut column = vec![0.0; size];
                column[j] = 1.0 / self.at(j, j);
                for i in j + 1..size {
                    let known: f64 = (j..i).map(|k| self.at(i, k) * column[k]).sum();
                    column[i] = -known / self.at(i, i);
                }
                column
            })
            .collect();
        (0..size)
            .map(|i| {
                (0..size)
                    .map(|j| (i.max(j)..size).map(|k| undone[i][k] * undone[j][k]).sum())
                    .collect()
            })
            .collect()
    }

    /// Logarithm of the determinant of the matrix.
    pub(crate) fn log_determinant(&self) -> f64 {
        (0..self.size).map(|i| 2.0 * self.at(i, i).ln()).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MATRIX: [[f64; 3]; 3] = [[4.0, 1.0, 0.5], [1.0, 3.0, -1.0], [0.5, -1.0, 2.0]];

    #[test]
    fn a_matrix_times_its_inverse_is_one() {
        let factor = Factor::new(3, 1e-12, |i, j| MATRIX[i][j]).unwrap();
        let inverse = factor.inverse();
        // 4(3·2 − 1) − 1(1·2 + ½) + ½(−1 − 3/2).
        assert!((factor.log_determinant() - f64::ln(16.25)).abs() < 1e-14);
        for (i, row) in MATRIX.iter().enumerate() {
            for j in 0..3 {
                let cell: f64 = row.iter().zip(&inverse).map(|(a, b)| a * b[j]).sum();
                assert!((cell - f64::from(u8::from(i == j))).abs() < 1e-14);
            }
        }
    }

    #[test]
    fn a_solution_solves() {
        let factor = Factor::new(3, 1e-12, |i, j| MATRIX[i][j]).unwrap();
        let right = [1.0, -2.0, 0.5];
        let x = factor.solve(&right);
        for (row, right) in MATRIX.iter().zip(right) {
            let left: f64 = row.iter().zip(&x).map(|(a, x)| a * x).sum();
            assert!((left - right).abs() < 1e-14);
        }
    }

    #[test]
    fn the_column_that_repeats_another_is_named() {
        let singular = [[1.0, 2.0], [2.0, 4.0]];
        assert_eq!(Factor::new(2, 1e-12, |i, j| singular[i][j]).err(), Some(1));
        assert_eq!(Factor::new(1, 0.0, |_, _| f64::NAN).err(), Some(0));
    }
}
