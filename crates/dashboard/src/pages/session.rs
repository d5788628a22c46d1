//! `/sessions/{id}`: one session, turn by turn.

use mcp_insights::api;

use crate::parts::sessions::shortened;
use crate::render::{Content, Context, Refusal};
use crate::replay;

pub(crate) fn content(context: &Context<'_>, id: &str) -> Result<Content, Refusal> {
    // A trace has no window; what the query says of one is kept for the links.
    api::WindowQuery::from_pairs(context.query.pairs())?;
    let trace = context.engine.trace(id)?;
    let title = trace.session.raw_intent.as_deref().map_or("Session".to_owned(), shortened);
    Ok(Content { title, body: replay::write(context, &trace) })
}
