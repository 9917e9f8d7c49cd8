//! Bahasa Indonesia: questions and answers as in the regulation's questionnaire, its slips of the pen mended.

use super::Words;
use crate::domain::skm::SkmElement;

pub(super) fn words(element: SkmElement) -> Words {
    match element {
        SkmElement::Requirements => Words {
            name: "Persyaratan",
            question: "Bagaimana pendapat Saudara tentang kesesuaian persyaratan pelayanan dengan jenis pelayanannya?",
            options: ["Tidak sesuai", "Kurang sesuai", "Sesuai", "Sangat sesuai"],
        },
        SkmElement::Procedure => Words {
            name: "Prosedur",
            question: "Bagaimana pemahaman Saudara tentang kemudahan prosedur pelayanan di unit ini?",
            options: ["Tidak mudah", "Kurang mudah", "Mudah", "Sangat mudah"],
        },
        SkmElement::CompletionTime => Words {
            name: "Waktu",
            question: "Bagaimana pendapat Saudara tentang kecepatan waktu dalam memberikan pelayanan?",
            options: ["Tidak cepat", "Kurang cepat", "Cepat", "Sangat cepat"],
        },
        SkmElement::Fee => Words {
            name: "Biaya",
            question: "Bagaimana pendapat Saudara tentang kewajaran biaya/tarif dalam pelayanan?",
            options: ["Sangat mahal", "Cukup mahal", "Murah", "Gratis"],
        },
        SkmElement::Product => Words {
            name: "Hasil pelayanan",
            question: "Bagaimana pendapat Saudara tentang kesesuaian produk pelayanan antara yang tercantum dalam \
                       standar pelayanan dengan hasil yang diberikan?",
            options: ["Tidak sesuai", "Kurang sesuai", "Sesuai", "Sangat sesuai"],
        },
        SkmElement::Competence => Words {
            name: "Kemampuan petugas",
            question: "Bagaimana pendapat Saudara tentang kompetensi/kemampuan petugas dalam pelayanan?",
            options: ["Tidak kompeten", "Kurang kompeten", "Kompeten", "Sangat kompeten"],
        },
        SkmElement::Conduct => Words {
            name: "Sikap petugas",
            question: "Bagaimana pendapat Saudara tentang perilaku petugas dalam pelayanan terkait kesopanan dan \
                       keramahan?",
            options: ["Tidak sopan dan ramah", "Kurang sopan dan ramah", "Sopan dan ramah", "Sangat sopan dan ramah"],
        },
        SkmElement::ComplaintHandling => Words {
            name: "Penanganan pengaduan",
            question: "Bagaimana pendapat Saudara tentang penanganan pengaduan pengguna layanan?",
            options: ["Tidak ada", "Ada tetapi tidak berfungsi", "Berfungsi kurang maksimal", "Dikelola dengan baik"],
        },
        SkmElement::Facilities => Words {
            name: "Sarana dan prasarana",
            question: "Bagaimana pendapat Saudara tentang kualitas sarana dan prasarana?",
            options: ["Buruk", "Cukup", "Baik", "Sangat baik"],
        },
    }
}
