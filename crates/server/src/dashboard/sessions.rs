//! Who is signed in. It is known while the process lives, and nowhere else.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use axum::http::{HeaderMap, header};
use parking_lot::Mutex;
use subtle::ConstantTimeEq;

use crate::keys::{SecretError, random_word};

/// The name of the cookie.
const COOKIE: &str = "mcp_insights_session";
/// How long someone stays signed in.
const LASTS: Duration = Duration::from_secs(12 * 3600);
/// Sessions at a time; the one that ends first makes room for a new one.
const MOST: usize = 10_000;

/// The sessions of browsers.
#[derive(Default)]
pub(crate) struct Sessions(Mutex<HashMap<String, Session>>);

/// A browser that is signed in with a key.
#[derive(Clone)]
pub(super) struct Session {
    pub(super) key_id: String,
    csrf_token: String,
    until: Instant,
}

impl Session {
    /// What the forms of this session carry.
    pub(super) fn csrf_token(&self) -> &str {
        &self.csrf_token
    }

    /// Whether a form is one of this session.
    pub(super) fn made(&self, form: &[(String, String)]) -> bool {
        let mut tokens = form.iter().filter(|(name, _)| name == "csrf_token");
        match (tokens.next(), tokens.next()) {
            (Some((_, token)), None) => token.as_bytes().ct_eq(self.csrf_token.as_bytes()).into(),
            _ => false,
        }
    }
}

impl Sessions {
    /// Begins a session and gives the value of `Set-Cookie`.
    pub(super) fn begin(
        &self,
        key_id: &str,
        is_secure: bool,
        now: Instant,
    ) -> Result<String, SecretError> {
        let id = random_word()?;
        let session =
            Session { key_id: key_id.to_owned(), csrf_token: random_word()?, until: now + LASTS };
        let mut sessions = self.0.lock();
        sessions.retain(|_, session| session.until > now);
        if sessions.len() >= MOST {
            let first = sessions.iter().min_by_key(|(_, session)| session.until);
            if let Some(first) = first.map(|(id, _)| id.clone()) {
                sessions.remove(&first);
            }
        }
        sessions.insert(id.clone(), session);
        Ok(cookie(&id, LASTS.as_secs(), is_secure))
    }

    /// The session that a request belongs to.
    pub(super) fn of(&self, headers: &HeaderMap, now: Instant) -> Option<Session> {
        let sessions = self.0.lock();
        sessions.get(id_of(headers)?).filter(|session| session.until > now).cloned()
    }

    /// Ends the session of a request and gives the value of `Set-Cookie` that removes it.
    pub(super) fn end(&self, headers: &HeaderMap) -> String {
        if let Some(id) = id_of(headers) {
            self.0.lock().remove(id);
        }
        cookie("", 0, false)
    }
}

fn cookie(id: &str, seconds: u64, is_secure: bool) -> String {
    let secure = if is_secure { "; Secure" } else { "" };
    format!("{COOKIE}={id}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Strict{secure}")
}

fn id_of(headers: &HeaderMap) -> Option<&str> {
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs =
        cookies.flat_map(|value| value.split(';')).filter_map(|pair| pair.split_once('='));
    pairs.find(|(name, _)| name.trim() == COOKIE).map(|(_, id)| id.trim())
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn headers(cookie: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(header::COOKIE, cookie.parse().unwrap());
        headers
    }

    #[test]
    fn a_session_lasts_until_it_ends_or_is_ended() {
        let sessions = Sessions::default();
        let now = Instant::now();
        let cookie = sessions.begin("k1", true, now).unwrap();
        assert!(cookie.ends_with("; Path=/; Max-Age=43200; HttpOnly; SameSite=Strict; Secure"));
        let sent = headers(&format!("a=b; {}; c=d", cookie.split(';').next().unwrap()));
        assert_eq!(sessions.of(&sent, now).unwrap().key_id, "k1");
        assert!(sessions.of(&sent, now + LASTS).is_none());
        assert!(sessions.of(&headers("mcp_insights_session=other"), now).is_none());
        assert!(sessions.of(&HeaderMap::new(), now).is_none());
        assert!(sessions.end(&sent).contains("Max-Age=0"));
        assert!(sessions.of(&sent, now).is_none());
    }

    #[test]
    fn a_form_carries_the_token_of_its_session() {
        let sessions = Sessions::default();
        let now = Instant::now();
        let session = || {
            let cookie = sessions.begin("k1", false, now).unwrap();
            sessions.of(&headers(cookie.split(';').next().unwrap()), now).unwrap()
        };
        let (one, other) = (session(), session());
        let form = |tokens: &[&str]| -> Vec<(String, String)> {
            tokens.iter().map(|token| ("csrf_token".to_owned(), (*token).to_owned())).collect()
        };
        let (own, foreign) = (one.csrf_token(), other.csrf_token());
        assert!(one.made(&form(&[own])));
        for tokens in [&[][..], &[""], &[foreign], &[own, own], &[&own[1..]]] {
            assert!(!one.made(&form(tokens)), "{tokens:?}");
        }
    }
}
