//! The index from a file of answers: what scripts read, what people read, and what is refused.

use serde_json::Value;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

const HEADER: &str = "persyaratan,prosedur,waktu,biaya,produk,kompetensi,perilaku,pengaduan,sarana";

fn compute(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_suara-loket"));
    command.args(["skm", "compute"]).args(arguments);
    command
}

fn file(folder: &Path, content: impl AsRef<[u8]>) -> PathBuf {
    let path = folder.join("jawaban.csv");
    std::fs::write(&path, content).unwrap();
    path
}

fn json(content: &str, weight: &str) -> Value {
    let folder = tempfile::tempdir().unwrap();
    let path = file(folder.path(), content);
    let output = compute(&[path.to_str().unwrap(), "--weight", weight, "--json"]).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    serde_json::from_slice(&output.stdout).unwrap()
}

fn refused(content: &[u8]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = file(folder.path(), content);
    crate::misuse(&mut compute(&[path.to_str().unwrap()]))
}

#[test]
fn a_script_reads_the_index_and_every_element() {
    // 25 x (3.5 + 8 x 4) / 9: one of the two left waktu out.
    let found = json(&format!("{HEADER}\n3,4,4,4,4,4,4,4,4\n4,4,,4,4,4,4,4,4\n"), "exact");
    assert_eq!((found["index"].as_str(), found["grade"].as_str()), (Some("98.61"), Some("A")));
    assert_eq!((found["respondents"].as_u64(), found["weight"].as_str()), (Some(2), Some("exact")));
    assert_eq!(
        (found["missing"].as_array().unwrap().len(), found["grade_depends_on_weight"].as_bool()),
        (0, Some(false))
    );
    let of = |element: &str, field: &str| found["elements"][element][field].clone();
    assert_eq!((of("persyaratan", "answers"), of("waktu", "answers")), (2.into(), 1.into()));
    assert_eq!((of("persyaratan", "mean"), of("persyaratan", "converted")), ("3.5000".into(), "87.50".into()));
    assert_eq!((of("persyaratan", "grade"), of("waktu", "grade")), ("B".into(), "A".into()));
    assert!(found.get("services").is_none());
}

#[test]
fn the_weight_is_said_and_used() {
    let all_four = format!("{HEADER}\n4,4,4,4,4,4,4,4,4\n");
    for (weight, index) in [("exact", "100.00"), ("1/9", "100.00"), ("0.111", "99.90"), ("0.11", "99.00")] {
        assert_eq!(json(&all_four, weight)["index"], index, "{weight}");
    }
    let said = crate::misuse(&mut compute(&["x.csv", "--weight", "0.125"]));
    assert!(said.contains("`0.125` is no weight") && said.contains("0.111"), "{said}");
}

#[test]
fn without_data_there_is_null_and_no_zero() {
    let none = json(&format!("{HEADER}\n,,,,,,,,\n"), "exact");
    assert_eq!((&none["index"], &none["grade"], &none["respondents"]), (&Value::Null, &Value::Null, &0.into()));
    assert_eq!(none["elements"]["biaya"]["mean"], Value::Null);
    let some = json("waktu,biaya\n4,3\n", "exact");
    assert_eq!((&some["index"], some["missing"].as_array().unwrap().len()), (&Value::Null, 7));
    assert_eq!((&some["elements"]["biaya"]["converted"], &some["illegal_fee_signals"]), (&"75.00".into(), &1.into()));
}

#[test]
fn services_have_an_index_each_and_the_whole_is_pooled() {
    let (four, three) = ("4,4,4,4,4,4,4,4,4", "3,3,3,3,3,3,3,3,3");
    let found = json(&format!("Service,{HEADER}\nKTP,{four}\nKK,{three}\nKK,{three}\nKK,{three}\n"), "exact");
    assert_eq!((&found["index"], &found["services"]["KTP"]["index"]), (&"81.25".into(), &"100.00".into()));
    let card = &found["services"]["KK"];
    assert_eq!(
        (&card["index"], &card["respondents"], &card["elements"]["sarana"]["mean"]),
        (&"75.00".into(), &3.into(), &"3.0000".into())
    );
}

#[test]
fn a_person_reads_a_table_and_what_to_look_into() {
    let folder = tempfile::tempdir().unwrap();
    let rows = ["4,4,4,4,4,4,4,4,4\n".repeat(5_324), "3,3,3,3,3,3,3,3,3\n".repeat(4_676)].concat();
    let path = file(folder.path(), format!("{HEADER},catatan\n{}", rows.replace('\n', ",x\n")));
    let output = compute(&[path.to_str().unwrap()]).output().unwrap();
    let (told, warned) = (text(&output.stdout), text(&output.stderr));
    assert!(told.starts_with("IKM 88.31, grade A (Sangat Baik); 10000 respondents, weight 1/9"), "{told}");
    assert!(told.contains("The weight decides the grade: ") && told.contains("grade B (Baik) with 0.11."), "{told}");
    assert!(told.contains("4676 answers say that a fee was paid"), "{told}");
    assert_eq!(told.lines().filter(|line| line.contains("3.5324")).count(), 9, "{told}");
    assert!(warned.contains("nobody reads the column `catatan`"), "{warned}");
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn standard_input_is_a_file_too() {
    let mut child = compute(&["-", "--json"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(b"waktu;biaya\r\n4;4\r\n").unwrap();
    let Output { status, stdout, .. } = child.wait_with_output().unwrap();
    assert!(status.success());
    assert_eq!(serde_json::from_slice::<Value>(&stdout).unwrap()["respondents"], 1);
}

#[test]
fn what_cannot_be_used_is_refused_in_one_line_that_names_the_mend() {
    let wrong = refused(format!("{HEADER}\n4,4,4,4,4,4,4,4,4\n\n4,4,5,4,4,4,4,4,7\n").as_bytes());
    assert!(wrong.contains("row 4, column waktu: `5` is no answer") && wrong.ends_with("and 1 more\n"), "{wrong}");
    let utf16: Vec<u8> = "waktu\n4\n".encode_utf16().flat_map(u16::to_be_bytes).collect();
    for (content, said) in [
        (&b""[..], "it is empty"),
        (b"nomor,nama\n1,Rani\n", "no column of the survey"),
        (b"waktu,WAKTU\n4,4\n", "two columns are named WAKTU"),
        (b"waktu\n\xe94\n", "row 2 is not written in UTF-8"),
        (&utf16, "UTF-16"),
        (b"waktu\n\"4\n4\n", "row 2: a cell begins with a quotation mark"),
    ] {
        let refused = refused(content);
        assert!(refused.contains(said), "{refused}");
    }
    let absent = crate::misuse(&mut compute(&["/nowhere/jawaban.csv"]));
    assert!(absent.contains("/nowhere/jawaban.csv: it cannot be read"), "{absent}");
    crate::misuse(&mut compute(&[]));
}
