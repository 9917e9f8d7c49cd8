//! Torn, zeroed and garbled tails: whatever lies behind the last synced byte of the write-ahead log
//! and of the journal, every acknowledged rating is there after the next start.
//!
//! Target: 5,000 images of a killed kiosk's folder, all open, all acknowledged present. The control
//! damages the log before that byte, and loses.

use crate::lab::kiosk::{Heard, KioskProgram, NOWHERE, copy_folder, enrolled};
use crate::lab::{Dice, Run, fast_folder, queue};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use suara_loket::domain::ids::EventId;
use tempfile::TempDir;

const RATINGS: u64 = 60;

/// A killed kiosk's folder, and what its residents were thanked for.
pub struct Victim {
    pub folder: TempDir,
    pub thanked: BTreeSet<EventId>,
}

impl Victim {
    /// Made by the real program, stopped without a farewell.
    pub async fn new(ratings: u64, dice: &mut Dice) -> Self {
        let (folder, server) = (fast_folder(), fast_folder());
        enrolled(folder.path(), server.path()).await;
        let (mut kiosk, mut thanked) = (KioskProgram::start(folder.path(), NOWHERE), BTreeSet::new());
        for _ in 0..ratings {
            let Heard::Stored { id, .. } = kiosk.rate(1 + dice.below(5)) else { panic!("not stored") };
            thanked.insert(id);
        }
        kiosk.kill();
        Self { folder, thanked }
    }

    /// A copy to damage.
    pub fn copy(&self) -> TempDir {
        let copy = fast_folder();
        copy_folder(self.folder.path(), copy.path());
        copy
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_tail_costs_nothing() {
    let run = Run::begin("torn, zeroed, garbled tails", 16, 5_000);
    let mut dice = run.dice();
    let mut victim = Victim::new(RATINGS, &mut dice).await;
    for image in 0..run.count {
        if image % 500 == 499 {
            victim = Victim::new(RATINGS + dice.below(400), &mut dice).await;
        }
        let copy = victim.copy();
        let tails = tails(copy.path());
        let what: Vec<String> = tails.iter().filter_map(|tail| tail.damage(&mut dice)).collect();
        start_once(copy.path()).unwrap_or_else(|said| panic!("{said} after {what:?}, seed {}", run.seed()));
        let (present, sound) = queue::events(copy.path());
        let lost = victim.thanked.difference(&present).count();
        assert_eq!((lost, sound), (0, true), "image {image}, {what:?}, seed {}", run.seed());
    }
    run.report(format!("{} images, all opened, 0 acknowledged lost", run.count));
}

/// The control: one frame of the log that was synced is torn away.
#[tokio::test(flavor = "multi_thread")]
async fn control_a_torn_synced_log_loses() {
    let run = Run::begin("torn tails, control tears synced bytes", 1, 1);
    let victim = Victim::new(RATINGS, &mut run.dice()).await;
    let copy = victim.copy();
    let log = copy.path().join("kiosk.db-wal");
    let bytes = std::fs::read(&log).unwrap();
    std::fs::write(&log, &bytes[..synced_end(&bytes) - 4_096]).unwrap();
    // Looked at without the product, which may have a second copy.
    let lost = victim.thanked.difference(&queue::events(copy.path()).0).count();
    run.report(format!("{lost} lost in the database alone"));
    assert!(lost > 0, "the laboratory does not see a torn log");
}

/// Starts the kiosk, waits until it is ready, and kills it.
pub fn start_once(folder: &Path) -> Result<(), String> {
    KioskProgram::try_start(folder, NOWHERE).map(|kiosk| drop(kiosk.kill()))
}

/// A file whose bytes from `from` on were never synced.
struct Tail {
    file: PathBuf,
    from: usize,
}

/// The log's, and that of the journal's newest file, which is laid down full of zeros.
fn tails(folder: &Path) -> Vec<Tail> {
    let log = folder.join("kiosk.db-wal");
    let mut tails = Vec::new();
    if let Ok(bytes) = std::fs::read(&log) {
        tails.push(Tail { file: log, from: synced_end(&bytes) });
    }
    if let Some(last) = crate::damage::journal_files(folder).pop() {
        let bytes = std::fs::read(&last).unwrap();
        let from = bytes.iter().rposition(|byte| *byte != 0).map_or(0, |written| written + 1);
        tails.push(Tail { file: last, from });
    }
    tails
}

impl Tail {
    /// What a write that was under way may have left; says what it did.
    fn damage(&self, dice: &mut Dice) -> Option<String> {
        let mut bytes = std::fs::read(&self.file).unwrap();
        let length = dice.index(9_000);
        let what = match dice.below(5) {
            0 => {
                bytes.truncate(self.from);
                "torn off"
            }
            1 => {
                bytes.resize(self.from + length, 0);
                bytes[self.from..].fill(0);
                "zeroed"
            }
            2 => {
                bytes.resize(self.from + length, 0);
                dice.fill(&mut bytes[self.from..]);
                "garbled"
            }
            // A copy of the last synced bytes, whole or torn: what a repeated write looks like.
            3 => {
                let length = length.min(self.from);
                bytes.truncate(self.from);
                bytes.extend_from_within(self.from - length..);
                "repeated"
            }
            _ => return None,
        };
        std::fs::write(&self.file, &bytes).unwrap();
        Some(format!("{} {what} from {} on, {length} bytes", self.file.display(), self.from))
    }
}

/// Where the last committed frame of a write-ahead log ends. Frames behind it with other salts are
/// left over from before the log began anew.
pub fn synced_end(log: &[u8]) -> usize {
    const HEADER: usize = 32;
    const FRAME: usize = 24 + 4_096;
    let Some(salts) = log.get(16..24) else { return 0 };
    let mut end = HEADER;
    for (number, frame) in log[HEADER..].chunks_exact(FRAME).enumerate() {
        if frame[8..16] != *salts {
            break;
        }
        if frame[4..8] != [0; 4] {
            end = HEADER + (number + 1) * FRAME;
        }
    }
    end
}
