//! What the screen says, in every language, by the English text.

use std::collections::HashMap;
use std::sync::OnceLock;
use suara_loket::domain::language::Language;

type Lists = HashMap<&'static str, HashMap<String, String>>;

/// The text in this language, with its places filled in.
pub fn say(language: Language, english: &str, places: &[&str]) -> String {
    static LISTS: OnceLock<Lists> = OnceLock::new();
    let lists = LISTS.get_or_init(|| Language::ALL.map(|language| (language.code(), list(language.code()))).into());
    let text = lists[language.code()].get(english).unwrap_or_else(|| panic!("no list has `{english}`"));
    places.iter().enumerate().fold(text.clone(), |text, (n, place)| text.replace(&format!("{{{n}}}"), place))
}

fn list(code: &str) -> HashMap<String, String> {
    let path = format!("{}/ui/lang/{code}/LC_MESSAGES/suara-loket.po", env!("CARGO_MANIFEST_DIR"));
    let catalog = polib::po_file::parse(path.as_ref()).unwrap();
    catalog.messages().map(|message| (message.msgid().to_owned(), message.msgstr().unwrap().to_owned())).collect()
}
