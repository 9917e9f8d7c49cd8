//! Paper forms of an office: typed into a template, taken once and as a whole, and reported.

use crate::scene::succeeded;
use crate::{complaint, suara_loket};
use rust_xlsxwriter::{ExcelDateTime, Format, Workbook};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const HEADER: &str = "tanggal;jam survei;jenis kelamin;usia;pendidikan;pekerjaan;layanan;\
    persyaratan;prosedur;waktu;biaya;produk;kompetensi;perilaku;pengaduan;sarana";

struct Desk(tempfile::TempDir);

impl Desk {
    /// An office with one service.
    fn new() -> Self {
        let desk = Self(tempfile::tempdir().unwrap());
        desk.said(&["office", "add", "--name", "Kantor"]);
        desk.said(&["service", "add", "--code", "kk", "--name", "Kartu Keluarga"]);
        desk
    }

    fn admin(&self, arguments: &[&str]) -> Command {
        suara_loket(&self.0.path().join("data"), &[&["admin"], arguments].concat())
    }

    fn said(&self, arguments: &[&str]) -> String {
        succeeded(&self.admin(arguments).output().unwrap())
    }

    fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.path().join(name);
        std::fs::write(&path, content).unwrap();
        path
    }

    fn import(&self, path: &Path) -> Command {
        self.admin(&["skm", "import", path.to_str().unwrap()])
    }

    fn report(&self) -> Value {
        let asked = ["skm", "report", "--from", "2026-01-01", "--to", "2026-12-31", "--json"];
        serde_json::from_str(&self.said(&asked)).unwrap()
    }
}

/// Everything that a refused command said, line by line.
fn refused(command: &mut Command) -> Vec<String> {
    let Output { status, stderr, .. } = command.output().unwrap();
    assert_eq!(status.code(), Some(2), "{command:?}");
    String::from_utf8(stderr).unwrap().lines().map(str::to_owned).collect()
}

#[test]
fn forms_are_taken_and_reported_and_the_same_file_only_once() {
    let desk = Desk::new();
    let rows = "24/11/2025;08.00-12.00;L;34;SMA;SWASTA;KK;4;4;4;4;4;4;4;4;4\n\
        24/01/2026;;P;;;;kartu keluarga;3;3;3;4;3;3;3;3;3\n\n25/01/2026;;;;;;;3;3;3;3;3;3;3;;3\n26/01/2026;;L;;;;;;;;;;;;;\n";
    let path = desk.file("kertas.csv", format!("{HEADER};catatan\n{}", rows.replace('\n', ";\n")));
    let output = desk.import(&path).output().unwrap();
    assert!(String::from_utf8_lossy(&output.stderr).contains("nobody reads the column `catatan`"), "{output:?}");
    assert_eq!(succeeded(&output), "3 forms stored\n1 rows without any answer were left out\n");
    let report = desk.report();
    assert_eq!((&report["respondents"], &report["index"]), (&2.into(), &"76.39".into()), "{report}");
    assert_eq!(report["services"]["Kartu Keluarga"]["respondents"], 1);
    assert_eq!((&report["sources"]["paper"]["respondents"], &report["illegal_fee_signals"]), (&2.into(), &1.into()));
    let again = complaint(&mut desk.import(&path));
    assert!(again.contains("was taken before") && again.contains("--again"), "{again}");
    assert_eq!(desk.report()["respondents"], 2);
    desk.said(&["skm", "import", path.to_str().unwrap(), "--again"]);
    assert_eq!(desk.report()["respondents"], 4);
    assert!(succeeded(&suara_loket(&desk.0.path().join("data"), &["verify"]).output().unwrap()).contains("sound"));
}

#[test]
fn every_wrong_cell_is_named_and_nothing_is_stored() {
    let desk = Desk::new();
    let sound = "24/01/2026;;;;;;;4;4;4;4;4;4;4;4;4\n";
    let wrong = "24/01/2026;;X;;;;paspor;4;4;9;4;4;4;4;4;4\n";
    let path = desk.file("kertas.csv", format!("{HEADER}\n{sound}{wrong}{sound}{}", wrong.repeat(9)));
    let said = refused(&mut desk.import(&path));
    assert_eq!(said.len(), 22, "{said:#?}");
    assert!(said[0].starts_with("row 3, column waktu: `9` is no answer"), "{said:#?}");
    assert!(said[3].starts_with("row 5, column waktu"), "{said:#?}");
    assert_eq!(said[20], "and 10 more");
    assert!(said[21].contains("30 wrong cells") && said[21].contains("nothing was stored"), "{said:#?}");
    assert_eq!(desk.report()["respondents"], 0);
    // Mended, it is another file, and taken.
    desk.file("kertas.csv", format!("{HEADER}\n{sound}"));
    assert_eq!(succeeded(&desk.import(&path).output().unwrap()), "1 forms stored\n");
}

#[test]
fn files_that_cannot_be_used_are_refused_in_one_line() {
    let desk = Desk::new();
    let latin = [HEADER.as_bytes(), b"\n24/01/2026;;;;;caf\xe9;;4;4;4;4;4;4;4;4;4\n"].concat();
    let utf16: Vec<u8> = format!("\u{feff}{HEADER}\n").encode_utf16().flat_map(u16::to_le_bytes).collect();
    let many = format!("{HEADER}\n{}", "24/01/2026;;;;;;;4;4;4;4;4;4;4;4;4\n".repeat(1_000_000));
    for (name, content, said) in [
        ("a.csv", &latin[..], "row 2 is not written in UTF-8"),
        ("b.csv", &utf16, "UTF-16"),
        ("c.csv", b"tanggal,waktu\n24/01/2026,4\n", "its first row lacks persyaratan, prosedur, biaya"),
        ("d.csv", b"", "it is empty"),
        ("e.xlsx", b"PK\x03\x04 and no more", "the workbook cannot be read"),
        ("f.csv", many.as_bytes(), "row 100002: more than 100000 forms: split the file"),
    ] {
        let lines = refused(&mut desk.import(&desk.file(name, content)));
        assert_eq!(lines.len(), 1, "{lines:#?}");
        assert!(lines[0].contains(name) && lines[0].contains(said), "{lines:#?}");
        assert!(lines[0].ends_with("nothing was stored"), "{lines:#?}");
    }
    assert!(refused(&mut desk.import(Path::new("/nowhere.csv")))[0].contains("it cannot be read"));
    assert_eq!(desk.report()["respondents"], 0);
}

#[test]
fn a_template_is_written_beside_nothing_that_is_there() {
    let desk = Desk::new();
    for name in ["kosong.csv", "kosong.xlsx"] {
        let path = desk.0.path().join(name);
        let to = path.to_str().unwrap();
        desk.said(&["skm", "template", "--to", to]);
        assert_eq!(succeeded(&desk.import(&path).output().unwrap()), "0 forms stored\n");
        let said = complaint(&mut desk.admin(&["skm", "template", "--to", to]));
        assert!(said.contains("cannot write") && said.contains("--to"), "{said}");
    }
    let said = refused(&mut desk.admin(&["skm", "template", "--to", "kosong.doc"]));
    assert!(said[0].contains("name the template .csv or .xlsx"), "{said:?}");
}

#[test]
fn the_target_follows_from_who_was_served() {
    let desk = Desk::new();
    let told = desk.report();
    assert_eq!((&told["population_is"], &told["target"]), (&"counted".into(), &0.into()));
    assert_eq!(
        desk.said(&["skm", "set", "--population", "4100", "--weight", "0.11"]),
        "weight 0.11, population 4100\n"
    );
    let told = desk.report();
    assert_eq!(
        (&told["population_is"], &told["target"], &told["weight"]),
        (&"told".into(), &354.into(), &"0.11".into())
    );
    assert!(desk.said(&["skm", "set", "--population", "0"]).contains("weight 0.11, population not told"));
    let plain = desk.said(&["skm", "report", "--from", "2026-01-01", "--to", "2026-12-31"]);
    assert!(plain.contains("not enough data: nobody has answered to persyaratan"), "{plain}");
    let said = refused(&mut desk.admin(&["skm", "report", "--from", "2026-12-31", "--to", "2026-01-01"]));
    assert!(said[0].contains("--from is after --to"), "{said:?}");
    crate::misuse(&mut desk.admin(&["skm", "set"]));
}

/// A workbook as somebody fills it in: days and numbers are no texts there.
fn workbook(answers: &[f64]) -> Vec<u8> {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    for (column, name) in (0..).zip(HEADER.split(';')) {
        sheet.write(0, column, name.trim()).unwrap();
    }
    for (row, answer) in (1..).zip(answers) {
        let day = ExcelDateTime::from_ymd(2026, 1, 24).unwrap();
        sheet.write_datetime_with_format(row, 0, &day, &Format::new().set_num_format("dd/mm/yyyy")).unwrap();
        sheet.write_number(row, 3, 34.0).unwrap();
        for column in 7..16 {
            sheet.write_number(row, column, *answer).unwrap();
        }
    }
    book.save_to_buffer().unwrap()
}

#[test]
fn a_workbook_is_taken_as_a_csv_file_is() {
    let desk = Desk::new();
    let path = desk.file("kertas.xlsx", workbook(&[4.0, 3.0]));
    assert_eq!(succeeded(&desk.import(&path).output().unwrap()), "2 forms stored\n");
    assert_eq!(desk.report()["index"], "87.50");
    assert!(complaint(&mut desk.import(&path)).contains("was taken before"));
    let said = refused(&mut desk.import(&desk.file("salah.xlsx", workbook(&[4.0, 3.5]))));
    assert!(said[0].starts_with("row 3, column persyaratan: `3.5` is no answer"), "{said:#?}");
    assert_eq!(said.len(), 10, "{said:#?}");
    assert_eq!(desk.report()["respondents"], 2);
}
