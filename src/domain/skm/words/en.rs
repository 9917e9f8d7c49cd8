//! English.

use super::Words;
use crate::domain::skm::SkmElement;

pub(super) fn words(element: SkmElement) -> Words {
    match element {
        SkmElement::Requirements => Words {
            name: "Requirements",
            question: "How well do the requirements fit this kind of service?",
            options: ["They do not fit", "They fit poorly", "They fit", "They fit very well"],
        },
        SkmElement::Procedure => Words {
            name: "Procedure",
            question: "How easy is it to follow the procedure here?",
            options: ["Not easy", "Less easy", "Easy", "Very easy"],
        },
        SkmElement::CompletionTime => Words {
            name: "Time",
            question: "How quick is the service?",
            options: ["Not quick", "Less quick", "Quick", "Very quick"],
        },
        SkmElement::Fee => Words {
            name: "Cost",
            question: "How reasonable is the cost of the service?",
            options: ["Very expensive", "Rather expensive", "Cheap", "Free of charge"],
        },
        SkmElement::Product => Words {
            name: "Result",
            question: "How well does what you received match what the service standard promises?",
            options: ["It does not match", "It matches poorly", "It matches", "It matches very well"],
        },
        SkmElement::Competence => Words {
            name: "Skill of the staff",
            question: "How competent are the staff?",
            options: ["Not competent", "Less competent", "Competent", "Very competent"],
        },
        SkmElement::Conduct => Words {
            name: "Manner of the staff",
            question: "How polite and friendly are the staff?",
            options: [
                "Not polite and friendly",
                "Less polite and friendly",
                "Polite and friendly",
                "Very polite and friendly",
            ],
        },
        SkmElement::ComplaintHandling => Words {
            name: "Handling of complaints",
            question: "How are complaints of residents handled?",
            options: [
                "There is no way to complain",
                "There is one, but it does not work",
                "It works, but not well",
                "It is well managed",
            ],
        },
        SkmElement::Facilities => Words {
            name: "Facilities",
            question: "How good are the rooms and the equipment?",
            options: ["Bad", "Fair", "Good", "Very good"],
        },
    }
}
