//! Natural numbers wide enough for the index: nine fractions of any size brought to one denominator.

/// The limbs, the lowest first. Nine counts of at most 62 bits, the factors of the formula and the quotient
/// need less than 640 bits together.
const LIMBS: usize = 10;

/// A natural number below 2 to the power of 640.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Natural([u64; LIMBS]);

impl Natural {
    /// Nothing yet.
    pub(super) const ZERO: Natural = Natural([0; LIMBS]);
    /// The start of a product.
    pub(super) const ONE: Natural = {
        let mut limbs = [0; LIMBS];
        limbs[0] = 1;
        Natural(limbs)
    };

    pub(super) fn times(self, factor: u64) -> Natural {
        let (mut limbs, mut carry) = (self.0, 0);
        for limb in &mut limbs {
            (*limb, carry) = limb.carrying_mul(factor, carry);
        }
        debug_assert_eq!(carry, 0, "wider than any index needs");
        Natural(limbs)
    }

    pub(super) fn plus(self, other: Natural) -> Natural {
        let (mut limbs, mut carry) = (self.0, false);
        for (limb, more) in limbs.iter_mut().zip(other.0) {
            (*limb, carry) = limb.carrying_add(more, carry);
        }
        debug_assert!(!carry, "wider than any index needs");
        Natural(limbs)
    }

    /// How many times `divisor` goes into it, at most `most`: found by halving, since that is small.
    pub(super) fn divided_by(self, divisor: Natural, most: u32) -> u32 {
        let (mut fits, mut too_many) = (0, most.saturating_add(1));
        while fits + 1 < too_many {
            let middle = fits + (too_many - fits) / 2;
            if divisor.times(u64::from(middle)).is_at_most(self) {
                fits = middle;
            } else {
                too_many = middle;
            }
        }
        fits
    }

    fn is_at_most(self, other: Natural) -> bool {
        self.0.iter().rev().le(other.0.iter().rev())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn natural(value: u128) -> Natural {
        let halves = [value & u128::from(u64::MAX), value >> 64].map(|half| u64::try_from(half).unwrap());
        let mut limbs = [0; LIMBS];
        limbs[..2].copy_from_slice(&halves);
        Natural(limbs)
    }

    #[test]
    fn a_product_of_the_widest_counts_fits() {
        let widest = (0..9).fold(Natural::ONE, |product, _| product.times(1 << 62));
        // What the formula multiplies it with at most, and the quotient.
        let dividend = widest.times(2 * 2_500 * 111 * 9 * 4);
        assert_eq!(dividend.plus(widest).divided_by(widest.times(2 * 1_000), 20_000), 9_990);
    }

    proptest! {
        #[test]
        fn it_counts_as_smaller_numbers_do(a in 0..u128::MAX >> 65, b in any::<u32>(), c in 0..u128::MAX >> 65) {
            prop_assert_eq!(natural(a).times(b.into()).plus(natural(c)), natural(a * u128::from(b) + c));
        }

        #[test]
        fn it_divides_as_smaller_numbers_do(a in any::<u64>(), b in 1..u64::MAX) {
            let expected = u32::try_from((a / b).min(20_000)).unwrap();
            prop_assert_eq!(natural(a.into()).divided_by(natural(b.into()), 20_000), expected);
        }
    }
}
