//! The ways of changing rows, and the finding that has to name each.

use super::world::{Dice, World};
use rusqlite::{Connection, params};
use suara_loket::domain::event::{BodyHash, ChainHash};
use suara_loket::domain::ids::{DeviceId, EventId, OfficerId};
use suara_loket::domain::ledger::{Leaf, MemoryTiles, NodeHash, append};
use suara_loket::server::service::Finding;
use uuid::Uuid;

/// What was done, and which finding names it.
pub struct Edit {
    pub what: &'static str,
    pub names: Box<dyn Fn(&Finding) -> bool>,
}

type Kind = fn(&Connection, &World, &mut Dice) -> Edit;

pub const KINDS: [Kind; 34] = [
    delete_event,
    edit_body,
    edit_body_and_hash,
    remove_body,
    swap_places,
    swap_places_in_the_ledger_too,
    forge_web_rating,
    move_to_unknown_device,
    edit_cursor,
    forge_with_everything_but_the_key,
    append_forged,
    cut_the_end,
    remove_signature,
    forge_signature,
    edit_tile,
    edit_root,
    edit_checkpoint,
    edit_stars,
    edit_officer,
    edit_counted,
    edit_undone,
    edit_time,
    delete_or_invent_rating,
    edit_daily,
    edit_decision,
    invent_decision,
    take_back_decision,
    delete_flag,
    leave_out,
    edit_survey,
    move_survey,
    delete_survey,
    invent_survey,
    edit_named_service,
];

fn edit(what: &'static str, names: impl Fn(&Finding) -> bool + 'static) -> Edit {
    Edit { what, names: Box::new(names) }
}

fn device(number: u32) -> DeviceId {
    DeviceId::try_from(number).unwrap()
}

/// An event of a kiosk with a body, by chance: device, place and body.
fn event(db: &Connection, dice: &mut Dice) -> (u32, u64, String) {
    pick(db, dice, "device_id > 0")
}

fn pick(db: &Connection, dice: &mut Dice, which: &str) -> (u32, u64, String) {
    let sql = format!(
        "SELECT device_id, seq, body FROM event WHERE body IS NOT NULL AND repeats IS NULL
            AND parked_reason IS NULL AND {which} ORDER BY device_id, seq"
    );
    let mut statement = db.prepare(&sql).unwrap();
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get::<_, i64>(1)?.unsigned_abs(), row.get(2)?)));
    let rows: Vec<_> = rows.unwrap().map(Result::unwrap).collect();
    rows[dice.below(rows.len())].clone()
}

/// A rating with a body, by chance.
fn rating(db: &Connection, dice: &mut Dice) -> EventId {
    let sql = "SELECT rating.event_id FROM rating JOIN event ON event.event_id = rating.event_id
               WHERE event.repeats IS NULL AND body IS NOT NULL ORDER BY 1";
    let mut statement = db.prepare(sql).unwrap();
    let rows: Vec<[u8; 16]> = statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    EventId(Uuid::from_bytes(rows[dice.below(rows.len())]))
}

fn seq(seq: u64) -> i64 {
    i64::try_from(seq).unwrap()
}

fn delete_event(db: &Connection, _: &World, dice: &mut Dice) -> Edit {
    let (number, at, _) = pick(db, dice, "true");
    db.execute("DELETE FROM event WHERE device_id = ?1 AND seq = ?2", params![number, seq(at)]).unwrap();
    edit("event deleted", move |finding| {
        matches!(finding, Finding::EventsMissing { device: d, from_seq, to_seq }
            if *d == device(number) && (*from_seq..=*to_seq).contains(&at))
    })
}

/// Another digit in the salt: it reads as before, and says the same.
fn changed(body: &str) -> String {
    let at = body.find("\"salt\":\"").unwrap() + 8;
    let other = if &body[at..=at] == "f" { "e" } else { "f" };
    format!("{}{other}{}", &body[..at], &body[at + 1..])
}

fn edit_body(db: &Connection, _: &World, dice: &mut Dice) -> Edit {
    let (number, at, body) = pick(db, dice, "true");
    let sql = "UPDATE event SET body = ?3 WHERE device_id = ?1 AND seq = ?2";
    db.execute(sql, params![number, seq(at), changed(&body)]).unwrap();
    edit("body edited", move |finding| *finding == Finding::BodyChanged { device: device(number), seq: at })
}

fn set_body(db: &Connection, number: u32, at: u64, body: &str) {
    let sql = "UPDATE event SET body = ?3, body_hash = ?4 WHERE device_id = ?1 AND seq = ?2";
    db.execute(sql, params![number, seq(at), body, BodyHash::of(body.as_bytes()).0]).unwrap();
}

fn edit_body_and_hash(db: &Connection, _: &World, dice: &mut Dice) -> Edit {
    let (number, at, body) = pick(db, dice, "true");
    set_body(db, number, at, &changed(&body));
    edit(
        "body and hash edited",
        move |finding| matches!(finding, Finding::LeafDiffers { device: d, seq, .. } if *d == device(number) && *seq == at),
    )
}

fn remove_body(db: &Connection, _: &World, dice: &mut Dice) -> Edit {
    let (number, at, _) = pick(db, dice, "true");
    db.execute("UPDATE event SET body = NULL WHERE device_id = ?1 AND seq = ?2", params![number, seq(at)]).unwrap();
    edit("body removed", move |finding| *finding == Finding::BodyGone { device: device(number), seq: at })
}

/// Exchanges an event with a neighbour; returns the device, and the place of the first.
fn swap(db: &Connection, dice: &mut Dice) -> (u32, u64) {
    let (number, at, _) = event(db, dice);
    let neighbour = "SELECT seq FROM event WHERE device_id = ?1 AND seq <> ?2 AND repeats IS NULL
                     ORDER BY abs(seq - ?2) LIMIT 1";
    let to: i64 = db.query_row(neighbour, params![number, seq(at)], |row| row.get(0)).unwrap();
    for (from, to) in [(seq(at), -1), (to, seq(at)), (-1, to)] {
        let sql = "UPDATE event SET seq = ?3 WHERE device_id = ?1 AND seq = ?2";
        db.execute(sql, params![number, from, to]).unwrap();
    }
    (number, at)
}

fn swap_places(db: &Connection, _: &World, dice: &mut Dice) -> Edit {
    let (number, at) = swap(db, dice);
    edit(
        "events swapped",
        move |finding| matches!(finding, Finding::LeafDiffers { device: d, seq, .. } if *d == device(number) && *seq == at),
    )
}

fn swap_places_in_the_ledger_too(db: &Connection, world: &World, dice: &mut Dice) -> Edit {
    let (number, at) = swap(db, dice);
    rebuild_ledger(db, world);
    edit("events swapped, ledger rebuilt", move |finding| {
        matches!(finding, Finding::ChainBroken { device: d, from_seq, to_seq }
            if *d == device(number) && (*from_seq..=*to_seq).contains(&at))
    })
}

/// No kiosk signed a rating from a phone: only kept checkpoints know it.
fn forge_web_rating(db: &Connection, world: &World, dice: &mut Dice) -> Edit {
    let (_, at, body) = pick(db, dice, "device_id = 0");
    set_body(db, 0, at, &changed(&body));
    let head = rebuild_chain(db, 0, u64::MAX);
    db.execute("UPDATE ledger SET own_head = ?1", [head.0]).unwrap();
    rebuild_ledger(db, world);
    let leaf =
        "SELECT min(size) FROM checkpoint WHERE size > (SELECT leaf_index FROM event WHERE device_id = 0 AND seq = ?1)";
    let size: i64 = db.query_row(leaf, [seq(at)], |row| row.get(0)).unwrap();
    edit("web rating forged", move |finding| *finding == Finding::CheckpointDiffers { size: size.unsigned_abs() })
}

fn move_to_unknown_device(db: &Connection, _: &World, dice: &mut Dice) -> Edit {
    let (number, at, _) = event(db, dice);
    let sql = "UPDATE event SET device_id = 99 WHERE device_id = ?1 AND seq = ?2";
    db.execute(sql, params![number, seq(at)]).unwrap();
    edit("moved to an unknown device", move |finding| {
        *finding == Finding::UnknownDevice { device: device(99), seq: at }
    })
}

fn edit_cursor(db: &Connection, world: &World, dice: &mut Dice) -> Edit {
    let number = world.devices[dice.below(2)].get();
    db.execute("UPDATE device SET head_hash = randomblob(32) WHERE device_id = ?1", [number]).unwrap();
    edit(
        "cursor edited",
        move |finding| matches!(finding, Finding::CursorDiffers { device: d, .. } if *d == device(number)),
    )
}

/// The ledger made anew over the events as they are now.
fn rebuild_ledger(db: &Connection, world: &World) {
    let sql = "SELECT event.device_id, seq, event_id, body_hash, coalesce(epoch, 0) FROM event
               LEFT JOIN device ON device.device_id = event.device_id
               WHERE leaf_index IS NOT NULL ORDER BY leaf_index";
    let mut statement = db.prepare(sql).unwrap();
    let leaves = statement.query_map([], |row| {
        Ok(Leaf {
            office: world.office,
            device: row.get(0)?,
            seq: row.get::<_, i64>(1)?.unsigned_abs(),
            event: EventId(Uuid::from_bytes(row.get(2)?)),
            body_hash: row.get(3)?,
            epoch: row.get::<_, i64>(4)?.unsigned_abs(),
        })
    });
    let leaves: Vec<NodeHash> = leaves.unwrap().map(|leaf| leaf.unwrap().hash()).collect();
    let grown = append(&MemoryTiles::default(), 0, &leaves).unwrap();
    db.execute("DELETE FROM ledger_tile", []).unwrap();
    for tile in grown.tiles {
        let values = params![tile.level, seq(tile.index), NodeHash::concat(&tile.hashes)];
        db.execute("INSERT INTO ledger_tile VALUES (1, ?1, ?2, ?3)", values).unwrap();
    }
    db.execute("UPDATE ledger SET size = ?1, root = ?2", params![seq(grown.size), grown.root.0]).unwrap();
}

/// A kiosk's chain computed anew, with all ends after `from` moved to it; returns the last end.
fn rebuild_chain(db: &Connection, number: u32, from: u64) -> ChainHash {
    let sql = "SELECT seq, event_id, body_hash FROM event WHERE device_id = ?1 ORDER BY seq";
    let mut statement = db.prepare(sql).unwrap();
    let links = statement.query_map([number], |row| {
        let id = EventId(Uuid::from_bytes(row.get(1)?));
        Ok((row.get::<_, i64>(0)?.unsigned_abs(), id, BodyHash(row.get(2)?)))
    });
    let (mut head, mut expected) = (ChainHash::START, None);
    for (at, id, hash) in links.unwrap().map(Result::unwrap) {
        if expected.is_some_and(|expected| expected != at) {
            let sql = "SELECT head_hash FROM hole WHERE device_id = ?1 AND to_seq = ?2";
            head = ChainHash(db.query_row(sql, params![number, seq(at) - 1], |row| row.get(0)).unwrap());
        }
        (head, expected) = (head.next(at, id, hash), Some(at + 1));
        if at >= from {
            let sql = "UPDATE head_signature SET head_hash = ?3 WHERE device_id = ?1 AND seq = ?2";
            db.execute(sql, params![number, seq(at), head.0]).unwrap();
        }
    }
    db.execute("UPDATE device SET head_hash = ?2 WHERE device_id = ?1", params![number, head.0]).unwrap();
    head
}

/// One rating becomes five stars everywhere: event, hash, chain, ledger, rating and sums. Only the kiosk's
/// key is missing.
fn forge_with_everything_but_the_key(db: &Connection, world: &World, dice: &mut Dice) -> Edit {
    let (number, at, body) = pick(db, dice, "device_id > 0 AND body LIKE '%\"stars\":2%'");
    set_body(db, number, at, &body.replace("\"stars\":2", "\"stars\":5"));
    let rating = "event_id = (SELECT event_id FROM event WHERE device_id = ?1 AND seq = ?2)";
    db.execute(&format!("UPDATE rating SET stars = 5 WHERE {rating}"), params![number, seq(at)]).unwrap();
    db.execute(
        &format!(
            "UPDATE daily SET stars_2 = stars_2 - 1, stars_5 = stars_5 + 1, sum = sum + 3
             WHERE (day, officer_id, channel) = (SELECT day, coalesce(officer_id, 0), channel FROM rating WHERE {rating})"
        ),
        params![number, seq(at)],
    )
    .unwrap();
    rebuild_chain(db, number, at);
    rebuild_ledger(db, world);
    edit(
        "rating forged in every place",
        move |finding| matches!(finding, Finding::HeadForged { device: d, seq } if *d == device(number) && *seq >= at),
    )
}

/// A rating that nobody gave, put at the end of a chain and into the ledger.
fn append_forged(db: &Connection, world: &World, dice: &mut Dice) -> Edit {
    let number = world.devices[dice.below(2)].get();
    let sql = "SELECT next_seq, (SELECT size FROM ledger) FROM device WHERE device_id = ?1";
    let (at, size): (i64, i64) = db.query_row(sql, [number], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    let (_, _, body) = event(db, dice);
    let body = changed(&body);
    db.execute(
        "INSERT INTO event (office_id, device_id, seq, event_id, body, body_hash, leaf_index, received_at_ms)
         VALUES (1, ?1, ?2, ?3, ?4, ?5, ?6, 1)",
        params![number, at, 77_u128.to_be_bytes(), body, BodyHash::of(body.as_bytes()).0, size],
    )
    .unwrap();
    db.execute("UPDATE device SET next_seq = next_seq + 1 WHERE device_id = ?1", [number]).unwrap();
    rebuild_chain(db, number, at.unsigned_abs());
    rebuild_ledger(db, world);
    let at = at.unsigned_abs();
    edit("event appended", move |finding| {
        matches!(finding, Finding::NotSigned { device: d, from_seq, to_seq }
            if *d == device(number) && (*from_seq..=*to_seq).contains(&at))
    })
}

/// The last events of a kiosk never were: rows, signatures and cursor go back together.
fn cut_the_end(db: &Connection, world: &World, dice: &mut Dice) -> Edit {
    let number = world.devices[0].get();
    let ends = "SELECT seq FROM head_signature WHERE device_id = ?1 ORDER BY seq DESC LIMIT 1 OFFSET ?2";
    let offset = u32::try_from(1 + dice.below(5)).unwrap();
    let end: i64 = db.query_row(ends, params![number, offset], |row| row.get(0)).unwrap();
    let leaf: i64 = db
        .query_row("SELECT min(leaf_index) FROM event WHERE device_id = ?1 AND seq > ?2", params![number, end], |row| {
            row.get(0)
        })
        .unwrap();
    for table in ["event", "head_signature"] {
        db.execute(&format!("DELETE FROM {table} WHERE device_id = ?1 AND seq > ?2"), params![number, end]).unwrap();
    }
    db.execute("UPDATE device SET next_seq = ?2 WHERE device_id = ?1", params![number, end + 1]).unwrap();
    rebuild_chain(db, number, u64::MAX);
    edit("end cut off", move |finding| *finding == Finding::LeafWithoutEvent { index: leaf.unsigned_abs() })
}

fn remove_signature(db: &Connection, world: &World, dice: &mut Dice) -> Edit {
    let number = world.devices[dice.below(2)].get();
    let last = "SELECT max(seq) FROM head_signature WHERE device_id = ?1";
    let at: i64 = db.query_row(last, [number], |row| row.get(0)).unwrap();
    db.execute("DELETE FROM head_signature WHERE device_id = ?1 AND seq = ?2", params![number, at]).unwrap();
    edit(
        "last signature removed",
        move |finding| matches!(finding, Finding::NotSigned { device: d, to_seq, .. } if *d == device(number) && *to_seq == at.unsigned_abs()),
    )
}

fn forge_signature(db: &Connection, world: &World, dice: &mut Dice) -> Edit {
    let number = world.devices[dice.below(2)].get();
    let ends = "SELECT seq FROM head_signature WHERE device_id = ?1 ORDER BY seq LIMIT 1 OFFSET ?2";
    let offset = u32::try_from(dice.below(30)).unwrap();
    let at: i64 = db.query_row(ends, params![number, offset], |row| row.get(0)).unwrap();
    let sql = "UPDATE head_signature SET signature = randomblob(64) WHERE device_id = ?1 AND seq = ?2";
    db.execute(sql, params![number, at]).unwrap();
    edit("signature forged", move |finding| {
        *finding == Finding::HeadForged { device: device(number), seq: at.unsigned_abs() }
    })
}

fn edit_tile(db: &Connection, _: &World, dice: &mut Dice) -> Edit {
    let mut statement = db.prepare("SELECT level, tile, hashes FROM ledger_tile ORDER BY level, tile").unwrap();
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).unwrap();
    let rows: Vec<(u8, i64, Vec<u8>)> = rows.map(Result::unwrap).collect();
    let (level, tile, mut hashes) = rows[dice.below(rows.len())].clone();
    let byte = dice.below(hashes.len());
    hashes[byte] ^= 1;
    let sql = "UPDATE ledger_tile SET hashes = ?3 WHERE level = ?1 AND tile = ?2";
    db.execute(sql, params![level, tile, hashes]).unwrap();
    let (tile, leaf) = (tile.unsigned_abs(), tile.unsigned_abs() * 256 + u64::try_from(byte / 32).unwrap());
    edit("tile edited", move |finding| match finding {
        Finding::LeafDiffers { index, .. } => level == 0 && *index == leaf,
        Finding::TileDiffers { level: l, index } => level > 0 && (*l, *index) == (level, tile),
        _ => false,
    })
}

fn edit_root(db: &Connection, _: &World, _: &mut Dice) -> Edit {
    db.execute("UPDATE ledger SET root = randomblob(32)", []).unwrap();
    edit("root edited", |finding| matches!(finding, Finding::RootDiffers { .. }))
}

fn edit_checkpoint(db: &Connection, _: &World, dice: &mut Dice) -> Edit {
    let sql = "SELECT size, note FROM checkpoint ORDER BY size";
    let mut statement = db.prepare(sql).unwrap();
    let rows: Vec<(i64, String)> =
        statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap().map(Result::unwrap).collect();
    let (size, note) = rows[dice.below(rows.len())].clone();
    let other = note.replace(&format!("\n{size}\n"), &format!("\n{}\n", size + 1));
    db.execute("UPDATE checkpoint SET note = ?2 WHERE size = ?1", params![size, other]).unwrap();
    edit("checkpoint edited", move |finding| *finding == Finding::CheckpointForged { size: size.unsigned_abs() })
}

/// Changes one column of a rating; `what` of it has to be named.
fn edit_rating(db: &Connection, dice: &mut Dice, set: &str, told: &'static str, what: &'static str) -> Edit {
    let rating = rating(db, dice);
    let sql = format!("UPDATE rating SET {set} WHERE event_id = ?1");
    assert_eq!(db.execute(&sql, [rating.0.as_bytes()]).unwrap(), 1);
    edit(
        told,
        move |finding| matches!(finding, Finding::RatingDiffers { id, what: named, .. } if *id == rating && *named == what),
    )
}

fn edit_stars(db: &Connection, _: &World, dice: &mut Dice) -> Edit {
    edit_rating(db, dice, "stars = stars % 5 + 1", "stars edited", "stars")
}

fn edit_officer(db: &Connection, _: &World, dice: &mut Dice) -> Edit {
    edit_rating(db, dice, "officer_id = coalesce(officer_id % 2 + 1, 1)", "officer edited", "officer")
}

fn edit_counted(db: &Connection, _: &World, dice: &mut Dice) -> Edit {
    edit_rating(db, dice, "counted = 1 - counted", "counting edited", "counting")
}

fn edit_undone(db: &Connection, _: &World, dice: &mut Dice) -> Edit {
    edit_rating(db, dice, "undone = 1 - undone", "undoing edited", "undoing")
}

fn edit_time(db: &Connection, _: &World, dice: &mut Dice) -> Edit {
    if dice.below(2) == 0 {
        return edit_rating(db, dice, "day = '2026-11-25'", "day edited", "day");
    }
    edit_rating(db, dice, "occurred_at_ms = occurred_at_ms - 3600000", "time edited", "time")
}

fn delete_or_invent_rating(db: &Connection, _: &World, dice: &mut Dice) -> Edit {
    let rating = rating(db, dice);
    if dice.below(2) == 0 {
        let sql = "SELECT device_id, seq FROM event WHERE event_id = ?1 AND repeats IS NULL";
        let (number, at): (u32, i64) =
            db.query_row(sql, [rating.0.as_bytes()], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
        db.execute("DELETE FROM rating WHERE event_id = ?1", [rating.0.as_bytes()]).unwrap();
        return edit("rating deleted", move |finding| {
            *finding == Finding::RatingMissing { device: device(number), seq: at.unsigned_abs() }
        });
    }
    let invented = EventId(Uuid::from_u128(99));
    db.execute_batch("CREATE TEMP TABLE copied AS SELECT * FROM rating").unwrap();
    db.execute("DELETE FROM copied WHERE event_id <> ?1", [rating.0.as_bytes()]).unwrap();
    db.execute("UPDATE copied SET event_id = ?1, visit_serial = 8000", [invented.0.as_bytes()]).unwrap();
    db.execute("INSERT INTO rating SELECT * FROM copied", []).unwrap();
    edit("rating invented", move |finding| matches!(finding, Finding::RatingInvented { id, .. } if *id == invented))
}

fn edit_daily(db: &Connection, _: &World, dice: &mut Dice) -> Edit {
    let sql = "SELECT day, officer_id, service_id, channel FROM daily WHERE n > 0 ORDER BY 1, 2, 3, 4";
    let mut statement = db.prepare(sql).unwrap();
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))).unwrap();
    let rows: Vec<(String, u32, u32, String)> = rows.map(Result::unwrap).collect();
    let (day, officer, service, channel) = rows[dice.below(rows.len())].clone();
    let change = ["n = n + 1", "sum = sum + 1", "stars_5 = stars_5 + 1, stars_1 = stars_1 - 1"][dice.below(3)];
    let key = "day = ?1 AND officer_id = ?2 AND service_id = ?3 AND channel = ?4";
    let sql = format!("UPDATE daily SET {change} WHERE {key}");
    assert_eq!(db.execute(&sql, params![day, officer, service, channel]).unwrap(), 1);
    edit("sums edited", move |finding| match finding {
        Finding::DailyDiffers { key } => {
            key.day.to_string() == day
                && key.officer.map_or(0, OfficerId::get) == officer
                && key.channel.as_str() == channel
        }
        _ => false,
    })
}

/// A flag by chance: its rating and its kind.
fn flag(db: &Connection, dice: &mut Dice, which: &str) -> (EventId, String) {
    let sql = format!("SELECT event_id, kind FROM flag WHERE {which} ORDER BY 1, 2");
    let mut statement = db.prepare(&sql).unwrap();
    let rows = statement.query_map([], |row| Ok((EventId(Uuid::from_bytes(row.get(0)?)), row.get(1)?)));
    let rows: Vec<_> = rows.unwrap().map(Result::unwrap).collect();
    rows[dice.below(rows.len())].clone()
}

/// Changes one flag, or removes it.
fn change_flag(db: &Connection, change: &str, (rating, kind): &(EventId, String)) {
    let sql = format!("{change} WHERE event_id = ?1 AND kind = ?2");
    assert_eq!(db.execute(&sql, params![rating.0.as_bytes(), kind]).unwrap(), 1);
}

fn edit_decision(db: &Connection, _: &World, dice: &mut Dice) -> Edit {
    let flag = flag(db, dice, "decision IS NOT NULL");
    let set = [
        "decision = CASE decision WHEN 'abuse' THEN 'honest' ELSE 'abuse' END",
        "decided_by = 'Sekretaris'",
        "decided_at_ms = decided_at_ms + 1",
    ];
    change_flag(db, &format!("UPDATE flag SET {}", set[dice.below(3)]), &flag);
    edit(
        "decision edited",
        move |finding| matches!(finding, Finding::DecisionDiffers { rating, kind, .. } if (rating, kind) == (&flag.0, &flag.1)),
    )
}

fn invent_decision(db: &Connection, _: &World, dice: &mut Dice) -> Edit {
    let flag = flag(db, dice, "decision IS NULL");
    let decision = ["abuse", "honest"][dice.below(2)];
    let set = format!("UPDATE flag SET decision = '{decision}', decided_by = 'Kepala Dinas', decided_at_ms = 1");
    change_flag(db, &set, &flag);
    edit("decision invented", move |finding| {
        *finding == Finding::DecisionInvented { rating: flag.0, kind: flag.1.clone() }
    })
}

fn is_missing(finding: &Finding, flag: &(EventId, String)) -> bool {
    matches!(finding, Finding::DecisionMissing { rating, kind, .. } if (rating, kind) == (&flag.0, &flag.1))
}

fn take_back_decision(db: &Connection, _: &World, dice: &mut Dice) -> Edit {
    let flag = flag(db, dice, "decision IS NOT NULL");
    change_flag(db, "UPDATE flag SET decision = NULL, decided_by = NULL, decided_at_ms = NULL", &flag);
    edit("decision taken back", move |finding| is_missing(finding, &flag))
}

fn delete_flag(db: &Connection, _: &World, dice: &mut Dice) -> Edit {
    let flag = flag(db, dice, "decision IS NOT NULL");
    change_flag(db, "DELETE FROM flag", &flag);
    edit("decided flag deleted", move |finding| is_missing(finding, &flag))
}

/// Somebody's bad rating is quietly left out of the second figure.
fn leave_out(db: &Connection, _: &World, dice: &mut Dice) -> Edit {
    let ever = "SELECT event_id FROM flag WHERE kind IN ('burst', 'sameness')";
    let sql =
        format!("SELECT event_id FROM rating WHERE release_no IS NOT NULL AND event_id NOT IN ({ever}) ORDER BY 1");
    let mut statement = db.prepare(&sql).unwrap();
    let rows: Vec<[u8; 16]> = statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    let rating = EventId(Uuid::from_bytes(rows[dice.below(rows.len())]));
    db.execute("INSERT INTO left_out VALUES (1, ?1, 1)", [rating.0.as_bytes()]).unwrap();
    edit("left out undecided", move |finding| *finding == Finding::LeftOutUndecided { rating })
}

/// Answers to the survey by chance.
fn survey(db: &Connection, dice: &mut Dice) -> EventId {
    let mut statement = db.prepare("SELECT event_id FROM survey_response ORDER BY 1").unwrap();
    let rows: Vec<[u8; 16]> = statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    EventId(Uuid::from_bytes(rows[dice.below(rows.len())]))
}

fn change_survey(db: &Connection, dice: &mut Dice, set: &str, told: &'static str) -> Edit {
    let survey = survey(db, dice);
    let sql = format!("UPDATE survey_response SET {set} WHERE event_id = ?1");
    assert_eq!(db.execute(&sql, [survey.0.as_bytes()]).unwrap(), 1);
    edit(told, move |finding| *finding == Finding::SurveyDiffers { id: survey })
}

fn edit_survey(db: &Connection, _: &World, dice: &mut Dice) -> Edit {
    // An answer of the kiosk has one of the nine: the others get one.
    let set = ["biaya = coalesce(biaya % 4 + 1, 4)", "sex = 'L'", "service_id = 9"][dice.below(3)];
    change_survey(db, dice, set, "answer edited")
}

fn move_survey(db: &Connection, _: &World, dice: &mut Dice) -> Edit {
    change_survey(db, dice, "day = '2026-11-25'", "answer moved to another day")
}

fn delete_survey(db: &Connection, _: &World, dice: &mut Dice) -> Edit {
    let survey = survey(db, dice);
    let sql = "SELECT device_id, seq FROM event WHERE event_id = ?1 AND repeats IS NULL";
    let (number, at): (u32, i64) =
        db.query_row(sql, [survey.0.as_bytes()], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    db.execute("DELETE FROM survey_response WHERE event_id = ?1", [survey.0.as_bytes()]).unwrap();
    edit("answer deleted", move |finding| {
        *finding == Finding::SurveyMissing { device: device(number), seq: at.unsigned_abs() }
    })
}

/// A paper form that nobody typed in; or an event of another kind is said to be one.
fn invent_survey(db: &Connection, _: &World, dice: &mut Dice) -> Edit {
    let invented = if dice.below(2) == 0 { EventId(Uuid::from_u128(98)) } else { rating(db, dice) };
    let sql = "INSERT INTO survey_response (office_id, event_id, source, day, sarana) VALUES (1, ?1, 'paper', '2026-11-24', 4)";
    db.execute(sql, [invented.0.as_bytes()]).unwrap();
    edit("answer invented", move |finding| *finding == Finding::SurveyInvented { id: invented })
}

fn edit_named_service(db: &Connection, _: &World, dice: &mut Dice) -> Edit {
    let serial = 6_000 + u32::try_from(dice.below(9)).unwrap();
    let change = ["UPDATE named_service SET service_id = 4", "DELETE FROM named_service"][dice.below(2)];
    assert_eq!(db.execute(&format!("{change} WHERE visit_serial = ?1"), [serial]).unwrap(), 1);
    edit(
        "named service changed",
        move |finding| matches!(finding, Finding::ServiceDiffers { visit } if visit.serial.get() == serial),
    )
}
