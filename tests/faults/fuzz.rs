//! Strangers' bytes: nothing that comes over the wire, in a QR code, in a settings file or in a table makes the
//! program panic, and nothing that a device signs makes the server fail.
//!
//! Target: 10 million executions of each parser, 0 panics; the corpus is kept in `tests/fuzz`, where
//! libFuzzer goes on from. The control is a parser with a hole, which the mutations find.

#[path = "../fuzz/targets.rs"]
mod targets;

use crate::lab::device::Device;
use crate::lab::server::service_on;
use crate::lab::{Dice, Run, fast_folder};
use crate::support::server::quick_office;
use serde_json::Value;
use std::panic::catch_unwind;
use std::path::Path;
use suara_loket::protocol::EvaluationServer;
use suara_loket::protocol::signing::SignedRequest;

/// Words that parsers of these formats look for.
const TOKENS: [&str; 24] = [
    "null",
    "true",
    "0",
    "-1",
    "1e308",
    "18446744073709551615",
    "9223372036854775808",
    "4294967296",
    "\"",
    "{",
    "}",
    "[",
    "]",
    ":",
    ",",
    "\\u0000",
    "\\ud800",
    "[[a]]",
    "'''",
    "\u{feff}",
    "#",
    "=",
    "\n",
    "AAAAAAAA",
];

#[test]
fn no_batch_makes_a_reader_panic() {
    hammer("fuzz, batch", "batch", targets::batch);
}

#[test]
fn no_ticket_makes_a_reader_panic() {
    hammer("fuzz, ticket", "ticket", targets::ticket);
}

#[test]
fn no_settings_make_a_reader_panic() {
    hammer("fuzz, settings", "settings", targets::settings);
}

#[test]
fn no_sheet_makes_a_reader_panic() {
    hammer("fuzz, sheet", "sheet", targets::sheet);
}

/// The control: a reader that panics where a batch names the largest number.
#[test]
fn control_a_reader_with_a_hole_is_found() {
    let seeds = corpus("batch");
    let mut dice = Run::begin("fuzz, control", 1, 1).dice();
    let hole = |bytes: &[u8]| bytes.windows(20).any(|window| window == b"18446744073709551615");
    let found = (0..100_000).any(|_| hole(&mutate(&seeds, &mut dice)));
    assert!(found, "the mutations do not reach what they should");
}

fn hammer(name: &'static str, folder: &str, target: fn(&[u8])) {
    let run = Run::begin(name, 3_000, 10_000_000);
    let (seeds, mut dice) = (corpus(folder), run.dice());
    for seed in &seeds {
        target(seed);
    }
    for _ in 0..run.count {
        let bytes = mutate(&seeds, &mut dice);
        let survived = catch_unwind(|| target(&bytes)).is_ok();
        let (seed, shown) = (run.seed(), bytes.escape_ascii());
        assert!(survived, "seed {seed}: these bytes panic; keep them in tests/fuzz/corpus/{folder}: {shown}");
    }
    run.report(format!("{} executions from {} kept inputs, 0 panics", run.count, seeds.len()));
}

/// A device that signs whatever it is told: the server understands it, parks it or refuses it, and
/// never fails.
#[tokio::test]
async fn no_signed_bytes_make_the_server_fail() {
    let run = Run::begin("fuzz, signed batches at the server", 600, 200_000);
    let (folder, mut dice) = (fast_folder(), run.dice());
    let service = service_on(folder.path());
    let office = quick_office(&service).await;
    let mut device = Device::enrol(&service, office.office, office.counter, dice.split()).await;
    (0..4).for_each(|_| device.rate());
    let seeds = corpus("batch");
    let mut statuses = std::collections::BTreeMap::<u16, u64>::new();
    for _ in 0..run.count {
        let request = signed_mutant(&mut device, &seeds, &mut dice);
        let reply = service.call(&request).await.unwrap();
        assert!(
            reply.status < 500,
            "{}: {:?}, seed {}",
            reply.status,
            request.body.escape_ascii().to_string(),
            run.seed()
        );
        assert!(reply.answers(&request, &device.server_key), "an unsigned answer, seed {}", run.seed());
        *statuses.entry(reply.status).or_default() += 1;
    }
    run.report(format!("{} batches, 0 failures of the server, answers {statuses:?}", run.count));
}

/// Broken bytes; a batch with a changed field; or a sound batch around an event with a changed field.
fn signed_mutant(device: &mut Device, seeds: &[Vec<u8>], dice: &mut Dice) -> SignedRequest {
    match dice.below(4) {
        0 => device.sign(mutate(seeds, dice)),
        1 => {
            let mut batch = serde_json::to_value(device.batch(1..5)).unwrap();
            change(&mut batch, dice);
            device.sign(serde_json::to_vec(&batch).unwrap())
        }
        _ => {
            let mut body = serde_json::from_str(&device.events[dice.index(4)].1).unwrap();
            change(&mut body, dice);
            device.record_raw(body.to_string());
            let next = device.next_seq();
            device.request(next - 1..next)
        }
    }
}

/// Changes something somewhere in a JSON value.
fn change(value: &mut Value, dice: &mut Dice) {
    match value {
        Value::Object(fields) if !fields.is_empty() && dice.percent(90) => {
            let key = fields.keys().nth(dice.index(fields.len())).unwrap().clone();
            if dice.percent(15) {
                fields.remove(&key);
            } else {
                change(&mut fields[&key], dice);
            }
        }
        Value::Array(items) if !items.is_empty() && dice.percent(90) => {
            let at = dice.index(items.len());
            if dice.percent(20) {
                items.insert(at, items[at].clone());
            } else {
                change(&mut items[at], dice);
            }
        }
        Value::String(text) if dice.percent(60) => {
            let mut bytes = std::mem::take(text).into_bytes();
            mutate_once(&mut bytes, &[b"sawahlunto".to_vec()], dice);
            *text = String::from_utf8_lossy(&bytes).into_owned();
        }
        other => {
            let token = dice.pick(&TOKENS);
            *other = serde_json::from_str(token).unwrap_or_else(|_| Value::String((*token).repeat(dice.index(300))));
        }
    }
}

fn corpus(folder: &str) -> Vec<Vec<u8>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/corpus").join(folder);
    let mut files: Vec<_> = std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let seeds: Vec<Vec<u8>> = files.iter().map(|file| std::fs::read(file).unwrap()).collect();
    assert!(!seeds.is_empty(), "no corpus for {folder}");
    seeds
}

/// A kept input with one to eight changes.
fn mutate(seeds: &[Vec<u8>], dice: &mut Dice) -> Vec<u8> {
    let mut bytes = dice.pick(seeds).clone();
    for _ in 0..=dice.below(8) {
        mutate_once(&mut bytes, seeds, dice);
    }
    bytes
}

fn mutate_once(bytes: &mut Vec<u8>, seeds: &[Vec<u8>], dice: &mut Dice) {
    if bytes.is_empty() {
        return bytes.push(dice.byte());
    }
    let (from, to) = {
        let (a, b) = (dice.index(bytes.len()), dice.index(bytes.len()));
        (a.min(b), a.max(b))
    };
    match dice.below(9) {
        0 => bytes[from] ^= 1 << dice.below(8),
        1 => bytes[from] = dice.byte(),
        2 => drop(bytes.drain(from..to.min(from + 40))),
        3 => bytes.truncate(to),
        // A part twice.
        4 => {
            let part = bytes[from..to.min(from + 200)].to_vec();
            drop(bytes.splice(from..from, part));
        }
        5 => drop(bytes.splice(from..from, dice.pick(&TOKENS).bytes())),
        // A number becomes another one.
        6 => replace_number(bytes, from, dice),
        // A part of another input.
        7 => {
            let other = dice.pick(seeds);
            let start = dice.index(other.len());
            let end = (start + dice.index(120)).min(other.len());
            drop(bytes.splice(from..to.min(from + 60), other[start..end].iter().copied()));
        }
        _ => bytes.swap(from, to),
    }
}

fn replace_number(bytes: &mut Vec<u8>, from: usize, dice: &mut Dice) {
    let Some(start) = bytes[from..].iter().position(u8::is_ascii_digit).map(|at| from + at) else { return };
    let length = bytes[start..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    drop(bytes.splice(start..start + length, dice.pick(&TOKENS[2..8]).bytes()));
}
