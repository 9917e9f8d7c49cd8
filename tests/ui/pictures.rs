//! Writes every page to PNG files, for eyes: `SUARA_SNAPSHOTS=folder cargo test --features ui-test --test ui`.

use crate::support::{Counter1, card};
use slint::ComponentHandle;
use std::path::{Path, PathBuf};
use suara_loket::kiosk::session::Prompt;

const SIZES: [(u32, u32); 5] = [(1280, 800), (1024, 600), (1920, 1080), (800, 1280), (360, 740)];

struct Album {
    folder: PathBuf,
    size: (u32, u32),
    english: bool,
}

impl Album {
    fn open(&self) -> Counter1 {
        let counter = Counter1::open(self.size.0, self.size.1);
        self.speak(&counter);
        counter
    }

    fn speak(&self, counter: &Counter1) {
        if self.english {
            counter.tap("English");
        }
    }

    fn add(&self, counter: &Counter1, name: &str) {
        counter.wait_ms(400);
        let picture = counter.window.component().window().take_snapshot().unwrap();
        let language = if self.english { "en" } else { "id" };
        let file = self.folder.join(format!("{}x{}-{language}-{name}.png", self.size.0, self.size.1));
        let (width, height) = (picture.width(), picture.height());
        image::save_buffer(&file, picture.as_bytes(), width, height, image::ColorType::Rgba8).unwrap();
    }
}

pub fn write_if_asked_for() {
    let Some(folder) = std::env::var_os("SUARA_SNAPSHOTS") else { return };
    std::fs::create_dir_all(Path::new(&folder)).unwrap();
    for size in SIZES {
        for english in [false, true] {
            let album = Album { folder: folder.clone().into(), size, english };
            resident(&album);
            start_without_stars(&album);
            staff(&album);
        }
    }
}

fn resident(album: &Album) {
    let counter = album.open();
    album.add(&counter, "1-start-counter");
    counter.tap(if album.english { "Rate later with my phone" } else { "Nilai nanti lewat HP (QR)" });
    album.add(&counter, "2-rate-later");
    counter.tap(if album.english { "Back" } else { "Kembali" });
    counter.answers.lock().unwrap().silent = true;
    let good = if album.english { "4 of 5 stars: Good" } else { "4 dari 5 bintang: Baik" };
    counter.tap(good);
    album.add(&counter, "3-storing");

    let counter = album.open();
    counter.tap(good);
    album.add(&counter, "4-thanks");

    let counter = Counter1::open_asking(album.size.0, album.size.1);
    counter.tap("4 dari 5 bintang: Baik");
    album.speak(&counter);
    counter.tap(if album.english { "Reliable" } else { "Dapat diandalkan" });
    album.add(&counter, "3-why");

    let counter = album.open();
    counter.answers.lock().unwrap().disk_is_full = true;
    counter.tap(good);
    album.add(&counter, "5-not-stored");
}

/// The start page without its stars. Here the way leads over several visits, which come home to
/// Indonesian, so the language is chosen at its end.
fn start_without_stars(album: &Album) {
    let counter = Counter1::open(album.size.0, album.size.1);
    counter.rate_quickly("4 dari 5 bintang: Baik");
    album.speak(&counter);
    album.add(&counter, "1-wait");
    drop(counter);

    let counter = Counter1::open_with(album.size.0, album.size.1, Prompt::Visit);
    counter.sign_on("Rani Oktaviani");
    counter.tap("Ke layar loket");
    album.speak(&counter);
    album.add(&counter, "1-closed");
}

fn staff(album: &Album) {
    let word = |id: &'static str, en: &'static str| if album.english { en } else { id };
    let counter = album.open();
    counter.tap(word("Petugas", "Staff"));
    album.add(&counter, "6-officers");
    counter.tap("Rani Oktaviani");
    counter.tap("2");
    counter.tap("4");
    album.add(&counter, "7-pin");
    for digit in ["6", "8", "1", "1"] {
        counter.tap(digit);
    }
    album.add(&counter, "7-pin-wrong");
    counter.type_pin(crate::support::RIGHT_PIN);
    album.add(&counter, "8-menu");
    counter.tap(word("Hari saya", "My day"));
    album.add(&counter, "9-day-hidden");
    counter.tap(word("Kembali", "Back"));
    counter.answers.lock().unwrap().card = Some(card([0, 1, 1, 3, 7]));
    counter.tap(word("Hari saya", "My day"));
    album.add(&counter, "9-day");
    counter.tap(word("Kembali", "Back"));
    counter.tap(word("Ke layar loket", "Back to the counter"));
    album.speak(&counter);
    album.add(&counter, "0-start");
    for _ in 0..5 {
        counter.key(slint::platform::Key::Tab);
    }
    album.add(&counter, "0-start-by-key");
}
