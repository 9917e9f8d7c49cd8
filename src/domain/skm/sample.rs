//! How many respondents a survey needs: the table of Krejcie and Morgan in the regulation's annex.

/// The rows of the annex: up to which population, and in which steps from the end of the line before.
const ROWS: [(u64, u64); 13] = [
    (100, 5),
    (300, 10),
    (500, 20),
    (1_000, 50),
    (2_000, 100),
    (3_000, 200),
    (5_000, 500),
    (10_000, 1_000),
    (20_000, 5_000),
    (50_000, 10_000),
    (75_000, 25_000),
    (100_000, 25_000),
    (LAST_ROW, 900_000),
];
const LAST_ROW: u64 = 1_000_000;

/// How many respondents a population of visitors needs: what the annex says in the next row up, as offices read
/// it, and never more than there are.
#[must_use]
pub fn sample_target(population: u64) -> u64 {
    of_row(row_of(population)).min(population)
}

/// The first row of the annex that is not below this population; larger ones have the last.
fn row_of(population: u64) -> u64 {
    let population = population.clamp(10, LAST_ROW);
    let mut begin = 10;
    for (end, step) in ROWS {
        if population <= end {
            return begin + (population - begin).div_ceil(step) * step;
        }
        begin = end;
    }
    LAST_ROW
}

/// S = χ²·N·P·Q / (d²·(N − 1) + χ²·P·Q) with χ² = 3.841, P = Q = 0.5 and d = 0.05, rounded to the nearest.
fn of_row(population: u64) -> u64 {
    // The one row where the annex is not the formula, which gives 383. The annex is the law.
    if population == 100_000 {
        return 384;
    }
    let (dividend, divisor) = (3_841 * population, 10 * (population - 1) + 3_841);
    (2 * dividend + divisor) / (2 * divisor)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The annex, row by row.
    const ANNEX: [(u64, u64); 91] = [
        (10, 10),
        (15, 14),
        (20, 19),
        (25, 24),
        (30, 28),
        (35, 32),
        (40, 36),
        (45, 40),
        (50, 44),
        (55, 48),
        (60, 52),
        (65, 56),
        (70, 59),
        (75, 63),
        (80, 66),
        (85, 70),
        (90, 73),
        (95, 76),
        (100, 80),
        (110, 86),
        (120, 92),
        (130, 97),
        (140, 103),
        (150, 108),
        (160, 113),
        (170, 118),
        (180, 123),
        (190, 127),
        (200, 132),
        (210, 136),
        (220, 140),
        (230, 144),
        (240, 148),
        (250, 152),
        (260, 155),
        (270, 159),
        (280, 162),
        (290, 165),
        (300, 169),
        (320, 175),
        (340, 181),
        (360, 186),
        (380, 191),
        (400, 196),
        (420, 201),
        (440, 205),
        (460, 210),
        (480, 214),
        (500, 217),
        (550, 226),
        (600, 234),
        (650, 242),
        (700, 248),
        (750, 254),
        (800, 260),
        (850, 265),
        (900, 269),
        (950, 274),
        (1_000, 278),
        (1_100, 285),
        (1_200, 291),
        (1_300, 297),
        (1_400, 302),
        (1_500, 306),
        (1_600, 310),
        (1_700, 313),
        (1_800, 317),
        (1_900, 320),
        (2_000, 322),
        (2_200, 327),
        (2_400, 331),
        (2_600, 335),
        (2_800, 338),
        (3_000, 341),
        (3_500, 346),
        (4_000, 351),
        (4_500, 354),
        (5_000, 357),
        (6_000, 361),
        (7_000, 364),
        (8_000, 367),
        (9_000, 368),
        (10_000, 370),
        (15_000, 375),
        (20_000, 377),
        (30_000, 379),
        (40_000, 380),
        (50_000, 381),
        (75_000, 382),
        (100_000, 384),
        (1_000_000, 384),
    ];

    #[test]
    fn every_row_of_the_annex_is_kept() {
        for (population, expected) in ANNEX {
            assert_eq!(row_of(population), population, "a row of its own");
            assert_eq!(sample_target(population), expected, "{population}");
        }
    }

    #[test]
    fn between_rows_the_next_row_up_is_taken() {
        assert_eq!(sample_target(4_100), 354, "the row of 4,500; the formula alone says 351");
        assert_eq!(sample_target(101), sample_target(110));
        assert_eq!(sample_target(1_001), sample_target(1_100));
        assert_eq!(sample_target(75_001), 384);
        assert_eq!(sample_target(100_001), 384);
        assert_eq!(sample_target(u64::MAX), 384);
    }

    #[test]
    fn nobody_is_asked_who_is_not_there() {
        assert_eq!([0, 1, 7, 11].map(sample_target), [0, 1, 7, 11]);
    }

    #[test]
    fn it_is_rounded_to_the_nearest_and_is_not_slovins() {
        // The quotient is 277.7 at 1,000 and 79.5 at 100; Slovin says 286 and 80.
        assert_eq!([1_000, 100, 10].map(sample_target), [278, 80, 10]);
        assert_eq!(sample_target(60), 52, "the quotient is 52.02: a ceiling would be wrong");
    }

    proptest! {
        #[test]
        fn a_larger_population_never_needs_fewer(population in 0u64..2_000_000) {
            prop_assert!(sample_target(population) <= sample_target(population + 1));
            prop_assert!(sample_target(population) <= population);
        }
    }
}
