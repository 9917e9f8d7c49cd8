//! Which event does the server refuse? Found by halving, while all others go through: pure.

use crate::protocol::MOST_EVENTS;

/// What is known about the first waiting events.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Search {
    /// Among so many events at the front of the queue is one that is refused; 0 when none is known.
    suspects: usize,
    /// More events than this are too much for the server at a time.
    most: Option<usize>,
}

/// What to do with the front of the queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Send so many events at most.
    Send(usize),
    /// The first event is the one that is refused: withhold its body.
    Withhold,
}

impl Search {
    /// What to do next.
    #[must_use]
    pub fn next(&self) -> Next {
        match self.suspects {
            1 => Next::Withhold,
            0 => Next::Send(self.most.unwrap_or(MOST_EVENTS)),
            suspects => Next::Send(suspects / 2),
        }
    }

    /// The server took so many events, or their placeholders.
    pub fn taken(&mut self, events: usize) {
        self.suspects = self.suspects.saturating_sub(events);
    }

    /// The first event's body is withheld from now on.
    pub fn withheld(&mut self) {
        self.suspects = 0;
    }

    /// The server refused so many events: one of them at least is the reason.
    pub fn refused(&mut self, events: usize) {
        self.suspects = events;
    }

    /// The server found so many events too large together, which says nothing about each of them.
    pub fn too_large(&mut self, events: usize) {
        match events {
            0 | 1 => self.suspects = events,
            _ => (self.suspects, self.most) = (0, Some(events / 2)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Drains a queue of `events`, of which the server refuses the `poison`; returns how many
    /// batches that took and what was withheld.
    fn drain(events: usize, poison: &[usize]) -> (usize, Vec<usize>) {
        let (mut search, mut front, mut batches, mut withheld) = (Search::default(), 0, 0, Vec::new());
        while front < events {
            match search.next() {
                Next::Withhold => {
                    withheld.push(front);
                    search.withheld();
                }
                Next::Send(most) => {
                    let end = (front + most).min(events);
                    assert!(end > front, "something is sent");
                    batches += 1;
                    let is_bad = |event: usize| poison.contains(&event) && !withheld.contains(&event);
                    if (front..end).any(is_bad) {
                        search.refused(end - front);
                    } else {
                        search.taken(end - front);
                        front = end;
                    }
                }
            }
        }
        (batches, withheld)
    }

    /// The target: one bad event costs at most log2(200), rounded up, and one more requests.
    #[test]
    fn a_bad_event_at_any_place_is_found_by_halving() {
        for place in 0..MOST_EVENTS {
            let (batches, withheld) = drain(MOST_EVENTS, &[place]);
            assert_eq!(withheld, [place]);
            assert!(batches - 1 <= MOST_EVENTS.ilog2() as usize + 2, "{batches} batches for a bad event at {place}");
        }
    }

    #[test]
    fn several_bad_events_are_found_and_no_others() {
        for poison in [&[0, 1, 2][..], &[0, 199], &[7, 8, 150, 250, 399], &[399]] {
            assert_eq!(drain(400, poison).1, poison);
        }
        let all: Vec<usize> = (0..20).collect();
        assert_eq!(drain(20, &all).1, all);
        assert_eq!(drain(0, &[]), (0, Vec::new()));
    }

    #[test]
    fn what_is_too_large_together_is_sent_in_parts() {
        let mut search = Search::default();
        search.too_large(200);
        assert_eq!(search.next(), Next::Send(100));
        search.taken(100);
        assert_eq!(search.next(), Next::Send(100), "nobody is suspected");
        search.too_large(1);
        assert_eq!(search.next(), Next::Withhold, "a single event that is too large is");
    }
}
