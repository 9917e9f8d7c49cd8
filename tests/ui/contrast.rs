//! That everybody can tell writing from what is behind it: by the theme's own colours, and as it is drawn.

use crate::cases::Case;
use crate::glass::{self, Place};
use crate::support::{Counter1, Look, Prompts};
use crate::walk::walk;
use slint::{ComponentHandle, Rgba8Pixel, SharedPixelBuffer};
use std::collections::HashMap;
use suara_loket::domain::comfort::Comfort;
use suara_loket::kiosk::settings::Colour;

pub const ALL: &[Case] = &[
    ("every pair of the theme's colours can be told apart", every_pair_can_be_told_apart),
    ("everything written stands out from what is drawn behind it", writing_stands_out_as_drawn),
];

/// Least contrast of text, by the office's colours and with high contrast (WCAG 2.2, 1.4.3 and 1.4.6).
const LEAST_OF_TEXT: [f64; 2] = [4.5, 7.0];
/// The same of icons, and of the edge that tells where a control ends (1.4.11).
const LEAST_OF_SHAPES: [f64; 2] = [3.0, 7.0];

/// What is written on what.
const TEXTS: [(&str, &str); 19] = [
    ("text", "background"),
    ("text", "surface"),
    ("text", "star-empty"),
    ("text", "tint"),
    ("text", "tint-pressed"),
    ("muted", "background"),
    ("muted", "surface"),
    ("primary", "background"),
    ("primary", "surface"),
    ("primary", "tint"),
    ("primary", "tint-pressed"),
    ("on-primary", "primary"),
    ("on-primary", "primary-pressed"),
    ("on-primary-soft", "primary"),
    ("on-accent", "accent"),
    ("warning", "background"),
    ("warning", "surface"),
    ("muted", "tint"),
    ("muted", "tint-pressed"),
];

/// What is drawn on what, and has to be seen.
const SHAPES: [(&str, &str); 6] = [
    ("star-edge", "surface"),
    ("star-edge", "star-empty"),
    ("primary", "background"),
    ("primary", "tint"),
    ("on-primary-line", "primary"),
    ("muted", "surface"),
];

fn open(contrast: bool) -> (Counter1, HashMap<&'static str, Colour>) {
    let look = Look { comfort: Comfort { contrast, ..Comfort::default() }, ..Look::at((1280, 800)) };
    let counter = look.open(Prompts::NONE);
    let tokens = counter.window.colours().into_iter().collect();
    (counter, tokens)
}

fn every_pair_can_be_told_apart() {
    for (mode, contrast) in [false, true].into_iter().enumerate() {
        let (_counter, tokens) = open(contrast);
        let texts = TEXTS.iter().map(|pair| (pair, LEAST_OF_TEXT[mode]));
        let shapes = SHAPES.iter().map(|pair| (pair, LEAST_OF_SHAPES[mode]));
        for ((fore, back), least) in texts.chain(shapes) {
            let measured = tokens[fore].contrast(tokens[back]);
            assert!(measured >= least, "{fore} on {back}: {measured:.2}, high contrast: {contrast}");
        }
        let filled = tokens["star-full"].contrast(tokens["star-empty"]);
        assert!(!contrast || filled >= 7.0, "a touched star looks otherwise: {filled:.2}");
    }
}

/// Whatever the pairs above forget: the colour most seen behind each text, from the picture itself.
fn writing_stands_out_as_drawn() {
    for (mode, contrast) in [false, true].into_iter().enumerate() {
        for size in [(1280, 800), (800, 1280)] {
            let look = Look { comfort: Comfort { contrast, ..Comfort::default() }, ..Look::at(size) };
            walk(&look, &|counter, page| {
                counter.wait_ms(400);
                let picture = counter.window.component().window().take_snapshot().unwrap();
                for text in glass::written(counter).iter().filter(|text| !text.scrolls) {
                    let [red, green, blue] = text.colour;
                    let behind = most_seen(&picture, text.place);
                    let measured = Colour { red, green, blue }.contrast(behind);
                    let enough = measured >= LEAST_OF_TEXT[mode];
                    assert!(enough, "`{}` on {page} at {size:?} has {measured:.2} on {behind:?}", text.words);
                }
            });
        }
    }
}

/// The commonest colour of a place; letters cover less than half of it.
fn most_seen(picture: &SharedPixelBuffer<Rgba8Pixel>, place: Place) -> Colour {
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    let whole = |length: f32, most: usize| (length.max(0.0) as usize).min(most);
    let columns = whole(place.x, width)..whole(place.x + place.width, width);
    let rows = whole(place.y, height)..whole(place.y + place.height, height);
    let mut seen: HashMap<[u8; 3], usize> = HashMap::new();
    for row in rows {
        for pixel in &picture.as_slice()[row * width + columns.start..row * width + columns.end] {
            *seen.entry([pixel.r, pixel.g, pixel.b]).or_default() += 1;
        }
    }
    let [red, green, blue] = seen.into_iter().max_by_key(|(_, times)| *times).expect("a place on the glass").0;
    Colour { red, green, blue }
}
