//! What every page keeps in every language, size and look: nothing is cut off, everything can be touched,
//! and everything that is touched says what it is.

use crate::cases::Case;
use crate::glass::{self, Written};
use crate::support::{Counter1, Look};
use crate::walk::walk;
use i_slint_backend_testing::ElementHandle;
use suara_loket::domain::comfort::Comfort;
use suara_loket::domain::language::Language;

pub const ALL: &[Case] = &[
    ("nothing written is cut off, in any language, size and look", nothing_written_is_cut_off),
    ("nothing written is cut off where names are long", long_names_are_not_cut_off),
    ("everything that can be touched is large enough", everything_is_large_enough),
    ("everything that can be touched says what it is", everything_says_what_it_is),
    ("within low reach everything is in the lower half, and nothing is missing", low_reach_is_low),
];

pub const SIZES: [(u32, u32); 5] = [(1280, 800), (1024, 600), (1920, 1080), (800, 1280), (360, 740)];

const PHONE: (u32, u32) = (360, 740);

const NORMAL: Comfort = Comfort { large: false, contrast: false, low: false, left: false, speech: false };
const LARGE: Comfort = Comfort { large: true, ..NORMAL };
const LOW: Comfort = Comfort { low: true, ..NORMAL };
const ALL_OF_IT: Comfort = Comfort { large: true, contrast: true, low: true, left: true, speech: false };

fn nothing_written_is_cut_off() {
    let mut flaws = Vec::new();
    for size in SIZES {
        for language in Language::ALL {
            for comfort in [NORMAL, LARGE, LOW, ALL_OF_IT] {
                look_for_flaws(&Look { language, comfort, ..Look::at(size) }, &mut flaws);
            }
        }
    }
    assert!(flaws.is_empty(), "{} flaws:\n{}", flaws.len(), flaws.join("\n"));
}

fn long_names_are_not_cut_off() {
    let mut flaws = Vec::new();
    // A phone, where a counter can be tried out, is none for long names.
    for size in SIZES.into_iter().filter(|size| *size != PHONE) {
        for comfort in [NORMAL, LARGE, ALL_OF_IT] {
            look_for_flaws(&Look { comfort, long_names: true, ..Look::at(size) }, &mut flaws);
        }
    }
    assert!(flaws.is_empty(), "{} flaws:\n{}", flaws.len(), flaws.join("\n"));
}

fn look_for_flaws(look: &Look, flaws: &mut Vec<String>) {
    let found = std::cell::RefCell::new(Vec::new());
    walk(look, &|counter, page| {
        let written = glass::written(counter);
        assert!(!written.is_empty(), "{page} says nothing");
        let mut flaws: Vec<String> = written.iter().filter_map(|text| cut_off(text, look.size)).collect();
        flaws.extend(over_each_other(&written));
        let Look { size, language, comfort, .. } = look;
        found.borrow_mut().extend(
            flaws.iter().map(|flaw| format!("{page} at {size:?} in {}, {}: {flaw}", language.code(), name(*comfort))),
        );
    });
    flaws.append(&mut found.into_inner());
}

fn name(comfort: Comfort) -> String {
    let switches =
        [(comfort.large, "large"), (comfort.contrast, "contrast"), (comfort.low, "low"), (comfort.left, "left")];
    let on: Vec<_> = switches.iter().filter(|(on, _)| *on).map(|(_, name)| *name).collect();
    if on.is_empty() { "as it is".to_owned() } else { on.join(" ") }
}

/// A text needs more room than it has, or leaves the glass or the button it is on.
fn cut_off(text: &Written, size: (u32, u32)) -> Option<String> {
    let Written { words, place, needs, within, scrolls, .. } = text;
    if needs.0 > place.width + 0.5 || needs.1 > place.height + 0.5 {
        return Some(format!("`{words}` needs {needs:?} and has {} x {}", place.width, place.height));
    }
    let glass = glass::Place { x: 0.0, y: 0.0, width: size.0 as f32, height: size.1 as f32 };
    if !scrolls && !glass.holds(place) {
        return Some(format!("`{words}` leaves the glass: {place:?}"));
    }
    let button = within.filter(|button| !button.holds(place))?;
    Some(format!("`{words}` at {place:?} leaves its button {button:?}"))
}

fn over_each_other(written: &[Written]) -> Vec<String> {
    let mut flaws = Vec::new();
    for (n, one) in written.iter().enumerate() {
        for other in written[n + 1..].iter().filter(|other| one.place.meets(&other.place)) {
            if !one.scrolls && !other.scrolls {
                flaws.push(format!("`{}` {:?} lies over `{}` {:?}", one.words, one.place, other.words, other.place));
            }
        }
    }
    flaws
}

/// A finger in a hurry needs 20 mm, and gets them where a resident has to touch something: at the stars.
/// What may be touched besides is at least 12 mm high and wide. On a phone, where the counter can be tried
/// out, 44 points are what its makers ask for.
fn everything_is_large_enough() {
    for size in SIZES {
        let mm = (size.0 as f32).hypot(size.1 as f32) / (10.0 * 25.4);
        let (star, other) = if size == PHONE { (44.0, 44.0) } else { (20.0 * mm, 12.0 * mm) };
        for comfort in [NORMAL, LARGE, LOW, ALL_OF_IT] {
            walk(&Look { comfort, ..Look::at(size) }, &|counter, page| {
                for button in counter.buttons() {
                    let (label, extent) = (button.accessible_label().unwrap_or_default(), button.size());
                    let least = if label.contains(" dari 5 bintang: ") { star } else { other };
                    let is_enough = extent.width >= least.floor() && extent.height >= least.floor();
                    assert!(is_enough, "`{label}` on {page} at {size:?}, {}: {extent:?} < {least}", name(comfort));
                }
            });
        }
    }
}

fn everything_says_what_it_is() {
    for language in Language::ALL {
        walk(&Look { language, ..Look::at((1280, 800)) }, &|counter, page| {
            let buttons = counter.buttons();
            assert!(!buttons.is_empty(), "{page} has a way on");
            for button in &buttons {
                assert!(button.accessible_label().is_some_and(|label| !label.is_empty()), "on {page}");
            }
            let nameless = glass::nameless_touch_areas(counter);
            assert!(nameless.is_empty(), "{nameless:?} on {page} say nothing of themselves");
        });
    }
}

fn low_reach_is_low() {
    for size in SIZES {
        for large in [false, true] {
            let usual = labels(&Look { comfort: Comfort { large, ..NORMAL }, ..Look::at(size) });
            let low = labels(&Look { comfort: Comfort { large, ..LOW }, ..Look::at(size) });
            for ((page, usual), (_, low)) in usual.iter().zip(&low) {
                let missing: Vec<_> =
                    usual.iter().filter(|(label, _)| !low.iter().any(|(it, _)| it == label)).collect();
                // A long list is brought in with a finger.
                assert!(
                    missing.is_empty() || page == "service",
                    "on {page} at {size:?}: {missing:?} cannot be reached"
                );
                for (label, top) in low {
                    assert!(*top >= size.1 as f32 / 2.0 - 1.0, "`{label}` on {page} at {size:?} begins at {top}");
                }
            }
        }
    }
}

/// What can be touched on every page, and how far from the top.
fn labels(look: &Look) -> Vec<(String, Vec<(String, f32)>)> {
    let seen = std::cell::RefCell::new(Vec::new());
    let label = |button: &ElementHandle| {
        (button.accessible_label().unwrap_or_default().to_string(), button.absolute_position().y)
    };
    walk(look, &|counter: &Counter1, page: &str| {
        seen.borrow_mut().push((page.to_owned(), counter.buttons().iter().map(label).collect()));
    });
    seen.into_inner()
}
