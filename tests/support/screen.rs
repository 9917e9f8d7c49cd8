//! A screen without a monitor: Xvfb with a window manager, a pointer and a camera.

use super::Process;
use image::RgbImage;
use std::cell::Cell;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A virtual screen; ends with this value.
pub struct Screen {
    _server: Process,
    _manager: Process,
    display: String,
    folder: tempfile::TempDir,
    pointer: Cell<Option<(u32, u32)>>,
}

impl Screen {
    /// A screen of this size.
    pub fn start(width: u32, height: u32) -> Self {
        let mut command = Command::new("Xvfb");
        command.args(["-displayfd", "1", "-nolisten", "tcp", "-screen", "0", &format!("{width}x{height}x24")]);
        let mut server = Process::start(command.stderr(Stdio::null()));
        let display = format!(":{}", server.line_with("").trim());
        server.drain();
        let manager = Process::start(Command::new("openbox").env("DISPLAY", &display).stderr(Stdio::null()));
        Self {
            _server: server,
            _manager: manager,
            display,
            folder: tempfile::tempdir().unwrap(),
            pointer: Cell::new(None),
        }
    }

    /// The value of `DISPLAY` for programs on this screen.
    pub fn display(&self) -> &str {
        &self.display
    }

    /// Moves the pointer there and clicks.
    pub fn tap(&self, x: u32, y: u32) {
        let moves = ["mousemove", "--sync", &x.to_string(), &y.to_string()].map(str::to_owned);
        // A pointer that is there already would be waited for in vain.
        let is_there = self.pointer.replace(Some((x, y))) == Some((x, y));
        let status = Command::new("xdotool")
            .args(moves.iter().filter(|_| !is_there))
            .args(["click", "1"])
            .env("DISPLAY", &self.display)
            .status()
            .expect("xdotool");
        assert!(status.success());
    }

    /// A picture of the whole screen.
    pub fn picture(&self) -> RgbImage {
        let path = self.folder.path().join("picture.png");
        self.save(&path);
        image::open(&path).expect("a readable picture").into_rgb8()
    }

    /// Saves a picture of the whole screen.
    pub fn save(&self, path: &Path) -> PathBuf {
        let status = Command::new("scrot")
            .args(["--overwrite", "--silent"])
            .arg(path)
            .env("DISPLAY", &self.display)
            .status()
            .expect("scrot");
        assert!(status.success());
        path.to_owned()
    }
}

/// The text of the QR code in a picture, if there is one.
pub fn read_qr(picture: &RgbImage) -> Option<String> {
    let grey = image::imageops::grayscale(picture);
    let at = |x: usize, y: usize| (u32::try_from(x).unwrap_or(0), u32::try_from(y).unwrap_or(0));
    let (width, height) = (grey.width() as usize, grey.height() as usize);
    let mut prepared = rqrr::PreparedImage::prepare_from_greyscale(width, height, |x, y| {
        let (x, y) = at(x, y);
        grey.get_pixel(x, y).0[0]
    });
    prepared.detect_grids().into_iter().find_map(|grid| grid.decode().ok()).map(|(_, text)| text)
}
