//! The word lists: everything said is translated, and everything translated is said.

use crate::files;
use std::collections::{BTreeMap, BTreeSet};

const LANGUAGES: [&str; 3] = ["id", "min", "en"];

/// The text between each `before` and the next quotation mark.
fn quoted(text: &str, before: &str) -> Vec<String> {
    text.split(before).skip(1).filter_map(|rest| rest.split_once('"')).map(|(text, _)| text.to_owned()).collect()
}

/// Every text that a screen or a page asks the word list for.
fn said() -> BTreeSet<String> {
    let screens = files("ui", "slint").into_iter().flat_map(|(_, text)| quoted(&text, "@tr(\""));
    let pages = files("ui/web/templates", "html").into_iter().chain(files("src/server/http", "rs"));
    let pages = pages.flat_map(|(_, text)| [quoted(&text, ".say(\""), quoted(&text, ".fill(\"")].concat());
    screens.chain(pages).collect()
}

fn list(language: &str) -> BTreeMap<String, String> {
    let path = format!("{}/ui/lang/{language}/LC_MESSAGES/suara-loket.po", env!("CARGO_MANIFEST_DIR"));
    let catalog = polib::po_file::parse(path.as_ref()).unwrap();
    let messages = catalog.messages().filter(|message| !message.msgid().is_empty());
    messages.map(|message| (message.msgid().to_owned(), message.msgstr().unwrap().to_owned())).collect()
}

/// The places that are filled in, in order of their names.
fn places(text: &str) -> Vec<&str> {
    let mut places: Vec<_> =
        text.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(it, _)| it).collect();
    places.sort_unstable();
    places
}

#[test]
fn every_language_has_every_text_and_no_other() {
    let said = said();
    assert!(said.len() > 60, "only {} texts found: has the way of asking changed?", said.len());
    for language in LANGUAGES {
        let listed: BTreeSet<String> = list(language).into_keys().collect();
        let (missing, unused): (Vec<_>, Vec<_>) =
            (said.difference(&listed).collect(), listed.difference(&said).collect());
        assert!(missing.is_empty(), "not in ui/lang/{language}: {missing:#?}");
        assert!(unused.is_empty(), "in ui/lang/{language}, but never said: {unused:#?}");
    }
}

#[test]
fn every_translation_says_something_and_keeps_its_places() {
    for language in LANGUAGES {
        for (english, translated) in list(language) {
            assert!(!translated.trim().is_empty(), "{language} does not say `{english}`");
            assert_eq!(places(&english), places(&translated), "{language}: `{english}` is `{translated}`");
        }
    }
}

/// A literal with a letter in it, given to something people read.
#[test]
fn no_screen_says_what_no_list_knows() {
    for (path, text) in files("ui", "slint") {
        for property in ["text: \"", "label: \"", "accessible-label: \"", "accessible-description: \"", "title: \""] {
            let spoken = quoted(&text, property).into_iter().filter(|it| it.contains(char::is_alphabetic));
            // The product's own name is the same in every language.
            let untranslated: Vec<_> = spoken.filter(|it| it != "Suara Loket").collect();
            assert!(untranslated.is_empty(), "{}: {untranslated:?}", path.display());
        }
    }
}
