//! How the screen can be made more comfortable, and what stays the same for every star.

use crate::cases::{Case, STARS};
use crate::fits::SIZES;
use crate::support::{Counter1, Look, Prompts};
use suara_loket::domain::comfort::Comfort;

pub const ALL: &[Case] = &[
    ("all five stars look the same in every look", all_five_stars_look_the_same),
    ("a resident's look holds until the visit ends", a_look_holds_until_the_visit_ends),
    ("the left hand finds everything on its side", the_left_hand_finds_everything),
    ("a voice says what everybody may hear, to who asked for it", a_voice_says_what_everybody_may_hear),
];

/// Every combination of switches.
pub fn comforts() -> impl Iterator<Item = Comfort> {
    (0_u8..16).map(|bits| Comfort {
        large: bits & 1 != 0,
        contrast: bits & 2 != 0,
        low: bits & 4 != 0,
        left: bits & 8 != 0,
        speech: false,
    })
}

fn start(look: &Look) -> Counter1 {
    look.open(Prompts::NONE)
}

fn all_five_stars_look_the_same() {
    for size in SIZES {
        for comfort in comforts() {
            let counter = start(&Look { comfort, ..Look::at(size) });
            let stars = STARS.map(|star| counter.find(star));
            let first = &stars[0];
            let step = stars[1].absolute_position().x - first.absolute_position().x;
            for (place, star) in (0_u16..).zip(&stars) {
                assert_eq!(star.size(), first.size());
                assert_eq!(star.absolute_position().y, first.absolute_position().y);
                let x = first.absolute_position().x + f32::from(place) * step;
                assert!((star.absolute_position().x - x).abs() < 0.01, "{size:?} {comfort:?}");
            }
        }
    }
}

fn a_look_holds_until_the_visit_ends() {
    let counter = Counter1::open(1280, 800);
    let height = |label: &str| counter.find(label).size().height;
    let usual = height(STARS[0]);
    counter.tap("Atur kenyamanan layar");
    assert!(!counter.shows("Dibacakan"), "nothing is offered that this kiosk cannot do");
    counter.tap("Tulisan besar");
    assert_eq!(counter.find("Tulisan besar").accessible_checked(), Some(true));
    counter.tap("Tombol lebih rendah");
    counter.tap("Tombol lebih rendah");
    assert_eq!(counter.find("Tombol lebih rendah").accessible_checked(), Some(false));
    counter.tap("Kembali");
    assert!(height(STARS[0]) > usual, "room for larger words");
    counter.tap_calmly(STARS[1]);
    counter.wait_ms(5_100);
    counter.wait_ms(5_100);
    counter.settle();
    assert_eq!(height(STARS[0]), usual, "the next resident finds the screen as the office has it");
}

fn the_left_hand_finds_everything() {
    let usual = start(&Look::at((1280, 800)));
    let centre = |counter: &Counter1, label: &str| {
        let element = counter.find(label);
        element.absolute_position().x + element.size().width / 2.0
    };
    let comfort = Comfort { left: true, ..Comfort::default() };
    let left = start(&Look { comfort, ..Look::at((1280, 800)) });
    for label in ["Petugas", "English", "Atur kenyamanan layar"] {
        assert!(centre(&usual, label) > 640.0 && centre(&left, label) < 640.0, "{label}");
    }
    assert!(centre(&left, STARS[0]) < centre(&left, STARS[4]), "the stars stay in their order");
    drop((usual, left));

    let left = start(&Look { comfort, ..Look::at((1280, 800)) });
    left.tap("Nilai nanti lewat HP (QR)");
    assert!(centre(&left, "Kembali") < 640.0 && centre(&left, "Kode QR kunjungan ini") > 640.0);
    left.tap("Kembali");
    left.tap("Petugas");
    left.tap("Rani Oktaviani");
    assert!(centre(&left, "5") < 640.0, "the pad");
}

/// Law 4 and privacy: whatever was touched, the same is heard.
fn a_voice_says_what_everybody_may_hear() {
    let mut heard = Vec::new();
    for star in STARS {
        let counter = Counter1::open_asking(1280, 800);
        counter.answers.lock().unwrap().can_speak = true;
        assert!(counter.said.lock().unwrap().iter().all(|said| said == "id: "), "nobody asked for a voice");
        counter.tap("Atur kenyamanan layar");
        counter.tap("Dibacakan");
        counter.tap("Kembali");
        counter.said.lock().unwrap().clear();
        counter.tap_calmly(star);
        counter.tap("Selesai");
        counter.tap("Kembali ke awal");
        heard.push(counter.said.lock().unwrap().clone());
    }
    let [why, thanks, silence] = &heard[0][..] else { panic!("{:?}", heard[0]) };
    assert!(why.starts_with("id: Penilaian Anda sudah tersimpan. Sentuh yang sesuai"), "{why}");
    assert_eq!(thanks, "id: Terima kasih! Penilaian Anda sudah tersimpan.");
    assert_eq!(silence, "id: ", "the next resident did not ask");
    assert!(heard.windows(2).all(|pair| pair[0] == pair[1]), "{heard:?}");
}
