//! The few distributions that the reasons rest on.

/// The regularised lower incomplete gamma function P(a, x), by its series and, for large x, by its
/// continued fraction (Abramowitz and Stegun 6.5.29 and 6.5.31).
pub(super) fn gamma_p(a: f64, x: f64) -> f64 {
    if x <= 0.0 || a <= 0.0 {
        return 0.0;
    }
    let scale = (a * x.ln() - x - ln_gamma(a)).exp();
    if x < a + 1.0 { scale * series(a, x) } else { 1.0 - scale * fraction(a, x) }
}

fn series(a: f64, x: f64) -> f64 {
    let (mut term, mut sum, mut n) = (1.0 / a, 1.0 / a, a);
    for _ in 0..500 {
        n += 1.0;
        term *= x / n;
        sum += term;
        if term < sum * 1e-15 {
            break;
        }
    }
    sum
}

/// Lentz's way of working out the fraction.
fn fraction(a: f64, x: f64) -> f64 {
    const TINY: f64 = 1e-300;
    let mut added = x + 1.0 - a;
    let (mut upper, mut lower) = (1.0 / TINY, 1.0 / added);
    let mut value = lower;
    for i in 1..500 {
        let i = f64::from(i);
        let numerator = -i * (i - a);
        added += 2.0;
        lower = 1.0 / (numerator * lower + added);
        upper = added + numerator / upper;
        value *= upper * lower;
        if (upper * lower - 1.0).abs() < 1e-15 {
            break;
        }
    }
    value
}

/// Logarithm of the gamma function (Lanczos, g = 7, nine terms), for positive numbers.
fn ln_gamma(x: f64) -> f64 {
    const TERMS: [f64; 8] = [
        676.520_368_121_885_1,
        -1_259.139_216_722_402_8,
        771.323_428_777_653_1,
        -176.615_029_162_140_6,
        12.507_343_278_686_905,
        -0.138_571_095_265_720_12,
        9.984_369_578_019_572e-6,
        1.505_632_735_149_311_6e-7,
    ];
    let x = x - 1.0;
    let t = x + 7.5;
    let sum = TERMS.iter().zip(1_u32..).fold(0.999_999_999_999_809_9, |sum, (term, i)| sum + term / (x + f64::from(i)));
    0.5 * std::f64::consts::TAU.ln() + (x + 0.5) * t.ln() - t + sum.ln()
}

/// How probable `count` or more are where `expected` are usual (Poisson).
pub(super) fn poisson_tail(count: usize, expected: f64) -> f64 {
    if count == 0 { 1.0 } else { gamma_p(float(count), expected) }
}

/// How probable `hits` or more of `n` are where each has this share (binomial).
pub(super) fn binomial_tail(hits: usize, n: usize, share: f64) -> f64 {
    if hits == 0 || share >= 1.0 {
        return 1.0;
    }
    if share <= 0.0 || hits > n {
        return 0.0;
    }
    let ln_choose = |k: usize| ln_gamma(float(n) + 1.0) - ln_gamma(float(k) + 1.0) - ln_gamma(float(n - k) + 1.0);
    let term = |k: usize| (ln_choose(k) + float(k) * share.ln() + float(n - k) * (1.0 - share).ln()).exp();
    (hits..=n).map(term).sum::<f64>().min(1.0)
}

/// Values closer together than 5 % are as even as can be: no sign shall outweigh all the others.
const EVENEST: f64 = 0.05;

/// How probable so even values are where their logarithms usually spread by `usual` (chi square, lower tail).
pub(super) fn evenness(logarithms: &[f64], usual: f64) -> f64 {
    if logarithms.len() < 2 {
        return 1.0;
    }
    let mean = logarithms.iter().sum::<f64>() / float(logarithms.len());
    let squares: f64 = logarithms.iter().map(|value| (value - mean).powi(2)).sum();
    let free = float(logarithms.len()) - 1.0;
    gamma_p(free / 2.0, squares.max(free * EVENEST * EVENEST) / (2.0 * usual * usual))
}

/// The value below which this share of the values lies; `None` without values.
pub(super) fn quantile(values: &mut [f64], share: f64) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let last = values.len().checked_sub(1)?;
    let place = (0..=last).find(|place| float(*place) >= share * float(last));
    values.get(place.unwrap_or(last)).copied()
}

/// A robust spread: the median distance from the median, as large as a standard deviation would be.
pub(super) fn robust_spread(values: &mut [f64]) -> Option<f64> {
    let median = quantile(values, 0.5)?;
    let mut distances: Vec<f64> = values.iter().map(|value| (value - median).abs()).collect();
    quantile(&mut distances, 0.5).map(|distance| 1.4826 * distance)
}

/// Improbability in powers of ten, never less than nothing.
pub(super) fn points(probability: f64) -> f64 {
    -probability.clamp(1e-300, 1.0).log10()
}

/// A count as a number to reckon with.
pub(super) fn float(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tails_match_values_worked_out_by_hand() {
        let e = std::f64::consts::E;
        for (found, expected) in [
            (poisson_tail(0, 3.0), 1.0),
            (poisson_tail(1, 1.0), 1.0 - 1.0 / e),
            (poisson_tail(2, 1.0), 1.0 - 2.0 / e),
            (poisson_tail(3, 5.0), 1.0 - 18.5 * (-5.0_f64).exp()),
            (binomial_tail(2, 3, 0.5), 0.5),
            (binomial_tail(3, 3, 0.1), 0.001),
            (binomial_tail(1, 10, 0.2), 1.0 - 0.8_f64.powi(10)),
            // Two logarithms with squares 2 around their mean, spread 1: chi square of one degree at 2.
            (evenness(&[-1.0, 1.0], 1.0), 0.842_700_792_949_715),
        ] {
            assert!((found - expected).abs() < 1e-12, "{found} is not {expected}");
        }
        assert!((poisson_tail(40, 4.0) / 1.4e-25).log10().abs() < 2.0, "small tails stay above nothing");
    }

    #[test]
    fn robust_figures_do_not_move_by_a_few_wild_values() {
        let mut values = [1.0, 2.0, 3.0, 4.0, 1e9];
        assert_eq!(quantile(&mut values, 0.5), Some(3.0));
        assert_eq!(robust_spread(&mut values), Some(1.4826));
        assert_eq!(quantile(&mut [], 0.5), None);
    }
}
