//! The real program behind a network that misbehaves, at its own pace: it gives up nothing, and no
//! answer of a stranger makes it stop.
//!
//! Target: every kiosk has sent everything once the network has been quiet for a minute, 0 lost, 0
//! doubled. The mutants are those of `chaos`.

use crate::lab::archive::Archive;
use crate::lab::kiosk::{Heard, KioskProgram, enrol_at};
use crate::lab::proxy::Proxy;
use crate::lab::{Run, fast_folder, queue};
use crate::support::eventually;
use crate::support::server::{Server, quick_office};
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

/// Of a hundred calls so many are disturbed.
const TROUBLE: u64 = 40;
const RATINGS: u64 = 6;
/// How long the network stays bad.
const BAD_TIMES: Duration = Duration::from_secs(12);

#[tokio::test(flavor = "multi_thread")]
async fn the_program_sends_everything_at_its_own_pace() {
    let run = Run::begin("network chaos, real programs", 1, 12);
    let (server_folder, mut dice) = (fast_folder(), run.dice());
    let mut server = Server::start(server_folder.path()).await;
    let office = quick_office(&server.service).await;
    let proxy = Proxy::start(server.address, dice.split(), TROUBLE).await;
    let (mut kiosks, mut thanked) = (Vec::new(), BTreeSet::new());
    for _ in 0..run.count {
        let folder = fast_folder();
        let code = server.code(office.office, office.counter).await;
        enrol_at(folder.path(), &server.url(), &code);
        kiosks.push((KioskProgram::start(folder.path(), &proxy.url()), folder));
    }
    let begun = Instant::now();
    for _ in 0..RATINGS {
        for (kiosk, _) in &mut kiosks {
            let Heard::Stored { id, .. } = kiosk.rate(1 + dice.below(5)) else { panic!("not stored") };
            thanked.insert(id);
        }
    }
    let all_sent = |kiosks: &mut Vec<(KioskProgram, _)>| kiosks.iter_mut().all(|(kiosk, _)| kiosk.waiting() == Some(0));
    while begun.elapsed() < BAD_TIMES && !all_sent(&mut kiosks) {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    proxy.calm_down();
    eventually("an empty queue", || all_sent(&mut kiosks).then_some(()));
    let archive = Archive::open(server_folder.path());
    let known: BTreeSet<_> = kiosks.iter().flat_map(|(_, folder)| queue::events(folder.path()).0).collect();
    let (lost, doubled) = (archive.missing(&thanked).len(), archive.doubled());
    let foreign = archive.events().difference(&known).count();
    let faults: u64 = proxy.counted().values().sum();
    run.report(format!(
        "{} kiosks, {} thanked, {faults} calls, {lost} lost, {doubled} doubled",
        run.count,
        thanked.len()
    ));
    assert_eq!((lost, doubled, foreign), (0, 0, 0));
    drop(kiosks);
    server.stop().await;
}
