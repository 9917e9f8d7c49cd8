//! The technician's way in: a gesture nobody is told about, a code to a challenge, and what is behind.
//! It locks itself again.

use super::effect::Effect;
use super::machine::Session;
use super::{Now, PinNotice, Screen, UnlockScreen};
use crate::kiosk::facts::Facts;

/// Digits of a technician's code.
pub const UNLOCK_DIGITS: usize = 8;
/// Pictures of the display test.
pub const DISPLAY_PATTERNS: u8 = 6;
const TOUCHES: u32 = 5;
const WITHIN_MS: i64 = 4_000;
/// Reading a code over the telephone takes a while.
const UNLOCK_STAY_MS: i64 = 180_000;
const STAY_MS: i64 = 120_000;

/// Touches of the hidden corner that follow each other quickly.
#[derive(Debug, Default)]
pub(super) struct Corner {
    first_ms: i64,
    touches: u32,
}

impl Corner {
    /// Whether this was the last touch of the gesture.
    fn touch(&mut self, now_ms: i64) -> bool {
        if self.touches == 0 || now_ms - self.first_ms > WITHIN_MS {
            *self = Self { first_ms: now_ms, touches: 0 };
        }
        self.touches += 1;
        let is_complete = self.touches >= TOUCHES;
        if is_complete {
            self.touches = 0;
        }
        is_complete
    }
}

impl Session {
    pub(super) fn corner_touched(&mut self, now: Now) -> Vec<Effect> {
        if self.is_at_counter() && self.corner.touch(now.boot_ms) {
            self.ask_unlock(PinNotice::Enter, now)
        } else {
            Vec::new()
        }
    }

    /// Each try has a challenge of its own.
    fn ask_unlock(&mut self, notice: PinNotice, now: Now) -> Vec<Effect> {
        self.digits.clear();
        let is_locked = self.unlocks.is_locked(now.boot_ms);
        let notice = if is_locked { PinNotice::Locked } else { notice };
        self.go(Screen::Unlock(UnlockScreen { challenge: None, entered: 0, notice }), UNLOCK_STAY_MS, now);
        if is_locked { Vec::new() } else { vec![Effect::MakeChallenge] }
    }

    pub(super) fn challenge_ready(&mut self, drawn: String) -> Vec<Effect> {
        if let Screen::Unlock(UnlockScreen { challenge: challenge @ None, .. }) = &mut self.screen {
            *challenge = Some(drawn);
        }
        Vec::new()
    }

    pub(super) fn unlock_digit(&mut self, digit: u8, now: Now) -> Vec<Effect> {
        let Screen::Unlock(UnlockScreen { challenge: Some(challenge), notice, .. }) = &self.screen else {
            return Vec::new();
        };
        if matches!(notice, PinNotice::Checking | PinNotice::Locked) || digit > 9 {
            return Vec::new();
        }
        let challenge = challenge.clone();
        self.digits.push(char::from(b'0' + digit));
        let is_complete = self.digits.len() == UNLOCK_DIGITS;
        self.show_unlock(&challenge, if is_complete { PinNotice::Checking } else { PinNotice::Enter }, now);
        if !is_complete {
            return Vec::new();
        }
        vec![Effect::CheckUnlock { challenge, code: std::mem::take(&mut self.digits) }]
    }

    pub(super) fn erase_unlock(&mut self, now: Now) -> Vec<Effect> {
        if let Screen::Unlock(UnlockScreen { challenge: Some(challenge), notice, .. }) = &self.screen
            && *notice != PinNotice::Checking
        {
            let (challenge, notice) = (challenge.clone(), *notice);
            self.digits.pop();
            self.show_unlock(&challenge, notice, now);
        }
        Vec::new()
    }

    fn show_unlock(&mut self, challenge: &str, notice: PinNotice, now: Now) {
        let (challenge, entered) = (Some(challenge.to_owned()), self.digits.len());
        self.go(Screen::Unlock(UnlockScreen { challenge, entered, notice }), UNLOCK_STAY_MS, now);
    }

    pub(super) fn unlock_checked(&mut self, correct: bool, now: Now) -> Vec<Effect> {
        let Screen::Unlock(UnlockScreen { notice: PinNotice::Checking, .. }) = self.screen else {
            return Vec::new();
        };
        if correct {
            self.unlocks.right();
            return self.show_facts(now);
        }
        self.unlocks.wrong(now.boot_ms);
        self.ask_unlock(PinNotice::Wrong, now)
    }

    pub(super) fn show_facts(&mut self, now: Now) -> Vec<Effect> {
        self.go(Screen::Technician { facts: None }, STAY_MS, now);
        vec![Effect::LoadFacts]
    }

    pub(super) fn facts_loaded(&mut self, loaded: Box<Facts>) -> Vec<Effect> {
        if let Screen::Technician { facts } = &mut self.screen {
            *facts = Some(loaded);
        }
        Vec::new()
    }

    /// What is shown is read again once it is on its way.
    pub(super) fn send_now(&mut self, now: Now) -> Vec<Effect> {
        if !matches!(self.screen, Screen::Technician { .. }) {
            return Vec::new();
        }
        self.leave_ms = Some(now.boot_ms + STAY_MS);
        vec![Effect::SendNow, Effect::LoadFacts]
    }

    pub(super) fn test_touch(&mut self, now: Now) -> Vec<Effect> {
        if matches!(self.screen, Screen::Technician { .. }) {
            self.go(Screen::TouchTest, STAY_MS, now);
        }
        Vec::new()
    }

    /// One picture after another, then back.
    pub(super) fn test_display(&mut self, now: Now) -> Vec<Effect> {
        match self.screen {
            Screen::Technician { .. } => self.go(Screen::DisplayTest { pattern: 0 }, STAY_MS, now),
            Screen::DisplayTest { pattern } if pattern + 1 < DISPLAY_PATTERNS => {
                self.go(Screen::DisplayTest { pattern: pattern + 1 }, STAY_MS, now);
            }
            Screen::DisplayTest { .. } => return self.show_facts(now),
            _ => {}
        }
        Vec::new()
    }
}
