//! What the screen promises, one case each.

use crate::support::Counter1;

pub const ALL: &[(&str, fn())] = &[("a touch on every star is stored and thanked alike", every_star_alike)];

fn every_star_alike() {
    let counter = Counter1::open(1280, 800);
    counter.tap("4 dari 5 bintang: Baik");
    assert!(counter.shows("Terima kasih!"));
}
