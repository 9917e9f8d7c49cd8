//! Finding things on a picture of the screen by their colour and shape, as a resident does.

use image::{Rgb, RgbImage};
use suara_loket::kiosk::settings::{Colour, DEFAULTS, KioskSettings};
use suara_loket::layers::load;

/// What the theme's colours are.
pub struct Eyes {
    empty_star: Rgb<u8>,
    primary: Rgb<u8>,
}

/// A horizontal stretch of one colour.
struct Run {
    from: u32,
    to: u32,
}

impl Run {
    fn width(&self) -> u32 {
        self.to - self.from
    }

    fn middle(&self) -> u32 {
        u32::midpoint(self.from, self.to)
    }
}

impl Eyes {
    /// Eyes for the built-in theme.
    pub fn new() -> Self {
        let theme = load::<KioskSettings>(DEFAULTS, None, &[]).unwrap().settings.theme;
        Self { empty_star: mixed(theme.accent, theme.surface, 16), primary: mixed(theme.primary, theme.primary, 0) }
    }

    /// The middles of the five stars: the line on which five equal stretches of their colour are
    /// widest.
    pub fn stars(&self, picture: &RgbImage) -> Option<[(u32, u32); 5]> {
        let mut best: Option<(u32, [(u32, u32); 5])> = None;
        for y in 0..picture.height() {
            let runs = runs(picture, y, self.empty_star, 30);
            let Ok(five) = <[Run; 5]>::try_from(runs) else { continue };
            let (least, most) = (five.iter().map(Run::width).min()?, five.iter().map(Run::width).max()?);
            if most - least <= 3 && best.as_ref().is_none_or(|(width, _)| least > *width) {
                best = Some((least, five.map(|run| (run.middle(), y))));
            }
        }
        best.map(|(_, stars)| stars)
    }

    /// The thank-you: a disc of the main colour around the middle, and no stars.
    pub fn thanks(&self, picture: &RgbImage) -> bool {
        let middle = picture.width() / 2;
        let disc = |y| runs(picture, y, self.primary, 40).iter().any(|run| run.from.abs_diff(middle) < 120);
        let below_header = picture.height() / 5..picture.height() / 2;
        self.stars(picture).is_none() && below_header.filter(|y| disc(*y)).count() > 30
    }

    /// A button outlined in the main colour, below a line.
    pub fn wide_button_below(&self, picture: &RgbImage, line: u32) -> Option<(u32, u32)> {
        let mut edges = (line..picture.height()).filter_map(|y| {
            let edge = runs(picture, y, self.primary, 150).into_iter().next()?;
            Some((edge.middle(), y))
        });
        let (x, top) = edges.next()?;
        let (_, bottom) = edges.next_back()?;
        Some((x, u32::midpoint(top, bottom)))
    }
}

fn mixed(over: Colour, under: Colour, hundredths: u32) -> Rgb<u8> {
    let mix = |a: u8, b: u8| (u32::from(a) * hundredths + u32::from(b) * (100 - hundredths)) / 100;
    let channels = [(over.red, under.red), (over.green, under.green), (over.blue, under.blue)];
    Rgb(channels.map(|(a, b)| u8::try_from(mix(a, b)).unwrap()))
}

/// Stretches of at least `least` pixels of a colour on one line.
fn runs(picture: &RgbImage, y: u32, colour: Rgb<u8>, least: u32) -> Vec<Run> {
    let alike = |x| picture.get_pixel(x, y).0.iter().zip(colour.0).all(|(a, b)| a.abs_diff(b) <= 3);
    let (mut found, mut from) = (Vec::new(), None);
    for x in 0..=picture.width() {
        match (from, x < picture.width() && alike(x)) {
            (None, true) => from = Some(x),
            (Some(start), false) => {
                found.push(Run { from: start, to: x });
                from = None;
            }
            _ => {}
        }
    }
    found.retain(|run| run.width() >= least);
    found
}
