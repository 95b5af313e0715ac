//! The dice: numbers that look random and are the same for the same seed, sequence and throw.
//!
//! A sequence is known by its name, hashed by FNV-1a (64 bit; draft-eastlake-fnv). Its numbers are those of SplitMix64
//! (Steele, Lea and Flood, "Fast splittable pseudorandom number generators") from there on: each is a function of how
//! many came before it in this sequence, and of nothing that happens elsewhere.

/// SplitMix64's step: 2^64 by the golden ratio.
const STEP: u64 = 0x9e37_79b9_7f4a_7c15;

/// The throw number `throw` of a sequence.
pub(super) fn draw(seed: u64, sequence: &str, throw: u64) -> u64 {
    mix(mix(seed ^ hash(sequence)).wrapping_add(throw.wrapping_mul(STEP)))
}

/// Another number that follows from one.
pub(super) fn again(draw: u64) -> u64 {
    mix(draw.wrapping_add(STEP))
}

/// A number below `bound` from a draw, each about equally often; 0 if the bound is.
pub(super) fn below(draw: u64, bound: u64) -> u64 {
    let wide = u128::from(draw) * u128::from(bound);
    u64::try_from(wide >> 64).unwrap_or(0)
}

fn mix(value: u64) -> u64 {
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

fn hash(text: &str) -> u64 {
    let add = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    text.bytes().fold(0xcbf2_9ce4_8422_2325, add)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hash_and_numbers_are_the_published_ones() {
        assert_eq!(hash(""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(hash("foobar"), 0x8594_4171_f739_67e8);
        // The first outputs of SplitMix64 from the state 0.
        let first = [1, 2, 3].map(|n: u64| mix(n.wrapping_mul(STEP)));
        assert_eq!(first, [0xe220_a839_7b1d_cdaf, 0x6e78_9e6a_a1b9_65f4, 0x06c4_5d18_8009_454f]);
    }

    #[test]
    fn a_sequence_depends_on_its_seed_and_name_alone() {
        let of = |seed, name: &str| (0..20).map(|n| draw(seed, name, n)).collect::<Vec<_>>();
        assert_eq!(of(7, "sqs"), of(7, "sqs"));
        assert_ne!(of(7, "sqs"), of(8, "sqs"));
        assert_ne!(of(7, "sqs"), of(7, "s3"));
    }

    #[test]
    fn numbers_below_a_bound_are_spread_over_all_of_it() {
        let seen = (0..1_000).map(|n| below(draw(1, "x", n), 10)).fold([0_u32; 10], |mut seen, number| {
            seen[usize::try_from(number).unwrap()] += 1;
            seen
        });
        assert!(seen.iter().all(|count| (50..200).contains(count)), "{seen:?}");
        assert_eq!(below(u64::MAX, 0), 0);
    }
}
