//! What an office tells its counters, on its way to them and through bad weeks.

use crate::Scene;
use crate::desk::Desk;
use crate::liar::Truth;
use crate::support::counter::Counter;
use ed25519_dalek::SigningKey;
use serde_json::value::to_raw_value;
use std::sync::{Arc, Mutex};
use suara_loket::kiosk::configuration::Configuration;
use suara_loket::kiosk::outbox::{FILE_NAME, KeptBundle};
use suara_loket::kiosk::own_settings::OwnSettings;
use suara_loket::kiosk::sync::{CallError, Outcome};
use suara_loket::protocol::EvaluationServer;
use suara_loket::protocol::bundle::{Bundle, Offer, SignedBundle};
use suara_loket::protocol::signing::{SignedReply, SignedRequest};

impl Scene {
    /// The office decides something for its kiosks.
    async fn decides(&self, toml: &str) {
        self.server.service.set_kiosk_settings(self.office, "the test", toml).await.unwrap();
    }

    /// What the server knows of the kiosk's configuration, beside the version it has now.
    async fn reported(&self) -> (Option<u64>, u64) {
        let devices = self.server.service.store().devices(self.office).await.unwrap();
        (devices[0].config_version, self.server.service.kiosk_settings(self.office).await.unwrap().0)
    }
}

/// What this kiosk works with.
fn used<S: EvaluationServer<Error = CallError>>(desk: &Desk<S>) -> Arc<Configuration> {
    desk.syncer.configuration().expect("a configuration").clone()
}

/// Until when a screen of it waits: what the tests change.
fn idle_s<S: EvaluationServer<Error = CallError>>(desk: &Desk<S>) -> u32 {
    used(desk).settings.timeouts.idle_s
}

fn is_about_configuration(request: &SignedRequest) -> bool {
    request.path.contains("/config")
}

type Change = fn(&mut Bundle);

/// What the server would send, changed.
fn forged(truth: &Truth, change: impl FnOnce(&mut Bundle), key: &SigningKey) -> SignedReply {
    let offer: Offer = serde_json::from_slice(&truth.told().body).unwrap();
    let Some(signed) = offer.news else { return truth.told() };
    let mut bundle = signed.open(&truth.key.verifying_key()).unwrap();
    change(&mut bundle);
    let news = SignedBundle::sign(key, to_raw_value(&bundle).unwrap());
    truth.signed(200, &Offer { news: Some(news) })
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_office_decides_arrives_with_one_round_and_is_told_back() {
    let scene = Scene::new().await;
    let mut desk = scene.desk();
    assert_eq!(desk.round().await, Outcome::Done);
    let default = idle_s(&desk);
    scene.decides("timeouts.idle_s = 77").await;
    scene.server.service.set_hours(scene.office, "mon 08:00-09:00".parse().ok()).await.unwrap();
    assert_eq!(desk.round().await, Outcome::Done);
    assert_ne!(default, 77);
    assert_eq!(idle_s(&desk), 77);
    let hours = used(&desk).roster.office.hours.map(|hours| hours.to_string());
    assert_eq!(hours.as_deref(), Some("mon 08:00-09:00"));
    let (reported, present) = scene.reported().await;
    assert_eq!(reported, Some(present - 1), "of the round before");
    assert_eq!(desk.round().await, Outcome::Done);
    assert_eq!(scene.reported().await, (Some(present), present));
}

/// Every change of what kiosks are told counts, and nothing else does.
#[tokio::test(flavor = "multi_thread")]
async fn officers_services_counters_and_hours_raise_the_version() {
    let scene = Scene::new().await;
    let (service, office) = (&scene.server.service, scene.office);
    let version = async || service.kiosk_settings(office).await.unwrap().0;
    let mut before = version().await;
    assert_eq!(version().await, before, "a look changes nothing");
    let mut has_risen = async |what: &str| {
        let now = version().await;
        assert_eq!(now, before + 1, "{what}");
        before = now;
    };
    service.add_service(office, "kk", "Kartu Keluarga").await.unwrap();
    has_risen("a service").await;
    service.add_counter(office, "Loket 2").await.unwrap();
    has_risen("a counter").await;
    service.set_hours(office, "mon 08:00-09:00".parse().ok()).await.unwrap();
    has_risen("hours").await;
    scene.decides("timeouts.idle_s = 5").await;
    has_risen("settings").await;
    let code = scene.code().await;
    assert_eq!(version().await, before, "{code} is no kiosk's business");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_did_not_change_is_not_sent_again() {
    let scene = Scene::new().await;
    let (mut desk, liar) = scene.lied_to().await;
    let answers = Arc::new(Mutex::new(Vec::new()));
    let noted = answers.clone();
    liar.lies(move |request, truth| {
        let told = truth.told();
        if is_about_configuration(request) {
            noted.lock().unwrap().push(told.body.len());
        }
        told
    });
    for _ in 0..3 {
        assert_eq!(desk.round().await, Outcome::Done);
    }
    let answers = answers.lock().unwrap().clone();
    let [first, rest @ ..] = answers.as_slice() else { panic!("{answers:?}") };
    assert!(*first > 300, "{answers:?}");
    assert_eq!(rest, [r#"{"news":null}"#.len(); 2]);
}

/// A server that was taken over, or is simply wrong, cannot make a counter worse than it was.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_forged_old_or_does_not_load_is_refused_and_the_last_good_one_stays() {
    let stranger = SigningKey::from_bytes(&[9; 32]);
    let refusals: [(&str, Change, Option<&SigningKey>); 4] = [
        ("not signed by the enrolled server", |_| {}, Some(&stranger)),
        ("its version 0 is older than", |bundle| bundle.version = 0, None),
        ("idle_s", |bundle| bundle.settings = "timeouts.idle_s = \"long\"".to_owned(), None),
        ("protocol 99", |bundle| bundle.protocol = 99, None),
    ];
    for (said, change, key) in refusals {
        let scene = Scene::new().await;
        scene.decides("timeouts.idle_s = 77").await;
        let (mut desk, liar) = scene.lied_to().await;
        assert_eq!(desk.round().await, Outcome::Done);
        scene.decides("timeouts.idle_s = 78").await;
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (noted, key) = (asked.clone(), key.cloned());
        liar.lies(move |request, truth| {
            let Some((_, held)) = request.path.split_once("/config/") else { return truth.told() };
            noted.lock().unwrap().push(held.to_owned());
            let key = key.clone().unwrap_or(truth.key.clone());
            forged(&truth, change, &key)
        });
        for _ in 0..2 {
            assert_eq!(desk.round().await, Outcome::Done, "{said}");
            assert_eq!(idle_s(&desk), 77, "{said}");
        }
        let note = desk.note("configuration").unwrap();
        assert!(note.contains(said) && note.contains("the last good one stays in use"), "{note}");
        let asked = asked.lock().unwrap().clone();
        assert_ne!(asked[0], asked[1], "it says that it knows what it refused: {said}");
        let alarms = scene.server.service.store().alarms(scene.office, 0).await.unwrap();
        let alarms: Vec<_> = alarms.iter().filter_map(|row| row.report.alarm.as_deref()).collect();
        assert_eq!(alarms, [note], "the office hears of it once");

        drop(desk);
        liar.tells_the_truth();
        let mut desk = scene.desk();
        assert_eq!(idle_s(&desk), 77, "after a restart, before any server answers: {said}");
        assert_eq!(desk.round().await, Outcome::Done);
        assert_eq!((idle_s(&desk), desk.note("configuration")), (78, None), "{said}");
    }
}

/// An office that takes its mistake back finds its kiosks where they were.
#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_is_forgotten_when_the_office_is_back_at_what_is_in_use() {
    let scene = Scene::new().await;
    let (mut desk, liar) = scene.lied_to().await;
    assert_eq!(desk.round().await, Outcome::Done);
    scene.decides("timeouts.idle_s = 78").await;
    let unreadable = |bundle: &mut Bundle| bundle.settings = "[".to_owned();
    liar.lies(
        move |request, truth| {
            if is_about_configuration(request) { forged(&truth, unreadable, &truth.key) } else { truth.told() }
        },
    );
    assert_eq!(desk.round().await, Outcome::Done);
    assert!(desk.note("configuration").is_some());
    let in_use = used(&desk).signed().clone();
    let back = Offer { news: Some(in_use) };
    liar.lies(
        move |request, truth| {
            if is_about_configuration(request) { truth.signed(200, &back) } else { truth.told() }
        },
    );
    assert_eq!(desk.round().await, Outcome::Done);
    assert_eq!(desk.note("configuration"), None);
}

/// Restored data count anew: their word is newer, whatever their number.
#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_came_back_from_an_older_copy_is_believed() {
    let scene = Scene::new().await;
    let mut desk = scene.desk();
    for idle in [71, 72, 73] {
        scene.decides(&format!("timeouts.idle_s = {idle}")).await;
        assert_eq!(desk.round().await, Outcome::Done);
    }
    let db = scene.server.database();
    db.execute("UPDATE kiosk_config SET version = 1, settings = 'timeouts.idle_s = 71'", []).unwrap();
    assert_eq!(desk.round().await, Outcome::Done);
    assert!(desk.note("configuration").unwrap().contains("is older than"));
    let mut scene = scene;
    scene.server.stop().await;
    scene.server.service.store().begin_data_epoch(5, 0).await.unwrap();
    scene.server = scene.server.start_again().await;
    assert_eq!(desk.round().await, Outcome::Done);
    assert_eq!((idle_s(&desk), desk.note("configuration")), (71, None));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_file_of_a_kiosk_is_stronger_than_its_office() {
    let mut scene = Scene::new().await;
    scene.decides("timeouts.idle_s = 77\ntimeouts.why_s = 78").await;
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "timeouts.idle_s = 9").unwrap();
    scene.ground.own = OwnSettings::read(Some(file.path()), Vec::new()).unwrap();
    let mut desk = scene.desk();
    assert_eq!(desk.round().await, Outcome::Done);
    let timeouts = used(&desk).settings.timeouts.clone();
    assert_eq!((timeouts.idle_s, timeouts.why_s), (9, 78));
}

/// What lies on the disk proves itself: damage and tampering are noticed, and the next best is used.
#[tokio::test(flavor = "multi_thread")]
async fn a_kept_configuration_that_was_changed_on_the_disk_is_not_used() {
    let mut scene = Scene::new().await;
    let mut desk = scene.desk();
    for idle in [76, 77] {
        scene.decides(&format!("timeouts.idle_s = {idle}")).await;
        assert_eq!(desk.round().await, Outcome::Done);
    }
    scene.server.stop().await;
    drop(desk);
    let tamper = |sql: &str| {
        let db = rusqlite::Connection::open(scene.kiosk.path().join(FILE_NAME)).unwrap();
        assert_eq!(db.execute(sql, []).unwrap(), 1, "{sql}");
    };
    let beside = scene.kiosk.path().join("kiosk.json");
    tamper("UPDATE meta SET value = replace(value, 'idle_s = 77', 'idle_s = 11') WHERE key = 'bundle'");
    assert_eq!(idle_s(&scene.desk()), 77, "its second copy beside the database");
    tamper("UPDATE meta SET value = replace(value, 'idle_s = 77', 'idle_s = 11') WHERE key = 'bundle'");
    let text = std::fs::read_to_string(&beside).unwrap();
    std::fs::write(&beside, text.replace("idle_s = 77", "idle_s = 11")).unwrap();
    let mut desk = scene.desk();
    assert_eq!(idle_s(&desk), 77, "kept anew by the start before, as the one to go back to");
    desk.outbox
        .keep_bundle(KeptBundle { bundle: "{}".to_owned(), before: None, zone: "Asia/Jakarta".to_owned() })
        .unwrap();
    drop(desk);
    desk = scene.desk();
    assert!(desk.syncer.configuration().is_none(), "nothing is left that proves itself");
    scene.server = scene.server.start_again().await;
    assert_eq!(desk.round().await, Outcome::Done);
    assert_eq!(idle_s(&desk), 77);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_one_before_is_used_where_the_last_one_is_damaged_everywhere() {
    let mut scene = Scene::new().await;
    let mut desk = scene.desk();
    for idle in [76, 77] {
        scene.decides(&format!("timeouts.idle_s = {idle}")).await;
        assert_eq!(desk.round().await, Outcome::Done);
    }
    scene.server.stop().await;
    drop(desk);
    let db = rusqlite::Connection::open(scene.kiosk.path().join(FILE_NAME)).unwrap();
    db.execute("UPDATE meta SET value = substr(value, 1, 100) WHERE key = 'bundle'", []).unwrap();
    drop(db);
    std::fs::remove_file(scene.kiosk.path().join("kiosk.json")).unwrap();
    let mut desk = scene.desk();
    assert_eq!(idle_s(&desk), 76);
    scene.server = scene.server.start_again().await;
    assert_eq!(desk.round().await, Outcome::Done);
    assert_eq!(idle_s(&desk), 77, "and the server mends it");
}

/// The whole counter: started, told, restarted without a network, and told again while it runs.
#[tokio::test(flavor = "multi_thread")]
async fn a_counter_works_for_weeks_with_what_it_was_told_last() {
    let mut scene = Scene::new().await;
    scene.decides("honesty.prompt = \"visit\"\nlanguages.offered = [\"en\"]").await;
    let (folder, code) = (tempfile::tempdir().unwrap(), scene.code().await);
    let counter = Counter::start(folder.path(), &scene.server.url(), Some(&code)).await;
    assert_eq!(shown(&counter), "Closed in en");
    counter.stop();
    scene.server.stop().await;
    let mut counter = Counter::start(folder.path(), &scene.server.url(), None).await;
    assert_eq!(shown(&counter), "Closed in en", "without any server");
    scene.server = scene.server.start_again().await;
    scene.decides("languages.offered = [\"min\"]").await;
    let waited = std::time::Instant::now();
    while shown(&counter) != "Start in min" {
        assert!(waited.elapsed().as_secs() < 60, "{}", shown(&counter));
        counter.hear_news().await;
    }
    counter.stop();
}

fn shown(counter: &Counter) -> String {
    let view = counter.running.kiosk.view();
    format!("{:?} in {}", view.screen, view.language.code())
}
