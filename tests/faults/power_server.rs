//! A power cut of the server: every event it acknowledged is in its database, and it starts again.
//!
//! The real program serves devices over real sockets from a disk whose plug is pulled. Target:
//! 2,000 cuts, 0 lost, 0 corrupt. The controls are those of `power`.

use crate::lab::device::Device;
use crate::lab::disk::PowerDisk;
use crate::lab::server::{ServerProgram, http};
use crate::lab::{Dice, Run};
use crate::power::{Toll, is_sound, patience};
use crate::support::server::quick_office;
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

const DEVICES: usize = 3;

/// An event as device and sequence number.
type Place = (u32, u64);

#[tokio::test(flavor = "multi_thread")]
async fn what_the_server_acknowledged_outlives_its_power() {
    let run = Run::begin("power cut, server", 8, 2_000);
    let mut dice = run.dice();
    let mut disk = match PowerDisk::new() {
        Ok(disk) => disk,
        Err(reason) => return run.skip(reason),
    };
    let (mut toll, mut devices) = (Toll::default(), Vec::new());
    for cut in 0..run.count {
        // A disk of its own for every few hundred cuts keeps its database small.
        if cut % 250 == 0 {
            if cut > 0 {
                disk = PowerDisk::new().unwrap();
            }
            devices = furnish(disk.path(), &mut dice).await;
        }
        let (used, acknowledged) = serve_until_cut(&disk, devices, patience(&mut dice)).await;
        devices = used;
        disk.power_on().unwrap();
        let (present, sound) = look_into(disk.path());
        toll.add(&acknowledged, &present, sound);
        assert_eq!((toll.lost, toll.corrupt), (0, 0), "{toll}, seed {}", run.seed());
    }
    run.report(toll);
}

/// An office with devices, written before the power is first cut.
async fn furnish(folder: &Path, dice: &mut Dice) -> Vec<Device> {
    let service = crate::lab::server::service_on(folder);
    let office = quick_office(&service).await;
    let mut devices = Vec::new();
    for _ in 0..DEVICES {
        devices.push(Device::enrol(&service, office.office, office.counter, dice.split()).await);
    }
    devices
}

/// Devices send until the plug is pulled; returns them with what was acknowledged before that.
async fn serve_until_cut(disk: &PowerDisk, devices: Vec<Device>, patience: usize) -> (Vec<Device>, BTreeSet<Place>) {
    let server = ServerProgram::start(disk.path());
    let heard: Arc<Mutex<BTreeSet<Place>>> = Arc::default();
    let (answers, off) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(false)));
    let mut sending = Vec::new();
    for device in devices {
        let (address, heard, answers, off) = (server.address.clone(), heard.clone(), answers.clone(), off.clone());
        sending.push(tokio::spawn(async move { send_until_off(device, &address, &heard, &answers, &off).await }));
    }
    let begun = Instant::now();
    while answers.load(Ordering::SeqCst) < patience {
        assert!(begun.elapsed().as_secs() < 60, "the server does not answer");
        tokio::time::sleep(Duration::from_micros(200)).await;
    }
    let acknowledged = heard.lock().unwrap().clone();
    disk.cut().unwrap();
    off.store(true, Ordering::SeqCst);
    drop(server);
    let mut devices = Vec::new();
    for task in sending {
        devices.push(task.await.unwrap());
    }
    (devices, acknowledged)
}

async fn send_until_off(
    mut device: Device,
    address: &str,
    heard: &Mutex<BTreeSet<Place>>,
    answers: &AtomicUsize,
    off: &AtomicBool,
) -> Device {
    let server = http(address);
    // Where the server stands after the cut before, it says itself.
    let mut next_seq = device.next_seq();
    while !off.load(Ordering::SeqCst) {
        let until = next_seq + device.dice.below(12);
        while device.next_seq() < until {
            device.rate();
        }
        let Some(ack) = device.send(&server, next_seq..until).await else { continue };
        let places = (next_seq..).take(ack.verdicts.len()).map(|seq| (device.id.get(), seq));
        heard.lock().unwrap().extend(places);
        answers.fetch_add(1, Ordering::SeqCst);
        next_seq = ack.next_seq;
    }
    device
}

fn look_into(folder: &Path) -> (BTreeSet<Place>, bool) {
    let database = rusqlite::Connection::open(folder.join("server.db")).unwrap();
    let mut statement = database.prepare("SELECT device_id, seq FROM event").unwrap();
    let place = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get::<_, i64>(1)?.unsigned_abs()));
    let present = statement.query_map([], place).unwrap().collect::<Result<_, _>>().unwrap();
    (present, is_sound(&database))
}
