//! Headless Chromium, driven over WebDriver.

use super::Process;
use fantoccini::wd::WebDriverCompatibleCommand;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use reqwest::Method;
use serde_json::{Value, json};
use std::process::{Command, Stdio};
use std::time::Duration;
use url::{ParseError, Url};

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
                "prefs": {
                    "profile.managed_default_content_settings.javascript": if javascript { 1 } else { 2 },
                    "intl.accept_languages": "id,en",
                },
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

    /// Opens an address.
    pub async fn open(&self, url: &str) {
        self.page.goto(url).await.unwrap_or_else(|error| panic!("cannot open {url}: {error}"));
    }

    /// Presses what a selector finds, by the browser's own pointer: WebDriver's click waits for a
    /// timer of the page, and a page without JavaScript has none.
    pub async fn press(&self, selector: &str) {
        const MIDDLE: &str = "const it = document.querySelector(arguments[0]);
            it.scrollIntoView({ block: 'center' });
            const box = it.getBoundingClientRect();
            return [box.x + box.width / 2, box.y + box.height / 2];";
        let middle = self.page.execute(MIDDLE, vec![json!(selector)]).await;
        let middle = middle.unwrap_or_else(|error| panic!("{selector}: {error}"));
        for kind in ["mousePressed", "mouseReleased"] {
            let (x, y) = (&middle[0], &middle[1]);
            let event = json!({ "type": kind, "x": x, "y": y, "button": "left", "clickCount": 1 });
            self.page.issue_cmd(DevTools("Input.dispatchMouseEvent", event)).await.expect("a press");
        }
    }

    /// Types into the field of this id.
    pub async fn fill(&self, id: &str, value: &str) {
        self.page.find(Locator::Id(id)).await.expect("the field").send_keys(value).await.expect("keys");
    }

    /// Everything a reader sees, once that contains `text`.
    pub async fn reads(&self, text: &str) -> String {
        self.seen_with(text, None).await
    }

    /// The same on an address that is opened again and again.
    pub async fn reads_again(&self, url: &str, text: &str) -> String {
        self.seen_with(text, Some(url)).await
    }

    async fn seen_with(&self, text: &str, url: Option<&str>) -> String {
        let mut seen = String::new();
        for _ in 0..300 {
            if let Some(url) = url {
                self.open(url).await;
            }
            // Between two pages there may be no body.
            if let Ok(body) = self.page.find(Locator::Css("body")).await {
                seen = body.text().await.unwrap_or_default();
            }
            if seen.contains(text) {
                return seen;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("no `{text}` on the page:\n{seen}");
    }

    /// Closes the window before the driver goes.
    pub async fn close(self) {
        let _closed = self.page.clone().close().await;
    }
}

/// A command of the browser's own protocol, and what it needs.
#[derive(Debug)]
struct DevTools(&'static str, Value);

impl WebDriverCompatibleCommand for DevTools {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, ParseError> {
        base.join(&format!("session/{}/goog/cdp/execute", session.unwrap_or_default()))
    }

    fn method_and_body(&self, _: &Url) -> (Method, Option<String>) {
        (Method::POST, Some(json!({ "cmd": self.0, "params": self.1 }).to_string()))
    }
}
