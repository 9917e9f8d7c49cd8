//! Baso Minangkabau.

use super::Words;
use crate::domain::skm::SkmElement;

pub(super) fn words(element: SkmElement) -> Words {
    match element {
        SkmElement::Requirements => Words {
            name: "Syaraik",
            question: "Baa pandapek Sanak tantang sasuainyo syaraik jo jinih palayanannyo?",
            options: ["Indak sasuai", "Kurang sasuai", "Sasuai", "Sangaik sasuai"],
        },
        SkmElement::Procedure => Words {
            name: "Caro maurus",
            question: "Baa pandapek Sanak tantang mudahnyo caro maurus di siko?",
            options: ["Indak mudah", "Kurang mudah", "Mudah", "Sangaik mudah"],
        },
        SkmElement::CompletionTime => Words {
            name: "Waktu",
            question: "Baa pandapek Sanak tantang capeknyo palayanan di siko?",
            options: ["Indak capek", "Kurang capek", "Capek", "Sangaik capek"],
        },
        SkmElement::Fee => Words {
            name: "Biaya",
            question: "Baa pandapek Sanak tantang wajarnyo biaya palayanan?",
            options: ["Sangaik maha", "Cukuik maha", "Murah", "Gratis"],
        },
        SkmElement::Product => Words {
            name: "Hasil palayanan",
            question: "Baa pandapek Sanak tantang sasuainyo hasil nan ditarimo jo nan ado di standar palayanan?",
            options: ["Indak sasuai", "Kurang sasuai", "Sasuai", "Sangaik sasuai"],
        },
        SkmElement::Competence => Words {
            name: "Kamampuan patugeh",
            question: "Baa pandapek Sanak tantang kamampuan patugeh malayani?",
            options: ["Indak mampu", "Kurang mampu", "Mampu", "Sangaik mampu"],
        },
        SkmElement::Conduct => Words {
            name: "Sikap patugeh",
            question: "Baa pandapek Sanak tantang sopan jo ramahnyo patugeh malayani?",
            options: ["Indak sopan jo ramah", "Kurang sopan jo ramah", "Sopan jo ramah", "Sangaik sopan jo ramah"],
        },
        SkmElement::ComplaintHandling => Words {
            name: "Pangaduan",
            question: "Baa pandapek Sanak tantang caro pangaduan ditangani?",
            options: ["Indak ado", "Ado tapi indak bajalan", "Bajalan tapi kurang elok", "Diurus jo elok"],
        },
        SkmElement::Facilities => Words {
            name: "Sarana jo prasarana",
            question: "Baa pandapek Sanak tantang elok buruaknyo sarana jo prasarana di siko?",
            options: ["Buruak", "Cukuik", "Elok", "Sangaik elok"],
        },
    }
}
