//! The window itself: made before the kiosk, because the kiosk's hands need the inbox.

use super::desk::Desk;
use super::generated::{AppWindow, Fault, Page, Pictures as PictureCalls, Shell};
use super::inbox::Inbox;
use super::pictures::Pictures;
use super::{comfort, contest, shell, staff, technician, visit};
use crate::kiosk::counter::Kiosk;
use crate::kiosk::settings::{Colour, KioskSettings};
pub use slint::PlatformError;
use slint::{ComponentHandle, Timer, TimerMode};
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::mpsc;
use std::time::Duration;

/// The screen of one kiosk. Lives on the thread that made it, the program's main thread.
///
/// ```no_run
/// # use suara_loket::kiosk::{counter::{Hands, Kiosk}, settings::KioskSettings, ui::{CounterWindow, Inbox, PlatformError}};
/// # fn go(settings: &KioskSettings, put_together: impl Fn(Inbox) -> Kiosk) -> Result<(), PlatformError> {
/// let window = CounterWindow::new(settings)?;
/// window.attach(put_together(window.inbox()));
/// window.run()
/// # }
/// ```
pub struct CounterWindow {
    component: AppWindow,
    desk: Rc<Desk>,
    inbox: Inbox,
}

impl CounterWindow {
    /// A window with its colours and languages, and nothing on it yet.
    ///
    /// # Errors
    /// When there is no display to open it on.
    pub fn new(settings: &KioskSettings) -> Result<Self, PlatformError> {
        let component = AppWindow::new()?;
        let (sender, messages) = mpsc::channel();
        let desk = Desk::new(component.as_weak(), settings.clone(), messages);
        let inbox = Inbox::new(sender, component.as_weak());
        shell::dress(&component, settings);
        shell::listen(&component, &desk);
        visit::listen(&component, &desk);
        staff::listen(&component, &desk);
        contest::listen(&component, &desk);
        technician::listen(&component, &desk);
        comfort::listen(&component, &desk);
        draw_pictures(&component, settings);
        Ok(Self { component, desk, inbox })
    }

    /// Where answers and news for the kiosk are left, from any thread.
    #[must_use]
    pub fn inbox(&self) -> Inbox {
        self.inbox.clone()
    }

    /// Gives the window its kiosk.
    pub fn attach(&self, kiosk: Kiosk) {
        self.desk.attach(kiosk);
    }

    /// Says that the counter cannot be used, and why, in words for its operator.
    pub fn tell_fault(&self, problem: &str) {
        self.component.global::<Fault>().set_problem(problem.into());
        self.component.global::<Shell>().set_page(Page::Fault);
    }

    /// Shows the window for so long, or until it is closed.
    ///
    /// # Errors
    /// When the display fails.
    pub fn wait(&self, stay: Duration) -> Result<(), PlatformError> {
        self.component.show()?;
        let timer = Timer::default();
        timer.start(TimerMode::SingleShot, stay, || {
            if let Err(closed) = slint::quit_event_loop() {
                tracing::debug!("the window is closed already: {closed}");
            }
        });
        slint::run_event_loop_until_quit()
    }

    /// Shows the window until it is closed.
    ///
    /// # Errors
    /// When the display fails.
    pub fn run(&self) -> Result<(), PlatformError> {
        self.component.run()
    }

    /// Shows the window at a size of `width` by `height` without waiting, for tests.
    ///
    /// # Errors
    /// When the display fails.
    #[cfg(feature = "ui-test")]
    pub fn show_at(&self, width: u32, height: u32) -> Result<(), PlatformError> {
        self.component.window().set_size(slint::PhysicalSize::new(width, height));
        self.component.show()
    }

    /// The colours that the theme comes to, by the names that screens use, for tests.
    #[cfg(feature = "ui-test")]
    #[must_use]
    pub fn colours(&self) -> Vec<(&'static str, Colour)> {
        shell::colours(&self.component)
    }

    /// The component, so that tests can find its elements.
    #[cfg(feature = "ui-test")]
    #[must_use]
    pub fn component(&self) -> &(impl ComponentHandle + i_slint_backend_testing::ElementRoot + use<>) {
        &self.component
    }
}

impl Drop for CounterWindow {
    /// A desk without its window would go on ticking, and speaking its own language.
    fn drop(&mut self) {
        self.desk.detach();
    }
}

fn draw_pictures(component: &AppWindow, settings: &KioskSettings) {
    let pictures = Rc::new(RefCell::new(Pictures::new(settings)));
    let calls = component.global::<PictureCalls>();
    let drawer = pictures.clone();
    calls.on_portrait(move |svg, size| drawer.borrow_mut().portrait(&svg, size));
    let drawer = pictures.clone();
    calls.on_code(move |link, size| drawer.borrow_mut().code(&link, size));
    let drawer = pictures.clone();
    calls.on_emblem(move |size| drawer.borrow_mut().emblem(size));
    calls.on_ribbon(move |height, thread, cloth| {
        let colour = |it: slint::Color| Colour { red: it.red(), green: it.green(), blue: it.blue() };
        pictures.borrow_mut().ribbon(height, colour(thread), colour(cloth))
    });
}
