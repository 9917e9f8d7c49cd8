//! The second copy: every event once more, in append-only files that notice damage.
//!
//! Files are a megabyte, numbered, and laid down full of zeros, so that an append changes no
//! metadata and one `fdatasync` is all it waits for. Of two frames with one place in the chain the
//! later one counts. Damage costs the frames it touches and no other: an append begins in a sector of
//! its own, so that a power cut in it cannot spoil what was synced before, and nothing is ever written
//! behind a torn end.

mod frame;
mod scribe;

use self::scribe::Scribe;
use super::ranges::{self, Run};
use super::rows::Link;
use crate::storage::whole_file::sync_folder;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

const SEGMENT_BYTES: usize = 1 << 20;
/// What a disk writes whole or not at all.
const SECTOR_BYTES: usize = 512;

/// The journal in its folder, which may lie on another medium than the database.
pub(super) struct Journal {
    folder: PathBuf,
    segments: Vec<Segment>,
    pen: Option<Pen>,
    scribe: Option<Scribe>,
}

/// An append under way.
#[must_use]
pub(super) struct Writing {
    pen: Pen,
    scribe: Scribe,
}

/// One file, and what it holds.
struct Segment {
    number: u64,
    /// Runs of places, each within one epoch.
    runs: Vec<(u64, Vec<Run>)>,
    has_torn_end: bool,
}

/// Where the next frame goes.
struct Pen {
    file: Arc<File>,
    at: usize,
    bytes: usize,
    /// Where the last append began.
    begun: usize,
}

impl Journal {
    /// Looks at the journal in a folder; without one it is empty.
    pub(super) fn open(folder: &Path) -> io::Result<Self> {
        let mut journal = Self::unreadable(folder);
        for number in numbers(folder)? {
            let mut segment = Segment { number, runs: Vec::new(), has_torn_end: true };
            journal.pen = None;
            match std::fs::read(journal.path(number)) {
                Err(error) => tracing::warn!(%error, number, "a file of the journal cannot be read"),
                Ok(bytes) => {
                    let scanned = frame::scan(&bytes, |link| segment.note(&link));
                    segment.has_torn_end = scanned.has_torn_end;
                    if !scanned.has_torn_end {
                        journal.pen = Some(Pen::new(journal.path(number), scanned.end, bytes.len())?);
                    }
                }
            }
            journal.segments.push(segment);
        }
        Ok(journal)
    }

    /// A journal that cannot be read now; it begins anew with the next append that succeeds.
    pub(super) fn unreadable(folder: &Path) -> Self {
        Self { folder: folder.to_owned(), segments: Vec::new(), pen: None, scribe: None }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.segments.is_empty()
    }

    /// Whether the newest file ends in something that is no frame: the last events may be missing.
    pub(super) fn has_torn_end(&self) -> bool {
        self.segments.last().is_some_and(|segment| segment.has_torn_end)
    }

    /// The places of this epoch that it holds.
    pub(super) fn runs_of(&self, epoch: u64) -> impl Iterator<Item = Run> {
        let of_epoch = move |(of, runs): &(u64, Vec<Run>)| (*of == epoch).then(|| runs.clone());
        self.segments.iter().flat_map(|segment| &segment.runs).filter_map(of_epoch).flatten()
    }

    /// The places of any epoch that it holds.
    pub(super) fn runs(&self) -> impl Iterator<Item = Run> {
        self.segments.iter().flat_map(|segment| &segment.runs).flat_map(|(_, runs)| runs.clone())
    }

    /// Hands over every event, in the order in which they were written.
    pub(super) fn read(&self, mut found: impl FnMut(Link)) {
        for segment in &self.segments {
            match std::fs::read(self.path(segment.number)) {
                Ok(bytes) => drop(frame::scan(&bytes, &mut found)),
                Err(error) => tracing::warn!(%error, segment.number, "a file of the journal cannot be read"),
            }
        }
    }

    /// Appends events and waits for the disk.
    pub(super) fn append(&mut self, links: &[Link]) -> io::Result<()> {
        let writing = self.begin(links)?;
        self.finish(writing, links)
    }

    /// Begins to append events. Until [`Journal::finish`] nobody knows what the disk holds there: if that
    /// is never called, or fails, the next append takes a new file.
    pub(super) fn begin(&mut self, links: &[Link]) -> io::Result<Writing> {
        let mut bytes = Vec::new();
        for link in links {
            frame::write(link, &mut bytes);
        }
        let pen = match self.pen.take() {
            Some(pen) if pen.at + bytes.len() <= pen.bytes => pen,
            _ => self.new_segment(bytes.len())?,
        };
        let scribe = self.scribe.take().map_or_else(Scribe::begin, Ok)?;
        let end = (pen.at + bytes.len()).next_multiple_of(SECTOR_BYTES);
        scribe.start(pen.file.clone(), bytes, pen.at as u64)?;
        Ok(Writing { pen: Pen { begun: pen.at, at: end, ..pen }, scribe })
    }

    /// Waits until the events are on the disk.
    pub(super) fn finish(&mut self, writing: Writing, links: &[Link]) -> io::Result<()> {
        let Writing { pen, scribe } = writing;
        let written = scribe.finish();
        self.scribe = Some(scribe);
        written?;
        self.pen = Some(pen);
        if let Some(segment) = self.segments.last_mut() {
            for link in links {
                segment.note(link);
            }
        }
        Ok(())
    }

    /// Wipes out the last append: what it said was not committed.
    pub(super) fn take_back(&mut self, link: &Link) -> io::Result<()> {
        let Some(pen) = self.pen.take() else { return Ok(()) };
        pen.file.write_all_at(&vec![0; pen.at.min(pen.bytes) - pen.begun], pen.begun as u64)?;
        pen.file.sync_data()?;
        self.pen = Some(Pen { at: pen.begun, ..pen });
        if let Some(segment) = self.segments.last_mut() {
            segment.forget(link);
        }
        Ok(())
    }

    /// Removes the files that hold nothing from `seq` on, except the one being written.
    pub(super) fn prune_below(&mut self, seq: u64) -> io::Result<()> {
        let newest = self.segments.last().map_or(0, |segment| segment.number);
        let is_old = |segment: &Segment| segment.number < newest && segment.last_seq() < seq;
        for segment in self.segments.iter().filter(|segment| is_old(segment)) {
            std::fs::remove_file(self.path(segment.number))?;
        }
        self.segments.retain(|segment| !is_old(segment));
        Ok(())
    }

    fn new_segment(&mut self, least_bytes: usize) -> io::Result<Pen> {
        if !self.folder.is_dir() {
            std::fs::create_dir_all(&self.folder)?;
            sync_folder(self.folder.parent().unwrap_or(Path::new(".")))?;
        }
        // Counted on the disk: an unreadable journal does not know its own files.
        let number = numbers(&self.folder)?.last().map_or(1, |last| last + 1);
        let path = self.path(number);
        let bytes = least_bytes.max(SEGMENT_BYTES);
        if let Err(error) = lay_down(&path, bytes).and_then(|()| sync_folder(&self.folder)) {
            let _best_effort = std::fs::remove_file(&path);
            return Err(error);
        }
        self.segments.push(Segment { number, runs: Vec::new(), has_torn_end: false });
        Pen::new(path, 0, bytes)
    }

    fn path(&self, number: u64) -> PathBuf {
        self.folder.join(format!("{number:08}.journal"))
    }
}

impl Pen {
    fn new(path: PathBuf, at: usize, bytes: usize) -> io::Result<Self> {
        let at = at.next_multiple_of(SECTOR_BYTES);
        Ok(Self { file: Arc::new(OpenOptions::new().write(true).open(path)?), at, bytes, begun: at })
    }
}

impl Segment {
    fn note(&mut self, link: &Link) {
        match self.runs.last_mut() {
            Some((epoch, runs)) if *epoch == link.epoch => ranges::push(runs, link.seq),
            _ => self.runs.push((link.epoch, std::iter::once(link.seq..=link.seq).collect())),
        }
    }

    fn forget(&mut self, link: &Link) {
        for (_, runs) in self.runs.iter_mut().filter(|(epoch, _)| *epoch == link.epoch) {
            *runs = ranges::without(std::mem::take(runs), [link.seq..=link.seq]);
        }
    }

    fn last_seq(&self) -> u64 {
        self.runs.iter().flat_map(|(_, runs)| runs).map(|run| *run.end()).max().unwrap_or(0)
    }
}

/// The numbers of the files in a folder, in order.
fn numbers(folder: &Path) -> io::Result<Vec<u64>> {
    let entries = match std::fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let mut numbers = Vec::new();
    for entry in entries {
        let name = entry?.file_name();
        let stem = name.to_str().and_then(|name| name.strip_suffix(".journal"));
        numbers.extend(stem.and_then(|stem| stem.parse::<u64>().ok()));
    }
    numbers.sort_unstable();
    Ok(numbers)
}

/// Real zeros: room that is only reserved would be metadata to write at every append.
fn lay_down(path: &Path, bytes: usize) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).open(path)?;
    file.write_all(&vec![0; bytes])?;
    file.sync_all()
}
