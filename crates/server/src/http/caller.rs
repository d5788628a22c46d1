//! Who asks, and whether he may.

use std::sync::Arc;
use std::time::Instant;

use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use mcp_insights::api::{ErrorCode, Role};

use crate::app::{App, Place};
use crate::auth::Caller;
use crate::keys::Access;
use crate::refusal::Refusal;

/// The id of the key of a request, put beside its answer for the log.
#[derive(Clone, Debug)]
pub(super) struct KeyId(pub(super) String);

/// Someone whose request is worked on.
pub(super) struct Admitted {
    pub(super) caller: Caller,
    /// Held until the request is answered.
    _place: Place,
}

/// Puts the id of the caller's key beside an answer.
pub(crate) fn of(caller: &Caller, answer: impl IntoResponse) -> Response {
    let mut response = answer.into_response();
    response.extensions_mut().insert(KeyId(caller.key_id.clone()));
    response
}

/// Who asks, by the header `Authorization: Bearer <key>`, and not too often, with a place among the requests that are worked on.
///
/// # Errors
/// 401, 429, and 503 where keys cannot be checked or all places are taken.
pub(super) async fn admitted(app: &Arc<App>, headers: &HeaderMap) -> Result<Admitted, Response> {
    let known = async { app.authenticator.authenticate(bearer(headers)?).await };
    let caller = known.await.map_err(IntoResponse::into_response)?;
    match place(app, &caller) {
        Ok(place) => Ok(Admitted { caller, _place: place }),
        Err(refusal) => Err(of(&caller, refusal)),
    }
}

/// A place for someone who is known, where he does not ask too often.
///
/// # Errors
/// 429, and 503 where all places are taken.
pub(crate) fn place(app: &Arc<App>, caller: &Caller) -> Result<Place, Refusal> {
    let per_second = app.settings().limits.requests_per_second;
    app.rates.take(&caller.key_id, per_second, Instant::now()).map_err(Refusal::rate_limited)?;
    app.enter()
}

/// What the contract says of roles: each may do what those below it may.
pub(super) fn role(caller: &Caller, least: Role) -> Result<Role, Refusal> {
    match caller.access {
        Access::Role(role) if role >= least => Ok(role),
        Access::Role(_) => Err(Refusal::new(
            ErrorCode::ForbiddenRole,
            "this needs a key with the role editor, admin or owner",
        )),
        Access::Ingest { .. } => Err(Refusal::new(
            ErrorCode::ForbiddenRole,
            "an ingest key may send events and nothing else",
        )),
    }
}

/// The MCP server that an ingest key is bound to.
pub(super) fn mcp_server(caller: &Caller) -> Result<&str, Refusal> {
    match &caller.access {
        Access::Ingest { mcp_server_id } => Ok(mcp_server_id),
        Access::Role(_) => Err(Refusal::new(
            ErrorCode::ForbiddenRole,
            "events are sent with an ingest key, which is bound to an MCP server",
        )),
    }
}

/// Whether there are insights at all.
pub(crate) fn enabled(app: &App) -> Result<(), Refusal> {
    if app.settings().analytics {
        Ok(())
    } else {
        Err(Refusal::new(ErrorCode::FeatureDisabled, "analytics are switched off on this server"))
    }
}

fn bearer(headers: &HeaderMap) -> Result<&str, Refusal> {
    let missing =
        || Refusal::unauthenticated("send a key: Authorization: Bearer amt_<key-id>_<secret>");
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let (Some(value), None) = (values.next(), values.next()) else { return Err(missing()) };
    let (scheme, key) =
        value.to_str().ok().and_then(|value| value.split_once(' ')).ok_or_else(missing)?;
    if scheme.eq_ignore_ascii_case("bearer") { Ok(key.trim()) } else { Err(missing()) }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn headers(values: &[&str]) -> HeaderMap {
        values.iter().map(|value| (header::AUTHORIZATION, value.parse().unwrap())).collect()
    }

    #[test]
    fn a_key_is_sent_as_a_bearer() {
        assert_eq!(bearer(&headers(&["Bearer amt_a_b"])), Ok("amt_a_b"));
        assert_eq!(bearer(&headers(&["bearer  amt_a_b "])), Ok("amt_a_b"));
        let none: [&[&str]; 4] = [&[], &["amt_a_b"], &["Basic amt_a_b"], &["Bearer a", "Bearer b"]];
        for values in none {
            let refusal = bearer(&headers(values)).unwrap_err();
            assert_eq!(refusal.body.error.code, ErrorCode::Unauthenticated, "{values:?}");
        }
    }

    #[test]
    fn a_role_may_do_what_those_below_it_may() {
        let caller = |access| Caller { key_id: "k".into(), key_name: "n".into(), access };
        let roles = [Role::Viewer, Role::Editor, Role::Admin, Role::Owner];
        for (index, one) in roles.into_iter().enumerate() {
            let caller = caller(Access::Role(one));
            assert_eq!(role(&caller, Role::Viewer), Ok(one));
            assert_eq!(role(&caller, Role::Editor).is_ok(), index >= 1);
            assert_eq!(mcp_server(&caller).unwrap_err().body.error.code, ErrorCode::ForbiddenRole);
        }
        let ingest = caller(Access::Ingest { mcp_server_id: "shop".into() });
        assert_eq!(
            role(&ingest, Role::Viewer).unwrap_err().body.error.code,
            ErrorCode::ForbiddenRole
        );
        assert_eq!(mcp_server(&ingest), Ok("shop"));
    }
}
