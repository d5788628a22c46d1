//! Whether verdicts on gaps are right: queries that people labelled with the tool that serves them, against a catalog
//! with that tool, and against one without it.

pub mod bm25;
pub mod figures;
pub mod livemcp;
pub mod logistic;
pub mod samples;

/// A catalog of tools with a name and a description each.
#[cfg(test)]
fn catalog(tools: &[(&str, &str)]) -> mcp_insights_searches::Catalog {
    let tool = |(name, description): &(&str, &str)| mcp_insights_searches::CatalogTool {
        name: (*name).to_owned(),
        description: (*description).to_owned(),
        ..Default::default()
    };
    tools.iter().map(tool).collect()
}
