//! Answers, and whether a client has them already.

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::refusal::Refusal;

/// An answer as JSON, with what tells it from any other.
#[derive(Clone)]
pub(super) struct Answer {
    json: Bytes,
    tag: HeaderValue,
}

impl Answer {
    /// # Errors
    /// 500 where it cannot be written, which an answer always can.
    pub(super) fn new(value: &impl Serialize) -> Result<Self, Refusal> {
        let json = serde_json::to_vec(value).map_err(|error| {
            tracing::error!(line = error.line(), "an answer cannot be written");
            Refusal::internal()
        })?;
        Self::of_json(json.into())
    }

    pub(super) fn of_json(json: Bytes) -> Result<Self, Refusal> {
        let digest = Sha256::digest(&json);
        let digits: String = digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
        let tag =
            HeaderValue::try_from(format!("\"{digits}\"")).map_err(|_| Refusal::internal())?;
        Ok(Self { json, tag })
    }

    /// The answer, or 304 where the request names its tag.
    pub(super) fn to(self, request: &HeaderMap) -> Response {
        let mut response = if names(request, &self.tag) {
            StatusCode::NOT_MODIFIED.into_response()
        } else {
            let mut response = Body::from(self.json).into_response();
            let kind = HeaderValue::from_static("application/json");
            response.headers_mut().insert(header::CONTENT_TYPE, kind);
            response
        };
        let headers = response.headers_mut();
        headers.insert(header::ETAG, self.tag);
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
        headers.insert(header::VARY, HeaderValue::from_static("authorization"));
        response
    }
}

/// Whether `If-None-Match` holds a tag, weak or not, or a star.
fn names(request: &HeaderMap, tag: &HeaderValue) -> bool {
    let lists = request.get_all(header::IF_NONE_MATCH).iter();
    let mut tags = lists.filter_map(|list| list.to_str().ok()).flat_map(|list| list.split(','));
    tags.any(|known| {
        let known = known.trim();
        known == "*" || known.strip_prefix("W/").unwrap_or(known).as_bytes() == tag.as_bytes()
    })
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn a_client_that_names_the_tag_gets_no_body() {
        let tag = Answer::new(&[1, 2]).unwrap().tag;
        let tag = tag.to_str().unwrap();
        let rows = [
            (String::new(), 200),
            ("\"other\"".to_owned(), 200),
            (tag.trim_matches('"').to_owned(), 200),
            (tag.to_owned(), 304),
            (format!("W/{tag}"), 304),
            (format!("\"other\" , {tag}"), 304),
            ("*".to_owned(), 304),
        ];
        for (known, status) in rows {
            let mut headers = HeaderMap::new();
            headers.insert(header::IF_NONE_MATCH, known.parse().unwrap());
            let response = Answer::new(&[1, 2]).unwrap().to(&headers);
            assert_eq!(response.status(), status, "{known}");
            assert_eq!(response.headers()[header::ETAG], tag);
        }
        assert_ne!(Answer::new(&[2, 1]).unwrap().tag, tag);
    }
}
