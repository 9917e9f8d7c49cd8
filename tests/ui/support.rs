//! A counter window on a mocked clock, with hands that answer as they are told to.

use i_slint_backend_testing::{AccessibleRole, ElementHandle, ElementQuery, get_mocked_time, mock_elapsed_time};
use slint::ComponentHandle;
use slint::platform::{PointerEventButton, WindowEvent};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use suara_loket::domain::clock::{Clock, Moment};
use suara_loket::domain::comfort::Comfort;
use suara_loket::domain::day_card::{DayCard, DayScore, Theme};
use suara_loket::domain::ids::{CounterId, DeviceId, EventId, OfficeId, OfficerId, ServiceId, VisitSerial};
use suara_loket::domain::language::Language;
use suara_loket::domain::office::{Counter, Office, Officer, Service};
use suara_loket::domain::score::Spread;
use suara_loket::kiosk::counter::{Hands, Kiosk};
use suara_loket::kiosk::facts::Facts;
use suara_loket::kiosk::session::{Draft, Effect, Event, Prompt, Session};
use suara_loket::kiosk::settings::{DEFAULTS, KioskSettings, PrinterAddress};
use suara_loket::kiosk::ui::{CounterWindow, Inbox, Message};
use suara_loket::protocol::roster::{Roster, RosterOfficer};

/// Tuesday 24 November 2026, 12:05 in Sawahlunto.
const NOON_MS: i64 = 1_795_496_700_000;
/// What opens the technician's page.
pub const UNLOCK_CODE: &str = "12345678";
pub const RIGHT_PIN: [u8; 6] = [2, 4, 6, 8, 1, 0];

struct MockedClock;

impl Clock for MockedClock {
    fn now(&self) -> Moment {
        let boot_ms = i64::try_from(get_mocked_time()).unwrap();
        Moment { boot_id: uuid::Uuid::nil(), boot_ms, wall_ms: NOON_MS + boot_ms }
    }
}

/// What the hands answer with.
#[derive(Clone, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
pub struct Answers {
    pub can_speak: bool,
    pub disk_is_full: bool,
    pub paper_is_out: bool,
    pub silent: bool,
    pub card: Option<DayCard>,
}

struct FakeHands {
    inbox: Inbox,
    answers: Arc<Mutex<Answers>>,
    done: Arc<Mutex<Vec<Effect>>>,
    said: Arc<Mutex<Vec<String>>>,
}

impl Hands for FakeHands {
    fn can_speak(&self) -> bool {
        self.answers.lock().unwrap().can_speak
    }

    fn say(&mut self, words: &str, language: Language) {
        self.said.lock().unwrap().push(format!("{}: {words}", language.code()));
    }

    fn carry_out(&mut self, effect: Effect) {
        self.done.lock().unwrap().push(effect.clone());
        let answers = self.answers.lock().unwrap();
        if answers.silent {
            return;
        }
        let answer = match effect {
            Effect::Record(draft) if !draft.is_awaited() => return,
            Effect::Record(_) if answers.disk_is_full => Event::StoreFailed { reason: "the disk is full".to_owned() },
            Effect::Record(_) => {
                Event::Stored { seq: 77, id: rating(), visit: Some(VisitSerial::try_from(41).unwrap()) }
            }
            Effect::MakeTicket { visit, .. } => Event::TicketReady { visit, link: link() },
            Effect::Print { visit, .. } => Event::Printed { visit, is_done: !answers.paper_is_out },
            Effect::CheckPin { pin, .. } => Event::PinChecked { correct: pin == digits(RIGHT_PIN) },
            Effect::LoadDay(_) => Event::DayLoaded(answers.card.clone()),
            Effect::MakeChallenge => Event::ChallengeReady { challenge: "204518".to_owned() },
            Effect::CheckUnlock { code, .. } => Event::UnlockChecked { correct: code == UNLOCK_CODE },
            Effect::LoadFacts => Event::FactsLoaded(Box::new(facts())),
            Effect::SendNow | Effect::Display(_) => return,
        };
        self.inbox.post(Message::Event(answer));
    }
}

pub fn rating() -> EventId {
    EventId(uuid::Uuid::from_u128(0x0192_f000_0000_7000_8000_0000_0000_0001))
}

pub fn link() -> String {
    format!("HTTPS://SUARA.SAWAHLUNTOKOTA.GO.ID/R/{}", "CA7DNX2Q5K".repeat(13))
}

fn digits(pin: [u8; 6]) -> String {
    pin.iter().map(|digit| char::from(b'0' + digit)).collect()
}

pub struct Counter1 {
    pub window: CounterWindow,
    pub answers: Arc<Mutex<Answers>>,
    done: Arc<Mutex<Vec<Effect>>>,
    /// What was spoken, in order.
    pub said: Arc<Mutex<Vec<String>>>,
}

impl Counter1 {
    pub fn open(width: u32, height: u32) -> Self {
        Self::open_with(width, height, Prompt::Always)
    }

    pub fn open_with(width: u32, height: u32, prompt: Prompt) -> Self {
        Look::at((width, height)).open(Prompts { prompt, ..Prompts::NONE })
    }

    /// With the built-in reasons to choose from.
    pub fn open_asking(width: u32, height: u32) -> Self {
        Look::at((width, height)).open(Prompts { reasons: true, ..Prompts::NONE })
    }

    fn open_as((width, height): (u32, u32), settings: &KioskSettings, roster: Roster) -> Self {
        let window = CounterWindow::new(settings).unwrap();
        let (answers, done, said) = (Arc::new(Mutex::new(Answers::default())), Arc::default(), Arc::default());
        let hands = FakeHands {
            inbox: window.inbox(),
            answers: Arc::clone(&answers),
            done: Arc::clone(&done),
            said: Arc::clone(&said),
        };
        let session = Session::new(settings.session_rules(), settings.home_language(), None);
        window.attach(Kiosk::new(session, Arc::new(roster), Arc::new(MockedClock), Box::new(hands)));
        window.show_at(width, height).unwrap();
        let counter = Self { window, answers, done, said };
        counter.settle();
        counter
    }

    /// Lets the answers arrive, and the next frame be made.
    pub fn settle(&self) {
        self.wait_ms(1);
        // A second round, because an answer can lead to the next question.
        for _ in 0..3 {
            slint::invoke_from_event_loop(|| slint::quit_event_loop().unwrap()).unwrap();
            slint::run_event_loop_until_quit().unwrap();
        }
        self.wait_ms(1);
    }

    #[allow(clippy::unused_self, reason = "reads as what happens at this counter")]
    pub fn wait_ms(&self, ms: u64) {
        mock_elapsed_time(Duration::from_millis(ms));
    }

    pub fn ratings(&self) -> Vec<u8> {
        let rated = |effect: &Effect| match effect {
            Effect::Record(Draft::Rated { stars, .. }) => Some(stars.get()),
            _ => None,
        };
        self.done.lock().unwrap().iter().filter_map(rated).collect()
    }

    /// Waits until a touch can no longer be meant for the screen before, then touches.
    pub fn tap_calmly(&self, label: &str) {
        self.wait_ms(700);
        self.tap(label);
    }

    /// Four residents right after one another.
    pub fn rate_quickly(&self, star: &str) {
        for _ in 0..4 {
            self.tap_calmly(star);
            self.tap("Kembali ke awal");
        }
    }

    /// The reasons recorded, as they are counted.
    pub fn reasons(&self) -> Vec<String> {
        let reasoned = |effect: &Effect| match effect {
            Effect::Record(Draft::Reasoned { reasons, .. }) => reasons.iter().map(ToString::to_string).collect(),
            _ => Vec::new(),
        };
        self.done.lock().unwrap().iter().flat_map(reasoned).collect()
    }

    pub fn taken_back(&self) -> usize {
        let undone = |effect: &&Effect| matches!(effect, Effect::Record(Draft::Undone { .. }));
        self.done.lock().unwrap().iter().filter(undone).count()
    }

    pub fn last_rated_officer(&self) -> Option<OfficerId> {
        let rated = |effect: &Effect| match effect {
            Effect::Record(Draft::Rated { officer, .. }) => Some(*officer),
            _ => None,
        };
        self.done.lock().unwrap().iter().rev().find_map(rated).flatten()
    }

    pub fn shows(&self, label: &str) -> bool {
        self.elements(label).next().is_some()
    }

    pub fn find(&self, label: &str) -> ElementHandle {
        let found = self.elements(label).next();
        found.unwrap_or_else(|| panic!("nothing is labelled `{label}`; there is {:?}", self.labels()))
    }

    fn elements(&self, label: &str) -> impl Iterator<Item = ElementHandle> {
        ElementHandle::find_by_accessible_label(self.window.component(), label)
    }

    pub fn labels(&self) -> Vec<String> {
        let all = ElementQuery::from_root(self.window.component()).find_all();
        all.iter().filter_map(ElementHandle::accessible_label).map(String::from).collect()
    }

    pub fn buttons(&self) -> Vec<ElementHandle> {
        let query = ElementQuery::from_root(self.window.component());
        query.match_accessible_role(AccessibleRole::Button).find_all()
    }

    pub fn tap_only(&self, label: &str) {
        self.find(label).mock_single_click(PointerEventButton::Left);
    }

    pub fn tap(&self, label: &str) {
        self.tap_only(label);
        self.settle();
    }

    pub fn press_at(&self, from: &ElementHandle, to: slint::LogicalPosition) {
        let window = self.window.component().window();
        let (origin, size) = (from.absolute_position(), from.size());
        let position = slint::LogicalPosition::new(origin.x + size.width / 2.0, origin.y + size.height / 2.0);
        let button = PointerEventButton::Left;
        window.dispatch_event(WindowEvent::PointerPressed { position, button });
        window.dispatch_event(WindowEvent::PointerMoved { position: to });
        window.dispatch_event(WindowEvent::PointerReleased { position: to, button });
    }

    pub fn key(&self, key: impl Into<slint::SharedString>) {
        let (window, text) = (self.window.component().window(), key.into());
        window.dispatch_event(WindowEvent::KeyPressed { text: text.clone() });
        window.dispatch_event(WindowEvent::KeyReleased { text });
        self.settle();
    }

    pub fn type_pin(&self, pin: [u8; 6]) {
        self.type_digits(pin);
    }

    pub fn type_digits<const N: usize>(&self, digits: [u8; N]) {
        for digit in digits {
            self.tap(&digit.to_string());
        }
    }

    pub fn sign_on(&self, name: &str) {
        self.tap("Petugas");
        self.tap(name);
        self.type_pin(RIGHT_PIN);
    }
}

/// A counter as somebody likes it.
#[derive(Clone, Copy, Debug)]
pub struct Look {
    pub size: (u32, u32),
    pub language: Language,
    pub comfort: Comfort,
    /// Names of office and officers as long as they get, titles and all.
    pub long_names: bool,
}

/// What it asks for.
#[derive(Clone, Copy)]
pub struct Prompts {
    pub prompt: Prompt,
    pub reasons: bool,
    /// The service and a question of the survey after the stars, the code on the thank-you, and a printer.
    pub more: bool,
}

impl Prompts {
    /// Nothing but the stars.
    pub const NONE: Prompts = Prompts { prompt: Prompt::Always, reasons: false, more: false };
    /// Everything that can be asked.
    pub const ALL: Prompts = Prompts { prompt: Prompt::Always, reasons: true, more: true };
}

impl Look {
    pub fn at(size: (u32, u32)) -> Self {
        Self { size, language: Language::Id, comfort: Comfort::default(), long_names: false }
    }

    /// One of the built-in reasons after four stars.
    pub fn reason(&self) -> &'static str {
        match self.language {
            Language::Id => "Dapat diandalkan",
            Language::Min => "Bisa diandalan",
            Language::En => "Reliable",
        }
    }

    pub fn open(&self, prompts: Prompts) -> Counter1 {
        let mut settings = defaults();
        settings.honesty.prompt = prompts.prompt;
        if !prompts.reasons {
            settings.ask_for_nothing();
        }
        settings.ask.service = prompts.more;
        settings.ask.question = prompts.more;
        settings.ask.code = prompts.more;
        if prompts.more {
            settings.printer.address = PrinterAddress::File("/dev/null".into());
        }
        settings.access = self.comfort;
        // The home language comes first.
        settings.languages.offered.sort_by_key(|language| *language != self.language);
        let roster = if self.long_names { long_names(roster()) } else { roster() };
        Counter1::open_as(self.size, &settings, roster)
    }
}

fn long_names(mut roster: Roster) -> Roster {
    "Dinas Kependudukan dan Pencatatan Sipil Kota Sawahlunto".clone_into(&mut roster.office.name);
    "Loket 12 · Kartu Identitas Anak".clone_into(&mut roster.counter.name);
    for entry in &mut roster.officers {
        entry.officer.name = format!("Hj. {} Syafruddin, S.Sos., M.Si.", entry.officer.name);
    }
    roster
}

impl Drop for Counter1 {
    /// A window that stays open would go on ticking, and speaking its own language.
    fn drop(&mut self) {
        self.window.component().hide().unwrap();
    }
}

fn defaults() -> KioskSettings {
    let mut settings = suara_loket::layers::load::<KioskSettings>(DEFAULTS, None, &[]).unwrap().settings;
    settings.window.fullscreen = false;
    settings
}

/// A day with everything on it.
pub fn full_card() -> DayCard {
    let mut card = card([1, 0, 2, 9, 21]);
    let theme = |code: &str, count| Theme { code: code.to_owned().try_into().unwrap(), count };
    card.themes = vec![theme("ramah", 14), theme("cekatan", 9), theme("jelas", 6), theme("lama", 5)];
    let days = [("2026-11-18", [0, 1, 1, 4, 9]), ("2026-11-19", [0, 0, 2, 5, 11]), ("2026-11-20", [1, 0, 0, 3, 4])];
    let more = [("2026-11-23", [0, 0, 1, 6, 15]), ("2026-11-24", [1, 0, 2, 9, 21])];
    let week = days.into_iter().chain(more);
    card.week = week.map(|(day, spread)| DayScore { day: day.parse().unwrap(), spread: Spread(spread) }).collect();
    card
}

/// A kiosk in trouble, with words as long as they get.
fn facts() -> Facts {
    Facts {
        program: "0.1.0".to_owned(),
        built_ms: NOON_MS,
        device: DeviceId::try_from(12).unwrap(),
        fingerprint: "diri-garuda-babak-jalan".to_owned(),
        server: "https://suara.sawahluntokota.go.id".to_owned(),
        waiting: Some(318),
        oldest_waiting_ms: Some(3 * 86_400_000),
        withheld: 1,
        last_answer_ms: Some(7_200_000),
        trouble: Some("the server cannot be reached: no route to host. Check the network; nothing is lost".to_owned()),
        clock_error_ms: Some(140),
        clock_off_ms: Some(-90_000),
        disk_free_bytes: Some(2_147_483_648),
        configuration: "7 · 3f9a21c4".to_owned(),
    }
}

pub fn officer(id: u32) -> OfficerId {
    OfficerId::try_from(id).unwrap()
}

pub fn card(spread: [u32; 5]) -> DayCard {
    let mut card = DayCard::empty(officer(1), "2026-11-24".parse().unwrap());
    card.spread = Spread(spread);
    card.released_at_ms = Some(NOON_MS);
    card
}

fn roster() -> Roster {
    let people = [
        ("Rani Oktaviani", include_str!("../../kiosk-config/sample-office/portraits/rani.svg")),
        ("Dedi Kurniawan", include_str!("../../kiosk-config/sample-office/portraits/dedi.svg")),
        ("Yulia Safitri", include_str!("../../kiosk-config/sample-office/portraits/yulia.svg")),
        ("Fauzan Hakim", include_str!("../../kiosk-config/sample-office/portraits/fauzan.svg")),
        ("Citra Dewi", "this is no drawing"),
    ];
    let officers = (1..).zip(people).map(|(id, (name, portrait))| RosterOfficer {
        officer: Officer { id: officer(id), name: name.to_owned(), portrait_svg: portrait.to_owned() },
        pin_hash: String::new(),
    });
    Roster {
        office: Office {
            id: OfficeId::try_from(1).unwrap(),
            name: "Disdukcapil Kota Sawahlunto".to_owned(),
            zone: "Asia/Jakarta".to_owned(),
            hours: None,
        },
        counter: Counter { id: CounterId::try_from(1).unwrap(), name: "Loket 1".to_owned() },
        officers: officers.collect(),
        services: services(),
        public_url: "https://suara.sawahluntokota.go.id".to_owned(),
        releases: None,
    }
}

fn services() -> Vec<Service> {
    let names = [
        "Kartu Keluarga",
        "KTP elektronik",
        "Kartu Identitas Anak",
        "Akta kelahiran",
        "Akta kematian",
        "Akta perkawinan",
        "Akta perceraian",
        "Surat pindah",
        "Pindah datang",
        "Pengakuan anak",
        "Pengesahan anak",
        "Legalisir",
        "Identitas Kependudukan Digital",
    ];
    let services = (1..).zip(names).map(|(id, name)| Service {
        id: ServiceId::try_from(id).unwrap(),
        code: format!("layanan_{id}"),
        name: name.to_owned(),
    });
    services.collect()
}
