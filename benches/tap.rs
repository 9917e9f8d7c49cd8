//! From a tap to the committed row, beside its floor: appending the same bytes to a file and
//! syncing it. Prints the ratio, since machines differ and are noisy.

use rustix::fs::fdatasync;
use std::fs::File;
use std::io::Write;
use std::sync::{Arc, mpsc};
use std::time::Instant;
use suara_loket::domain::event::Signals;
use suara_loket::domain::stars::Stars;
use suara_loket::kiosk::outbox::Outbox;
use suara_loket::kiosk::session::Draft;
use suara_loket::system::{SystemClock, system_random};

const TAPS: usize = 500;
/// About what one event takes in the queue.
const EVENT_BYTES: usize = 300;

fn main() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let outbox =
        Outbox::open(folder.path(), Arc::new(SystemClock::new()), system_random()).expect("a fresh kiosk database");
    let mut log = File::create(folder.path().join("floor")).expect("a file beside it");
    let (mut taps_us, mut floors_us) = (Vec::new(), Vec::new());
    // In turn, so that both see the same moods of the machine.
    for _ in 0..TAPS {
        taps_us.push(timed_us(|| tap(&outbox)));
        floors_us.push(timed_us(|| {
            log.write_all(&[b'x'; EVENT_BYTES]).expect("room on the disk");
            fdatasync(&log).expect("a disk that syncs");
        }));
    }
    report(&mut taps_us, &mut floors_us);
}

fn tap(outbox: &Outbox) {
    let (sender, receiver) = mpsc::channel();
    let stars = Stars::try_from(5).expect("five is a number of stars");
    outbox.record(Draft::Rated { visit: None, stars, officer: None, signals: Signals::default() }, move |result| {
        drop(sender.send(result));
    });
    receiver.recv().expect("an answer").expect("a commit");
}

fn timed_us(work: impl FnOnce()) -> f64 {
    let begun = Instant::now();
    work();
    begun.elapsed().as_secs_f64() * 1e6
}

fn report(taps_us: &mut [f64], floors_us: &mut [f64]) {
    println!("tap to committed row ({TAPS} taps)   p50        p99");
    let (tap, floor) = (percentiles(taps_us), percentiles(floors_us));
    println!("  tap                          {:8.0} us {:8.0} us", tap.0, tap.1);
    println!("  floor: one fdatasync         {:8.0} us {:8.0} us", floor.0, floor.1);
    println!("  ratio                        {:8.2} x  {:8.2} x", tap.0 / floor.0, tap.1 / floor.1);
}

fn percentiles(times: &mut [f64]) -> (f64, f64) {
    times.sort_by(f64::total_cmp);
    (times[times.len() / 2], times[times.len() * 99 / 100])
}
