//! Comfort: how somebody likes the screen, chosen without a word about why.

use serde::Deserialize;

/// How the screen is shown and heard. An office sets what its counters begin with; a resident's own choice
/// holds until the visit ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own; all combinations make sense")]
pub struct Comfort {
    /// Large text.
    pub large: bool,
    /// High contrast: black and white, with thick outlines.
    pub contrast: bool,
    /// Everything that is touched in the lower half of the screen, for who sits or is small.
    pub low: bool,
    /// Mirrored where there are sides, for who touches with the left hand.
    pub left: bool,
    /// Spoken prompts.
    pub speech: bool,
}

/// One switch of [`Comfort`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ComfortKind {
    /// [`Comfort::large`].
    Large,
    /// [`Comfort::contrast`].
    Contrast,
    /// [`Comfort::low`].
    Low,
    /// [`Comfort::left`].
    Left,
    /// [`Comfort::speech`].
    Speech,
}

impl Comfort {
    /// The same but for one switch.
    #[must_use]
    pub fn toggled(mut self, kind: ComfortKind) -> Self {
        let switch = match kind {
            ComfortKind::Large => &mut self.large,
            ComfortKind::Contrast => &mut self.contrast,
            ComfortKind::Low => &mut self.low,
            ComfortKind::Left => &mut self.left,
            ComfortKind::Speech => &mut self.speech,
        };
        *switch = !*switch;
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_switch_moves_alone_and_back() {
        let kinds =
            [ComfortKind::Large, ComfortKind::Contrast, ComfortKind::Low, ComfortKind::Left, ComfortKind::Speech];
        let mut seen = vec![Comfort::default()];
        for kind in kinds {
            let once = Comfort::default().toggled(kind);
            assert!(!seen.contains(&once), "{kind:?} has a switch of its own");
            assert_eq!(once.toggled(kind), Comfort::default());
            seen.push(once);
        }
    }
}
