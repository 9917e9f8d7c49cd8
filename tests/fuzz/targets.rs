//! What strangers' bytes go into: each function takes any bytes and must come back.
//!
//! Run by the quick loop of `tests/faults/fuzz.rs`, and by libFuzzer through `make fuzz`.

use ed25519_dalek::SigningKey;
use suara_loket::domain::event::EventBody;
use suara_loket::domain::ticket::UnverifiedTicket;
use suara_loket::kiosk::settings::KioskSettings;
use suara_loket::layers::load;
use suara_loket::protocol::batch::{Ack, Batch, is_head_signed};
use suara_loket::protocol::enrol::EnrolRequest;
use suara_loket::protocol::problem::Problem;
use suara_loket::server::settings::ServerSettings;
use suara_loket::sheet::{Known, SeparatedRows, forms, pool};

/// A batch, and everything else that comes over the wire as JSON.
pub fn batch(bytes: &[u8]) {
    if let Ok(batch) = serde_json::from_slice::<Batch>(bytes) {
        for event in &batch.events {
            let body = event.body.as_ref().map(|body| serde_json::from_str::<EventBody>(body.get()));
            if let Some(Ok(body)) = body {
                let again = serde_json::to_string(&body).expect("what was read can be written");
                assert_eq!(serde_json::from_str::<EventBody>(&again).expect("and read again"), body);
            }
        }
        let (key, head) = (SigningKey::from_bytes(&[1; 32]).verifying_key(), batch.prev_hash.into());
        let device = 1.try_into().expect("a small number");
        let signed = is_head_signed(&key, device, batch.epoch, batch.first_seq, head, batch.head_signature.as_bytes());
        assert!(!signed, "nobody has this key");
        serde_json::to_vec(&batch).expect("what was read can be written");
    }
    if let Ok(request) = serde_json::from_slice::<EnrolRequest>(bytes) {
        let _key = request.proven_key();
    }
    let _ack = serde_json::from_slice::<Ack>(bytes);
    if let Ok(problem) = serde_json::from_slice::<Problem>(bytes) {
        let _word = problem.word();
    }
}

/// The text behind `/R/`. Nobody has the key of the tickets in the corpus, so none may be accepted.
pub fn ticket(bytes: &[u8]) {
    let Ok(ticket) = UnverifiedTicket::read(&String::from_utf8_lossy(bytes)) else { return };
    let _device = ticket.device();
    assert!(ticket.verify(&SigningKey::from_bytes(&[200; 32]).verifying_key()).is_err());
}

/// A settings file of a kiosk or a server.
pub fn settings(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let environment = [("SUARA_SERVER_REFRESH_S".to_owned(), text.chars().take(20).collect())];
    if let Ok(loaded) = load::<KioskSettings>(&text, None, &environment) {
        let _warnings = (loaded.unknown_keys, loaded.settings.session_rules(), loaded.settings.home_language());
    }
    let _server = load::<ServerSettings>(&text, None, &environment);
}

/// A CSV file of answers, or of typed-in forms. What it says is either wrong and named, or all of it is counted.
pub fn sheet(bytes: &[u8]) {
    let known = Known { services: &[], today: "2026-11-24".parse().expect("a day") };
    if let Ok(typed) = forms(&mut SeparatedRows::new(bytes), &known) {
        assert!(typed.forms.iter().all(|form| form.day <= known.today && !form.answers.is_empty()));
    }
    match pool(bytes) {
        Ok(pooled) => {
            let of_services = pooled.services.iter().flat_map(|services| services.values());
            let respondents: u64 = of_services.map(|group| group.respondents).sum();
            assert!(pooled.services.is_none() || respondents == pooled.all.respondents);
        }
        Err(error) => assert!(!error.to_string().contains('\n'), "{error}"),
    }
}
