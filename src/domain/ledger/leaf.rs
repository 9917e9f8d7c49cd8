//! What one record leaves in the tree.

use super::{NodeHash, leaf_hash};
use crate::domain::ids::{EventId, OfficeId};
use sha2::{Digest, Sha256};

const CONTEXT: &[u8] = b"SUARA-LEAF-1";

/// One accepted record: which it was, where it stands in its device's chain, and the hash of its body.
///
/// The body carries random bytes of its own. Once it is erased, nobody can guess it from the hash:
/// the leaf says nothing any more, and the tree is still provable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Leaf {
    /// The office whose ledger it is.
    pub office: OfficeId,
    /// The device it came from; 0 is the server itself.
    pub device: u32,
    /// The epoch of that device's database.
    pub epoch: u64,
    /// Its place in the device's chain.
    pub seq: u64,
    /// The record.
    pub event: EventId,
    /// SHA-256 of the record's body.
    pub body_hash: [u8; 32],
}

impl Leaf {
    /// The hash of a body, for [`Leaf::body_hash`].
    #[must_use]
    pub fn hash_of_body(body: &[u8]) -> [u8; 32] {
        Sha256::digest(body).into()
    }

    /// The canonical bytes: `SUARA-LEAF-1`, then the fields in their order, numbers big endian.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        [
            CONTEXT,
            &self.office.get().to_be_bytes(),
            &self.device.to_be_bytes(),
            &self.epoch.to_be_bytes(),
            &self.seq.to_be_bytes(),
            self.event.0.as_bytes(),
            &self.body_hash,
        ]
        .concat()
    }

    /// Its hash in the tree.
    #[must_use]
    pub fn hash(&self) -> NodeHash {
        leaf_hash(&self.to_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use data_encoding::HEXLOWER;
    use uuid::Uuid;

    fn leaf() -> Leaf {
        Leaf {
            office: OfficeId::try_from(1).unwrap(),
            device: 2,
            epoch: 3,
            seq: 4,
            event: EventId(Uuid::from_u128(5)),
            body_hash: Leaf::hash_of_body(b"body"),
        }
    }

    #[test]
    fn a_leaf_keeps_its_bytes() {
        let body = "230d8358dc8e8890b4c58deeb62912ee2f20357ae92a5cc861b98e68fe31acb5";
        let fields =
            "0000000100000002000000000000000300000000000000040000000000000000_0000000000000005".replace('_', "");
        let expected = [b"SUARA-LEAF-1".to_vec(), HEXLOWER.decode((fields + body).as_bytes()).unwrap()].concat();
        assert_eq!(leaf().to_bytes(), expected);
        assert_eq!(expected.len(), 84);
        assert_eq!(leaf().hash(), leaf_hash(&expected));
    }

    #[test]
    fn every_field_moves_the_hash() {
        for other in [
            Leaf { office: OfficeId::try_from(9).unwrap(), ..leaf() },
            Leaf { device: 9, ..leaf() },
            Leaf { epoch: 9, ..leaf() },
            Leaf { seq: 9, ..leaf() },
            Leaf { event: EventId(Uuid::from_u128(9)), ..leaf() },
            Leaf { body_hash: Leaf::hash_of_body(b"bodY"), ..leaf() },
        ] {
            assert_ne!(other.hash(), leaf().hash(), "{other:?}");
        }
    }
}
