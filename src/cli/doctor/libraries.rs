//! The libraries a window opens at run time: a missing one shows only then, or here.

use super::Report;
use std::path::{Path, PathBuf};

/// Under X11: the library, and the Debian package it comes in.
const X11: [(&str, &str); 5] = [
    ("libX11.so.6", "libx11-6"),
    ("libX11-xcb.so.1", "libx11-xcb1"),
    ("libXcursor.so.1", "libxcursor1"),
    ("libXi.so.6", "libxi6"),
    ("libxkbcommon-x11.so.0", "libxkbcommon-x11-0"),
];

pub(super) fn examine(report: &mut Report) {
    let folders = library_folders();
    let is_there = |name: &str| folders.iter().any(|folder| folder.join(name).exists());
    let missing: Vec<&str> = X11.iter().filter(|(name, _)| !is_there(name)).map(|(_, package)| *package).collect();
    if missing.is_empty() {
        report.ok("libraries of the window");
    } else {
        let packages = missing.join(" ");
        report.fault(format_args!("the window cannot open under X11: apt-get install {packages}"));
    }
}

/// Where the loader looks on Debian.
fn library_folders() -> Vec<PathBuf> {
    let given = std::env::var_os("LD_LIBRARY_PATH").unwrap_or_default();
    let mut folders: Vec<PathBuf> = std::env::split_paths(&given).filter(|path| !path.as_os_str().is_empty()).collect();
    for root in ["/lib", "/usr/lib", "/usr/local/lib", "/lib64", "/usr/lib64"].map(Path::new) {
        folders.push(root.to_owned());
        let inside = std::fs::read_dir(root).into_iter().flatten().filter_map(Result::ok);
        folders.extend(inside.map(|entry| entry.path()).filter(|path| path.to_string_lossy().contains("-linux-gnu")));
    }
    folders
}
