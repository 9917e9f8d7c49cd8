//! What the screen promises, one case each.

use crate::support::{Counter1, RIGHT_PIN, card, officer};
use i_slint_backend_testing::ElementHandle;
use slint::platform::Key;
use slint::{LogicalPosition, SharedString};
use suara_loket::kiosk::session::Prompt;

pub type Case = (&'static str, fn());

pub const ALL: &[Case] = &[
    ("every star is stored and thanked alike", every_star_is_stored_and_thanked_alike),
    ("the touched star fills before anything is stored", no_thanks_before_the_commit),
    ("two fast taps are one rating", two_fast_taps_are_one_rating),
    ("a press that leaves the star does not count", a_press_that_leaves_does_not_count),
    ("the thank-you goes home by itself", the_thank_you_goes_home_by_itself),
    ("the thank-you carries a receipt, and stays as long as ever", the_thank_you_carries_a_receipt),
    ("reasons can be chosen, given up and recorded", reasons_can_be_chosen),
    ("reasons can be left out, and every star is asked alike", every_star_is_asked_alike),
    ("a question for reasons speaks the chosen language", reasons_speak_the_chosen_language),
    ("a rating can be taken back and given anew", a_rating_can_be_taken_back),
    ("a rating that is not stored is not thanked", a_rating_that_is_not_stored_is_not_thanked),
    ("a rating is tried again, and thanked once it is stored", a_rating_is_tried_again),
    ("a touch meant for the screen before does not rate", a_touch_meant_for_the_screen_before),
    ("after quick ratings the screen asks to wait", after_quick_ratings_the_screen_asks_to_wait),
    ("the stars open for the next visitor", the_stars_open_for_the_next_visitor),
    ("what nobody touches moves a little, and stands still again", what_nobody_touches_moves),
    ("tab and space rate", tab_and_space_rate),
    ("a screen reader rates", a_screen_reader_rates),
    ("the language changes and comes home", the_language_changes_and_comes_home),
    ("the code appears, and a star can still be touched", the_code_and_then_a_star),
    ("an officer signs on and is rated by name", an_officer_signs_on_and_is_rated),
    ("a wrong pin is said kindly, and five lock the pad", a_wrong_pin_is_said_and_five_lock),
    ("somebody else can sign on instead", somebody_else_can_sign_on),
    ("a day with ratings shows its range and count", a_day_shows_its_range_and_count),
    ("a day below five ratings stays hidden", a_day_below_five_stays_hidden),
];

pub const STARS: [&str; 5] = [
    "1 dari 5 bintang: Sangat kurang",
    "2 dari 5 bintang: Kurang",
    "3 dari 5 bintang: Cukup",
    "4 dari 5 bintang: Baik",
    "5 dari 5 bintang: Sangat baik",
];
const QUESTION: &str = "Bagaimana pelayanan kami hari ini?";
const THANKS: &str = "Terima kasih!";
const NOT_STORED: &str = "Maaf, belum tersimpan.";

fn every_star_is_stored_and_thanked_alike() {
    let mut seen = Vec::new();
    for (number, star) in (1..).zip(STARS) {
        let counter = Counter1::open(1280, 800);
        counter.tap(star);
        assert_eq!(counter.ratings(), [number]);
        assert!(counter.shows(THANKS));
        seen.push(counter.labels());
    }
    assert!(seen.windows(2).all(|pair| pair[0] == pair[1]), "the same words for every star");
}

fn no_thanks_before_the_commit() {
    let counter = Counter1::open(1280, 800);
    counter.answers.lock().unwrap().silent = true;
    counter.tap(STARS[3]);
    counter.wait_ms(120_000);
    assert!(counter.shows(QUESTION) && !counter.shows(THANKS));
}

fn two_fast_taps_are_one_rating() {
    let counter = Counter1::open(1280, 800);
    counter.tap_only(STARS[3]);
    counter.tap_only(STARS[0]);
    counter.settle();
    assert_eq!(counter.ratings(), [4]);
}

fn a_press_that_leaves_does_not_count() {
    let counter = Counter1::open(1280, 800);
    counter.press_at(&counter.find(STARS[0]), LogicalPosition::new(640.0, 150.0));
    counter.press_at(&counter.find(STARS[0]), centre(&counter.find(STARS[4])));
    counter.settle();
    assert_eq!(counter.ratings(), [0; 0]);
    assert!(counter.shows(QUESTION));
}

fn the_thank_you_goes_home_by_itself() {
    let counter = Counter1::open(1280, 800);
    counter.tap(STARS[1]);
    counter.wait_ms(5_100);
    counter.wait_ms(4_000);
    assert!(counter.shows(THANKS));
    counter.wait_ms(1_500);
    counter.settle();
    assert!(counter.shows(QUESTION));
    counter.tap_calmly(STARS[4]);
    assert_eq!(counter.ratings(), [2, 5], "the next resident");
}

fn a_rating_that_is_not_stored_is_not_thanked() {
    let counter = Counter1::open(1280, 800);
    counter.answers.lock().unwrap().disk_is_full = true;
    counter.tap(STARS[4]);
    assert!(!counter.shows(THANKS));
    assert!(counter.shows(NOT_STORED));
    assert!(counter.shows("Kami terus mencoba. Mohon tunggu sebentar, atau beri tahu petugas."));
    assert!(counter.labels().iter().any(|label| label.starts_with("Untuk petugas: ")), "{:?}", counter.labels());
    counter.wait_ms(25_000);
    counter.settle();
    assert!(counter.shows(QUESTION), "the next resident finds the stars");
}

fn a_rating_is_tried_again() {
    let counter = Counter1::open(1280, 800);
    counter.answers.lock().unwrap().disk_is_full = true;
    counter.tap(STARS[1]);
    counter.wait_ms(3_100);
    counter.settle();
    assert!(counter.shows(NOT_STORED) && !counter.shows(THANKS), "still full");
    counter.answers.lock().unwrap().disk_is_full = false;
    counter.wait_ms(3_100);
    counter.settle();
    assert!(counter.shows(THANKS) && !counter.shows(NOT_STORED));
    assert_eq!(counter.ratings(), [2, 2, 2], "asked for three times, stored once");
}

fn the_thank_you_carries_a_receipt() {
    let counter = Counter1::open(1280, 800);
    counter.tap(STARS[0]);
    assert!(counter.shows("Kode tanda terima ZEAN-T36T-5VV5"), "{:?}", counter.labels());
    counter.wait_ms(5_000);
    counter.wait_ms(4_900);
    counter.settle();
    assert!(counter.shows(THANKS));
    counter.wait_ms(200);
    counter.settle();
    assert!(counter.shows(QUESTION));
}

fn reasons_can_be_chosen() {
    let counter = Counter1::open_asking(1280, 800);
    counter.tap(STARS[1]);
    assert!(counter.shows("Penilaian Anda sudah tersimpan.") && !counter.shows(THANKS));
    for reason in ["Lama menunggu", "Data keliru", "Lama menunggu"] {
        counter.tap(reason);
    }
    let is_chosen = |label: &str| counter.find(label).accessible_checked() == Some(true);
    assert!(is_chosen("Data keliru") && !is_chosen("Lama menunggu"), "said to a screen reader, too");
    counter.tap("Selesai");
    assert_eq!(counter.reasons(), ["keliru"]);
    assert!(counter.shows(THANKS) && !counter.shows("Batalkan"));
}

/// Law 4: as many words and targets of the same size in the same places, whatever was touched.
fn every_star_is_asked_alike() {
    let mut seen = Vec::new();
    for star in STARS {
        let counter = Counter1::open_asking(1280, 800);
        counter.tap(star);
        let place = |element: &ElementHandle| format!("{:?} {:?}", element.absolute_position(), element.size());
        let buttons: Vec<_> = counter.buttons().iter().map(place).collect();
        assert_eq!(buttons.len(), 3 + 6 + 2, "languages, reasons, done and undo");
        counter.wait_ms(11_900);
        counter.settle();
        assert!(!counter.shows(THANKS));
        counter.wait_ms(200);
        counter.settle();
        assert!(counter.shows(THANKS) && counter.reasons().is_empty(), "who leaves is thanked alike");
        seen.push((buttons, counter.labels()));
    }
    assert!(seen.windows(2).all(|pair| pair[0] == pair[1]), "{seen:#?}");
}

fn reasons_speak_the_chosen_language() {
    let counter = Counter1::open_asking(1280, 800);
    counter.tap(STARS[4]);
    assert!(counter.shows("Dapat diandalkan"));
    counter.tap("English");
    assert!(counter.shows("Reliable") && counter.shows("Done") && !counter.shows("Dapat diandalkan"));
}

fn a_rating_can_be_taken_back() {
    let counter = Counter1::open(1280, 800);
    counter.tap(STARS[0]);
    counter.tap("Batalkan");
    assert_eq!(counter.taken_back(), 1);
    assert!(counter.shows(QUESTION) && !counter.shows(THANKS));
    counter.tap_calmly(STARS[4]);
    assert_eq!(counter.ratings(), [1, 5]);
    assert!(counter.shows(THANKS));
}

fn a_touch_meant_for_the_screen_before() {
    let counter = Counter1::open(1280, 800);
    counter.tap("Nilai nanti lewat HP (QR)");
    counter.tap("Kembali");
    counter.tap(STARS[0]);
    assert_eq!(counter.ratings(), [0; 0]);
    counter.tap_calmly(STARS[3]);
    assert_eq!(counter.ratings(), [4]);
}

fn after_quick_ratings_the_screen_asks_to_wait() {
    let mut seen = Vec::new();
    for star in STARS {
        let counter = Counter1::open(1280, 800);
        counter.rate_quickly(star);
        assert_eq!(counter.ratings().len(), 4, "all are stored");
        assert!(counter.shows("Mohon tunggu sebentar") && !counter.shows(star));
        seen.push(counter.labels());
        counter.tap("Nilai nanti lewat HP (QR)");
        assert!(counter.shows("Kode QR kunjungan ini"), "the code is still there");
        counter.tap("Kembali");
        assert!(counter.shows("Mohon tunggu sebentar"));
        counter.wait_ms(21_000);
        counter.settle();
        assert!(counter.shows(QUESTION) && counter.shows(star));
    }
    assert!(seen.windows(2).all(|pair| pair[0] == pair[1]), "the same words for every star");
}

fn the_stars_open_for_the_next_visitor() {
    let counter = Counter1::open_with(1280, 800, Prompt::Visit);
    assert!(counter.shows("Selamat datang") && !counter.shows(STARS[0]));
    assert!(!counter.shows("Warga berikutnya"), "nobody is on duty who could open them");
    counter.sign_on("Rani Oktaviani");
    counter.tap("Ke layar loket");
    assert!(counter.shows("Rani Oktaviani, Loket 1 · melayani Anda") && !counter.shows(STARS[0]));
    counter.tap("Warga berikutnya");
    assert!(counter.shows(QUESTION));
    counter.tap_calmly(STARS[2]);
    assert_eq!(counter.ratings(), [3]);
    counter.tap("Kembali ke awal");
    assert!(counter.shows("Selamat datang") && !counter.shows(STARS[0]), "one call, one rating");
}

/// So that nothing burns in.
fn what_nobody_touches_moves() {
    let counter = Counter1::open(1280, 800);
    counter.tap("Nilai nanti lewat HP (QR)");
    counter.tap("Kembali");
    counter.wait_ms(40_000);
    counter.settle();
    let place = || counter.find(STARS[2]).absolute_position();
    let at_rest = place();
    let mut seen = std::collections::BTreeSet::new();
    for _ in 0..12 {
        counter.wait_ms(60_000);
        counter.settle();
        seen.insert(place().x as i32);
    }
    assert_eq!(seen.len(), 7, "{seen:?}");
    counter.tap("English");
    assert_eq!(counter.find("3 of 5 stars: Fair").absolute_position(), at_rest);
}

fn tab_and_space_rate() {
    for (tabs, key) in [(5, SharedString::from(" ")), (5, Key::Return.into())] {
        let counter = Counter1::open(1280, 800);
        for _ in 0..tabs {
            counter.key(Key::Tab);
        }
        counter.key(key);
        assert_eq!(counter.ratings(), [1], "after the comfort button and three languages the first star has the focus");
    }
}

fn a_screen_reader_rates() {
    let counter = Counter1::open(1280, 800);
    counter.find(STARS[2]).invoke_accessible_default_action();
    counter.settle();
    assert_eq!(counter.ratings(), [3]);
}

fn the_language_changes_and_comes_home() {
    let counter = Counter1::open(1280, 800);
    counter.tap("Baso Minangkabau");
    assert!(counter.shows("Baa palayanan kami hari ko?") && counter.shows("5 dari 5 bintang: Sangaik elok"));
    counter.tap("English");
    assert!(counter.shows("How was our service today?") && counter.shows("5 of 5 stars: Excellent"));
    counter.wait_ms(31_000);
    counter.settle();
    assert!(counter.shows(QUESTION), "the next resident reads the home language");
}

fn the_code_and_then_a_star() {
    let counter = Counter1::open(1280, 800);
    counter.tap("Nilai nanti lewat HP (QR)");
    assert!(counter.shows("Kode QR kunjungan ini"), "{:?}", counter.labels());
    counter.tap("Kembali");
    counter.tap_calmly(STARS[3]);
    assert_eq!(counter.ratings(), [4]);
}

fn an_officer_signs_on_and_is_rated() {
    let counter = Counter1::open(1280, 800);
    assert!(counter.shows("Loket 1, Penilaian Anda untuk loket ini"));
    counter.sign_on("Rani Oktaviani");
    counter.tap("Ke layar loket");
    assert!(counter.shows("Rani Oktaviani, Loket 1 · melayani Anda"));
    counter.tap_calmly(STARS[0]);
    assert_eq!(counter.last_rated_officer(), Some(officer(1)));
}

fn a_wrong_pin_is_said_and_five_lock() {
    let counter = Counter1::open(1280, 800);
    counter.tap("Petugas");
    counter.tap("Dedi Kurniawan");
    assert!(counter.shows("Masukkan PIN Anda") && counter.shows("0 dari 6 angka dimasukkan"));
    counter.type_pin([1; 6]);
    assert!(counter.shows("PIN belum tepat. Silakan coba lagi."));
    counter.tap("7");
    counter.tap("Hapus");
    for _ in 0..4 {
        counter.type_pin([1; 6]);
    }
    assert!(counter.shows("Terlalu banyak percobaan. Mohon tunggu satu menit."));
    counter.type_pin(RIGHT_PIN);
    assert!(!counter.shows("Hari saya"));
}

fn somebody_else_can_sign_on() {
    let counter = Counter1::open(1280, 800);
    counter.sign_on("Rani Oktaviani");
    counter.tap("Ke layar loket");
    counter.tap("Petugas");
    counter.tap("Bukan saya");
    counter.tap("Citra Dewi");
    counter.type_pin(RIGHT_PIN);
    counter.tap("Ke layar loket");
    assert!(counter.shows("Loket 1, Penilaian Anda untuk loket ini"), "while one takes over from another");
    counter.wait_ms(61_000);
    counter.settle();
    assert!(counter.shows("Citra Dewi, Loket 1 · melayani Anda"));
    counter.tap("Petugas");
    counter.type_pin(RIGHT_PIN);
    counter.tap("Selesai bertugas");
    assert!(counter.shows("Loket 1, Penilaian Anda untuk loket ini"));
}

fn a_day_shows_its_range_and_count() {
    let counter = Counter1::open(1280, 800);
    counter.answers.lock().unwrap().card = Some(card([0, 0, 1, 3, 8]));
    counter.sign_on("Rani Oktaviani");
    counter.tap("Hari saya");
    assert!(counter.shows("4,6 · antara 3,5 dan 4,9 · dari 12 penilaian"), "{:?}", counter.labels());
    assert!(counter.shows("5 dari 5 bintang: 8 penilaian") && counter.shows("1 dari 5 bintang: 0 penilaian"));
    let updated = "Diperbarui pukul 12.05 WIB.";
    assert!(counter.labels().iter().any(|label| label.starts_with(updated)), "{:?}", counter.labels());
    counter.tap("English");
    assert!(counter.shows("4.6 · between 3.5 and 4.9 · from 12 ratings"));
}

fn a_day_below_five_stays_hidden() {
    let counter = Counter1::open(1280, 800);
    counter.sign_on("Rani Oktaviani");
    for few in [None, Some(card([0, 0, 0, 1, 3]))] {
        counter.answers.lock().unwrap().card = few;
        counter.tap("Hari saya");
        assert!(counter.shows("Belum ada yang dapat ditampilkan"));
        assert!(!counter.labels().iter().any(|label| label.contains("dari 4 penilaian")));
        counter.tap("Kembali");
    }
}

fn centre(element: &ElementHandle) -> LogicalPosition {
    let (origin, size) = (element.absolute_position(), element.size());
    LogicalPosition::new(origin.x + size.width / 2.0, origin.y + size.height / 2.0)
}
