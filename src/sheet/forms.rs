//! Paper forms that were typed in, row by row: all of a table, or nothing and every wrong cell by its name.

use super::{Column, Header, Place, Row, Rows, SheetError, Wrong, WrongCells};
use crate::domain::ids::ServiceId;
use crate::domain::office::Service;
use crate::domain::skm::{AgeBand, Education, Form, Hours, Occupation, Respondent, Sex, SkmElement};
use jiff::civil::Date;

/// More paper than any office types into one file; the server takes all of it at once, while others wait.
pub const MOST_FORMS: usize = 100_000;
/// No survey of this kind is older.
const OLDEST: Date = jiff::civil::date(2014, 1, 1);

/// What the cells are held against.
#[derive(Clone, Copy, Debug)]
pub struct Known<'a> {
    /// The services of the office.
    pub services: &'a [Service],
    /// The present day there.
    pub today: Date,
}

/// The forms of a table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Forms {
    /// Those with at least one answer.
    pub forms: Vec<Form>,
    /// How many rows had none: nobody's.
    pub without_answer: u64,
    /// Columns that nobody reads.
    pub unknown_columns: Vec<String>,
}

/// Reads all forms of a table.
///
/// # Errors
/// When it cannot be read, lacks columns, or any cell cannot be.
pub fn forms(rows: &mut impl Rows, known: &Known<'_>) -> Result<Forms, SheetError> {
    let mut row = Row::default();
    if !rows.next(&mut row)? {
        return Err(SheetError::Empty);
    }
    let header = Header::read(&row)?;
    let needed = [Column::Day].into_iter().chain(SkmElement::ALL.map(Column::Element));
    let missing: Vec<_> = needed.filter(|column| header.index(*column).is_none()).map(Column::name).collect();
    if !missing.is_empty() {
        return Err(SheetError::Missing(missing));
    }
    let mut found = Forms { unknown_columns: header.unknown().map(str::to_owned).collect(), ..Forms::default() };
    let mut wrong = WrongCells::default();
    while rows.next(&mut row)? {
        if row.is_blank() {
            continue;
        }
        if found.forms.len() >= MOST_FORMS {
            return Err(SheetError::TooManyForms { row: row.number(), most: MOST_FORMS });
        }
        match (Reading { header: &header, row: &row, known, wrong: &mut wrong }).form() {
            Some(form) => found.forms.push(form),
            None => found.without_answer += 1,
        }
    }
    wrong.none()?;
    Ok(found)
}

/// One row while it is read.
struct Reading<'a> {
    header: &'a Header,
    row: &'a Row,
    known: &'a Known<'a>,
    wrong: &'a mut WrongCells,
}

impl Reading<'_> {
    /// The form, unless nothing was answered. Wrong cells are noted; what comes back beside them is never used.
    fn form(&mut self) -> Option<Form> {
        let answers = self.header.answers(self.row, self.wrong);
        let respondent = Respondent {
            sex: self.field(Column::Sex, Sex::from_code, &codes("is neither", Sex::ALL, Sex::code)),
            age: self.field(Column::Age, age, "is no age: write whole years, or nothing"),
            education: self.field(
                Column::Education,
                Education::from_code,
                &codes("is none of the form's", Education::ALL, Education::code),
            ),
            occupation: self.field(
                Column::Occupation,
                Occupation::from_code,
                &codes("is none of the form's", Occupation::ALL, Occupation::code),
            ),
        };
        let hours = self.field(Column::Hours, hours, &codes("is none of the form's", Hours::ALL, Hours::code));
        let service = self.service();
        let day = self.day();
        if answers.is_empty() {
            return None;
        }
        Some(Form { day: day.unwrap_or(self.known.today), hours, service, respondent, answers })
    }

    /// A cell that may be empty, or absent.
    fn field<T>(&mut self, column: Column, read: impl Fn(&str) -> Option<T>, mend: &str) -> Option<T> {
        let index = self.header.index(column)?;
        let cell = self.row.cell(index).trim();
        if cell.is_empty() {
            return None;
        }
        let value = read(cell);
        if value.is_none() {
            self.wrong.add(Wrong::new(self.header.place(self.row, index), cell, mend));
        }
        value
    }

    fn service(&mut self) -> Option<ServiceId> {
        let services = self.known.services;
        let named = |cell: &str| {
            let is_named = |service: &&Service| same(&service.code, cell) || same(&service.name, cell);
            services.iter().find(is_named).map(|service| service.id)
        };
        let mend = "is no service of this office: see `suara-loket admin service list`, or write nothing";
        self.field(Column::Service, named, mend)
    }

    /// The one cell that has to be filled in: without a day, a form belongs to no period.
    fn day(&mut self) -> Option<Date> {
        let index = self.header.index(Column::Day)?;
        let cell = self.row.cell(index).trim();
        let read = read_day(cell);
        let mend = match read {
            Some(day) if day > self.known.today => "is a day to come: write the day of the survey",
            Some(day) if day < OLDEST => "is too long ago: write the day of the survey",
            Some(_) => return read,
            None if cell.is_empty() => "is no day: write the day of the survey, such as 24/11/2026",
            None => "is no day: write it as 24/11/2026 or 2026-11-24",
        };
        let Place { row, column } = self.header.place(self.row, index);
        self.wrong.add(Wrong::new(Place { row, column }, cell, mend));
        None
    }
}

fn codes<T: Copy>(what: &str, all: &[T], code: impl Fn(T) -> &'static str) -> String {
    let all: Vec<_> = all.iter().map(|value| code(*value)).collect();
    format!("{what}: write {}, or nothing", all.join(", "))
}

fn same(one: &str, other: &str) -> bool {
    one.to_lowercase() == other.to_lowercase()
}

fn age(cell: &str) -> Option<AgeBand> {
    AgeBand::from_code(cell).or_else(|| AgeBand::of(cell.parse().ok()?))
}

fn hours(cell: &str) -> Option<Hours> {
    let written = cell.replace([' ', '\u{a0}'], "").replace(':', ".").replace('–', "-");
    Hours::from_code(&written)
}

/// A day as it is written here, day first, or as programs write it, year first.
fn read_day(cell: &str) -> Option<Date> {
    let date = cell.split(['T', ' ']).next()?;
    let mut parts = date.split(['/', '-', '.']);
    let (first, month, last) = (parts.next()?, parts.next()?, parts.next()?);
    let (year, day) = if first.len() == 4 { (first, last) } else { (last, first) };
    if parts.next().is_some() || year.len() != 4 {
        return None;
    }
    Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::skm::SkmAnswer;
    use crate::sheet::SeparatedRows;

    const HEADER: &str = "Tanggal;Jam Survei;Jenis Kelamin;Usia;Pendidikan;Pekerjaan;Layanan;\
        persyaratan;prosedur;waktu;biaya;produk;kompetensi;perilaku;pengaduan;sarana";

    fn read(rows: &str) -> Result<Forms, SheetError> {
        let services =
            [Service { id: ServiceId::try_from(3).unwrap(), code: "kk".to_owned(), name: "Kartu Keluarga".to_owned() }];
        let known = Known { services: &services, today: "2026-11-25".parse().unwrap() };
        forms(&mut SeparatedRows::new(format!("{HEADER}\n{rows}").as_bytes()), &known)
    }

    #[test]
    fn a_form_is_read_as_offices_write_it() {
        let found = read("24/11/2026;08.00 – 12.00;p;34;sma;Swasta;kartu keluarga;4;3;;4;;;;;1\n").unwrap();
        let [form] = found.forms[..] else { panic!("{found:?}") };
        assert_eq!(
            (form.day.to_string().as_str(), form.hours, form.service.map(ServiceId::get)),
            ("2026-11-24", Some(Hours::Morning), Some(3))
        );
        let about = Respondent {
            sex: Some(Sex::Female),
            age: Some(AgeBand::Thirties),
            education: Some(Education::SeniorSecondary),
            occupation: Some(Occupation::Employed),
        };
        assert_eq!(form.respondent, about);
        assert_eq!(form.answers.iter().count(), 4);
        assert_eq!(form.answers.get(SkmElement::Facilities), Some(SkmAnswer::ALL[0]));
    }

    #[test]
    fn days_are_read_day_first_or_year_first() {
        for written in
            ["24/11/2026", "24-11-2026", "24.11.2026", "2026-11-24", "2026-11-24T00:00:00", "2026-11-24 00:00"]
        {
            assert_eq!(read_day(written).map(|day| day.to_string()).as_deref(), Some("2026-11-24"), "{written}");
        }
        for wrong in ["", "24/11/26", "31/02/2026", "11/24/2026", "2026", "kemarin", "24/11/2026/1"] {
            assert_eq!(read_day(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn every_wrong_cell_of_every_row_is_named() {
        let rows = "\n31/02/2026;09.00;X;200;SD;PNS;paspor;5;4;4;4;4;4;4;4;4\n26/11/2026;;;;D3;dokter;;4;4;4;4;4;4;4;4;4\n;;;;;;;4;;;;;;;;\n";
        let Err(SheetError::Wrong(wrong)) = read(rows) else { panic!("taken") };
        let said: Vec<_> = wrong.first().iter().map(ToString::to_string).collect();
        let expected = [
            "row 3, column persyaratan: `5` is no answer",
            "row 3, column Jenis Kelamin: `X` is neither: write L, P, or nothing",
            "row 3, column Usia: `200` is no age",
            "row 3, column Jam Survei: `09.00` is none of the form's: write 08.00-12.00, 13.00-17.00, or nothing",
            "row 3, column Layanan: `paspor` is no service",
            "row 3, column Tanggal: `31/02/2026` is no day",
            "row 4, column Pendidikan: `D3`",
            "row 4, column Pekerjaan: `dokter`",
            "row 4, column Tanggal: `26/11/2026` is a day to come",
            "row 5, column Tanggal: `` is no day",
        ];
        assert_eq!(said.len(), expected.len(), "{said:#?}");
        for (said, expected) in said.iter().zip(expected) {
            assert!(said.starts_with(expected), "{said}");
        }
    }

    #[test]
    fn rows_without_an_answer_are_nobodys_and_are_told() {
        let found = read(";;;;;;;;;;;;;;;\n24/11/2026;;L;;;;;;;;;;;;;\n24/11/2026;;;;;;;;4;;;;;;;\n").unwrap();
        assert_eq!((found.forms.len(), found.without_answer), (1, 1));
    }

    #[test]
    fn columns_that_are_needed_are_named() {
        let known = Known { services: &[], today: "2026-11-25".parse().unwrap() };
        let said = forms(&mut SeparatedRows::new(&b"waktu,usia\n4,30\n"[..]), &known).unwrap_err().to_string();
        assert!(said.starts_with("its first row lacks tanggal, persyaratan, prosedur, biaya"), "{said}");
    }

    #[test]
    fn more_than_a_server_takes_at_once_is_refused() {
        let rows = "24/11/2026;;;;;;;4;;;;;;;;\n".repeat(MOST_FORMS + 1);
        let said = read(&rows).unwrap_err().to_string();
        assert!(said.starts_with("row 100002: more than 100000 forms"), "{said}");
    }
}
