//! A power cut of the kiosk: every rating a resident was thanked for is in its queue, and it starts.
//!
//! The real program takes ratings line by line from a disk whose plug is pulled. Target: 2,000 cuts,
//! 0 lost, 0 corrupt. The controls are those of `power`.

use crate::lab::disk::PowerDisk;
use crate::lab::kiosk::{Heard, KioskProgram, NOWHERE, copy_folder, enrolled};
use crate::lab::{Dice, Run, fast_folder, queue};
use crate::power::{Toll, patience};
use std::collections::BTreeSet;
use std::path::Path;
use suara_loket::domain::ids::EventId;

#[tokio::test(flavor = "multi_thread")]
async fn what_residents_were_thanked_for_outlives_the_power() {
    let run = Run::begin("power cut, kiosk", 8, 2_000);
    let mut dice = run.dice();
    let mut disk = match PowerDisk::new() {
        Ok(disk) => disk,
        Err(reason) => return run.skip(reason),
    };
    let (template, server) = (fast_folder(), fast_folder());
    enrolled(template.path(), server.path()).await;
    let mut toll = Toll::default();
    for cut in 0..run.count {
        if cut % 250 == 0 {
            if cut > 0 {
                disk = PowerDisk::new().unwrap();
            }
            install(template.path(), disk.path());
        }
        let folder = disk.path().join("kiosk");
        let acknowledged = rate_until_cut(&disk, &folder, &mut dice);
        disk.power_on().unwrap();
        let (present, sound) = queue::events(&folder);
        toll.add(&acknowledged, &present, sound);
        assert_eq!((toll.lost, toll.corrupt), (0, 0), "{toll}, seed {}", run.seed());
    }
    run.report(toll);
}

/// As a technician does: the kiosk's folder, safely on the disk.
fn install(template: &Path, disk: &Path) {
    copy_folder(template, &disk.join("kiosk"));
    rustix::fs::sync();
}

/// Rates until the plug is pulled; returns what was thanked for before that.
fn rate_until_cut(disk: &PowerDisk, folder: &Path, dice: &mut Dice) -> BTreeSet<EventId> {
    let mut kiosk = KioskProgram::start(folder, NOWHERE);
    let mut thanked = BTreeSet::new();
    for _ in 0..patience(dice) {
        match kiosk.rate(1 + dice.below(5)) {
            Heard::Stored { id, .. } => thanked.insert(id),
            other => panic!("with power, everything is stored: {other:?}"),
        };
    }
    // One more is on its way while the plug is pulled: it may be either.
    kiosk.say("rate 3");
    if dice.percent(50) {
        std::thread::sleep(std::time::Duration::from_micros(dice.below(3_000)));
    }
    disk.cut().unwrap();
    kiosk.kill();
    thanked
}
