//! The KPIs and how they changed.

use maud::{Markup, html};
use mcp_insights_api as api;

use super::parts::{change, section};
use crate::figures;
use crate::kpis;
use crate::phrases;

/// The section of all KPIs.
pub fn write(overview: &api::Overview) -> Markup {
    let rows = kpis::rows(&overview.kpis);
    section("figures", "Key figures", &phrases::comparison(overview), &tiles(&rows))
}

/// A tile for each KPI. Where nothing is known of the window before, nothing is said of it.
pub fn tiles(rows: &[kpis::Row]) -> Markup {
    let compared = rows.iter().any(|kpi| kpi.previous != figures::UNKNOWN);
    html! {
        ul.kpis {
            @for kpi in rows {
                li title=(kpi.meaning) {
                    h3 { (kpi.name) }
                    p.value { (kpi.value) }
                    @if compared {
                        p.change {
                            (change(kpi.change, kpi.verdict))
                            " " span.before { "before: " (kpi.previous) }
                        }
                    }
                }
            }
        }
    }
}
