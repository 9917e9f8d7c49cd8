//! The decision by table, and the whole before a real socket and a real queue.

use super::*;
use crate::domain::event::Health;
use crate::kiosk::session::Draft;
use crate::system::{SystemClock, system_random};
use std::os::unix::net::UnixDatagram;
use std::sync::mpsc;
use std::time::Instant;
use tempfile::TempDir;

#[test]
fn only_fresh_signs_of_both_count() {
    for (beat_ms, answer_ms, are_fresh) in [
        (Some(1_000), Some(1_000), true),
        (Some(500), Some(1_000), true),
        (Some(499), Some(1_000), false),
        (Some(1_000), Some(499), false),
        (None, Some(1_000), false),
        (Some(1_000), None, false),
        (None, None, false),
    ] {
        let signs = Signs { beat_ms, answer_ms };
        assert_eq!(signs.are_fresh(1_000, 500), are_fresh, "{signs:?}");
    }
}

#[test]
fn beats_are_due_once_somebody_listens() {
    let pulse = Pulse::default();
    assert_eq!(pulse.due_in_ms(0), None);
    pulse.listen(100);
    assert_eq!(pulse.due_in_ms(0), Some(0), "the first at once");
    pulse.clone().beat(1_000);
    assert_eq!((pulse.due_in_ms(1_030), pulse.due_in_ms(1_500)), (Some(70), Some(0)));
}

/// The service manager, and a kiosk whose loop beats while it shall.
struct Scene {
    manager: UnixDatagram,
    outbox: Outbox,
    is_beating: Arc<AtomicBool>,
    _runtime: tokio::runtime::Runtime,
    _folder: TempDir,
}

impl Scene {
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let (path, clock) = (folder.path().join("notify"), Arc::new(SystemClock::new()));
        let manager = UnixDatagram::bind(&path).unwrap();
        manager.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        let outbox = Outbox::open(folder.path(), clock.clone(), system_random()).unwrap();
        let (pulse, is_beating) = (Pulse::default(), Arc::new(AtomicBool::new(true)));
        let notifier = Notifier::to(&path.into(), Some(400));
        let watchdog = Watchdog::new(notifier, pulse.clone(), outbox.clone(), clock.clone());
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let beats = is_beating.clone();
        runtime.spawn(async move {
            loop {
                if beats.load(Ordering::Relaxed) {
                    pulse.beat(clock.now().boot_ms);
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        });
        runtime.spawn(watchdog.watch());
        Self { manager, outbox, is_beating, _runtime: runtime, _folder: folder }
    }

    fn hears(&self) -> Option<String> {
        let mut buffer = [0; 64];
        let length = self.manager.recv(&mut buffer).ok()?;
        Some(String::from_utf8_lossy(&buffer[..length]).into_owned())
    }

    /// Reads on until nothing is said for longer than the manager waits.
    fn falls_silent(&self) {
        let begun = Instant::now();
        self.manager.set_read_timeout(Some(Duration::from_millis(800))).unwrap();
        while self.hears().is_some() {
            assert!(begun.elapsed() < Duration::from_secs(30), "it goes on saying that all is well");
        }
        self.manager.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    }
}

#[test]
fn a_kiosk_that_works_is_ready_once_and_goes_on_saying_that_it_works() {
    let scene = Scene::new();
    assert_eq!(scene.hears().as_deref(), Some("READY=1"));
    for _ in 0..3 {
        assert_eq!(scene.hears().as_deref(), Some("WATCHDOG=1"));
    }
}

#[test]
fn a_writer_that_hangs_stops_the_signs_of_life_although_the_loop_turns() {
    let scene = Scene::new();
    assert_eq!(scene.hears().as_deref(), Some("READY=1"));
    let (go_on, wait) = mpsc::channel::<()>();
    // Answers are given on the writer's thread, which waits here as it would for a disk.
    scene.outbox.record(Draft::Health(Health::default()), move |_stored| wait.recv().unwrap());
    scene.falls_silent();
    go_on.send(()).unwrap();
    assert_eq!(scene.hears().as_deref(), Some("WATCHDOG=1"), "it works again");
}

#[test]
fn a_loop_that_hangs_stops_them_although_the_writer_answers() {
    let scene = Scene::new();
    assert_eq!(scene.hears().as_deref(), Some("READY=1"));
    scene.is_beating.store(false, Ordering::Relaxed);
    scene.falls_silent();
    scene.is_beating.store(true, Ordering::Relaxed);
    assert_eq!(scene.hears().as_deref(), Some("WATCHDOG=1"));
}
