//! Normal equations of a few columns, summed on the stack.

use crate::special::cholesky::Factor;

/// Most columns of a design.
pub(super) const MOST_COLUMNS: usize = 10;

/// A row or column; entries beyond the design's columns are 0.
pub(super) type Vector = [f64; MOST_COLUMNS];
/// A square matrix of such rows.
pub(super) type Matrix = [Vector; MOST_COLUMNS];

/// Adds `weight` times the outer product of a row, lower triangle alone.
pub(super) fn add_outer(gram: &mut Matrix, row: &[f64], weight: f64) {
    for (j, x) in row.iter().enumerate() {
        let scaled = weight * x;
        for (k, y) in row.iter().enumerate().take(j + 1) {
            gram[j][k] += scaled * y;
        }
    }
}

/// Cholesky factor of the lower triangle of the first `columns`; see
/// [`Factor::new`].
pub(super) fn factor(gram: &Matrix, columns: usize, tolerance: f64) -> Result<Factor, usize> {
    Factor::new(columns, tolerance, |j, k| gram[j][k])
}

/// Solution for a right side.
pub(super) fn solve(factor: &Factor, right: &Vector) -> Vector {
    let mut solution = [0.0; MOST_COLUMNS];
    for (x, solved) in solution.iter_mut().zip(factor.solve(right)) {
        *x = solved;
    }
    solution
}
