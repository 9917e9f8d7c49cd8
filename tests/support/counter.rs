//! A headless kiosk on the real session, queue and synchronisation.

use std::path::Path;
use std::sync::Arc;
use suara_loket::domain::ids::OfficerId;
use suara_loket::domain::stars::Stars;
use suara_loket::kiosk::configuration::Configuration;
use suara_loket::kiosk::own_settings::OwnSettings;
use suara_loket::kiosk::session::{Event, Screen};
use suara_loket::kiosk::start::{Running, prepare};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::task::JoinHandle;

/// A kiosk and whoever touches it.
pub struct Counter {
    /// The kiosk.
    pub running: Running,
    answers: UnboundedReceiver<Event>,
    changes: UnboundedReceiver<Arc<Configuration>>,
    synchronisation: JoinHandle<()>,
}

impl Counter {
    /// Starts a kiosk in `folder`, enrolling it with `code` if it is new.
    pub async fn start(folder: &Path, server: &str, code: Option<&str>) -> Self {
        let server = server.to_owned();
        let own = OwnSettings::default().with(move |settings| {
            settings.server.address.clone_from(&server);
            settings.server.refresh_s = 1;
            settings.let_residents_hurry();
        });
        let prepared = prepare(folder, &own, code).await.unwrap();
        let (sender, answers) = unbounded_channel();
        let inbox = Arc::new(move |event| drop(sender.send(event)));
        let (change, changes) = unbounded_channel();
        let (running, synchronisation) = prepared.launch(inbox, move |new| drop(change.send(new))).unwrap();
        Self { running, answers, changes, synchronisation: tokio::spawn(synchronisation) }
    }

    /// Waits until the office tells something else, and passes it on.
    pub async fn hear_news(&mut self) {
        let new = self.changes.recv().await.expect("news");
        self.running.kiosk.set_settings(&new.settings);
        self.running.kiosk.set_roster(new.roster.clone());
    }

    /// Touches something, and passes on what comes back, until `done`.
    pub async fn touch_until(&mut self, event: Event, done: impl Fn(&Screen) -> bool) {
        self.running.kiosk.send(event);
        while !done(self.running.kiosk.view().screen) {
            let answer = self.answers.recv().await.expect("an answer");
            self.running.kiosk.send(answer);
        }
    }

    /// A resident rates; returns after the thank-you is over.
    pub async fn rate(&mut self, stars: u8) {
        let stars = Stars::try_from(stars).unwrap();
        self.touch_until(Event::StarTouched(stars), |screen| matches!(screen, Screen::ThankYou { .. })).await;
        self.running.kiosk.send(Event::BackTouched);
    }

    /// A resident asks for the code of this visit; returns its address and goes back.
    pub async fn ask_for_code(&mut self) -> String {
        self.touch_until(Event::RateLaterTouched, |s| matches!(s, Screen::RateLater { link: Some(_) })).await;
        let Screen::RateLater { link: Some(link) } = self.running.kiosk.view().screen.clone() else { panic!() };
        self.running.kiosk.send(Event::BackTouched);
        link
    }

    /// An officer gives their PIN; ends in their menu.
    pub async fn sign_on(&mut self, officer: OfficerId, pin: &str) {
        let kiosk = &mut self.running.kiosk;
        kiosk.send(Event::StaffTouched);
        kiosk.send(Event::OtherOfficerTouched);
        kiosk.send(Event::OfficerTouched(officer));
        for digit in pin.bytes().take(5) {
            kiosk.send(Event::DigitTouched(digit - b'0'));
        }
        let last = pin.as_bytes()[5] - b'0';
        self.touch_until(Event::DigitTouched(last), |screen| matches!(screen, Screen::Menu { .. })).await;
    }

    /// Waits until the server has acknowledged everything.
    pub async fn drained(&self) {
        let begun = std::time::Instant::now();
        while self.running.outbox.depth().unwrap().waiting > 0 {
            assert!(begun.elapsed().as_secs() < 60, "the queue does not drain");
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
    }

    /// Switches the kiosk off.
    pub fn stop(self) {
        self.synchronisation.abort();
    }
}
