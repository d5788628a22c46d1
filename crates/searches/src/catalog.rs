//! What a server offers, as its maker describes it.

mod error;
mod listing;
mod mend;
mod node;
mod openapi;
mod read;
mod references;
mod schema;
mod style;
mod table;
#[cfg(test)]
mod tests;
mod wording;

use std::collections::BTreeMap;

pub use error::CatalogError;
pub use style::Style;

/// The tools that an API offers, each with what its maker says of it. Calls that worked are evidence beside it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Catalog {
    /// Ordered by server and name, each once.
    tools: Vec<CatalogTool>,
}

/// One tool, operation or method of a catalog.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct CatalogTool {
    /// The MCP server that offers it, where the catalog says which.
    pub server: Option<String>,
    /// Its name, as agents call it.
    pub name: String,
    /// What it does, in its maker's words; may be empty.
    pub description: String,
    /// What it takes, in the order of the catalog.
    pub parameters: Vec<Parameter>,
}

/// One parameter of a tool.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Parameter {
    /// Its name.
    pub name: String,
    /// What it is, in its maker's words; may be empty.
    pub description: String,
}

impl Catalog {
    /// The tools, ordered by server and name, each once.
    #[must_use]
    pub fn tools(&self) -> &[CatalogTool] {
        &self.tools
    }

    /// How many tools there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.tools.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.tools.is_empty()
    }

    /// The tools of both.
    #[must_use]
    pub fn merge(self, other: Self) -> Self {
        self.tools.into_iter().chain(other.tools).collect()
    }
}

/// Of tools with one server and one name the one that says most stays, whatever the order.
impl FromIterator<CatalogTool> for Catalog {
    fn from_iter<T: IntoIterator<Item = CatalogTool>>(tools: T) -> Self {
        let mut known: BTreeMap<(Option<String>, String), CatalogTool> = BTreeMap::new();
        for tool in tools {
            let identity = (tool.server.clone(), tool.name.clone());
            let says_more = known.get(&identity).is_none_or(|before| says(&tool) > says(before));
            if says_more {
                known.insert(identity, tool);
            }
        }
        Self { tools: known.into_values().collect() }
    }
}

/// How much a tool says; of equals the one that is larger as text.
fn says(tool: &CatalogTool) -> (usize, &CatalogTool) {
    let parameters = tool.parameters.iter();
    let of_parameters: usize =
        parameters.map(|parameter| parameter.name.len() + parameter.description.len()).sum();
    (tool.description.len() + of_parameters, tool)
}
