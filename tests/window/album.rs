//! Which page is on the screen: the one whose picture in the documents it resembles most.

use image::RgbImage;
use image::imageops::{FilterType, resize};
use std::path::Path;

/// So small that little more than the plan of a page is left.
const PLAN: (u32, u32) = (160, 100);
/// Rows of a plan where the titles are: what stands below them may be more or fewer.
const TITLES: std::ops::Range<u32> = 17..30;
const TITLES_WEIGH: u64 = 8;

/// Every page's plan.
pub struct Album(Vec<(String, RgbImage)>);

impl Album {
    /// The pictures of the documents.
    pub fn open() -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/images");
        let paths = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        let pages = paths.filter_map(|path| {
            let name = path.file_stem()?.to_str()?.strip_prefix("1280x800-")?.to_owned();
            (!name.starts_with("web-")).then(|| (name, plan(&image::open(&path).unwrap().into_rgb8())))
        });
        Self(pages.collect())
    }

    /// The name of the page in a picture.
    pub fn page(&self, picture: &RgbImage) -> &str {
        let seen = plan(picture);
        let nearest = self.0.iter().min_by_key(|(_, page)| difference(page, &seen));
        nearest.map_or("", |(name, _)| name)
    }
}

fn plan(picture: &RgbImage) -> RgbImage {
    resize(picture, PLAN.0, PLAN.1, FilterType::Triangle)
}

fn difference(one: &RgbImage, other: &RgbImage) -> u64 {
    let bytes = PLAN.0 as usize * 3;
    let rows = one.as_raw().chunks(bytes).zip(other.as_raw().chunks(bytes));
    rows.zip(0..)
        .map(|((one, other), y)| {
            let differs: u64 = one.iter().zip(other).map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
            if TITLES.contains(&y) { TITLES_WEIGH * differs } else { differs }
        })
        .sum()
}
