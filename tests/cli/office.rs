//! Setting up an office: its hours, and its people.

use crate::scene::succeeded;
use crate::{complaint, misuse, suara_loket};
use std::path::Path;

fn admin(data: &Path, arguments: &[&str]) -> String {
    succeeded(&suara_loket(data, &[&["admin"], arguments].concat()).output().unwrap())
}

#[test]
fn hours_are_told_at_the_beginning_or_later_and_forgotten() {
    let data = tempfile::tempdir().unwrap();
    let data = data.path();
    let hours = "mon-thu 08:00-15:30, fri 08:00-16:00";
    admin(data, &["office", "add", "--name", "Kantor Satu", "--hours", hours]);
    assert!(admin(data, &["office", "list"]).contains(&format!("open {hours}")));
    let said = admin(data, &["office", "set", "--hours", "Mon-Fri 7:30-16:00"]);
    assert!(said.contains("office 1 open mon-fri 07:30-16:00"), "{said}");
    assert!(admin(data, &["office", "list"]).contains("open mon-fri 07:30-16:00"));
    assert!(admin(data, &["office", "set", "--no-hours"]).contains("hours not known"));

    admin(data, &["office", "add", "--name", "Kantor Dua"]);
    let listed = admin(data, &["office", "list"]);
    assert_eq!(listed.matches("hours not known").count(), 2, "{listed}");
    let said = complaint(&mut suara_loket(data, &["admin", "office", "set", "--no-hours"]));
    assert!(said.contains("several offices") && said.contains("--office ID"), "{said}");
    admin(data, &["office", "set", "--office", "2", "--hours", "sat 09:00-12:00"]);
    let listed = admin(data, &["office", "list"]);
    assert!(listed.lines().nth(1).unwrap().contains("open sat 09:00-12:00"), "{listed}");
}

#[test]
fn hours_that_cannot_be_read_are_named_with_the_part_that_is_wrong() {
    let data = tempfile::tempdir().unwrap();
    let mut add = suara_loket(data.path(), &["admin", "office", "add", "--name", "Kantor"]);
    let said = misuse(add.args(["--hours", "mon-thu 08:00-15:30, jumat 08:00-16:00"]));
    assert!(
        said.contains("`jumat 08:00-16:00`: a day is one of mon") && said.contains("Write hours such as"),
        "{said}"
    );
    let mut set = suara_loket(data.path(), &["admin", "office", "set", "--hours", "fri 16:00-08:00"]);
    let said = misuse(&mut set);
    assert!(said.contains("`fri 16:00-08:00`: it closes before it opens"), "{said}");
    let said = misuse(&mut suara_loket(data.path(), &["admin", "office", "set"]));
    assert!(said.contains("--hours") && said.contains("--no-hours"), "{said}");
    assert_eq!(admin(data.path(), &["office", "list"]), "");
}

#[test]
fn of_several_names_the_one_that_is_taken_is_named() {
    let data = tempfile::tempdir().unwrap();
    let data = data.path();
    let adds: [(&[&str], &str); 4] = [
        (&["office", "add", "--name", "Kantor"], "Kantor exists already: choose another with --name"),
        (&["counter", "add", "--name", "Loket 1"], "Loket 1 exists already: choose another with --name"),
        (&["service", "add", "--code", "kk", "--name", "Kartu"], "kk exists already: choose another with --code"),
        (&["officer", "add", "--name", "Rani", "--login", "rani"], "rani exists already: choose another with --login"),
    ];
    for (arguments, mend) in adds {
        admin(data, arguments);
        let said = complaint(&mut suara_loket(data, &[&["admin"], arguments].concat()));
        assert!(said.contains(mend), "{said}");
    }
}
