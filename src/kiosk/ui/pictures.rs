//! Pictures at their final pixel size: QR codes, round portraits, the emblem and the ribbon.
//!
//! The software renderer neither scales smoothly nor clips circles, so that happens here, once, and
//! the result is kept while it may be shown again.

use crate::kiosk::settings::{Colour, KioskSettings};
use qrcode::{EcLevel, QrCode};
use resvg::{tiny_skia, usvg};
use slint::{Image, Rgba8Pixel, SharedPixelBuffer};
use std::collections::VecDeque;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;

const BUILT_IN_EMBLEM: &str = include_str!("../../../ui/images/logo.svg");
const QUIET_MODULES: usize = 4;
const MOST_KEPT: usize = 48;
const MOST_PIXELS: u32 = 4_096;

/// Draws pictures, and remembers the last ones.
pub(super) struct Pictures {
    emblem: String,
    kept: VecDeque<(u64, Image)>,
}

impl Pictures {
    /// With the emblem of the settings; an unreadable emblem gives the built-in one.
    pub(super) fn new(settings: &KioskSettings) -> Self {
        let emblem = own_emblem(&settings.logo.file).unwrap_or_else(|| BUILT_IN_EMBLEM.to_owned());
        Self { emblem, kept: VecDeque::new() }
    }

    /// A round portrait, or an empty picture where the drawing cannot be read.
    pub(super) fn portrait(&mut self, svg: &str, size: i32) -> Image {
        self.keep(("portrait", svg, size), || {
            rasterise(svg, pixels(size)).map(|drawn| image(&round(drawn))).unwrap_or_default()
        })
    }

    /// The QR code of a link in a square of at most `size` pixels.
    pub(super) fn code(&mut self, link: &str, size: i32) -> Image {
        self.keep(("code", link, size), || qr(link, pixels(size)).unwrap_or_default())
    }

    /// The emblem of the office.
    pub(super) fn emblem(&mut self, size: i32) -> Image {
        let svg = self.emblem.clone();
        self.keep(("emblem", size), || {
            let drawn = rasterise(&svg, pixels(size)).or_else(|| rasterise(BUILT_IN_EMBLEM, pixels(size)));
            drawn.map(|pixmap| image(&pixmap)).unwrap_or_default()
        })
    }

    /// One repeat of the woven band under the header.
    pub(super) fn ribbon(&mut self, height: i32, thread: Colour, cloth: Colour) -> Image {
        let svg = ribbon_svg(thread, cloth);
        self.keep(("ribbon", height, svg.as_str()), || {
            rasterise(&svg, pixels(height)).map(|pixmap| image(&pixmap)).unwrap_or_default()
        })
    }

    fn keep(&mut self, key: impl Hash, draw: impl FnOnce() -> Image) -> Image {
        let mut hasher = DefaultHasher::new();
        key.hash(&mut hasher);
        let key = hasher.finish();
        if let Some((_, known)) = self.kept.iter().find(|(kept, _)| *kept == key) {
            return known.clone();
        }
        let drawn = draw();
        if self.kept.len() == MOST_KEPT {
            self.kept.pop_front();
        }
        self.kept.push_back((key, drawn.clone()));
        drawn
    }
}

fn own_emblem(file: &Path) -> Option<String> {
    if file.as_os_str().is_empty() {
        return None;
    }
    let readable = std::fs::read_to_string(file).ok().filter(|svg| rasterise(svg, 16).is_some());
    if readable.is_none() {
        tracing::warn!("{} is no SVG drawing that can be read; showing the built-in emblem", file.display());
    }
    readable
}

fn pixels(size: i32) -> u32 {
    u32::try_from(size).unwrap_or(1).clamp(1, MOST_PIXELS)
}

/// Draws an SVG into a square, filling it; `None` if it is no SVG.
fn rasterise(svg: &str, size: u32) -> Option<tiny_skia::Pixmap> {
    let tree = usvg::Tree::from_str(svg, &usvg::Options::default()).ok()?;
    let mut pixmap = tiny_skia::Pixmap::new(size, size)?;
    #[expect(clippy::cast_precision_loss, reason = "at most 4096")]
    let side = size as f32;
    let scale = tiny_skia::Transform::from_scale(side / tree.size().width(), side / tree.size().height());
    resvg::render(&tree, scale, &mut pixmap.as_mut());
    Some(pixmap)
}

/// Cuts a square picture to its circle; the edge fades over one pixel.
fn round(mut pixmap: tiny_skia::Pixmap) -> tiny_skia::Pixmap {
    let (width, height) = (pixmap.width(), pixmap.height());
    let Some(mut mask) = tiny_skia::Mask::new(width, height) else { return pixmap };
    #[expect(clippy::cast_precision_loss, reason = "at most 4096")]
    let middle = width.min(height) as f32 / 2.0;
    if let Some(circle) = tiny_skia::PathBuilder::from_circle(middle, middle, middle) {
        mask.fill_path(&circle, tiny_skia::FillRule::Winding, true, tiny_skia::Transform::identity());
        pixmap.apply_mask(&mask);
    }
    pixmap
}

fn image(pixmap: &tiny_skia::Pixmap) -> Image {
    let buffer = SharedPixelBuffer::<Rgba8Pixel>::clone_from_slice(pixmap.data(), pixmap.width(), pixmap.height());
    Image::from_rgba8_premultiplied(buffer)
}

/// Black on white with its quiet zone, every module the same whole number of pixels.
fn qr(link: &str, size: u32) -> Option<Image> {
    let code = QrCode::with_error_correction_level(link.as_bytes(), EcLevel::M).ok()?;
    let modules = code.width();
    let side = modules + 2 * QUIET_MODULES;
    let each = (usize::try_from(size).ok()? / side).max(1);
    let edge = u32::try_from(side * each).ok()?;
    let mut buffer = SharedPixelBuffer::<slint::Rgb8Pixel>::new(edge, edge);
    let colours = code.to_colors();
    let dark = |x: usize, y: usize| {
        let (column, row) = ((x / each).checked_sub(QUIET_MODULES), (y / each).checked_sub(QUIET_MODULES));
        let inside = column.zip(row).filter(|(column, row)| *column < modules && *row < modules);
        inside.and_then(|(column, row)| colours.get(row * modules + column)).is_some_and(|c| *c == qrcode::Color::Dark)
    };
    for (place, pixel) in buffer.make_mut_slice().iter_mut().enumerate() {
        let value = if dark(place % (side * each), place / (side * each)) { 0 } else { 255 };
        *pixel = slint::Rgb8Pixel { r: value, g: value, b: value };
    }
    Some(Image::from_rgb8(buffer))
}

/// A diamond of the cloth woven in Silungkang, between two threads.
fn ribbon_svg(thread: Colour, cloth: Colour) -> String {
    let (thread, cloth) = (hex(thread), hex(cloth));
    format!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><path fill="{thread}" d="M0 0H16V16H0Z"/><path fill="{cloth}" d="M0 2H16V14H0Z"/><path fill="{thread}" d="M8 3.4L12.6 8L8 12.6L3.4 8ZM0 5.6L2.4 8L0 10.4ZM16 5.6L13.6 8L16 10.4Z"/><path fill="{cloth}" d="M8 6.2L9.8 8L8 9.8L6.2 8Z"/></svg>"#
    )
}

/// A colour as SVG writes it.
fn hex(colour: Colour) -> String {
    format!("#{:02x}{:02x}{:02x}", colour.red, colour.green, colour.blue)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_reads_back_at_every_size_it_is_drawn_in() {
        let link = format!("HTTPS://SUARA.EXAMPLE.GO.ID/R/{}", "A2".repeat(65));
        for size in [240, 461, 700] {
            let buffer = qr(&link, size).unwrap().to_rgb8().unwrap();
            assert!(buffer.width() <= size && buffer.width() * 10 > size * 7, "{} of {size}", buffer.width());
            let (width, height) = (buffer.width() as usize, buffer.height() as usize);
            let mut read =
                rqrr::PreparedImage::prepare_from_greyscale(width, height, |x, y| buffer.as_slice()[y * width + x].r);
            assert_eq!(read.detect_grids()[0].decode().unwrap().1, link);
        }
    }

    #[test]
    fn portraits_are_round_and_their_edge_is_soft() {
        let square = r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 10"><path fill="#f00" d="M0 0H10V10H0Z"/></svg>"##;
        let drawn = round(rasterise(square, 100).unwrap());
        assert_eq!(drawn.pixel(0, 0).unwrap().alpha(), 0);
        assert_eq!(drawn.pixel(50, 50).unwrap().alpha(), 255);
        assert!(drawn.pixels().iter().any(|pixel| (1..255).contains(&pixel.alpha())));
    }

    #[test]
    fn what_is_no_drawing_is_refused_and_the_ribbon_is_one() {
        for bad in ["", "no svg", "<svg", "<html><body>404</body></html>"] {
            assert!(rasterise(bad, 20).is_none(), "{bad}");
        }
        let colour = |text: &str| Colour::try_from(text.to_owned()).unwrap();
        assert!(rasterise(&ribbon_svg(colour("#f2a900"), colour("#0f5c4d")), 16).is_some());
        assert!(rasterise(BUILT_IN_EMBLEM, 72).is_some());
    }
}
