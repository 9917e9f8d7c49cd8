//! What never left this kiosk is noted before anything leaves, and releases made of it outlive damage.

use super::*;
use crate::domain::alone::{OwnRelease, Untold};
use crate::domain::score::Spread;

fn officer() -> OfficerId {
    OfficerId::try_from(3).unwrap()
}

fn release() -> OwnRelease {
    let visits = (1..=5).map(|n| VisitSerial::try_from(n).unwrap()).collect();
    OwnRelease { officer: officer(), at_ms: 7, spread: Spread([0, 0, 0, 0, 5]), themes: Vec::new(), visits }
}

#[test]
fn what_never_left_is_noted_once_until_something_leaves() {
    let folder = tempfile::tempdir().unwrap();
    let outbox = open(folder.path());
    record_many(&outbox, 3);
    assert_eq!(outbox.standpoint().unwrap(), None);
    outbox.begin_untold(2).unwrap();
    record_many(&outbox, 3);
    outbox.begin_untold(6).unwrap();
    let untold = Untold { from_seq: 3, after_visit: 3 };
    close(outbox);
    let outbox = open(folder.path());
    assert_eq!(outbox.standpoint().unwrap().map(|from| from.untold), Some(untold));
    outbox.end_untold().unwrap();
    assert_eq!(open(folder.path()).standpoint().unwrap(), None);
}

#[test]
fn a_release_is_made_once_and_only_while_nothing_has_left() {
    let folder = tempfile::tempdir().unwrap();
    let outbox = open(folder.path());
    outbox.begin_untold(0).unwrap();
    let from = outbox.standpoint().unwrap().unwrap();
    assert!(outbox.release_alone(from, release()).unwrap());
    assert!(!outbox.release_alone(from, release()).unwrap(), "another hand was quicker");
    let from = outbox.standpoint().unwrap().unwrap();
    outbox.end_untold().unwrap();
    assert!(!outbox.release_alone(from, release()).unwrap(), "the server may have some of it");
    assert_eq!((outbox.own_releases(officer()).unwrap().len(), outbox.last_release().unwrap()), (1, 1));
    assert!(outbox.own_releases(OfficerId::try_from(4).unwrap()).unwrap().is_empty());
}

#[test]
fn a_release_comes_back_from_the_journal_and_nothing_counts_as_untold_then() {
    let folder = tempfile::tempdir().unwrap();
    let outbox = open(folder.path());
    begin_epoch(&outbox, 7);
    record_many(&outbox, 5);
    outbox.begin_untold(0).unwrap();
    let from = outbox.standpoint().unwrap().unwrap();
    outbox.release_alone(from, release()).unwrap();
    let shown = outbox.own_releases(officer()).unwrap();
    close(outbox);
    std::fs::remove_file(folder.path().join(FILE_NAME)).unwrap();
    let outbox = open(folder.path());
    assert_eq!(outbox.own_releases(officer()).unwrap(), shown);
    assert_eq!((outbox.last_release().unwrap(), outbox.standpoint().unwrap()), (6, None));
}

#[test]
fn a_new_enrolment_shows_nothing_of_the_one_before() {
    let folder = tempfile::tempdir().unwrap();
    let outbox = open(folder.path());
    outbox.begin_untold(0).unwrap();
    let from = outbox.standpoint().unwrap().unwrap();
    outbox.release_alone(from, release()).unwrap();
    begin_epoch(&outbox, 8);
    assert_eq!((outbox.own_releases(officer()).unwrap(), outbox.standpoint().unwrap()), (vec![], None));
    assert_eq!(outbox.last_release().unwrap(), 1, "its event is in the new chain, and the server waits for it");
}
