//! Headless Chromium, driven over WebDriver.

use super::Process;
use fantoccini::{Client, ClientBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::json;
use std::process::{Command, Stdio};

/// A browser; ends with this value.
pub struct Browser {
    /// The page.
    pub page: Client,
    _driver: Process,
    _profile: tempfile::TempDir,
}

impl Browser {
    /// A browser window of this size, with or without JavaScript.
    pub async fn start(width: u32, height: u32, javascript: bool) -> Self {
        let mut command = Command::new("chromedriver");
        let mut driver = Process::start(command.args(["--port=0"]).stderr(Stdio::null()));
        let line = driver.line_with("started successfully on port");
        driver.drain();
        let port: u16 = line.trim().trim_end_matches('.').rsplit(' ').next().unwrap().parse().unwrap();
        let profile = tempfile::tempdir().unwrap();
        let capabilities = json!({
            "goog:chromeOptions": {
                "args": [
                    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
                    "--disable-background-networking", "--disable-component-update", "--disable-sync",
                    "--hide-scrollbars",
                    format!("--window-size={width},{height}"),
                    format!("--user-data-dir={}", profile.path().display()),
                ],
                "prefs": { "profile.managed_default_content_settings.javascript": if javascript { 1 } else { 2 } },
                // Headless windows have a least width; a phone's is narrower.
                "mobileEmulation": { "deviceMetrics": { "width": width, "height": height, "pixelRatio": 1.0 } },
            }
        });
        let capabilities = capabilities.as_object().unwrap().clone();
        let page = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities)
            .connect(&format!("http://127.0.0.1:{port}"))
            .await
            .expect("a browser");
        Self { page, _driver: driver, _profile: profile }
    }

    /// Closes the window before the driver goes.
    pub async fn close(self) {
        let _closed = self.page.clone().close().await;
    }
}
