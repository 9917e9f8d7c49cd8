//! The devices a screen without a window system opens: whoever may not, sees nothing of it but here.

use super::Report;
use std::fs::OpenOptions;
use std::path::{Path, PathBuf};

const GROUPS: &str = "the user of the kiosk has to be in the groups video and input; run this as that user";

pub(super) fn examine(report: &mut Report) {
    for (what, folder, prefix) in
        [("graphics devices", "/dev/dri", "card"), ("input devices, such as the touch screen,", "/dev/input", "event")]
    {
        let found = devices(Path::new(folder), prefix);
        let usable = found.iter().filter(|path| OpenOptions::new().read(true).write(true).open(path).is_ok()).count();
        match (found.len(), usable) {
            (0, _) => report.warning(
                format_args!("there are no {what} in {folder}"),
                "a kiosk in a window needs none; otherwise look at the cable and at `dmesg`",
            ),
            (all, 0) => report.warning(format_args!("none of {all} {what} can be used"), GROUPS),
            (all, usable) => report.ok(format_args!("{usable} of {all} {what} can be used")),
        }
    }
}

fn devices(folder: &Path, prefix: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
    entries.filter(|entry| entry.file_name().to_string_lossy().starts_with(prefix)).map(|entry| entry.path()).collect()
}
