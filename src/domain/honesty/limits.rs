//! What is still usual. Every number with where it comes from.

/// The limits of the detector.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limits {
    /// Points that several signs of a stretch have to reach together. No probability of its own, as the signs
    /// lean on each other: chosen with `rush` on synthetic offices (test `offices`), where 6.5 blames 0.8 % of
    /// honest officer-days and misses 5 % of the days with abuse, 8 blames 0.4 % and misses 7 %.
    pub points: f64,
    /// Points that a sign of a whole day has to reach alone: one in a hundred thousand officer's days.
    pub points_of_a_day: f64,
    /// Points from which on a sign counts as one of the several, and is named.
    pub points_of_a_sign: f64,
    /// The fewest ratings in a row that are looked at as a stretch. Families of three and four are usual.
    pub stretch_least: usize,
    /// The most; a longer one is seen in parts.
    pub stretch_most: usize,
    /// Ratings an hour below which a past is not believed to be the usual pace, and above which neither:
    /// services take minutes (Permendagri 19/2018), and nobody shall train the detector by cheating daily.
    pub pace_per_hour: (f64, f64),
    /// How much faster than in a usual busy hour it may go: days differ, and Poisson's law does not know it.
    /// With 1.5, twice as many honest days were blamed for a busy hour.
    pub rush: f64,
    /// Spread of the logarithms of usual gaps, at least and at most. Waiting times of single arrivals have
    /// about 1.3, a steady service about 0.4.
    pub gap_spread: (f64, f64),
    /// A rating sooner than this after the one before is quick: twice the kiosk's minimum gap of 20 s.
    pub quick_gap_ms: i64,
    /// A touch sooner than this after the screen appeared is quick: nobody reads a question in that time
    /// (a choice among five alone takes about 0.6 s; Hick 1952).
    pub quick_reaction_ms: u32,
    /// The usual share of quick ratings, at least and at most.
    pub quick_share: (f64, f64),
    /// The fewest quick ratings of one officer's day that can be too many.
    pub quick_least: usize,
    /// Residents are served to the end: so long after closing and before opening is no night.
    pub grace_ms: i64,
    /// A time known worse than this tells no hour. Far below a day: the hours of the day before and after are
    /// all that a rating is held against.
    pub off_hours_bound_ms: i64,
    /// The fewest ratings outside the hours that are no late resident.
    pub off_hours_least: usize,
    /// A counter opens visits if this share of its past ratings had one.
    pub visits_share: f64,
    /// The fewest ratings without a visit that can be too many.
    pub no_visit_least: usize,
    /// The length of a shift's edges.
    pub edge_ms: i64,
    /// The fewest ratings in a shift's edges that can be too many.
    pub edge_least: usize,
    /// So many answers to one visit are no mistake of one resident, who may tap and scan.
    pub answers_per_visit: usize,
    /// The fewest past ratings from which a pace or a share is learnt.
    pub past_least: usize,
    /// Shares of one to five stars where the past is short, worth `past_least` ratings.
    pub star_shares: [f64; 5],
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            points: 6.5,
            points_of_a_day: 5.0,
            points_of_a_sign: 1.5,
            stretch_least: 5,
            stretch_most: 40,
            pace_per_hour: (4.0, 30.0),
            rush: 2.0,
            gap_spread: (0.4, 1.3),
            quick_gap_ms: 40_000,
            quick_reaction_ms: 600,
            quick_share: (0.03, 0.2),
            quick_least: 6,
            grace_ms: 60 * 60_000,
            off_hours_bound_ms: 12 * 60 * 60_000,
            off_hours_least: 3,
            visits_share: 0.9,
            no_visit_least: 3,
            edge_ms: 10 * 60_000,
            edge_least: 5,
            answers_per_visit: 3,
            past_least: 30,
            star_shares: [0.02, 0.03, 0.08, 0.25, 0.62],
        }
    }
}
