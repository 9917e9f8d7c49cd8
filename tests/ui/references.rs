//! The pictures in docs/images are true: what is drawn today looks like them. Where a change is meant,
//! `make pictures` takes them anew.

use crate::cases::Case;
use crate::support::{Counter1, Look};
use crate::walk::walk;
use image::RgbImage;
use slint::ComponentHandle;
use std::path::PathBuf;

pub const ALL: &[Case] = &[("every screen looks as its picture in the documents", every_screen_looks_as_pictured)];

const SIZE: (u32, u32) = (1280, 800);
/// Side of the squares that are compared, in pixels of the picture.
const SQUARE: u32 = 10;
/// Mean difference of a channel in a square; the few colours of the pictures make up to half of it.
const MOST: u64 = 16;

fn every_screen_looks_as_pictured() {
    let flaws = std::cell::RefCell::new(Vec::new());
    let seen = std::cell::RefCell::new(0);
    walk(&Look::at(SIZE), &|counter, page| {
        *seen.borrow_mut() += 1;
        if let Err(flaw) = compare(counter, page) {
            flaws.borrow_mut().push(flaw);
        }
    });
    let flaws = flaws.into_inner();
    assert!(flaws.is_empty(), "{} flaws; `make pictures` if they are meant:\n{}", flaws.len(), flaws.join("\n"));
    assert!(seen.into_inner() > 30, "the walk ended early");
}

fn compare(counter: &Counter1, page: &str) -> Result<(), String> {
    let path = picture_of(page);
    let pictured = image::open(&path).map_err(|error| format!("{}: {error}", path.display()))?.into_rgb8();
    let drawn = half_of_the_screen(counter);
    if pictured.dimensions() != drawn.dimensions() {
        return Err(format!("{page} is pictured in another size"));
    }
    let (across, down) = (drawn.width() / SQUARE, drawn.height() / SQUARE);
    let squares = (0..down).flat_map(|row| (0..across).map(move |column| (column * SQUARE, row * SQUARE)));
    let off: Vec<_> = squares.filter(|place| difference(&pictured, &drawn, *place) > MOST).collect();
    off.first().map_or(Ok(()), |first| Err(format!("{page} differs in {} squares, first at {first:?}", off.len())))
}

fn picture_of(page: &str) -> PathBuf {
    let name = format!("{}x{}-{}.png", SIZE.0, SIZE.1, page.replace(' ', "-"));
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("docs/images").join(name)
}

/// The screen at half its size, each pixel the mean of four.
fn half_of_the_screen(counter: &Counter1) -> RgbImage {
    // Until nothing moves any more; what runs out of time is the same a moment later.
    counter.wait_ms(400);
    let picture = counter.window.component().window().take_snapshot().unwrap();
    let (pixels, width) = (picture.as_slice(), picture.width());
    RgbImage::from_fn(picture.width() / 2, picture.height() / 2, |x, y| {
        let four =
            [(0, 0), (1, 0), (0, 1), (1, 1)].map(|(dx, dy)| pixels[((2 * y + dy) * width + 2 * x + dx) as usize]);
        let mean =
            |channel: fn(&slint::Rgba8Pixel) -> u8| (four.iter().map(|p| u32::from(channel(p))).sum::<u32>() / 4) as u8;
        image::Rgb([mean(|p| p.r), mean(|p| p.g), mean(|p| p.b)])
    })
}

/// Mean difference of the channels in a square.
fn difference(one: &RgbImage, other: &RgbImage, (left, top): (u32, u32)) -> u64 {
    let mut sum = 0;
    for (x, y) in (0..SQUARE).flat_map(|y| (0..SQUARE).map(move |x| (left + x, top + y))) {
        let (a, b) = (one.get_pixel(x, y).0, other.get_pixel(x, y).0);
        sum += a.iter().zip(b).map(|(a, b)| u64::from(a.abs_diff(b))).sum::<u64>();
    }
    sum / u64::from(SQUARE * SQUARE * 3)
}
