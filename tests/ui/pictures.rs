//! The gallery: every page in every language, size and look as PNG files, for eyes:
//! `SUARA_SNAPSHOTS=folder cargo test --features ui-test --test ui`.

use crate::fits::SIZES;
use crate::support::{Counter1, Look};
use crate::walk::walk;
use slint::ComponentHandle;
use std::path::{Path, PathBuf};
use suara_loket::domain::comfort::Comfort;
use suara_loket::domain::language::Language;

/// The gallery of a folder, if one is asked for; of the usual look alone where `SUARA_SNAPSHOTS_OF` is `usual`.
pub fn write_if_asked_for() {
    let Some(folder) = std::env::var_os("SUARA_SNAPSHOTS").map(PathBuf::from) else { return };
    let only_usual = std::env::var_os("SUARA_SNAPSHOTS_OF").is_some_and(|of| of == "usual");
    std::fs::create_dir_all(&folder).unwrap();
    let chosen = looks().into_iter().take(if only_usual { 1 } else { usize::MAX });
    for (name, comfort, language, long_names) in chosen {
        for size in SIZES {
            let look = Look { size, language, comfort, long_names };
            walk(&look, &|counter, page| take(counter, &folder, size, name, page));
        }
    }
}

fn looks() -> Vec<(&'static str, Comfort, Language, bool)> {
    let usual = Comfort::default();
    vec![
        ("id", usual, Language::Id, false),
        ("min", usual, Language::Min, false),
        ("en", usual, Language::En, false),
        ("large", Comfort { large: true, ..usual }, Language::Id, false),
        ("contrast", Comfort { contrast: true, ..usual }, Language::Id, false),
        ("low", Comfort { low: true, ..usual }, Language::Id, false),
        ("left", Comfort { left: true, ..usual }, Language::Id, false),
        ("long", usual, Language::Id, true),
    ]
}

fn take(counter: &Counter1, folder: &Path, (wide, high): (u32, u32), look: &str, page: &str) {
    counter.wait_ms(400);
    let picture = counter.window.component().window().take_snapshot().unwrap();
    let file = folder.join(format!("{wide}x{high}-{look}-{}.png", page.replace(' ', "-")));
    let (width, height) = (picture.width(), picture.height());
    image::save_buffer(&file, picture.as_bytes(), width, height, image::ColorType::Rgba8).unwrap();
}
