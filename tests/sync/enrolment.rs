//! Codes that cannot be guessed, and enrolments that fail without a trace.

use crate::Scene;
use crate::support::counter::Counter;
use ed25519_dalek::SigningKey;
use reqwest::Client;
use serde_json::Value;
use suara_loket::protocol::enrol::EnrolRequest;

/// Tries a code; returns the status and what was said.
async fn try_code(scene: &Scene, code: &str) -> (u16, String) {
    let request = EnrolRequest::new(code, 1, 1..=1, &SigningKey::from_bytes(&[9; 32]), None);
    let call = Client::new().post(format!("{}/api/v1/enrol", scene.server.url()));
    let call = call.header("content-type", "application/json").body(serde_json::to_vec(&request).unwrap());
    let reply = call.send().await.unwrap();
    let status = reply.status().as_u16();
    let body: Value = serde_json::from_slice(&reply.bytes().await.unwrap()).unwrap();
    (status, body["detail"].as_str().unwrap_or_default().to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_is_void_after_five_wrong_secrets_and_nothing_tells_why() {
    let scene = Scene::new().await;
    let code = scene.code().await;
    let guess = format!("{}-AAAAAA", &code[..4]);
    let mut said = Vec::new();
    for wrong in [&guess, "2222-222222", &guess, &guess, &guess, &guess] {
        said.push(try_code(&scene, wrong).await);
    }
    said.push(try_code(&scene, &code).await);
    assert_eq!(said[0].0, 403);
    assert!(said.iter().all(|answer| *answer == said[0]), "{said:?}");
    let other = scene.code().await;
    assert_eq!(try_code(&scene, &other.to_lowercase().replace('-', " ")).await.0, 200, "others are not touched");
    assert_eq!(try_code(&scene, &other).await, said[0], "used up");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_tries_many_codes_is_not_listened_to_for_a_while() {
    let scene = Scene::new().await;
    let mut code = scene.code().await;
    // The count begins anew with every minute, of which one may begin in between: then once more.
    loop {
        let minute = jiff::Timestamp::now().as_second() / 60;
        let mut refused = 0;
        for n in 0..70 {
            let (status, detail) = try_code(&scene, &format!("{:04}-222222", n + 2_000)).await;
            if status == 429 {
                refused += 1;
                assert!(detail.contains("wait a minute"), "{detail}");
            }
        }
        assert!(refused >= 10, "{refused} of 70");
        let right = try_code(&scene, &code).await.0;
        if jiff::Timestamp::now().as_second() / 60 == minute {
            assert_eq!(right, 429, "a right code would tell by its answer");
            return;
        }
        if right == 200 {
            // It was used up in the new minute.
            code = scene.code().await;
        }
    }
}

/// Somebody starts the kiosk with a code while the server is away, or with an old code.
#[tokio::test(flavor = "multi_thread")]
async fn a_new_enrolment_that_fails_changes_nothing() {
    let mut scene = Scene::new().await;
    let (url, code) = (scene.server.url(), scene.code().await);
    scene.desk().round().await;
    let files = || {
        let names = std::fs::read_dir(scene.kiosk.path()).unwrap().map(|entry| entry.unwrap().file_name());
        names.filter(|name| name.to_string_lossy().ends_with(".key")).collect::<Vec<_>>()
    };
    let (keys, before) = (files(), scene.ground.outbox().enrolment().unwrap());
    scene.server.stop().await;
    let mut counter = Counter::start(scene.kiosk.path(), &url, Some(&code)).await;
    counter.rate(5).await;
    counter.stop();
    scene.server = scene.server.start_again().await;
    let counter = Counter::start(scene.kiosk.path(), &url, Some("2222-222222")).await;
    counter.drained().await;
    assert_eq!((counter.running.outbox.enrolment().unwrap(), files()), (before, keys));
    counter.stop();
    assert_eq!(scene.ratings().await, (1, 1));
}
