//! The KPIs and how they changed.

use maud::{Markup, html};

use super::parts::{change, section};
use crate::report::data::Answers;
use crate::report::kpis;
use crate::report::phrases;

pub(super) fn write(answers: &Answers) -> Markup {
    let overview = &answers.overview;
    let content = html! {
        ul.kpis {
            @for kpi in kpis::rows(&overview.kpis) {
                li title=(kpi.meaning) {
                    h3 { (kpi.name) }
                    p.value { (kpi.value) }
                    p.change {
                        (change(kpi.change, kpi.verdict))
                        " " span.before { "before: " (kpi.previous) }
                    }
                }
            }
        }
    };
    section("figures", "Key figures", &phrases::comparison(overview), &content)
}
