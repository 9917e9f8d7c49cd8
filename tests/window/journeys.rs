//! The ways of a resident, an officer, the office and a technician at one counter, each touched with a real
//! pointer on the program's real window, and read from what its queue holds afterwards.

use crate::station::Station;
use crate::support::eventually;
use crate::support::screen::read_qr;
use image::{Rgb, RgbImage};
use std::io::Read;
use std::net::TcpListener;

/// Places on a screen of 1280 by 800, where the pictures of the documents show them.
mod at {
    pub const STAFF: (u32, u32) = (1190, 744);
    pub const COMFORT: (u32, u32) = (907, 46);
    pub const ENGLISH: (u32, u32) = (1190, 46);
    pub const EMBLEM: (u32, u32) = (62, 50);
    pub const BACK: (u32, u32) = (140, 197);

    pub const HIGH_CONTRAST: (u32, u32) = (930, 393);

    pub const FIRST_REASON: (u32, u32) = (262, 430);
    pub const FOURTH_REASON: (u32, u32) = (262, 550);
    pub const REASONS_DONE: (u32, u32) = (640, 684);
    pub const UNDO: (u32, u32) = (866, 684);
    pub const THIRD_ANSWER: (u32, u32) = (390, 560);
    pub const LEAVE_OUT: (u32, u32) = (636, 680);

    pub const PRINT: (u32, u32) = (1023, 667);

    pub const FIRST_OFFICER: (u32, u32) = (190, 450);
    pub const SECOND_OFFICER: (u32, u32) = (490, 450);
    pub const TO_THE_COUNTER: (u32, u32) = (176, 405);
    pub const OWN_DAY: (u32, u32) = (486, 405);
    pub const BREAK: (u32, u32) = (796, 405);
    pub const HAND_OVER: (u32, u32) = (1106, 405);
    pub const PRACTICE: (u32, u32) = (176, 640);
    pub const EXPLAIN: (u32, u32) = (486, 632);
    pub const SIGN_OFF: (u32, u32) = (796, 632);
    pub const WHO_SEES_WHAT: (u32, u32) = (948, 290);
    pub const NOT_MINE: (u32, u32) = (1041, 735);
    pub const LAST_HOUR: (u32, u32) = (485, 387);
    pub const COLLEAGUE: (u32, u32) = (485, 551);
    pub const SEND: (u32, u32) = (640, 673);

    pub const TEST_TOUCH: (u32, u32) = (644, 729);
    pub const TEST_DISPLAY: (u32, u32) = (1049, 729);
    pub const MIDDLE: (u32, u32) = (640, 398);

    /// A key of the PIN page, or of the technician's further right.
    pub fn key(digit: u32, left: u32) -> (u32, u32) {
        let (column, row) = if digit == 0 { (1, 3) } else { ((digit - 1) % 3, (digit - 1) / 3) };
        (left + column * 142, 347 + row * 106)
    }
}

/// The left column of keys on the page of the PIN, and on the technician's.
const PIN_KEYS: u32 = 754;
const UNLOCK_KEYS: u32 = 774;

impl Station {
    fn type_digits(&self, digits: &str, left: u32) {
        for digit in digits.chars().filter_map(|digit| digit.to_digit(10)) {
            let (x, y) = at::key(digit, left);
            self.screen.tap(x, y);
        }
    }

    fn enter_pin(&self, pin: &str, then: &str) {
        self.type_digits(pin, PIN_KEYS);
        self.shows(then);
    }

    fn rate(&self, stars: usize, then: &str) {
        self.touch(self.stars()[stars - 1], then);
    }
}

/// A resident's whole way, with reasons, the survey's question, an undo, another language and another look.
#[test]
fn a_resident_rates_says_why_and_takes_back() {
    let station = Station::set_up(&[]);
    station.shows("start");

    station.rate(5, "why");
    station.screen.tap(at::FIRST_REASON.0, at::FIRST_REASON.1);
    station.screen.tap(at::FOURTH_REASON.0, at::FOURTH_REASON.1);
    station.touch(at::REASONS_DONE, "question");
    station.touch(at::THIRD_ANSWER, "thanks-with-a-code");
    station.holds(&["rated", "reasoned", "asked"]);
    assert_eq!(station.newest("rated", "stars"), "5");
    assert_eq!(station.newest("reasoned", "reasons"), "[\"ramah\",\"andal\"]");
    assert_eq!(station.newest("asked", "answer"), "3");

    // One star has the same way; leaving out is as near as choosing.
    station.shows("start");
    station.rate(1, "why");
    station.touch(at::REASONS_DONE, "question");
    station.touch(at::LEAVE_OUT, "thanks-with-a-code");
    station.shows("start");
    station.rate(4, "why");
    station.touch(at::UNDO, "start");
    station.holds(&["rated", "reasoned", "asked", "rated", "asked", "rated", "undone"]);

    // In another language, and in black and white, until the visit ends.
    station.screen.tap(at::ENGLISH.0, at::ENGLISH.1);
    eventually("English chosen", || {
        let beside_its_letters = (at::ENGLISH.0 - 30, at::ENGLISH.1);
        (station.screen.picture().get_pixel(beside_its_letters.0, beside_its_letters.1) == &WHITE).then_some(())
    });
    station.touch(at::COMFORT, "comfort");
    station.screen.tap(at::HIGH_CONTRAST.0, at::HIGH_CONTRAST.1);
    eventually("black and white", || is_black_and_white(&station.screen.picture()).then_some(()));
    station.close();
}

const WHITE: Rgb<u8> = Rgb([255, 255, 255]);

/// Who has no time takes the code home on paper: the one that is on the screen.
#[test]
fn a_resident_takes_the_code_home() {
    let printer = TcpListener::bind("127.0.0.1:0").unwrap();
    let station = Station::set_up(&[("SUARA_PRINTER_ADDRESS", &format!("tcp:{}", printer.local_addr().unwrap()))]);
    let (x, y) =
        eventually("the button below the stars", || station.eyes.wide_button_below(&station.screen.picture(), 690));
    station.touch((x, y), "rate-later-to-print");
    let link = eventually("a readable code", || read_qr(&station.screen.picture()));
    station.screen.tap(at::PRINT.0, at::PRINT.1);
    let mut slip = Vec::new();
    printer.accept().unwrap().0.read_to_end(&mut slip).unwrap();
    let printed = slip.windows(link.len()).filter(|bytes| *bytes == link.as_bytes()).count();
    assert_eq!(printed, 1, "{}", String::from_utf8_lossy(&slip));
    station.shows("printed");
    station.close();
}

/// No green is left in the header.
fn is_black_and_white(picture: &RgbImage) -> bool {
    (0..picture.width()).all(|x| picture.get_pixel(x, 4).0 == [0, 0, 0])
}

/// An officer signs on, practises, takes a break, looks at the day, contests, and hands over.
#[test]
fn an_officer_works_a_day() {
    let station = Station::set_up(&[]);
    station.shows("start");
    station.touch(at::STAFF, "officers");
    station.touch(at::FIRST_OFFICER, "pin");
    station.enter_pin("000000", "wrong-pin");
    station.enter_pin("271801", "menu");
    station.holds(&["duty_started"]);

    // Practice looks like the counter, and says on every page that nothing counts.
    station.touch(at::PRACTICE, "practice");
    let (x, y) = station.stars()[1];
    station.leads_on((x, y));
    station.leads_on(at::REASONS_DONE);
    station.touch(at::LEAVE_OUT, "practice-thanks");
    station.shows("practice");
    station.leads_on(at::STAFF);
    station.enter_pin("271801", "menu-in-practice");
    station.touch(at::PRACTICE, "start-with-an-officer");
    station.holds(&["duty_started", "practised"]);

    // A break closes the stars until the officer is back.
    station.touch(at::STAFF, "pin");
    station.enter_pin("271801", "menu");
    station.touch(at::BREAK, "break");
    station.touch(at::STAFF, "pin");
    station.enter_pin("271801", "menu");
    station.touch(at::TO_THE_COUNTER, "start-with-an-officer");

    // A rating is the officer's; one that was not is contested.
    station.rate(3, "why");
    station.touch(at::REASONS_DONE, "question");
    station.touch(at::LEAVE_OUT, "thanks-with-a-code");
    assert_eq!(station.newest("rated", "officer"), "1");
    station.shows("start-with-an-officer");
    station.touch(at::STAFF, "pin");
    station.enter_pin("271801", "menu");
    station.touch(at::OWN_DAY, "day-without-ratings");
    station.touch(at::NOT_MINE, "contest");
    station.screen.tap(at::LAST_HOUR.0, at::LAST_HOUR.1);
    station.touch(at::COLLEAGUE, "contest-chosen");
    station.touch(at::SEND, "contest-sent");
    assert_eq!(station.newest("contested", "span_minutes"), "60");
    assert_eq!(station.newest("contested", "reason"), "somebody_else");
    station.touch(at::BACK, "day-without-ratings");
    station.touch(at::BACK, "menu");

    // How it is counted, and who sees what.
    station.touch(at::EXPLAIN, "how-ratings-are-counted");
    station.touch(at::WHO_SEES_WHAT, "who-sees-what");
    station.touch(at::BACK, "menu");

    // Another officer takes over, and signs off in the end.
    station.touch(at::HAND_OVER, "officers");
    station.touch(at::SECOND_OFFICER, "pin");
    station.enter_pin("271802", "menu");
    station.touch(at::SIGN_OFF, "start");
    let practised = ["duty_started", "practised", "duty_paused", "duty_resumed"];
    let contested = ["rated", "asked", "contested", "duty_ended", "duty_started", "duty_ended"];
    station.holds(&[practised.as_slice(), contested.as_slice()].concat());
    assert_eq!(station.newest("duty_started", "officer"), "2");
    station.close();
}

/// The office changes every kiosk from afar, and its queue system opens the stars.
#[tokio::test(flavor = "multi_thread")]
async fn an_office_reaches_its_counter() {
    let station = Station::set_up(&[("SUARA_QUEUE_LISTEN", "127.0.0.1:0")]);
    station.shows("start");
    let file = station.file("office.toml", "[theme]\nprimary = \"#7a1f3d\"\n\n[honesty]\nprompt = \"visit\"\n");
    station.admin(&["config", "set", file.to_str().unwrap()]);
    eventually("the office's colour", || {
        (station.screen.picture().get_pixel(640, 4) == &Rgb([0x7a, 0x1f, 0x3d])).then_some(())
    });
    eventually("stars closed until a visitor is called", || {
        station.eyes.stars(&station.screen.picture()).is_none().then_some(())
    });

    let call = format!("http://{}/v1/visits", station.queue_address());
    let client = reqwest::Client::new();
    let called = client.post(format!("{call}/called")).body(r#"{"service":"kk"}"#).send().await.unwrap();
    assert_eq!(called.status(), 202);
    station.rate(4, "why");
    station.touch(at::REASONS_DONE, "question");
    station.touch(at::LEAVE_OUT, "thanks-with-a-code");
    let served = client.post(format!("{call}/served")).body(r#"{"service":"kk"}"#).send().await.unwrap();
    assert_eq!(served.status(), 202);
    eventually("stars closed after the visit", || {
        station.eyes.stars(&station.screen.picture()).is_none().then_some(())
    });
    station.holds(&["rated", "asked", "visit_served"]);
    assert_eq!(station.newest("rated", "service"), "1");
    station.close();
}

/// A technician gets in with a code of the office, reads, tests, and the door closes by itself.
#[test]
fn a_technician_gets_in_and_the_door_closes() {
    let station = Station::set_up(&[]);
    station.shows("start");
    for _touch in 0..5 {
        station.screen.tap(at::EMBLEM.0, at::EMBLEM.1);
    }
    station.shows("unlock");
    station.type_digits("00000000", UNLOCK_KEYS);
    station.shows("wrong-code");
    let challenge = station.logged("a technician asks to be let in with challenge ");
    let code = station.admin(&["device", "unlock", "1", "--challenge", &challenge]);
    station.type_digits(code.trim(), UNLOCK_KEYS);
    station.shows("technician");

    station.touch(at::TEST_TOUCH, "touch-test");
    station.touch(at::MIDDLE, "technician");
    station.leads_on(at::TEST_DISPLAY);
    for colour in [[255, 255, 255], [0, 0, 0], [255, 0, 0], [0, 255, 0], [0, 0, 255]] {
        assert_eq!(station.screen.picture().get_pixel(8, 8).0, colour);
        station.leads_on(at::MIDDLE);
    }
    station.touch(at::MIDDLE, "technician");
    station.touch(at::BACK, "start");
    station.close();
}
