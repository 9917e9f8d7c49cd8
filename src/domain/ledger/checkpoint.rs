//! The signed checkpoint: what the tree was at one moment, for others to keep.
//!
//! A C2SP tlog-checkpoint in a signed note:
//!
//! ```text
//! suara-loket/office-1/00000000000000ff         the ledger: office, and epoch of the server's data
//! 300                                           its leaves
//! PAb5…=                                        its root, base64
//! time 1795478400000                            when, ms since 1970
//!
//! — suara-loket/office-1 maNp…                  key id (4 bytes) and Ed25519 signature, base64
//! ```
//!
//! Further lines before the blank one, and signatures by other keys (of other witnesses), may follow.

use super::NodeHash;
use crate::domain::ids::OfficeId;
use data_encoding::BASE64;
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use sha2::{Digest, Sha256};
use std::{fmt, str::FromStr};

const LOG: &str = "suara-loket/office-";
const TIME: &str = "time ";
const BEGIN_SIGNATURE: &str = "— ";
const ED25519: u8 = 0x01;
/// C2SP wants at least 16 to be accepted.
const MOST_SIGNATURES: usize = 32;

/// Which ledger: a restored server writes a new one, under a new epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The office.
    pub office: OfficeId,
    /// The epoch of the server's data.
    pub data_epoch: u64,
}

/// Size and root of a ledger at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// Which ledger.
    pub origin: Origin,
    /// How many leaves it had.
    pub size: u64,
    /// Its root.
    pub root: NodeHash,
    /// When, by the server's clock, ms since 1970.
    pub at_ms: i64,
}

/// Why a note is no checkpoint of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointError {
    /// Not in the form of a checkpoint.
    #[error("this is not a checkpoint of Suara Loket")]
    Unreadable,
    /// No signature by this key.
    #[error("this checkpoint was not signed by the expected server")]
    NotSigned,
    /// A signature that claims to be by this key and is not.
    #[error("this checkpoint was changed, or signed by somebody else")]
    Forged,
}

impl Origin {
    /// The name under which the office's server signs.
    #[must_use]
    pub fn key_name(&self) -> String {
        format!("{LOG}{}", self.office)
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{LOG}{}/{:016x}", self.office, self.data_epoch)
    }
}

impl FromStr for Origin {
    type Err = CheckpointError;

    fn from_str(text: &str) -> Result<Self, CheckpointError> {
        let unreadable = CheckpointError::Unreadable;
        let (office, epoch) = text.strip_prefix(LOG).and_then(|rest| rest.split_once('/')).ok_or(unreadable)?;
        let office = OfficeId::try_from(canonical::<u32>(office)?).map_err(|_large| unreadable)?;
        let data_epoch = u64::from_str_radix(epoch, 16).map_err(|_digits| unreadable)?;
        let origin = Self { office, data_epoch };
        if origin.to_string() == text { Ok(origin) } else { Err(unreadable) }
    }
}

impl Checkpoint {
    /// The signed note.
    #[must_use]
    pub fn sign(&self, key: &SigningKey) -> String {
        let text = self.text();
        let name = self.origin.key_name();
        let signature = key.sign(text.as_bytes()).to_bytes();
        let line = BASE64.encode(&[&key_id(&name, &key.verifying_key())[..], &signature].concat());
        format!("{text}\n{BEGIN_SIGNATURE}{name} {line}\n")
    }

    /// The checkpoint in a note, once it is shown to be signed with this key.
    ///
    /// Whose ledger it is, the note itself says: compare [`Checkpoint::origin`] with what was expected.
    ///
    /// # Errors
    /// When the note is no checkpoint, or not signed with this key.
    pub fn open(note: &str, key: &VerifyingKey) -> Result<Self, CheckpointError> {
        let unreadable = CheckpointError::Unreadable;
        if note.chars().any(|c| c < ' ' && c != '\n') {
            return Err(unreadable);
        }
        let (text, signatures) = note.rsplit_once("\n\n").ok_or(unreadable)?;
        let signatures = signatures.strip_suffix('\n').ok_or(unreadable)?;
        let checkpoint = Self::read(text)?;
        let name = checkpoint.origin.key_name();
        let id = key_id(&name, key);
        let mut signed = false;
        for (n, line) in signatures.split('\n').enumerate() {
            let (signer, signer_id, signature) = signature_line(line).ok_or(unreadable)?;
            if n >= MOST_SIGNATURES {
                return Err(unreadable);
            }
            if signer == name && signer_id == id {
                verify(key, &format!("{text}\n"), &signature)?;
                signed = true;
            }
        }
        if signed { Ok(checkpoint) } else { Err(CheckpointError::NotSigned) }
    }

    /// What is signed.
    fn text(&self) -> String {
        let Self { origin, size, root, at_ms } = self;
        format!("{origin}\n{size}\n{root}\n{TIME}{at_ms}\n")
    }

    /// Reads what is signed, without its last line end.
    fn read(text: &str) -> Result<Self, CheckpointError> {
        let unreadable = CheckpointError::Unreadable;
        let mut lines = text.split('\n');
        let mut line = || lines.next().ok_or(unreadable);
        let origin = line()?.parse()?;
        let size = canonical(line()?)?;
        let root = BASE64.decode(line()?.as_bytes()).map_err(|_base64| unreadable)?;
        let root = NodeHash(root.try_into().map_err(|_length| unreadable)?);
        let at_ms = canonical(line()?.strip_prefix(TIME).ok_or(unreadable)?)?;
        // Lines of later versions are part of what is signed, and say nothing to this one.
        if lines.any(str::is_empty) { Err(unreadable) } else { Ok(Self { origin, size, root, at_ms }) }
    }
}

/// Name, key id and signature of a line; the signature may be of any kind.
fn signature_line(line: &str) -> Option<(&str, [u8; 4], Vec<u8>)> {
    let (name, encoded) = line.strip_prefix(BEGIN_SIGNATURE)?.split_once(' ')?;
    if name.is_empty() || name.contains(|c: char| c.is_whitespace() || c == '+') {
        return None;
    }
    let bytes = BASE64.decode(encoded.as_bytes()).ok()?;
    let (id, signature) = bytes.split_first_chunk::<4>()?;
    (!signature.is_empty()).then(|| (name, *id, signature.to_vec()))
}

fn verify(key: &VerifyingKey, text: &str, signature: &[u8]) -> Result<(), CheckpointError> {
    let signature = Signature::from_slice(signature).map_err(|_shape| CheckpointError::Forged)?;
    key.verify_strict(text.as_bytes(), &signature).map_err(|_wrong| CheckpointError::Forged)
}

/// The first four bytes of `SHA-256(name || 0x0A || 0x01 || public key)`.
fn key_id(name: &str, key: &VerifyingKey) -> [u8; 4] {
    let sha = Sha256::new().chain_update(name).chain_update([b'\n', ED25519]).chain_update(key.as_bytes());
    let [a, b, c, d, ..]: [u8; 32] = sha.finalize().into();
    [a, b, c, d]
}

/// A number in the one way to write it: no plus, no zeros in front.
fn canonical<N: FromStr + ToString>(text: &str) -> Result<N, CheckpointError> {
    let number: N = text.parse().map_err(|_digits| CheckpointError::Unreadable)?;
    if number.to_string() == text { Ok(number) } else { Err(CheckpointError::Unreadable) }
}

#[cfg(test)]
mod tests {
    use super::super::leaf_hash;
    use super::*;
    use proptest::prelude::*;

    fn key(seed: u8) -> SigningKey {
        SigningKey::from_bytes(&[seed; 32])
    }

    fn checkpoint() -> Checkpoint {
        Checkpoint {
            origin: Origin { office: OfficeId::try_from(1).unwrap(), data_epoch: 255 },
            size: 300,
            root: leaf_hash(b"root"),
            at_ms: 1_795_478_400_000,
        }
    }

    fn open(note: &str) -> Result<Checkpoint, CheckpointError> {
        Checkpoint::open(note, &key(1).verifying_key())
    }

    /// A note with any text, well signed.
    fn signed(text: &str) -> String {
        let name = checkpoint().origin.key_name();
        let bytes = [&key_id(&name, &key(1).verifying_key())[..], &key(1).sign(text.as_bytes()).to_bytes()].concat();
        format!("{text}\n— {name} {}\n", BASE64.encode(&bytes))
    }

    #[test]
    fn a_note_keeps_its_bytes() {
        // Computed once with another program.
        let note = "suara-loket/office-1/00000000000000ff\n\
            300\n\
            PAb5plclr2BSYfY2ZyyWINQJcx2JpFHXRV/pxK4WeCk=\n\
            time 1795478400000\n\
            \n\
            — suara-loket/office-1 \
            maNpE+BrArc0z7unYXAD7pOb1PcLQzz8/obuVPq/GD/UeNTrEoCBlzG+Q4s2BpbM7doR/ykqvYpCjT7HYDyf13KwJwM=\n";
        assert_eq!(checkpoint().sign(&key(1)), note);
    }

    #[test]
    fn a_note_opens_with_the_key_that_signed_it() {
        let note = checkpoint().sign(&key(1));
        assert_eq!(open(&note), Ok(checkpoint()));
        assert_eq!(Checkpoint::open(&note, &key(2).verifying_key()), Err(CheckpointError::NotSigned));
        assert_eq!(signed(&checkpoint().text()), note);
    }

    #[test]
    fn no_changed_byte_opens() {
        let note = checkpoint().sign(&key(1));
        for at in 0..note.len() {
            for change in 1..=255u8 {
                let mut bytes = note.clone().into_bytes();
                bytes[at] ^= change;
                let Ok(mutant) = String::from_utf8(bytes) else { continue };
                assert!(open(&mutant).is_err(), "{mutant}");
            }
            let (head, tail) = (&note.as_bytes()[..at], &note.as_bytes()[at..]);
            for mutant in [[head, &tail[1..]].concat(), [head, b"0", tail].concat(), [head, b"\n", tail].concat()] {
                let Ok(mutant) = String::from_utf8(mutant) else { continue };
                assert!(open(&mutant).is_err(), "{mutant}");
            }
        }
    }

    #[test]
    fn a_well_signed_text_in_another_form_is_refused() {
        let text = checkpoint().text();
        for (from, to) in [
            ("\n300\n", "\n0300\n"),
            ("\n300\n", "\n+300\n"),
            ("\n300\n", "\n-300\n"),
            ("\n300\n", "\n 300\n"),
            ("\n300\n", "\n18446744073709551616\n"),
            ("time 17", "time 017"),
            ("time 17", "time -017"),
            ("time 17", "Time 17"),
            ("time 1795478400000\n", ""),
            ("office-1", "office-01"),
            ("office-1", "office-2147483648"),
            ("00000000000000ff", "00000000000000FF"),
            ("00000000000000ff", "ff"),
            ("00000000000000ff", "+0000000000000ff"),
            ("suara-loket", "other-log"),
            ("=\n", "\n"),
            ("=\n", "==\n"),
            ("=\n", "=\n\n"),
            ("time", "more\ntime"),
            ("000\n", "000\n\nmore\n"),
            ("000\n", "000\n\n"),
            ("000\n", "000\r\n"),
            ("000\n", "000\nmore\u{7}\n"),
            ("000\n", "000"),
        ] {
            let changed = text.replacen(from, to, 1);
            assert_ne!(changed, text);
            assert_eq!(open(&signed(&changed)), Err(CheckpointError::Unreadable), "{changed}");
        }
    }

    #[test]
    fn lines_of_later_versions_are_let_through() {
        let text = checkpoint().text() + "weather sunny\n";
        let note = signed(&text);
        assert_eq!(open(&note), Ok(checkpoint()));
        assert_eq!(open(&note.replace("sunny", "rainy")), Err(CheckpointError::Forged));
    }

    #[test]
    fn signatures_of_others_are_passed_over() {
        let note = checkpoint().sign(&key(1));
        let (text, ours) = note.rsplit_once("\n\n").unwrap();
        let theirs = "— witness.example/w1 jWbPPwAAAABkGFDL\n";
        let with_other_key = checkpoint().sign(&key(2));
        let (_, same_name) = with_other_key.rsplit_once("\n\n").unwrap();
        for lines in [[theirs, ours].concat(), [ours, theirs].concat(), [same_name, ours, theirs].concat()] {
            assert_eq!(open(&format!("{text}\n\n{lines}")), Ok(checkpoint()), "{lines}");
        }
        for lines in [theirs, same_name] {
            assert_eq!(open(&format!("{text}\n\n{lines}")), Err(CheckpointError::NotSigned), "{lines}");
        }
        let larger = Checkpoint { size: 301, ..checkpoint() }.sign(&key(1));
        let (_, wrong) = larger.rsplit_once("\n\n").unwrap();
        for lines in [wrong.to_owned(), [ours, wrong].concat(), [wrong, ours].concat()] {
            assert_eq!(open(&format!("{text}\n\n{lines}")), Err(CheckpointError::Forged), "{lines}");
        }
        for lines in [
            "",
            "\n",
            "— \n",
            "—  jWbPPwAAAABkGFDL\n",
            "— a+b jWbPPwAAAABkGFDL\n",
            "— name jWbPPw==\n",
            "— name jWb\n",
            "- name jWbPPwAAAABkGFDL\n",
            "not a signature\n",
        ] {
            assert_eq!(open(&format!("{text}\n\n{ours}{lines}")).is_ok(), lines.is_empty(), "{lines}");
        }
        assert!(open(&format!("{text}\n\n{ours}{}", theirs.repeat(MOST_SIGNATURES - 1))).is_ok());
        assert!(open(&format!("{text}\n\n{ours}{}", theirs.repeat(MOST_SIGNATURES))).is_err());
    }

    proptest! {
        #[test]
        fn every_checkpoint_reads_back(
            office in 0..=OfficeId::MAX, data_epoch in any::<u64>(), size in any::<u64>(),
            root in any::<[u8; 32]>(), at_ms in any::<i64>()
        ) {
            let origin = Origin { office: OfficeId::try_from(office).unwrap(), data_epoch };
            let checkpoint = Checkpoint { origin, size, root: NodeHash(root), at_ms };
            prop_assert_eq!(open(&checkpoint.sign(&key(1))), Ok(checkpoint));
        }

        #[test]
        fn no_text_makes_the_reader_panic(text in "(\n|— |.{0,9}|suara-loket/office-1/00000000000000ff|time 1|1){0,12}") {
            let _ = open(&text);
        }
    }
}
