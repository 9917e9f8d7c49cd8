//! One event in the journal.
//!
//! A frame is `magic | crc32c u32 | body length u32 | epoch u64 | seq u64 | event id, 16 bytes | chain
//! hash before, 32 bytes | body`, numbers little endian; the checksum covers everything after itself.
//! Where frames are damaged, the magic tells where the next one begins.

use crate::domain::event::ChainHash;
use crate::domain::ids::EventId;
use crate::kiosk::outbox::rows::Link;
use crate::protocol::MOST_BATCH_BYTES;
use uuid::Uuid;

const MAGIC: [u8; 4] = *b"SLJ1";
const CHECKED_FROM: usize = 8;
const HEAD_BYTES: usize = CHECKED_FROM + 4 + 8 + 8 + 16 + 32;

/// Appends the frame of an event.
pub(super) fn write(link: &Link, out: &mut Vec<u8>) {
    let begin = out.len();
    out.extend(MAGIC);
    out.extend([0; 4]);
    out.extend(u32::try_from(link.body.len()).unwrap_or(u32::MAX).to_le_bytes());
    out.extend(link.epoch.to_le_bytes());
    out.extend(link.seq.to_le_bytes());
    out.extend(link.id.0.as_bytes());
    out.extend(link.prev.0);
    out.extend(link.body.as_bytes());
    let checksum = crc32c(&out[begin + CHECKED_FROM..]);
    out[begin + 4..begin + CHECKED_FROM].copy_from_slice(&checksum.to_le_bytes());
}

/// The frame that begins here, and its length.
fn read(bytes: &[u8]) -> Option<(Link, usize)> {
    let rest = bytes.strip_prefix(&MAGIC)?;
    let (checksum, checked) = rest.split_first_chunk::<4>()?;
    let (length, rest) = checked.split_first_chunk::<4>()?;
    let length = usize::try_from(u32::from_le_bytes(*length)).ok().filter(|length| *length <= MOST_BATCH_BYTES)?;
    let checked = checked.get(..HEAD_BYTES - CHECKED_FROM + length)?;
    if crc32c(checked) != u32::from_le_bytes(*checksum) {
        return None;
    }
    let (epoch, rest) = rest.split_first_chunk::<8>()?;
    let (seq, rest) = rest.split_first_chunk::<8>()?;
    let (id, rest) = rest.split_first_chunk::<16>()?;
    let (prev, rest) = rest.split_first_chunk::<32>()?;
    let link = Link {
        epoch: u64::from_le_bytes(*epoch),
        seq: u64::from_le_bytes(*seq),
        id: EventId(Uuid::from_bytes(*id)),
        prev: ChainHash(*prev),
        body: String::from_utf8(rest.get(..length)?.to_vec()).ok()?,
    };
    Some((link, HEAD_BYTES + length))
}

/// How a file of frames looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Scanned {
    /// Where the last whole frame ends.
    pub end: usize,
    /// Whether something else than room for more comes after it: a frame that was torn or damaged.
    pub has_torn_end: bool,
}

/// Finds every whole frame, in order; after damage, wherever the next one begins.
pub(super) fn scan(bytes: &[u8], mut found: impl FnMut(Link)) -> Scanned {
    let (mut at, mut end) = (0, 0);
    while let Some(next) = find_magic(bytes, at) {
        if let Some((link, length)) = read(&bytes[next..]) {
            at = next + length;
            end = at;
            found(link);
        } else {
            at = next + 1;
        }
    }
    Scanned { end, has_torn_end: bytes[end..].iter().any(|byte| *byte != 0) }
}

fn find_magic(bytes: &[u8], from: usize) -> Option<usize> {
    let rest = bytes.get(from..)?;
    rest.windows(MAGIC.len()).position(|window| window == MAGIC).map(|at| from + at)
}

/// CRC-32C (Castagnoli), as RFC 3720 and disks use it.
fn crc32c(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc, byte| TABLE[usize::from(crc.to_le_bytes()[0] ^ byte)] ^ (crc >> 8))
}

const TABLE: [u32; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let (mut crc, mut bit) = (byte, 0);
        while bit < 8 {
            crc = if crc & 1 == 1 { (crc >> 1) ^ 0x82F6_3B78 } else { crc >> 1 };
            bit += 1;
        }
        table[byte as usize] = crc;
        byte += 1;
    }
    table
};

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn link(seq: u64) -> Link {
        Link {
            epoch: 3,
            seq,
            id: EventId(Uuid::from_u128(seq.into())),
            prev: ChainHash([seq.to_le_bytes()[0]; 32]),
            body: format!("{{\"n\":{seq:04}}}"),
        }
    }

    fn frames(seqs: std::ops::RangeInclusive<u64>) -> Vec<u8> {
        let mut bytes = Vec::new();
        for seq in seqs {
            write(&link(seq), &mut bytes);
        }
        bytes
    }

    fn links(bytes: &[u8]) -> Vec<Link> {
        let mut found = Vec::new();
        scan(bytes, |link| found.push(link));
        found
    }

    /// RFC 3720, B.4.
    #[test]
    fn the_checksum_is_that_of_the_standard() {
        assert_eq!(crc32c(&[0; 32]), 0x8A91_36AA);
        assert_eq!(crc32c(&[0xFF; 32]), 0x62A8_AB43);
        assert_eq!(crc32c(&(0..32).collect::<Vec<u8>>()), 0x46DD_794E);
    }

    #[test]
    fn room_after_the_last_frame_is_no_damage_and_a_torn_frame_is() {
        let (whole, mut bytes) = (frames(1..=3), frames(1..=3));
        bytes.resize(bytes.len() + 500, 0);
        assert_eq!(scan(&bytes, |_| {}), Scanned { end: whole.len(), has_torn_end: false });
        let torn = scan(&whole[..whole.len() - 5], |_| {});
        assert_eq!(torn, Scanned { end: whole.len() / 3 * 2, has_torn_end: true });
    }

    proptest! {
        #[test]
        fn damage_costs_only_the_frames_it_touches(
            at in 0usize..2_100,
            garbage in prop::collection::vec(any::<u8>(), 1..200),
        ) {
            let mut bytes = frames(1..=25);
            let each = bytes.len() / 25;
            let (from, to) = (at.min(bytes.len()), (at + garbage.len()).min(bytes.len()));
            bytes[from..to].copy_from_slice(&garbage[..to - from]);
            let found = links(&bytes);
            for (number, seq) in (1..=25u64).enumerate() {
                let (begin, end) = (number * each, (number + 1) * each);
                if end <= from || begin >= to {
                    prop_assert!(found.contains(&link(seq)), "lost {seq} though {from}..{to} was hit");
                }
            }
            prop_assert!(found.iter().all(|found| *found == link(found.seq)), "made something up");
        }
    }
}
