//! How often each question was asked outlives restarts and damaged disks.

use super::*;
use crate::domain::skm::SkmElement;

fn ask(outbox: &Outbox, element: SkmElement) {
    let visit = VisitSerial::try_from(1).unwrap();
    record(outbox, Draft::Asked { visit, element, answer: None }).unwrap();
}

#[test]
fn what_was_asked_is_counted_with_its_event() {
    let folder = tempfile::tempdir().unwrap();
    {
        let outbox = open(folder.path());
        assert_eq!(outbox.asked().unwrap(), [0; 9]);
        ask(&outbox, SkmElement::Requirements);
        ask(&outbox, SkmElement::Facilities);
        ask(&outbox, SkmElement::Facilities);
        record(&outbox, rated(None)).unwrap();
        refuse_commits(&outbox, true);
        let visit = VisitSerial::try_from(1).unwrap();
        record(&outbox, Draft::Asked { visit, element: SkmElement::Fee, answer: None }).unwrap_err();
        refuse_commits(&outbox, false);
    }
    assert_eq!(open(folder.path()).asked().unwrap(), [1, 0, 0, 0, 0, 0, 0, 0, 2]);
}

#[test]
fn what_was_asked_is_counted_again_from_the_journal() {
    let folder = tempfile::tempdir().unwrap();
    let outbox = open(folder.path());
    begin_epoch(&outbox, 7);
    for element in SkmElement::ALL.into_iter().chain([SkmElement::Conduct]) {
        ask(&outbox, element);
    }
    let older = copied(folder.path());
    ask(&outbox, SkmElement::Fee);
    close(outbox);
    let counted = [1, 1, 1, 2, 1, 1, 2, 1, 1];

    // Nothing is left of the database.
    std::fs::remove_file(folder.path().join(FILE_NAME)).unwrap();
    let outbox = open(folder.path());
    assert_eq!(outbox.asked().unwrap(), counted);
    close(outbox);

    // The database is older than the journal: only what it lacks is added.
    std::fs::remove_dir_all(older.path().join(JOURNAL_FOLDER)).unwrap();
    std::fs::rename(folder.path().join(JOURNAL_FOLDER), older.path().join(JOURNAL_FOLDER)).unwrap();
    assert_eq!(open(older.path()).asked().unwrap(), counted);
}

fn refuse_commits(outbox: &Outbox, refuse: bool) {
    outbox.wait(move |writer| writer.refuse_commits(refuse)).unwrap();
}
