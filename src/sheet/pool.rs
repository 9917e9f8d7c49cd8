//! The answers of a whole table, pooled, and those of each service.

use super::{Column, Header, Place, Row, Rows, SeparatedRows, SheetError, WrongCells};
use crate::domain::skm::Group;
use std::collections::BTreeMap;
use std::io::BufRead;

/// More services than any office has: whoever names more has taken another column.
const MOST_SERVICES: usize = 10_000;

/// What a table says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pooled {
    /// All respondents.
    pub all: Group,
    /// Those of each service, if a column names it; without a name, who named none.
    pub services: Option<BTreeMap<String, Group>>,
    /// Columns that nobody reads.
    pub unknown_columns: Vec<String>,
}

/// Pools the answers of a CSV file, however many there are.
///
/// # Errors
/// When it cannot be read, or any cell cannot be.
pub fn pool(source: impl BufRead) -> Result<Pooled, SheetError> {
    let (mut rows, mut row) = (SeparatedRows::new(source), Row::default());
    if !rows.next(&mut row)? {
        return Err(SheetError::Empty);
    }
    let header = Header::read(&row)?;
    let service = header.index(Column::Service);
    let mut pooled = Pooled {
        services: service.map(|_| BTreeMap::new()),
        unknown_columns: header.unknown().map(str::to_owned).collect(),
        ..Pooled::default()
    };
    let mut wrong = WrongCells::default();
    while rows.next(&mut row)? {
        let respondent = header.answers(&row, &mut wrong);
        if respondent.is_empty() {
            continue;
        }
        pooled.all.add(&respondent);
        if let (Some(services), Some(index)) = (&mut pooled.services, service) {
            of_service(services, &header, &row, index)?.add(&respondent);
        }
    }
    wrong.none()?;
    Ok(pooled)
}

fn of_service<'a>(
    services: &'a mut BTreeMap<String, Group>,
    header: &Header,
    row: &Row,
    index: usize,
) -> Result<&'a mut Group, SheetError> {
    let name = row.cell(index).trim();
    // The name is copied for the first respondent only.
    if !services.contains_key(name) && services.len() >= MOST_SERVICES {
        let Place { row, column } = header.place(row, index);
        return Err(SheetError::TooManyServices { row, column, most: MOST_SERVICES });
    }
    Ok(services.entry(name.to_owned()).or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::skm::{SkmElement, Tally, Weight, index};

    const HEADER: &str = "persyaratan,prosedur,waktu,biaya,produk,kompetensi,perilaku,pengaduan,sarana";

    fn pooled(text: &str) -> Pooled {
        pool(text.as_bytes()).unwrap()
    }

    #[test]
    fn an_empty_cell_is_not_answered_and_an_empty_row_is_nobody() {
        let found = pooled(&format!("{HEADER}\n4,4,4,4,4,4,4,,4\n,,,,,,,,\n\n3,3,3,3,3,3,3,3,\n"));
        assert_eq!(found.all.respondents, 2);
        let answers = |element: SkmElement| found.all.tally.of(element).answers();
        assert_eq!([SkmElement::Fee, SkmElement::ComplaintHandling, SkmElement::Facilities].map(answers), [2, 1, 1]);
    }

    #[test]
    fn the_order_of_rows_and_columns_and_the_separator_tell_nothing() {
        let one = pooled(&format!("{HEADER}\n1,2,3,4,1,2,3,4,1\n4,4,4,4,3,3,3,3,2\n"));
        let other = pooled(
            "\u{feff}SARANA;Pengaduan;perilaku;kompetensi;produk;biaya;waktu;prosedur;persyaratan\r\n\
             2;3;3;3;3;4;4;4;4\r\n1;4;3;2;1;4;3;2;1\r\n",
        );
        assert_eq!(one, other);
    }

    #[test]
    fn a_missing_column_is_an_element_without_answers() {
        let found = pooled("waktu,biaya\n4,4\n");
        assert_eq!(found.all.tally.missing().len(), 7);
        assert!(index(&found.all.tally, Weight::Exact).is_err());
    }

    #[test]
    fn services_are_told_apart_and_pooled() {
        let found = pooled("layanan,waktu,catatan\nKTP,4,a\n KTP ,2,b\nKK,3,c\n,1,d\nKIA,,e\n");
        let services = found.services.unwrap();
        let respondents: Vec<_> = services.iter().map(|(name, group)| (name.as_str(), group.respondents)).collect();
        assert_eq!(respondents, [("", 1), ("KK", 1), ("KTP", 2)], "nobody answered about KIA");
        assert_eq!(services.values().map(|group| group.tally).sum::<Tally>(), found.all.tally);
        assert_eq!(found.unknown_columns, ["catatan"]);
    }

    #[test]
    fn every_wrong_cell_is_named_and_nothing_is_counted() {
        for wrong in ["0", "5", "-1", "3.5", "3,5", "baik", "44"] {
            let text = format!("{HEADER}\n4,4,4,4,4,4,4,4,4\n4,4,\"{wrong}\",4,4,4,4,4,4\n");
            let said = pool(text.as_bytes()).unwrap_err().to_string();
            assert!(said.starts_with(&format!("row 3, column waktu: `{wrong}` is no answer")), "{said}");
        }
        let many = format!("{HEADER}\n{}", "9,9,9,9,9,9,9,9,9\n".repeat(3));
        assert!(pool(many.as_bytes()).unwrap_err().to_string().ends_with("; and 26 more"));
        let shifted = pool(format!("{HEADER}\n4,4,4,4,4,4,4,4,4,4\n").as_bytes()).unwrap_err().to_string();
        assert!(shifted.starts_with("row 2, column J: `4` stands in a column without a name"), "{shifted}");
    }

    #[test]
    fn whoever_takes_names_for_services_hears_it() {
        let rows: Vec<_> = (0..=MOST_SERVICES).map(|n| format!("{n},4")).collect();
        let text = format!("service,waktu\n{}\n", rows.join("\n"));
        let said = pool(text.as_bytes()).unwrap_err().to_string();
        assert!(said.starts_with("row 10002, column service: more than 10000 services"), "{said}");
    }
}
