//! The grade (*mutu*) of a shown value.

use super::Converted;

/// The quality of service in four letters, by the regulation's table. Every value has one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum QualityGrade {
    /// Sangat Baik: 88.31 to 100.00.
    A,
    /// Baik: 76.61 to 88.30.
    B,
    /// Kurang Baik: 65.00 to 76.60.
    C,
    /// Tidak Baik: everything below.
    D,
}

impl QualityGrade {
    /// The grade of what is shown, never of what it was rounded from: so nothing falls between two printed bands.
    #[must_use]
    pub fn of(shown: Converted) -> Self {
        match shown.hundredths() {
            8_831.. => QualityGrade::A,
            7_661..=8_830 => QualityGrade::B,
            6_500..=7_660 => QualityGrade::C,
            _ => QualityGrade::D,
        }
    }

    /// Its letter.
    #[must_use]
    pub fn letter(self) -> &'static str {
        match self {
            QualityGrade::A => "A",
            QualityGrade::B => "B",
            QualityGrade::C => "C",
            QualityGrade::D => "D",
        }
    }

    /// What the regulation calls the service (*kinerja unit pelayanan*).
    #[must_use]
    pub fn official_name(self) -> &'static str {
        match self {
            QualityGrade::A => "Sangat Baik",
            QualityGrade::B => "Baik",
            QualityGrade::C => "Kurang Baik",
            QualityGrade::D => "Tidak Baik",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letter(hundredths: u32) -> &'static str {
        QualityGrade::of(Converted::from_hundredths(hundredths)).letter()
    }

    #[test]
    fn every_edge_of_the_table_is_where_it_is_printed() {
        for (hundredths, expected) in [
            (10_000, "A"),
            (8_831, "A"),
            (8_830, "B"),
            (7_661, "B"),
            (7_660, "C"),
            (6_500, "C"),
            (6_499, "D"),
            (2_500, "D"),
            (2_475, "D"),
            (0, "D"),
        ] {
            assert_eq!(letter(hundredths), expected, "{hundredths}");
        }
    }

    #[test]
    fn every_value_has_a_grade_and_a_better_one_never_a_worse() {
        let grades: Vec<_> = (0..=10_000).map(|h| QualityGrade::of(Converted::from_hundredths(h))).collect();
        assert!(grades.windows(2).all(|pair| pair[0] >= pair[1]));
    }

    #[test]
    fn the_thresholds_of_2004_are_not_used() {
        assert_eq!([8_126, 6_251, 4_376].map(letter), ["B", "D", "D"], "once A, B and C");
    }
}
