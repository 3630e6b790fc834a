//! Homogeneity: nearly everyone in a cell has the same sensitive value.

/// Whether one category holds at least `share` of a cross-classification.
///
/// Knowing that a child is in such a cell is knowing its sensitive value,
/// however many children there are (the homogeneity attack on k-anonymity:
/// Machanavajjhala et al., "l-diversity", ACM TKDD 1(1), 2007). A
/// classification of fewer than two categories, or without a child, tells
/// nothing about one and is not homogeneous.
#[must_use]
pub fn is_homogeneous(categories: &[u64], share: f64) -> bool {
    let total: u64 = categories.iter().sum();
    let largest = categories.iter().max().copied().unwrap_or(0);
    categories.len() > 1 && total > 0 && largest as f64 >= share * total as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nine_of_ten_is_homogeneous_and_eight_is_not() {
        assert!(is_homogeneous(&[9, 1], 0.9));
        assert!(!is_homogeneous(&[8, 2], 0.9));
        assert!(!is_homogeneous(&[0, 0], 0.9));
        assert!(!is_homogeneous(&[12], 0.9));
    }
}
