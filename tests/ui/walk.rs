//! The way through every page, in any language and look.

use crate::support::{Counter1, Look, Prompts, RIGHT_PIN, card, full_card};
use crate::words::say;
use suara_loket::kiosk::session::Prompt;

const ANY: Prompts = Prompts::NONE;

/// Somebody who reads one language and touches what it says.
struct Walker<'a> {
    look: &'a Look,
    counter: Counter1,
}

impl<'a> Walker<'a> {
    fn start(look: &'a Look, prompts: Prompts) -> Self {
        Self { look, counter: look.open(prompts) }
    }

    fn tap(&self, english: &str) {
        self.counter.tap(&say(self.look.language, english, &[]));
    }

    fn sign_on(&self) {
        self.tap("Staff");
        self.counter.tap(&self.officer());
        self.counter.type_pin(RIGHT_PIN);
    }

    fn rate(&self) {
        let good = say(self.look.language, "Good", &[]);
        self.counter.tap_calmly(&say(self.look.language, "{0} of 5 stars: {1}", &["4", &good]));
    }

    fn officer(&self) -> String {
        let name = "Rani Oktaviani";
        if self.look.long_names { format!("Hj. {name} Syafruddin, S.Sos., M.Si.") } else { name.to_owned() }
    }
}

/// Looks at every page once.
pub fn walk(look: &Look, see: &dyn Fn(&Counter1, &str)) {
    resident(look, see);
    everything_asked(look, see);
    staff(look, see);
    officers_other_pages(look, see);
    technician(look, see);
    trouble(look, see);
}

fn resident(look: &Look, see: &dyn Fn(&Counter1, &str)) {
    let it = Walker::start(look, ANY);
    see(&it.counter, "start");
    it.tap("Make the screen more comfortable");
    see(&it.counter, "comfort");
    it.tap("Back");
    it.tap("Rate later with my phone");
    see(&it.counter, "rate later");
    it.tap("Back");
    it.rate();
    see(&it.counter, "thanks");
    drop(it);

    let it = Walker::start(look, Prompts { reasons: true, ..ANY });
    it.rate();
    it.counter.tap(look.reason());
    see(&it.counter, "why");
}

/// The service, a question of the survey, and a thank-you with its code.
fn everything_asked(look: &Look, see: &dyn Fn(&Counter1, &str)) {
    let it = Walker::start(look, Prompts::ALL);
    it.tap("Rate later with my phone");
    see(&it.counter, "rate later to print");
    it.counter.answers.lock().unwrap().paper_is_out = true;
    it.tap("Print it");
    see(&it.counter, "printer without paper");
    it.counter.answers.lock().unwrap().paper_is_out = false;
    it.tap("Print it");
    see(&it.counter, "printed");
    it.tap("Back");
    it.rate();
    it.tap("Done");
    see(&it.counter, "service");
    it.counter.tap("Akta kelahiran");
    see(&it.counter, "question");
    it.tap("Leave it out");
    see(&it.counter, "thanks with a code");
}

fn officers_other_pages(look: &Look, see: &dyn Fn(&Counter1, &str)) {
    let it = Walker::start(look, Prompts { reasons: true, ..ANY });
    it.sign_on();
    it.tap("How it works");
    see(&it.counter, "how ratings are counted");
    it.tap("Who sees what");
    see(&it.counter, "who sees what");
    it.tap("Back");
    it.counter.answers.lock().unwrap().card = Some(full_card());
    it.tap("My day");
    see(&it.counter, "full day");
    it.tap("Some ratings are not mine");
    see(&it.counter, "contest");
    it.tap("Last hour");
    it.tap("A colleague served");
    see(&it.counter, "contest chosen");
    it.tap("Send");
    see(&it.counter, "contest sent");
    it.tap("Back");
    it.tap("Back");
    it.tap("Practise");
    see(&it.counter, "practice");
    it.rate();
    it.tap("Done");
    see(&it.counter, "practice thanks");
    it.tap("Back to start");
    it.tap("Staff");
    it.counter.type_pin(RIGHT_PIN);
    see(&it.counter, "menu in practice");
    it.tap("End practice");
    it.tap("Take a break");
    see(&it.counter, "break");
}

fn technician(look: &Look, see: &dyn Fn(&Counter1, &str)) {
    let it = Walker::start(look, ANY);
    for _ in 0..5 {
        it.tap("Emblem of the office");
    }
    see(&it.counter, "unlock");
    it.counter.type_digits([1; 8]);
    see(&it.counter, "wrong code");
    it.counter.type_digits([1, 2, 3, 4, 5, 6, 7, 8]);
    see(&it.counter, "technician");
    it.tap("Test touch");
    see(&it.counter, "touch test");
    it.tap("Back");
    drop(it);
    let it = Walker::start(look, ANY);
    let problem =
        "this kiosk is not enrolled: ask for a code with `suara-loket admin enrol` and start once with --enrol CODE";
    it.counter.window.tell_fault(problem);
    see(&it.counter, "fault");
}

fn staff(look: &Look, see: &dyn Fn(&Counter1, &str)) {
    let it = Walker::start(look, ANY);
    it.tap("Staff");
    see(&it.counter, "officers");
    it.counter.tap(&it.officer());
    see(&it.counter, "pin");
    it.counter.type_pin([1; 6]);
    see(&it.counter, "wrong pin");
    it.counter.type_pin(RIGHT_PIN);
    see(&it.counter, "menu");
    it.tap("My day");
    see(&it.counter, "day without ratings");
    it.tap("Back");
    it.counter.answers.lock().unwrap().card = Some(card([0, 0, 1, 3, 8]));
    it.tap("My day");
    see(&it.counter, "day");
    it.tap("Back");
    it.tap("Back to the counter");
    see(&it.counter, "start with an officer");
}

fn trouble(look: &Look, see: &dyn Fn(&Counter1, &str)) {
    let it = Walker::start(look, ANY);
    for _ in 0..4 {
        it.rate();
        it.tap("Back to start");
    }
    see(&it.counter, "wait");
    it.counter.wait_ms(21_000);
    it.counter.settle();
    it.counter.answers.lock().unwrap().disk_is_full = true;
    it.rate();
    see(&it.counter, "not stored");
    drop(it);

    let it = Walker::start(look, Prompts { prompt: Prompt::Visit, ..ANY });
    see(&it.counter, "closed");
    it.tap("Staff");
    it.counter.tap(&it.officer());
    it.counter.type_pin(RIGHT_PIN);
    it.tap("Back to the counter");
    see(&it.counter, "closed with an officer");
}
