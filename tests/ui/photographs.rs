//! The code of a visit as phones see it: photographs of the screen, tilted, turned, blurred, dim and grainy.
//! `SUARA_PHOTOGRAPHS=1000` takes so many, `SUARA_SEED` the same ones again.

use crate::cases::Case;
use crate::support::{Counter1, link};
use image::{GrayImage, Luma};
use slint::ComponentHandle;
use std::process::Command;
use suara_loket::domain::seeded::SplitMix64;
use suara_loket::system::{random_array, system_random};

pub const ALL: &[Case] = &[("a phone reads the code from wherever it is held", a_phone_reads_the_code)];

const QUICKLY: u64 = 30;
/// Most blur, as a share of a module of the code (standard deviation).
const MOST_BLUR: f64 = 0.25;
/// Size of a photograph, and the focal length of its camera, in pixels.
const PHOTOGRAPH: (u32, u32) = (720, 900);
const FOCAL: f64 = 840.0;

fn a_phone_reads_the_code() {
    let number = |name: &str| std::env::var(name).ok().map(|text| text.parse::<u64>().expect("a number"));
    let seed = number("SUARA_SEED").unwrap_or_else(|| u64::from_ne_bytes(random_array(&system_random())));
    let photographs = number("SUARA_PHOTOGRAPHS").unwrap_or(QUICKLY);
    let counter = Counter1::open(1280, 800);
    counter.tap("Nilai nanti lewat HP (QR)");
    let screen = Screen::of(&counter);
    let mut chance = Chance(SplitMix64(seed));
    let unread = (0..photographs).filter(|_| read(&screen.photographed(&mut chance)) != Some(link())).count();
    println!("photographs: {unread} of {photographs} not read (seed {seed})");
    assert!(unread as u64 * 100 <= photographs, "{unread} of {photographs} not read (seed {seed})");
}

/// What a camera looks at.
struct Screen {
    picture: GrayImage,
    /// The middle of the code, and its side.
    middle: (f64, f64),
    side: f64,
}

impl Screen {
    fn of(counter: &Counter1) -> Self {
        counter.wait_ms(400);
        let code = counter.find("Kode QR kunjungan ini");
        let (place, size) = (code.absolute_position(), code.size());
        let taken = counter.window.component().window().take_snapshot().unwrap();
        let picture = GrayImage::from_fn(taken.width(), taken.height(), |x, y| {
            let pixel = taken.as_slice()[(y * taken.width() + x) as usize];
            Luma([((u32::from(pixel.r) + u32::from(pixel.g) + u32::from(pixel.b)) / 3) as u8])
        });
        let middle = (f64::from(place.x + size.width / 2.0), f64::from(place.y + size.height / 2.0));
        Self { picture, middle, side: size.width.into() }
    }

    /// A photograph from somewhere in front of it.
    fn photographed(&self, chance: &mut Chance) -> GrayImage {
        let camera = Camera::somewhere(chance, self.side);
        let (light, falls_off, grain) = (chance.between(0.3, 1.0), chance.between(0.0, 0.35), chance.between(0.0, 7.0));
        let sharp = GrayImage::from_fn(PHOTOGRAPH.0, PHOTOGRAPH.1, |x, y| {
            let seen = camera.sees(x, y).map_or(0.0, |(u, v)| self.shade(self.middle.0 + u, self.middle.1 + v));
            let lit = light * (1.0 - falls_off * f64::from(x) / f64::from(PHOTOGRAPH.0));
            Luma([(20.0 + seen * lit * 0.9 + grain * chance.between(-1.0, 1.0)) as u8])
        });
        image::imageops::fast_blur(&sharp, chance.between(0.01, MOST_BLUR) as f32 * camera.module_pixels as f32)
    }

    /// Between the four pixels around a place; black beside the screen.
    fn shade(&self, x: f64, y: f64) -> f64 {
        let (left, top) = (x.floor(), y.floor());
        let at = |x: f64, y: f64| {
            let is_on = x >= 0.0 && y >= 0.0 && x < self.picture.width().into() && y < self.picture.height().into();
            if is_on { f64::from(self.picture.get_pixel(x as u32, y as u32).0[0]) } else { 0.0 }
        };
        let mix = |one: f64, other: f64, share: f64| one + (other - one) * share;
        let above = mix(at(left, top), at(left + 1.0, top), x - left);
        mix(above, mix(at(left, top + 1.0), at(left + 1.0, top + 1.0), x - left), y - top)
    }
}

/// A camera before the screen: how the screen lies before it, and how far away.
struct Camera {
    /// The screen's right, down and away, as the camera sees them.
    axes: [[f64; 3]; 3],
    distance: f64,
    aside: (f64, f64),
    /// How large one module of the code comes out.
    module_pixels: f64,
}

impl Camera {
    fn somewhere(chance: &mut Chance, side: f64) -> Self {
        let (turned, tilted, swung) =
            (chance.between(-180.0, 180.0), chance.between(-25.0, 25.0), chance.between(-25.0, 25.0));
        let axes = axes(turned.to_radians(), tilted.to_radians(), swung.to_radians());
        let code_pixels = chance.between(360.0, 500.0);
        let aside = (chance.between(-30.0, 30.0), chance.between(-40.0, 40.0));
        // The most modules that a code on this screen has.
        Self { axes, distance: FOCAL * side / code_pixels, aside, module_pixels: code_pixels / 53.0 }
    }

    /// The place on the screen behind a pixel, from the middle of the code.
    fn sees(&self, x: u32, y: u32) -> Option<(f64, f64)> {
        let from_middle = |at: u32, size: u32, aside: f64| (f64::from(at) - f64::from(size) / 2.0 - aside) / FOCAL;
        let ray = [from_middle(x, PHOTOGRAPH.0, self.aside.0), from_middle(y, PHOTOGRAPH.1, self.aside.1), 1.0];
        let [right, down, away] = self.axes;
        let reach = away[2] * self.distance / dot(away, ray);
        let from_code = [ray[0] * reach, ray[1] * reach, ray[2] * reach - self.distance];
        (reach.is_finite() && reach > 0.0).then(|| (dot(from_code, right), dot(from_code, down)))
    }
}

/// Turned around the line of sight, then tilted and swung.
fn axes(turned: f64, tilted: f64, swung: f64) -> [[f64; 3]; 3] {
    [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]].map(|[x, y, z]| {
        let (x, y) = (x * turned.cos() - y * turned.sin(), x * turned.sin() + y * turned.cos());
        let (y, z) = (y * tilted.cos() - z * tilted.sin(), y * tilted.sin() + z * tilted.cos());
        [x * swung.cos() + z * swung.sin(), y, z * swung.cos() - x * swung.sin()]
    })
}

fn dot(one: [f64; 3], other: [f64; 3]) -> f64 {
    one.iter().zip(other).map(|(a, b)| a * b).sum()
}

/// By a reader that many phones have, and that knows nothing of how the code was drawn.
fn read(photograph: &GrayImage) -> Option<String> {
    let file = tempfile::Builder::new().suffix(".png").tempfile().unwrap();
    photograph.save(file.path()).unwrap();
    let mut reader = Command::new("ZXingReader");
    reader.args(["-1", "-format", "QRCode"]).arg(file.path());
    let said = reader.output().expect("ZXingReader, of Debian's zxing-cpp-tools").stdout;
    String::from_utf8(said).ok().filter(|said| said.contains(&link())).map(|_| link())
}

struct Chance(SplitMix64);

impl Chance {
    fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * (self.0.draw() >> 11) as f64 / (1_u64 << 53) as f64
    }
}
