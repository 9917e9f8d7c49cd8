//! Tickets and batches that somebody changed are refused, every one; and a genuine ticket counts once,
//! however many phones send it at the same moment.
//!
//! Target: 1,000,000 mutants, 0 accepted; 100 parallel submissions, exactly one counted. The control
//! is the genuine ticket among the mutants, which must be accepted, or the zero would say nothing.

use crate::lab::archive::Archive;
use crate::lab::device::Device;
use crate::lab::server::service_on;
use crate::lab::{Dice, Run, fast_folder};
use crate::support::server::{QuickOffice, Server, quick_office};
use data_encoding::BASE32_NOPAD;
use ed25519_dalek::SigningKey;
use std::collections::BTreeMap;
use suara_loket::domain::ids::{DeviceId, VisitId, VisitSerial};
use suara_loket::domain::ticket::{Ticket, UnverifiedTicket};
use suara_loket::protocol::EvaluationServer;
use suara_loket::protocol::signing::SignedRequest;
use suara_loket::server::service::Service;

const LETTERS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// The order of the group of Ed25519, little endian: added to the second half of a signature, it
/// gives another one that careless verifiers accept.
const ORDER: [u8; 32] = [
    0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
];

#[test]
fn no_mutated_ticket_is_accepted() {
    let run = Run::begin("mutated tickets", 4_000, 1_000_000);
    let mut dice = run.dice();
    let keys: BTreeMap<DeviceId, SigningKey> =
        [1, 2, 3].map(|n: u8| (device(n.into()), SigningKey::from_bytes(&[n; 32]))).into();
    let accepts = |text: &str| {
        let ticket = UnverifiedTicket::read(text).ok();
        ticket.is_some_and(|ticket| {
            keys.get(&ticket.device()).is_some_and(|key| ticket.verify(&key.verifying_key()).is_ok())
        })
    };
    let genuine: Vec<String> =
        (0..50).map(|serial| ticket(device(1 + serial % 3), serial + 1).sign(&keys[&device(1 + serial % 3)])).collect();
    assert!(genuine.iter().all(|text| accepts(text)), "the genuine ones are refused: nothing was proven");
    let mut accepted = Vec::new();
    for _ in 0..run.count {
        let mutant = mutate(dice.pick(&genuine).clone(), &genuine, &mut dice);
        if !genuine.contains(&mutant) && accepts(&mutant) {
            accepted.push(mutant);
        }
    }
    run.report(format!("{} mutants, {} accepted", run.count, accepted.len()));
    assert!(accepted.is_empty(), "{accepted:?}");
}

fn device(number: u32) -> DeviceId {
    DeviceId::try_from(number).unwrap()
}

fn ticket(device: DeviceId, serial: u32) -> Ticket {
    let visit = VisitId { device, serial: VisitSerial::try_from(serial).unwrap() };
    Ticket { visit, issued_minute: 29_924_000, officer: None, service: None, clock_anchored: true }
}

/// One to three changes of a ticket, some of them clever.
fn mutate(text: String, others: &[String], dice: &mut Dice) -> String {
    let times = 1 + dice.below(3);
    (0..times).fold(text, |text, _| mutate_once(&text, others, dice))
}

fn mutate_once(text: &str, others: &[String], dice: &mut Dice) -> String {
    let mut letters: Vec<u8> = text.bytes().collect();
    let (a, b) = (dice.index(letters.len().max(1)), dice.index(letters.len().max(1)));
    match dice.below(10) {
        0 | 1 if a < letters.len() => letters[a] = *dice.pick(LETTERS),
        2 if a < letters.len() => letters.swap(a, b),
        3 => letters.truncate(a),
        4 => letters.push(*dice.pick(LETTERS)),
        5 if a < letters.len() => letters[a] = letters[a].to_ascii_lowercase(),
        // The signature, or the payload, of another genuine one.
        6 => {
            let other = dice.pick(others).as_bytes();
            let cut = dice.index(other.len());
            letters.truncate(cut);
            letters.extend_from_slice(&other[cut..]);
        }
        // The last two bits of the last letter carry nothing.
        7 if !letters.is_empty() => *letters.last_mut().unwrap() = *dice.pick(LETTERS),
        _ => return mutate_bytes(text, dice),
    }
    String::from_utf8_lossy(&letters).into_owned()
}

fn mutate_bytes(text: &str, dice: &mut Dice) -> String {
    let Ok(mut bytes) = BASE32_NOPAD.decode(text.as_bytes()) else { return text.to_owned() + "A" };
    if bytes.len() == 81 && dice.percent(30) {
        let mut carry = 0;
        for (byte, order) in bytes[49..].iter_mut().zip(ORDER) {
            let sum = u16::from(*byte) + u16::from(order) + carry;
            (*byte, carry) = (sum.to_le_bytes()[0], sum >> 8);
        }
    } else if !bytes.is_empty() {
        let at = dice.index(bytes.len());
        bytes[at] ^= 1 << dice.below(8);
    }
    BASE32_NOPAD.encode(&bytes)
}

/// Requests of a device with anything changed: never taken, and nothing stored.
#[tokio::test]
async fn no_mutated_batch_is_accepted() {
    let run = Run::begin("mutated batches", 1_500, 1_000_000);
    let (folder, mut dice) = (fast_folder(), run.dice());
    let service = service_on(folder.path());
    let office = quick_office(&service).await;
    let mut devices = two_devices(&service, &office, &mut dice).await;
    for device in &mut devices {
        (0..5).for_each(|_| device.rate());
    }
    let mut accepted = 0;
    for _ in 0..run.count {
        let chosen = dice.index(2);
        let request = devices[chosen].request(1..6);
        let mutant = mutate_request(request, &devices[1 - chosen], &mut dice);
        let reply = service.call(&mutant).await.unwrap();
        accepted += u64::from(reply.status == 200);
    }
    let stored = Archive::open(folder.path()).events().len();
    run.report(format!("{} mutants, {accepted} accepted, {stored} events stored", run.count));
    assert_eq!((accepted, stored), (0, 0));
    let genuine = devices[0].request(1..6);
    assert_eq!(service.call(&genuine).await.unwrap().status, 200, "the genuine one is refused: nothing was proven");
}

async fn two_devices(service: &Service, office: &QuickOffice, dice: &mut Dice) -> Vec<Device> {
    let first = Device::enrol(service, office.office, office.counter, dice.split()).await;
    vec![first, Device::enrol(service, office.office, office.counter, dice.split()).await]
}

fn mutate_request(mut request: SignedRequest, other: &Device, dice: &mut Dice) -> SignedRequest {
    let at = dice.index(request.body.len());
    match dice.below(8) {
        0..3 => request.body[at] ^= 1 << dice.below(8),
        3 => drop(request.body.remove(at)),
        4 => request.counter += 1 + dice.below(5),
        5 => request.epoch ^= 1 << dice.below(60),
        6 => {
            let digits: Vec<char> = request.signature.chars().collect();
            let at = dice.index(digits.len());
            let flip = |(n, c): (usize, &char)| if n == at { if *c == '0' { '1' } else { '0' } } else { *c };
            request.signature = digits.iter().enumerate().map(flip).collect();
        }
        // Another kiosk's name, path and all, under one's own signature.
        _ => {
            request.device = other.id;
            request.epoch = other.epoch;
            request.path = format!("/api/v1/devices/{}/batches", other.id);
        }
    }
    request
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_sent_by_a_hundred_phones_at_once_counts_once() {
    let run = Run::begin("one ticket, 100 phones at once", 2, 100);
    let (folder, mut dice) = (fast_folder(), run.dice());
    let mut server = Server::start(folder.path()).await;
    let office = quick_office(&server.service).await;
    let device = Device::enrol(&server.service, office.office, office.counter, dice.split()).await;
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let issued_minute = jiff::Timestamp::now().as_second() / 60;
    for serial in 1..=run.count {
        let genuine = Ticket { issued_minute, ..ticket(device.id, u32::try_from(serial).unwrap()) }.sign(&device.key);
        let url = format!("{}/R/{genuine}", server.url());
        let sends = (0..100).map(|phone| {
            let form = client.post(&url).header("content-type", "application/x-www-form-urlencoded");
            tokio::spawn(form.body(format!("stars={}", phone % 5 + 1)).send())
        });
        let mut welcomed = 0;
        for send in sends.collect::<Vec<_>>() {
            welcomed += u64::from(send.await.unwrap().unwrap().status() == 303);
        }
        let counted = Archive::open(folder.path()).counted();
        assert_eq!((welcomed, counted), (1, serial), "seed {}", run.seed());
    }
    run.report(format!("{} tickets, {} submissions, each counted once", run.count, run.count * 100));
    server.stop().await;
}

/// The control of the counting: a second rating of a visit that counts is seen.
#[tokio::test]
async fn control_a_doubled_rating_is_seen() {
    let (folder, mut dice) = (fast_folder(), Dice::new(1));
    let service = service_on(folder.path());
    let office = quick_office(&service).await;
    let mut device = Device::enrol(&service, office.office, office.counter, dice.split()).await;
    device.rate();
    let request = device.request(1..2);
    assert_eq!(service.call(&request).await.unwrap().status, 200);
    let archive = Archive::open(folder.path());
    assert_eq!(archive.doubled(), 0);
    let columns: String = archive
        .database()
        .query_row("SELECT group_concat(name) FROM pragma_table_info('rating') WHERE name <> 'event_id'", [], |r| {
            r.get(0)
        })
        .unwrap();
    let copy = format!("INSERT INTO rating (event_id, {columns}) SELECT randomblob(16), {columns} FROM rating");
    archive.database().execute(&copy, []).unwrap();
    assert_eq!(archive.doubled(), 1, "the laboratory does not see a rating that counts twice");
}
