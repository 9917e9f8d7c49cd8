//! What lies between the kiosk and its window: events in, one redraw out, one timer.

use super::generated::{AppWindow, Spoken};
use super::inbox::Message;
use super::{comfort, contest, day, shell, staff, technician, visit};
use crate::domain::stars::Stars;
use crate::kiosk::counter::Kiosk;
use crate::kiosk::session::{Event, Screen};
use crate::kiosk::settings::KioskSettings;
use slint::{ComponentHandle, SharedString, Timer, TimerMode};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::mpsc::Receiver;
use std::time::Duration;

/// The longest sleep between two looks at the clock, so that a new day ends yesterday's duty on the
/// screen although nobody touches it.
const LONGEST_SLEEP_MS: i64 = 60_000;

pub(super) struct Desk {
    window: slint::Weak<AppWindow>,
    settings: RefCell<Arc<KioskSettings>>,
    kiosk: RefCell<Option<Kiosk>>,
    messages: Receiver<Message>,
    /// The star under the finger: it fills at once, long before anything is stored.
    touched: Cell<Option<Stars>>,
    /// Whether there is a voice, and what it was told last.
    spoken: RefCell<(bool, SharedString)>,
    timer: Timer,
}

impl Desk {
    pub(super) fn new(
        window: slint::Weak<AppWindow>,
        settings: KioskSettings,
        messages: Receiver<Message>,
    ) -> Rc<Self> {
        let (kiosk, touched, settings) = (RefCell::new(None), Cell::new(None), RefCell::new(Arc::new(settings)));
        Rc::new(Self {
            window,
            settings,
            kiosk,
            messages,
            touched,
            spoken: RefCell::default(),
            timer: Timer::default(),
        })
    }

    /// Takes the kiosk, and reads what came for it before it was there.
    pub(super) fn attach(self: &Rc<Self>, kiosk: Kiosk) {
        self.kiosk.replace(Some(kiosk));
        self.roster_changed();
        self.read_messages();
    }

    /// Lets the kiosk go.
    pub(super) fn detach(&self) {
        self.timer.stop();
        drop(self.kiosk.take());
    }

    /// Tells the kiosk what happened, and draws the outcome.
    pub(super) fn send(self: &Rc<Self>, event: Event) {
        if let Some(kiosk) = self.kiosk.borrow_mut().as_mut() {
            kiosk.send(event);
        }
        self.redraw();
    }

    /// A star was touched; only the first of two fast ones counts.
    pub(super) fn rate(self: &Rc<Self>, stars: Stars) {
        let at_start = self.kiosk.borrow().as_ref().is_some_and(|kiosk| *kiosk.view().screen == Screen::Start);
        if at_start {
            self.touched.set(Some(stars));
        }
        self.send(Event::StarTouched(stars));
    }

    /// Reads everything in the inbox.
    pub(super) fn read_messages(self: &Rc<Self>) {
        if self.kiosk.borrow().is_none() {
            return;
        }
        while let Ok(message) = self.messages.try_recv() {
            match message {
                Message::Event(event) => self.send(event),
                Message::Roster(roster) => {
                    if let Some(kiosk) = self.kiosk.borrow_mut().as_mut() {
                        kiosk.set_roster(roster);
                    }
                    self.roster_changed();
                }
                Message::Settings(settings) => self.take_settings(settings),
            }
        }
        self.redraw();
    }

    fn take_settings(&self, settings: Arc<KioskSettings>) {
        if let Some(kiosk) = self.kiosk.borrow_mut().as_mut() {
            kiosk.set_settings(&settings);
        }
        if let Some(window) = self.window.upgrade() {
            shell::dress(&window, &settings);
        }
        self.settings.replace(settings);
        self.roster_changed();
    }

    fn roster_changed(&self) {
        let (kiosk, window) = (self.kiosk.borrow(), self.window.upgrade());
        if let (Some(kiosk), Some(window)) = (kiosk.as_ref(), window) {
            shell::show_roster(&window, kiosk.view().roster, &self.settings.borrow());
            staff::show_roster(&window, kiosk.view().roster);
            visit::show_roster(&window, kiosk.view().roster);
        }
    }

    fn redraw(self: &Rc<Self>) {
        let (mut kiosk, window) = (self.kiosk.borrow_mut(), self.window.upgrade());
        let (Some(kiosk), Some(window)) = (kiosk.as_mut(), window) else { return };
        let (view, settings) = (kiosk.view(), self.settings.borrow().clone());
        if *view.screen != Screen::Storing {
            self.touched.set(None);
        }
        // The page comes last: its parts are made from what was set before.
        visit::show(&window, &view, self.touched.get(), &settings);
        staff::show(&window, &view);
        day::show(&window, &view, &settings.reasons);
        contest::show(&window, &view);
        technician::show(&window, &view);
        comfort::show(&window, &view);
        shell::show(&window, &view, &settings);
        self.wake_in(kiosk.wake_in_ms());
        self.speak(&window, kiosk);
    }

    /// A page speaks when it comes, and again when its words change.
    fn speak(&self, window: &AppWindow, kiosk: &mut Kiosk) {
        let words = window.global::<Spoken>().get_words();
        let wanted = (kiosk.view().comfort.speech, words);
        if *self.spoken.borrow() != wanted {
            kiosk.say(&wanted.1);
            self.spoken.replace(wanted);
        }
    }

    fn wake_in(self: &Rc<Self>, due_ms: Option<i64>) {
        let sleep_ms = due_ms.unwrap_or(LONGEST_SLEEP_MS).min(LONGEST_SLEEP_MS);
        let sleep = Duration::from_millis(u64::try_from(sleep_ms).unwrap_or(0).max(1));
        let desk = Rc::downgrade(self);
        self.timer.start(TimerMode::SingleShot, sleep, move || {
            if let Some(desk) = desk.upgrade() {
                desk.send(Event::Tick);
            }
        });
    }
}
