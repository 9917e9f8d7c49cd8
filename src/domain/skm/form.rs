//! A filled-in form of the survey: the header of the official one, and the answers. Nothing in it tells who
//! filled it in; the age is kept as a band.

use super::Answers;
use crate::domain::ids::ServiceId;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// An enumeration whose values are written as the official form writes them.
macro_rules! official {
    ($(#[$doc:meta])* $name:ident { $($(#[$value_doc:meta])* $value:ident = $code:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum $name {
            $($(#[$value_doc])* #[serde(rename = $code)] $value),+
        }

        impl $name {
            /// All values, in the order of the form.
            pub const ALL: &'static [$name] = &[$($name::$value),+];

            /// What is stored and exchanged.
            #[must_use]
            pub fn code(self) -> &'static str {
                match self {
                    $($name::$value => $code),+
                }
            }

            /// The value of a code, in any case.
            #[must_use]
            pub fn from_code(code: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|value| value.code().eq_ignore_ascii_case(code))
            }
        }
    };
}

official! {
    /// Where answers were given. Sources are never mixed without showing each.
    Source {
        /// One rotating question at the counter.
        Kiosk = "kiosk",
        /// All nine on the page behind the QR code of a visit.
        Page = "page",
        /// All nine on paper, typed in later.
        Paper = "paper",
    }
}

official! {
    /// The half of the day in which a form was filled in.
    Hours {
        /// Before noon.
        Morning = "08.00-12.00",
        /// After noon.
        Afternoon = "13.00-17.00",
    }
}

official! {
    /// Laki-laki or perempuan.
    Sex {
        /// L.
        Male = "L",
        /// P.
        Female = "P",
    }
}

official! {
    /// An age in whole years, told no closer than this.
    AgeBand {
        /// Under twenty.
        Under20 = "0-19",
        /// In the twenties.
        Twenties = "20-29",
        /// In the thirties.
        Thirties = "30-39",
        /// In the forties.
        Forties = "40-49",
        /// In the fifties.
        Fifties = "50-59",
        /// Sixty or older.
        From60 = "60+",
    }
}

official! {
    /// The highest school.
    Education {
        /// Primary school.
        Primary = "SD",
        /// Junior secondary school.
        JuniorSecondary = "SMP",
        /// Senior secondary school.
        SeniorSecondary = "SMA",
        /// Bachelor.
        Bachelor = "S1",
        /// Master.
        Master = "S2",
        /// Doctor.
        Doctor = "S3",
    }
}

official! {
    /// The kind of work.
    Occupation {
        /// Civil servant.
        CivilServant = "PNS",
        /// Soldier.
        Soldier = "TNI",
        /// Police officer.
        Police = "POLRI",
        /// Employed.
        Employed = "SWASTA",
        /// With a business of one's own.
        OwnBusiness = "WIRAUSAHA",
        /// Something else.
        Other = "LAINNYA",
    }
}

impl AgeBand {
    /// The oldest age that is taken for one.
    pub const OLDEST: u8 = 120;

    /// The band of an age.
    #[must_use]
    pub fn of(age: u8) -> Option<Self> {
        match age {
            0..=19 => Some(AgeBand::Under20),
            20..=29 => Some(AgeBand::Twenties),
            30..=39 => Some(AgeBand::Thirties),
            40..=49 => Some(AgeBand::Forties),
            50..=59 => Some(AgeBand::Fifties),
            60..=Self::OLDEST => Some(AgeBand::From60),
            _ => None,
        }
    }
}

/// What the form asks about respondents. All of it may be left out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Respondent {
    /// Laki-laki or perempuan.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sex: Option<Sex>,
    /// About how old.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub age: Option<AgeBand>,
    /// The highest school.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub education: Option<Education>,
    /// The kind of work.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub occupation: Option<Occupation>,
}

/// A filled-in form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Form {
    /// The civil day, in the office's zone.
    pub day: Date,
    /// The half of the day, where the form says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hours: Option<Hours>,
    /// The service, if known.
    pub service: Option<ServiceId>,
    /// About the respondent.
    pub respondent: Respondent,
    /// What was answered.
    pub answers: Answers,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::skm::{SkmAnswer, SkmElement};

    #[test]
    fn every_age_is_in_one_band_and_no_other_number_is_an_age() {
        let bands = [
            (0, "0-19"),
            (19, "0-19"),
            (20, "20-29"),
            (39, "30-39"),
            (49, "40-49"),
            (59, "50-59"),
            (60, "60+"),
            (120, "60+"),
        ];
        for (age, code) in bands {
            assert_eq!(AgeBand::of(age).unwrap().code(), code, "{age}");
        }
        assert_eq!((AgeBand::of(121), AgeBand::from_code("17")), (None, None));
    }

    #[test]
    fn codes_are_those_of_the_official_form_in_any_case() {
        let codes: Vec<_> = Occupation::ALL.iter().map(|value| value.code()).collect();
        assert_eq!(codes, ["PNS", "TNI", "POLRI", "SWASTA", "WIRAUSAHA", "LAINNYA"]);
        assert_eq!(Education::from_code("sma"), Some(Education::SeniorSecondary));
        assert_eq!((Sex::from_code("l"), Sex::from_code("x")), (Some(Sex::Male), None));
    }

    /// Ledgers hold these for years.
    #[test]
    fn a_form_keeps_its_bytes() {
        let answers = [(SkmElement::Fee, SkmAnswer::ALL[3])].into_iter().collect();
        let form = Form {
            day: "2026-11-24".parse().unwrap(),
            hours: Some(Hours::Morning),
            service: None,
            respondent: Respondent { sex: Some(Sex::Female), age: AgeBand::of(34), ..Respondent::default() },
            answers,
        };
        let bytes = r#"{"day":"2026-11-24","hours":"08.00-12.00","service":null,"respondent":{"sex":"P","age":"30-39"},"answers":{"biaya":4}}"#;
        assert_eq!(serde_json::to_string(&form).unwrap(), bytes);
        assert_eq!(serde_json::from_str::<Form>(bytes).unwrap(), form);
    }
}
