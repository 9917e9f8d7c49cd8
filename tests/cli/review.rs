//! Somebody fills in ratings: that is found, a person decides, and both figures stay.

use crate::complaint;
use crate::scene::Scene;
use crate::support::eventually;
use jiff::civil::Date;
use std::sync::Arc;
use suara_loket::domain::event::ContestReason;
use suara_loket::domain::score::Spread;
use suara_loket::kiosk::session::Draft;
use suara_loket::server::service::Service;
use suara_loket::server::store::sqlite::SqliteStore;
use suara_loket::system::{SystemClock, system_random};

/// Both figures of the officer of all days there are, beside the server.
async fn figures(scene: &Scene) -> (Spread, Spread) {
    let store = Arc::new(SqliteStore::snapshot(&scene.database()).unwrap());
    let service = Service::new(store, Arc::new(SystemClock::new()), system_random(), String::new());
    service.figures(scene.office.office, scene.office.officer, &(Date::MIN..=Date::MAX)).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_burst_is_listed_decided_and_only_then_left_out_of_the_second_figure() {
    let mut scene = Scene::new().await;
    let officer = scene.office.officer;
    scene.counter.as_mut().unwrap().sign_on(officer, "271801").await;
    scene.counter.as_mut().unwrap().running.kiosk.send(suara_loket::kiosk::session::Event::BackTouched);
    scene.rate_each(&[5; 40]).await;
    // The server looks at its start, and then every hour.
    scene.stop_server();
    scene.start_server();
    let listed = eventually("the burst to be flagged", || {
        let listed = scene.said(&["admin", "review", "list"]);
        (!listed.is_empty()).then_some(listed)
    });
    assert!(listed.contains("ratings came within") && listed.contains("open"), "{listed}");

    let codes: Vec<&str> = listed.lines().map(|line| line.split('\t').next().unwrap()).collect();
    let before = scene.events();
    for code in &codes {
        let said = scene.said(&["admin", "review", "confirm", code, "--by", "Kepala Dinas"]);
        assert!(said.contains("are abuse, says Kepala Dinas"), "{said}");
    }
    assert_eq!(scene.events(), before + codes.len() as u64, "each decision is an event of the ledger");
    assert_eq!(scene.said(&["admin", "review", "list"]), "");
    assert!(scene.said(&["admin", "review", "list", "--all"]).contains("abuse, says Kepala Dinas"));

    // The next release, with enough new ones, leaves them out of the second figure; all stay in the first.
    scene.rate_each(&[4, 3, 5, 4, 2, 3]).await;
    let (all, without) = eventually("the release", || {
        let (all, without) =
            tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(figures(&scene)));
        (all.count() == 46).then_some((all, without))
    });
    assert_eq!(all.count(), 46);
    assert!(without.count() <= 41 && all.count() - without.count() >= 5, "{all:?} {without:?}");
    assert_eq!(scene.ratings(), 46, "nothing is dropped");

    // Somebody at the database changes what was decided: the auditor is told.
    scene.stop_server();
    scene.tamper("UPDATE flag SET decision = 'honest' WHERE decision = 'abuse'");
    let verified = scene.verified();
    let findings = verified["offices"][0]["findings"].to_string();
    assert_eq!(verified["sound"], false);
    assert!(findings.contains("the decision is not that of the server's event"), "{findings}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_an_officer_contests_is_listed_with_the_reason_and_decided_by_somebody_else() {
    let mut scene = Scene::new().await;
    let officer = scene.office.officer;
    let counter = scene.counter.as_mut().unwrap();
    counter.sign_on(officer, "271801").await;
    counter.running.kiosk.send(suara_loket::kiosk::session::Event::BackTouched);
    scene.rate_each(&[1, 1, 2]).await;
    let contested = Draft::Contested { officer, span_minutes: 60, reason: ContestReason::SomebodyElse };
    scene.counter.as_mut().unwrap().running.outbox.record(contested, drop);
    scene.rate_each(&[5]).await;
    let listed = scene.said(&["admin", "review", "list"]);
    let sentence = format!(
        "Officer {officer} says that the 3 ratings of 60 minutes are not theirs: somebody else served there.\topen"
    );
    assert!(listed.contains(&sentence), "{listed}");
    let code = listed.split('\t').next().unwrap().to_owned();
    let said = scene.said(&["admin", "review", "confirm", &code, "--by", "Kepala Dinas"]);
    assert!(said.contains("3 ratings are not the officer's, says Kepala Dinas"), "{said}");
    assert_eq!(scene.ratings(), 4, "nothing is dropped");
}

#[tokio::test]
async fn a_case_that_is_not_there_is_named() {
    let scene = Scene::new().await;
    let said = complaint(&mut scene.command(&["admin", "review", "dismiss", "ABCDEF", "--by", "Kepala"]));
    assert!(said.contains("there is no case ABCDEF") && said.contains("review list --all"), "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kiosks_are_listed_and_a_stolen_one_is_refused() {
    let mut scene = Scene::new().await;
    scene.rate(2).await;
    let listed = scene.said(&["admin", "device", "list"]);
    let fields: Vec<&str> = listed.trim().split('\t').collect();
    assert_eq!((fields[0], fields[2], fields[1].split('-').count()), ("1", "Loket 1", 4), "{listed}");
    assert!(listed.contains("event 2 at") && listed.contains("may send"), "{listed}");
    scene.said(&["admin", "device", "revoke", "1"]);
    assert!(scene.said(&["admin", "device", "list"]).contains("revoked"));
    scene.counter.as_mut().unwrap().rate(5).await;
    let kiosk = scene.kiosk.path().to_str().unwrap().to_owned();
    eventually("the kiosk to hear of it", || {
        let mut doctor = std::process::Command::new(env!("CARGO_BIN_EXE_suara-loket"));
        let output = doctor.args(["doctor", "--kiosk", &kiosk]).output().unwrap();
        String::from_utf8(output.stdout).unwrap().contains("revoked").then_some(())
    });
    assert_eq!(scene.ratings(), 2, "what it sent stays, and nothing comes");
    let said = complaint(&mut scene.command(&["admin", "device", "revoke", "1"]));
    assert!(said.contains("no kiosk 1") && said.contains("device list"), "{said}");
}
