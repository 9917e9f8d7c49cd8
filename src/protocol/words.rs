//! Four words for a key, so that two people can compare it over the telephone.

use crate::protocol::signing::sha256;
use ed25519_dalek::VerifyingKey;

/// Short words that every child in Indonesia knows, in the order of the alphabet.
#[rustfmt::skip]
const WORDS: [&str; 256] = [
    "abu", "ada", "adik", "air", "ajak", "akar", "alas", "alat", "ambil", "anak", "angin", "angka", "api", "apung",
    "arah", "arang", "arus", "asal", "asam", "asap", "atap", "awal", "awan", "ayah", "ayam", "babak", "baca",
    "badan", "bagus", "bahu", "baik", "baju", "bakul", "balai", "bambu", "bapak", "baris", "baru", "batik", "batu",
    "bawah", "bayam", "bebek", "becak", "beduk", "bekal", "benang", "benih", "bening", "beras", "besar", "biji",
    "biru", "bola", "buah", "buat", "budi", "buka", "bukit", "buku", "bulan", "bulu", "bumi", "bunga", "bunyi",
    "buru", "busur", "cabai", "cabut", "cahaya", "cakap", "candi", "cari", "catat", "cepat", "cerah", "cerita",
    "cermin", "cinta", "coklat", "cuaca", "cuci", "cukup", "dadu", "dagu", "dahan", "damai", "danau", "dapur",
    "darat", "dasi", "datang", "daun", "debu", "dekat", "delima", "dengar", "depan", "derai", "desa", "dian",
    "dingin", "diri", "domba", "dua", "duduk", "dunia", "durian", "duta", "ekor", "elang", "emas", "embun", "empat",
    "enam", "enau", "encer", "esok", "fajar", "gajah", "galah", "gambar", "garam", "garis", "garuda", "gasing",
    "gelas", "gema", "genap", "gerak", "getah", "gigi", "giring", "gitar", "goreng", "gula", "guling", "gunung",
    "guru", "hadir", "halus", "hangat", "harap", "hari", "harum", "hasil", "hati", "hemat", "hijau", "hitam",
    "hitung", "hujan", "hutan", "ibu", "ikan", "ikat", "indah", "inti", "irama", "isi", "jaga", "jagung", "jahe",
    "jala", "jalan", "jambu", "janji", "jarak", "jari", "jarum", "jati", "jauh", "jelas", "jeruk", "jinak", "jual",
    "jujur", "kabar", "kaca", "kain", "kaki", "kaku", "kali", "kamar", "kamus", "kanan", "kapal", "kapas", "karang",
    "kartu", "kasih", "kasur", "kata", "kawan", "kayu", "kebun", "kecil", "kelapa", "kemah", "kendi", "keras",
    "kerja", "kertas", "ketan", "kiri", "kita", "kolam", "kopi", "kota", "kuah", "kuat", "kuda", "kue", "kulit",
    "kunci", "kuning", "kursi", "lada", "ladang", "lagu", "lama", "lampu", "langit", "lantai", "lapang", "lari",
    "latih", "laut", "lebah", "lebar", "lemari", "lembut", "lereng", "lidah", "lihat", "lilin", "lima", "lincah",
    "logam", "lomba", "luas", "lukis", "lurus", "madu", "main", "makan", "malam", "mandi", "mangga", "manis",
    "masak", "matang", "mawar", "melati", "merah", "murah",
];

/// The first 32 bits of the key's SHA-256 as four words, such as `jambu-kapal-fajar-merah`.
///
/// Enough to tell kiosks apart and to notice a wrong one; whoever has a code and a day of machine
/// time could make a key with the same words.
#[must_use]
pub fn fingerprint(key: &VerifyingKey) -> String {
    let [a, b, c, d, ..] = sha256(key.as_bytes());
    [a, b, c, d].map(|byte| WORDS[usize::from(byte)]).join("-")
}

#[cfg(test)]
mod tests {
    use super::*;
    use ed25519_dalek::SigningKey;

    #[test]
    fn every_word_is_short_plain_and_there_once() {
        assert!(WORDS.is_sorted_by(|a, b| a < b), "sorted, none twice");
        for word in WORDS {
            assert!((3..=6).contains(&word.len()) && word.bytes().all(|b| b.is_ascii_lowercase()), "{word}");
        }
    }

    #[test]
    fn the_words_of_a_key_stay_the_same() {
        let words = |seed: u8| fingerprint(&SigningKey::from_bytes(&[seed; 32]).verifying_key());
        assert_eq!(words(1), "biru-esok-arang-hutan");
        assert_ne!(words(1), words(2));
    }
}
