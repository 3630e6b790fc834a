//! Smooth random fields over a plane.

/// Value noise in [0, 1) at a point, with lattice spacing 1: random values at
/// the lattice points, blended by Hermite interpolation.
fn value(east: f64, north: f64, salt: u64) -> f64 {
    let (column, row) = (east.floor(), north.floor());
    let blend = |t: f64| t * t * (3.0 - 2.0 * t);
    let (u, v) = (blend(east - column), blend(north - row));
    let (column, row) = (column as i64, row as i64);
    let at = |dx, dy| lattice(column + dx, row + dy, salt);
    let south = at(0, 0) * (1.0 - u) + at(1, 0) * u;
    let north = at(0, 1) * (1.0 - u) + at(1, 1) * u;
    south * (1.0 - v) + north * v
}

/// Sum of octaves in about −1 to 1; `scale` is the size of the largest
/// features, in the units of the coordinates.
pub(super) fn fractal(east: f64, north: f64, scale: f64, octaves: u32, salt: u64) -> f64 {
    let (mut sum, mut weight, mut total, mut spacing) = (0.0, 1.0, 0.0, scale);
    for octave in 0..octaves {
        let salt = salt.wrapping_add(u64::from(octave) * 0x9e37);
        sum += weight * (2.0 * value(east / spacing, north / spacing, salt) - 1.0);
        total += weight;
        weight *= 0.5;
        spacing *= 0.5;
    }
    sum / total
}

/// Value of a lattice point in [0, 1), by the finaliser of SplitMix64.
fn lattice(column: i64, row: i64, salt: u64) -> f64 {
    let mut z = salt
        ^ (column as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15)
        ^ (row as u64).wrapping_mul(0xc2b2_ae3d_27d4_eb4f);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^= z >> 31;
    (z >> 11) as f64 / (1_u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn noise_is_bounded_and_smooth() {
        for step in 0..1000 {
            let x = f64::from(step) * 0.37;
            let here = fractal(x, -x, 40.0, 4, 1);
            let beside = fractal(x + 0.01, -x, 40.0, 4, 1);
            assert!(here.abs() <= 1.0);
            assert!((here - beside).abs() < 0.02, "{here} {beside}");
        }
    }
}
