//! From a tap to the answer: committed in the database and copied to the journal, beside its floors:
//! one `fdatasync` of as many bytes, appended to a file and written into one that has its room
//! already. Prints ratios, since machines differ and are noisy. Residents leave a pause, in which the
//! queue tidies up; without one it has to do that between two taps. `TAPS` says how many;
//! `SUARA_BENCH_FOLDER` chooses the device.

use rustix::fs::fdatasync;
use std::fs::File;
use std::io::Write;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};
use suara_loket::domain::event::Signals;
use suara_loket::domain::stars::Stars;
use suara_loket::kiosk::outbox::Outbox;
use suara_loket::kiosk::session::Draft;
use suara_loket::system::{SystemClock, system_random};

/// About what one event takes in the queue.
const EVENT_BYTES: usize = 400;
const ROOM_BYTES: usize = 1 << 20;

fn main() {
    let taps = std::env::var("TAPS").ok().and_then(|taps| taps.parse().ok()).unwrap_or(1_000);
    println!("tap to answer ({taps} taps)                p50        p99");
    measure("with a pause of 20 ms", taps, Duration::from_millis(20));
    measure("without a pause", taps, Duration::ZERO);
}

fn measure(name: &str, taps: usize, pause: Duration) {
    let parent = std::env::var_os("SUARA_BENCH_FOLDER").map_or_else(std::env::temp_dir, PathBuf::from);
    let folder = tempfile::tempdir_in(parent).expect("a temporary folder");
    let data = folder.path().join("kiosk");
    std::fs::create_dir(&data).expect("a folder");
    let outbox = Outbox::open(&data, Arc::new(SystemClock::new()), system_random()).expect("a fresh kiosk database");
    let mut log = File::create(folder.path().join("appended")).expect("a file beside it");
    let room = File::create(folder.path().join("in place")).expect("a file beside it");
    room.write_all_at(&vec![0; ROOM_BYTES], 0).expect("room on the disk");
    room.sync_all().expect("a disk that syncs");
    let (mut taps_us, mut appends_us, mut writes_us) = (Vec::new(), Vec::new(), Vec::new());
    // In turn, so that all see the same moods of the machine.
    for number in 0..taps {
        std::thread::sleep(pause);
        taps_us.push(timed_us(|| tap(&outbox)));
        appends_us.push(timed_us(|| {
            log.write_all(&[b'x'; EVENT_BYTES]).expect("room on the disk");
            fdatasync(&log).expect("a disk that syncs");
        }));
        writes_us.push(timed_us(|| {
            let at = number * EVENT_BYTES % (ROOM_BYTES - EVENT_BYTES);
            room.write_all_at(&[b'x'; EVENT_BYTES], at as u64).expect("room on the disk");
            fdatasync(&room).expect("a disk that syncs");
        }));
    }
    report(name, [&mut taps_us, &mut appends_us, &mut writes_us]);
}

fn tap(outbox: &Outbox) {
    let (sender, receiver) = mpsc::channel();
    let stars = Stars::try_from(5).expect("five is a number of stars");
    outbox.record(
        Draft::Rated { visit: None, stars, officer: None, service: None, signals: Signals::default() },
        move |result| {
            drop(sender.send(result));
        },
    );
    receiver.recv().expect("an answer").expect("a commit");
}

fn timed_us(work: impl FnOnce()) -> f64 {
    let begun = Instant::now();
    work();
    begun.elapsed().as_secs_f64() * 1e6
}

fn report(name: &str, times: [&mut Vec<f64>; 3]) {
    let [tap, append, write] = times.map(|times| percentiles(times));
    let line = |name, (p50, p99)| println!("    {name:<32} {p50:7.0} us {p99:7.0} us");
    let ratio =
        |name, floor: (f64, f64)| println!("    {name:<32} {:7.2} x  {:7.2} x", tap.0 / floor.0, tap.1 / floor.1);
    println!("  {name}");
    line("tap", tap);
    line("floor: append and fdatasync", append);
    line("floor: write in place, fdatasync", write);
    ratio("tap by appending", append);
    ratio("tap by writing in place", write);
}

fn percentiles(times: &mut [f64]) -> (f64, f64) {
    times.sort_by(f64::total_cmp);
    (times[times.len() / 2], times[times.len() * 99 / 100])
}
