//! The daily card: what one officer sees of their own day, and of the week that led to it.

use super::event::ReasonCode;
use super::ids::{EventId, OfficerId};
use super::release::may_release;
use super::score::{Score, Spread};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// How many days the week of a card has, its own day included.
pub const WEEK_DAYS: i32 = 7;

/// One officer's ratings of one day, as far as they have been released.
///
/// It belongs to the officer alone. No rank, no colleague, no grade can be read from it. Every number on it is
/// a sum over whole releases (law 5).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayCard {
    /// Whose day it is.
    pub officer: OfficerId,
    /// The day of the releases, in the office's zone.
    pub day: Date,
    /// The sum of that day's releases; empty while there is none.
    pub spread: Spread,
    /// When the last of them was made, ms since 1970.
    pub released_at_ms: Option<i64>,
    /// What residents named in the week, most often named first. A reason waits until at least five more
    /// released visits got it.
    #[serde(default)]
    pub themes: Vec<Theme>,
    /// The days of the week that have releases, oldest first, this day included.
    #[serde(default)]
    pub week: Vec<DayScore>,
    /// The releases in it that kiosks made alone: what such a kiosk must not add once more.
    #[serde(default)]
    pub alone: Vec<EventId>,
}

/// A reason, and of how many visits residents named it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Theme {
    /// The reason.
    pub code: ReasonCode,
    /// Of how many visits.
    pub count: u32,
}

/// What was released on one day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayScore {
    /// The day.
    pub day: Date,
    /// The sum of its releases.
    pub spread: Spread,
}

/// A release as it stands on cards.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShownRelease {
    /// The day on which it stands.
    pub day: Date,
    /// When it was due, ms since 1970.
    pub at_ms: i64,
    /// Its ratings.
    pub spread: Spread,
    /// The reasons that appear with it.
    pub themes: Vec<Theme>,
    /// The event in which a kiosk recorded it, if it made it alone.
    pub alone: Option<EventId>,
}

impl DayScore {
    /// Its score, with range and count.
    #[must_use]
    pub fn score(&self) -> Option<Score> {
        if has_enough(self.spread) { self.spread.score() } else { None }
    }
}

impl DayCard {
    /// A day without a release yet, at the end of a week without one.
    #[must_use]
    pub fn empty(officer: OfficerId, day: Date) -> Self {
        let spread = Spread::default();
        Self { officer, day, spread, released_at_ms: None, themes: Vec::new(), week: Vec::new(), alone: Vec::new() }
    }

    /// The score, or `None` while fewer than five ratings would be seen through it.
    #[must_use]
    pub fn score(&self) -> Option<Score> {
        if has_enough(self.spread) { self.spread.score() } else { None }
    }

    /// Adds a release, unless it belongs to another week.
    pub fn add(&mut self, release: &ShownRelease) {
        if !self.covers(release.day) {
            return;
        }
        if release.day == self.day {
            self.spread = self.spread.plus(release.spread);
            self.released_at_ms = self.released_at_ms.max(Some(release.at_ms));
        }
        match self.week.iter_mut().find(|of_day| of_day.day == release.day) {
            Some(of_day) => of_day.spread = of_day.spread.plus(release.spread),
            None => self.week.push(DayScore { day: release.day, spread: release.spread }),
        }
        self.week.sort_by_key(|of_day| of_day.day);
        release.themes.iter().for_each(|theme| self.add_theme(theme));
        self.alone.extend(release.alone);
    }

    /// This card on a later day: what it knows of that one, and of the week before it. Never an earlier day:
    /// a clock that is behind must not bring back what has gone.
    #[must_use]
    pub fn on(mut self, day: Date) -> Self {
        if day <= self.day {
            return self;
        }
        self.day = day;
        (self.spread, self.released_at_ms) = (Spread::default(), None);
        let week = std::mem::take(&mut self.week);
        self.week = week.into_iter().filter(|of_day| self.covers(of_day.day)).collect();
        self
    }

    /// With the releases that a kiosk made alone and that are not in it yet.
    #[must_use]
    pub fn with_alone(mut self, own: &[ShownRelease]) -> Self {
        let is_new = |release: &&ShownRelease| release.alone.is_some_and(|id| !self.alone.contains(&id));
        let new: Vec<&ShownRelease> = own.iter().filter(is_new).collect();
        for release in new {
            self.add(release);
        }
        self
    }

    fn covers(&self, day: Date) -> bool {
        let days = (self.day - day).get_days();
        (0..WEEK_DAYS).contains(&days)
    }

    fn add_theme(&mut self, new: &Theme) {
        match self.themes.iter_mut().find(|theme| theme.code == new.code) {
            Some(theme) => theme.count = theme.count.saturating_add(new.count),
            None => self.themes.push(new.clone()),
        }
        self.themes.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.code.cmp(&b.code)));
    }
}

fn has_enough(spread: Spread) -> bool {
    may_release(usize::try_from(spread.count()).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    const DAY: Date = Date::constant(2026, 11, 24);

    fn card() -> DayCard {
        DayCard::empty(OfficerId::try_from(1).unwrap(), DAY)
    }

    fn release(day: Date, stars: [u32; 5], alone: Option<u128>) -> ShownRelease {
        let alone = alone.map(|n| EventId(Uuid::from_u128(n)));
        ShownRelease { day, at_ms: 1_000, spread: Spread(stars), themes: Vec::new(), alone }
    }

    fn theme(code: &str, count: u32) -> Theme {
        Theme { code: ReasonCode::try_from(code.to_owned()).unwrap(), count }
    }

    #[test]
    fn a_card_is_hidden_below_five_ratings() {
        let mut card = card();
        card.spread = Spread([0, 0, 0, 0, 4]);
        assert_eq!(card.score(), None);
        card.spread = Spread([0, 0, 0, 1, 4]);
        assert_eq!(card.score().unwrap().count, 5);
    }

    #[test]
    fn a_card_is_the_sum_of_its_week() {
        let mut card = card();
        let (yesterday, a_week_ago) = (DAY.yesterday().unwrap(), "2026-11-17".parse().unwrap());
        for (day, stars) in [(DAY, [0, 0, 0, 1, 4]), (yesterday, [5, 0, 0, 0, 0]), (DAY, [0, 0, 0, 0, 6])] {
            card.add(&release(day, stars, None));
        }
        for other in [a_week_ago, DAY.tomorrow().unwrap()] {
            card.add(&release(other, [9, 9, 9, 9, 9], None));
        }
        assert_eq!(card.spread, Spread([0, 0, 0, 1, 10]));
        let week: Vec<_> = card.week.iter().map(|of_day| (of_day.day, of_day.score().unwrap().count)).collect();
        assert_eq!(week, [(yesterday, 5), (DAY, 11)]);
        assert_eq!(card.released_at_ms, Some(1_000));
    }

    #[test]
    fn what_was_named_most_often_comes_first() {
        let mut card = card();
        for themes in [vec![theme("lama", 5), theme("ramah", 6)], vec![theme("lama", 7), theme("jelas", 6)]] {
            card.add(&ShownRelease { themes, ..release(DAY, [0, 0, 0, 0, 5], None) });
        }
        assert_eq!(card.themes, [theme("lama", 12), theme("jelas", 6), theme("ramah", 6)]);
    }

    #[test]
    fn a_release_that_the_server_took_over_is_added_once() {
        let own = [release(DAY, [0, 0, 0, 0, 5], Some(1)), release(DAY, [5, 0, 0, 0, 0], Some(2))];
        let mut of_server = card();
        of_server.add(&own[0]);
        let shown = of_server.clone().with_alone(&own);
        assert_eq!(shown.spread, Spread([5, 0, 0, 0, 5]));
        assert_eq!(shown.clone().with_alone(&own), shown);
    }

    #[test]
    fn the_next_day_begins_empty_and_keeps_its_week() {
        let mut yesterdays = card();
        yesterdays.add(&release(DAY, [0, 0, 0, 0, 5], None));
        let next = yesterdays.clone().on(DAY.tomorrow().unwrap());
        assert_eq!((next.spread, next.released_at_ms, next.week.len()), (Spread::default(), None, 1));
        assert_eq!(yesterdays.clone().on(DAY.yesterday().unwrap()), yesterdays, "no day comes back");
        assert!(yesterdays.on("2026-12-01".parse().unwrap()).week.is_empty());
    }

    #[test]
    fn a_card_of_an_earlier_version_can_be_read() {
        let text = r#"{"officer":1,"day":"2026-11-24","spread":[0,0,0,0,5],"released_at_ms":7}"#;
        let card: DayCard = serde_json::from_str(text).unwrap();
        assert!(card.week.is_empty() && card.score().is_some());
    }
}
