//! Catalogs as documents that list tools: answers of `tools/list`, lists and maps.

use mcp_insights_text::name_words;

use super::error::CatalogError;
use super::node::Node;
use super::wording::with_title;
use super::{CatalogTool, openapi, schema};

/// What the schema of the parameters is called.
const SCHEMAS: &[&str] = &["inputSchema", "input_schema", "parameters"];
/// What says which server offers a tool.
const SERVERS: &[&str] = &["server", "server_name", "mcp_server_id"];
/// What makes a map with a name a tool.
const OF_TOOLS: &[&str] = &["description", "title", "inputSchema", "input_schema", "parameters"];
/// Keys of another kind's map that a message names.
const MOST_KEYS: usize = 6;
/// What saved answers that say what went wrong have, in small letters.
const OF_ERRORS: &[&str] = &["error", "errors", "message", "status", "detail", "code"];
/// What stands beside these in such answers, in small letters.
const BESIDE_ERRORS: &[&str] = &[
    "details",
    "instance",
    "ok",
    "path",
    "reason",
    "request",
    "request_id",
    "requestid",
    "statuscode",
    "success",
    "timestamp",
    "title",
    "type",
];

/// The tools of all documents.
pub(super) fn tools(documents: &[Node]) -> Result<Vec<CatalogTool>, CatalogError> {
    let mut tools = Vec::new();
    let documents: Vec<&Node> = documents.iter().flat_map(messages).collect();
    let is_alone = documents.len() == 1;
    // One tool a line needs no more than one in a list.
    if !is_alone && documents.iter().all(|document| is_item(document)) {
        let origin = Origin { server: None, place: String::new() };
        read_list(documents, &origin, &mut tools)?;
        return Ok(tools);
    }
    let mut has_catalog = false;
    for (index, document) in documents.iter().enumerate() {
        let place = if is_alone { String::new() } else { format!("document {}, ", index + 1) };
        // A recording of a connection has other messages around the answer.
        if document.get("jsonrpc").is_some() && result_of(document).is_none() {
            continue;
        }
        read_document(document, &Origin { server: None, place }, &mut tools)?;
        has_catalog = true;
    }
    match documents.first() {
        Some(first) if !has_catalog => Err(other_kind(first, "")),
        _ => Ok(tools),
    }
}

/// Where tools come from.
struct Origin {
    server: Option<String>,
    /// What stands before the number of a tool in messages.
    place: String,
}

impl Origin {
    /// The same place, but a server where a map names one.
    fn within(&self, map: &Node) -> Self {
        let server = server_of(map).or_else(|| self.server.clone());
        Self { server, place: self.place.clone() }
    }

    fn of_server(&self, server: &str) -> Self {
        let server = Some(server.trim().to_owned()).filter(|server| !server.is_empty());
        Self { server: server.or_else(|| self.server.clone()), place: self.place.clone() }
    }

    fn tool(&self, number: usize) -> String {
        let server = self.server.as_ref().map(|server| format!(" of server `{server}`"));
        format!("{}tool {number}{}", self.place, server.unwrap_or_default())
    }
}

fn read_document(
    document: &Node,
    origin: &Origin,
    tools: &mut Vec<CatalogTool>,
) -> Result<(), CatalogError> {
    match document {
        Node::List(items) => read_list(items, origin, tools),
        Node::Map(entries) => read_map(document, entries, origin, tools),
        Node::Null | Node::Text(_) => Err(other_kind(document, &origin.place)),
    }
}

fn read_map(
    map: &Node,
    entries: &[(String, Node)],
    origin: &Origin,
    tools: &mut Vec<CatalogTool>,
) -> Result<(), CatalogError> {
    if map.get("openapi").is_some() || map.get("swagger").is_some() {
        tools.extend(openapi::tools(map)?);
        return Ok(());
    }
    if let Some(result) = result_of(map) {
        return read_document(result, &origin.within(map), tools);
    }
    match map.get("tools") {
        Some(Node::List(items)) => {
            return read_list(items, &origin.within(map), tools);
        }
        Some(Node::Map(entries)) if is_named(entries) => {
            return read_named(entries, &origin.within(map), tools);
        }
        _ => {}
    }
    match map.get_any(&["servers", "mcpServers"]) {
        Some(Node::List(items)) => return read_list(items, origin, tools),
        Some(Node::Map(servers)) if has_servers(servers) => {
            return read_servers(servers, origin, tools);
        }
        _ => {}
    }
    if is_tool(map) {
        tools.push(read_tool(map, origin, 1)?);
        return Ok(());
    }
    if has_servers(entries) {
        return read_servers(entries, origin, tools);
    }
    if is_named(entries) && !tells_error(entries) {
        return read_named(entries, origin, tools);
    }
    Err(other_kind(map, &origin.place))
}

fn read_list<'a>(
    items: impl IntoIterator<Item = &'a Node>,
    origin: &Origin,
    tools: &mut Vec<CatalogTool>,
) -> Result<(), CatalogError> {
    for (index, item) in items.into_iter().enumerate() {
        match item.get("tools") {
            Some(Node::List(own)) => read_list(own, &origin.within(item), tools)?,
            _ => tools.push(read_tool(item, origin, index + 1)?),
        }
    }
    Ok(())
}

fn read_tool(item: &Node, origin: &Origin, number: usize) -> Result<CatalogTool, CatalogError> {
    // Functions of language models stand one level deeper.
    let tool = item.get("function").filter(|inner| inner.get("name").is_some()).unwrap_or(item);
    let name = tool.text("name");
    if name.is_empty() {
        return Err(CatalogError::Nameless { place: origin.tool(number) });
    }
    let named = SERVERS.iter().map(|key| item.text(key)).find(|server| !server.is_empty());
    Ok(described(name, tool, named.map(str::to_owned).or_else(|| origin.server.clone())))
}

fn described(name: &str, tool: &Node, server: Option<String>) -> CatalogTool {
    let of_hints = tool.get("annotations").map(|hints| hints.text("title")).unwrap_or_default();
    let title = Some(tool.text("title")).filter(|title| !title.is_empty()).unwrap_or(of_hints);
    CatalogTool {
        server,
        name: name.to_owned(),
        description: with_title(title, tool.text("description"), &name_words(name)),
        parameters: tool.get_any(SCHEMAS).map(schema::parameters).unwrap_or_default(),
    }
}

/// A map from the names of servers to what each offers.
fn read_servers(
    servers: &[(String, Node)],
    origin: &Origin,
    tools: &mut Vec<CatalogTool>,
) -> Result<(), CatalogError> {
    for (server, offered) in servers {
        let items = offered.get("tools").map(Node::items).unwrap_or_default();
        read_list(items, &origin.of_server(server), tools)?;
    }
    Ok(())
}

/// A map from the names of tools to their descriptions.
fn read_named(
    entries: &[(String, Node)],
    origin: &Origin,
    tools: &mut Vec<CatalogTool>,
) -> Result<(), CatalogError> {
    for (index, (name, says)) in entries.iter().enumerate() {
        let name = name.trim();
        if name.is_empty() {
            return Err(CatalogError::Nameless { place: origin.tool(index + 1) });
        }
        let mut tool = described(name, says, origin.server.clone());
        if let Some(description) = says.as_text() {
            tool.description = description.to_owned();
        }
        tools.push(tool);
    }
    Ok(())
}

/// The JSON-RPC messages of a list of them; of anything else itself.
fn messages(document: &Node) -> &[Node] {
    let items = document.items();
    let are_messages = !items.is_empty() && items.iter().all(|item| item.get("jsonrpc").is_some());
    if are_messages { items } else { std::slice::from_ref(document) }
}

/// Whether a document may stand in a list of tools, and is no catalog itself.
fn is_item(document: &Node) -> bool {
    const OF_CATALOGS: &[&str] =
        &["tools", "servers", "mcpServers", "result", "openapi", "swagger"];
    document.get("name").is_some() && document.get_any(OF_CATALOGS).is_none()
}

/// What a JSON-RPC answer holds, where that are tools.
fn result_of(message: &Node) -> Option<&Node> {
    message.get("result").filter(|result| matches!(result.get("tools"), Some(Node::List(_))))
}

fn is_tool(map: &Node) -> bool {
    map.get("function").is_some_and(|inner| inner.get("name").is_some())
        || (map.get("name").is_some() && map.get_any(OF_TOOLS).is_some())
}

fn has_servers(entries: &[(String, Node)]) -> bool {
    let lists_tools = |offered: &Node| matches!(offered.get("tools"), Some(Node::List(_)));
    !entries.is_empty() && entries.iter().all(|(_, offered)| lists_tools(offered))
}

/// Whether keys are names of tools: all values describe one, and no key says that the map itself is something.
fn is_named(entries: &[(String, Node)]) -> bool {
    let describes = |says: &Node| match says {
        Node::Text(_) | Node::Null => true,
        Node::Map(_) => says.get_any(OF_TOOLS).is_some(),
        Node::List(_) => false,
    };
    let is_text_alone = entries.iter().all(|(_, says)| *says == Node::Null);
    !is_text_alone && entries.iter().all(|(key, says)| key != "name" && describes(says))
}

/// Whether a map of texts is an answer that says what went wrong, such as `{"error": "unauthorized"}`, and nothing else:
/// a tool may well be called `status`.
fn tells_error(entries: &[(String, Node)]) -> bool {
    let is_flat = entries.iter().all(|(_, says)| !matches!(says, Node::Map(_)));
    let is_one =
        |keys: &[&str], key: &str| keys.iter().any(|known| known.eq_ignore_ascii_case(key));
    let is_of_error = |key: &str| is_one(OF_ERRORS, key);
    is_flat
        && entries.iter().any(|(key, _)| is_of_error(key))
        && entries.iter().all(|(key, _)| is_of_error(key) || is_one(BESIDE_ERRORS, key))
}

fn server_of(map: &Node) -> Option<String> {
    let text = |key: &&str| map.text(key);
    let inner = ["server", "serverInfo"].map(|key| map.get(key).map(|own| own.text("name")));
    let named = SERVERS.iter().chain(&["name"]).map(text).chain(inner.into_iter().flatten());
    named.into_iter().find(|name| !name.is_empty()).map(str::to_owned)
}

fn other_kind(document: &Node, place: &str) -> CatalogError {
    let what = match document {
        Node::Map(entries) if entries.is_empty() => "an empty map".to_owned(),
        Node::Map(entries) => {
            let keys =
                entries.iter().take(MOST_KEYS).map(|(key, _)| format!("`{}`", shortened(key)));
            let more = if entries.len() > MOST_KEYS { ", …" } else { "" };
            format!("a map with the keys {}{more}", keys.collect::<Vec<_>>().join(", "))
        }
        Node::List(_) => "a list".to_owned(),
        Node::Text(_) | Node::Null => "a single value".to_owned(),
    };
    let place = place.strip_suffix(", ").map(|place| format!(" ({place})")).unwrap_or_default();
    CatalogError::OtherKind { what: format!("{what}{place}") }
}

fn shortened(key: &str) -> String {
    /// Longer keys are cut in messages.
    const LONGEST: usize = 40;
    key.chars().take(LONGEST).collect()
}
