//! Every rating by its event, which answer of a visit counts, and every roll-up by its ratings.

use super::{Finding, PAGE, Verification};
use crate::domain::clock::{Anchor, Known, Moment, Placed, civil_day, place};
use crate::domain::ids::DeviceId;
use crate::domain::visit::{Answer, counted};
use crate::server::service::ServiceResult;
use crate::server::service::ingest::{rating_facts, read_body};
use crate::server::store::{DailyKey, EventRow, ProvenRating, RatingFacts, RatingRow, RatingTime, WELL_PLACED_MS};
use jiff::tz::TimeZone;
use std::collections::BTreeMap;
use std::slice;
use uuid::Uuid;

/// What the roll-ups should say.
type Sums = BTreeMap<DailyKey, [i64; 5]>;

/// The anchors of the boot that was looked at last.
#[derive(Default)]
struct BootAnchors {
    boot: Option<Uuid>,
    anchors: Vec<Anchor>,
}

impl<F: FnMut(Finding)> Verification<'_, F> {
    pub(super) async fn ratings(&mut self) -> ServiceResult<()> {
        let zone = self.service.zone(self.office).await?;
        let (mut sums, mut boot, mut after) = (Sums::new(), BootAnchors::default(), None);
        let mut visit: Vec<RatingRow> = Vec::new();
        loop {
            let page = self.service.store.ratings_after(self.office, after, PAGE).await?;
            let Some(last) = page.last() else { break };
            after = Some((last.rating.facts.visit, last.rating.id));
            for proven in page {
                if visit.first().is_some_and(|first| first.facts.visit != proven.rating.facts.visit) {
                    self.visit(&visit, &mut sums);
                    visit.clear();
                }
                visit.push(self.rating(proven, &zone, &mut boot).await?);
            }
        }
        self.visit(&visit, &mut sums);
        for (device, seq) in std::mem::take(&mut self.given).into_values() {
            self.found(Finding::RatingMissing { device, seq });
        }
        self.dailies(sums).await
    }

    /// Compares a rating with its event; returns what it should be.
    async fn rating(
        &mut self,
        proven: ProvenRating,
        zone: &TimeZone,
        boot: &mut BootAnchors,
    ) -> ServiceResult<RatingRow> {
        self.summary.ratings += 1;
        let ProvenRating { rating, at, event } = proven;
        self.given.remove(&rating.id);
        let Some(event) = event.filter(|event| event.parked.is_none()) else {
            self.found(Finding::RatingInvented { visit: rating.facts.visit, id: rating.id });
            return Ok(rating);
        };
        let mut right = rating.clone();
        right.received_at_ms = event.received_at_ms;
        right.undone = self.undone.contains(&(rating.id, rating.facts.visit));
        right.time.day = civil_day(rating.time.occurred_at_ms, zone);
        if let Some((facts, told)) = event.body.as_deref().and_then(|body| facts_of(&event, body)) {
            right.facts = facts;
            right.forked = event.device != DeviceId::SERVER && event.device != facts.visit.device;
            if !self.is_time_right(&rating, &event, (at, told), boot).await? {
                self.differs(&rating, "time");
            }
        } else if !event.erased {
            self.differs(&rating, "event");
        }
        for what in differences(&rating, &right) {
            self.differs(&rating, what);
        }
        // The visit is that of the row: its answers stand together.
        right.facts.visit = rating.facts.visit;
        Ok(right)
    }

    fn differs(&mut self, rating: &RatingRow, what: &'static str) {
        self.found(Finding::RatingDiffers { visit: rating.facts.visit, id: rating.id, what });
    }

    /// Whether the time fits the clocks the event told, and what is known of them.
    async fn is_time_right(
        &self,
        rating: &RatingRow,
        event: &EventRow,
        (at, told): (Option<Moment>, Moment),
        boot: &mut BootAnchors,
    ) -> ServiceResult<bool> {
        let occurred_at_ms = rating.time.occurred_at_ms;
        if event.device == DeviceId::SERVER {
            return Ok(at.is_none() && occurred_at_ms == told.wall_ms);
        }
        if at != Some(told) || occurred_at_ms > event.received_at_ms {
            return Ok(false);
        }
        if boot.boot != Some(told.boot_id) {
            boot.anchors = self.service.store.anchors(self.office, told.boot_id).await?;
            boot.boot = Some(told.boot_id);
        }
        Ok(fits(rating, &told, event.received_at_ms, &boot.anchors))
    }

    /// Compares which answer of a visit counts, and adds it to the sums.
    fn visit(&mut self, ratings: &[RatingRow], sums: &mut Sums) {
        let answer = |rating: &RatingRow| Answer {
            event_id: rating.id,
            channel: rating.facts.channel,
            stars: rating.facts.stars,
            occurred_at_ms: rating.time.occurred_at_ms,
            undone: rating.undone,
        };
        let answers: Vec<Answer> = ratings.iter().map(answer).collect();
        let first = counted(&answers).map(|answer| answer.event_id);
        for rating in ratings {
            let counts = first == Some(rating.id);
            if rating.counted != counts {
                self.differs(rating, "counting");
            }
            if counts {
                let RatingRow { facts, time, .. } = rating;
                let (officer, service, channel) = (facts.officer, facts.service, facts.channel);
                let stars = sums.entry(DailyKey { day: time.day, officer, service, channel }).or_default();
                if let Some(n) = stars.get_mut(facts.stars.index()) {
                    *n += 1;
                }
            }
        }
    }

    async fn dailies(&mut self, mut sums: Sums) -> ServiceResult<()> {
        for row in self.service.store.dailies(self.office).await? {
            let stars = sums.remove(&row.key).unwrap_or_default();
            let n = stars.iter().sum::<i64>();
            let sum = stars.iter().zip(1..).map(|(n, stars)| n * stars).sum::<i64>();
            if (row.n, row.sum, row.stars) != (n, sum, stars) {
                self.found(Finding::DailyDiffers { key: row.key });
            }
        }
        for key in sums.into_keys() {
            self.found(Finding::DailyDiffers { key });
        }
        Ok(())
    }
}

/// What the event of a rating says, and when by its own clocks.
fn facts_of(event: &EventRow, body: &str) -> Option<(RatingFacts, Moment)> {
    let body = read_body(body).ok()?;
    let facts = rating_facts(&body.what, body.device.unwrap_or(event.device))?;
    Some((facts, body.at))
}

/// Whether the time of a rating is what the nearest anchors of its boot allow. It may have been placed when
/// less was known, and was left there unless that was little and the doubt was halved.
fn fits(rating: &RatingRow, told: &Moment, received_ms: i64, anchors: &[Anchor]) -> bool {
    let alone = Known { anchors: &[], not_before_ms: None, follows_ms: None, sent: told, received_ms };
    let by = |anchors: &[Anchor]| place(told, &Known { anchors, ..alone });
    let overlap = |one: &Placed, other: &Placed| {
        let bounds_ms = one.bound_ms.saturating_add(other.bound_ms).unsigned_abs();
        one.at_ms.abs_diff(other.at_ms) <= bounds_ms
    };
    let before = anchors.iter().filter(|anchor| anchor.boot_ms <= told.boot_ms).max_by_key(|anchor| anchor.boot_ms);
    let after = anchors.iter().filter(|anchor| anchor.boot_ms >= told.boot_ms).min_by_key(|anchor| anchor.boot_ms);
    let near: Vec<Anchor> = before.into_iter().chain(after).copied().collect();
    let each: Vec<Placed> = near.iter().map(|anchor| by(slice::from_ref(anchor))).collect();
    // Two anchors that contradict each other tell nothing: a clock of the server was set in between.
    if near.is_empty() || each.windows(2).any(|pair| matches!(pair, [one, other] if !overlap(one, other))) {
        return true;
    }
    let placed = by(&near);
    let RatingTime { occurred_at_ms: at_ms, bound_ms, quality, .. } = rating.time;
    let was_left_ms = placed.bound_ms.saturating_mul(2).max(WELL_PLACED_MS);
    bound_ms <= was_left_ms && overlap(&Placed { at_ms, bound_ms, quality }, &placed)
}

/// What differs between a rating and what it should be.
fn differences(rating: &RatingRow, right: &RatingRow) -> impl Iterator<Item = &'static str> {
    let compared = [
        ("visit", rating.facts.visit == right.facts.visit),
        ("stars", rating.facts.stars == right.facts.stars),
        ("officer", rating.facts.officer == right.facts.officer),
        ("service", rating.facts.service == right.facts.service),
        ("channel", rating.facts.channel == right.facts.channel),
        ("day", rating.time.day == right.time.day),
        ("arrival", rating.received_at_ms == right.received_at_ms),
        ("undoing", rating.undone == right.undone),
        ("fork", rating.forked == right.forked),
    ];
    compared.into_iter().filter(|(_, same)| !same).map(|(what, _)| what)
}
