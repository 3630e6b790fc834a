//! Normal equations of a few columns: Cholesky's factor on the stack.
//!
//! With at most 10 columns a linear algebra crate would cost more to compile
//! than these loops take to read.

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

/// Lower Cholesky factor of the lower triangle, or the column at which no more
/// than `tolerance` of the diagonal is left.
pub(super) fn cholesky(matrix: &Matrix, size: usize, tolerance: f64) -> Result<Matrix, usize> {
    let mut root = [[0.0; MOST_COLUMNS]; MOST_COLUMNS];
    for j in 0..size {
        for k in 0..=j {
            let known: f64 = (0..k).map(|l| root[j][l] * root[k][l]).sum();
            let rest = matrix[j][k] - known;
            if k < j {
                root[j][k] = rest / root[k][k];
            } else if rest > tolerance * matrix[j][j] && rest.is_finite() {
                root[j][j] = rest.sqrt();
            } else {
                return Err(j);
            }
        }
    }
    Ok(root)
}

/// Solves with the factor and its transpose.
pub(super) fn solve(root: &Matrix, size: usize, right: &Vector) -> Vector {
    let mut x = *right;
    for j in 0..size {
        let known: f64 = (0..j).map(|k| root[j][k] * x[k]).sum();
        x[j] = (x[j] - known) / root[j][j];
    }
    for j in (0..size).rev() {
        let known: f64 = (j + 1..size).map(|k| root[k][j] * x[k]).sum();
        x[j] = (x[j] - known) / root[j][j];
    }
    x
}

/// Inverse of the matrix whose factor is given.
pub(super) fn inverse(root: &Matrix, size: usize) -> Matrix {
    let mut inverse = [[0.0; MOST_COLUMNS]; MOST_COLUMNS];
    for (j, row) in inverse.iter_mut().enumerate().take(size) {
        let mut unit = [0.0; MOST_COLUMNS];
        unit[j] = 1.0;
        *row = solve(root, size, &unit);
    }
    inverse
}
