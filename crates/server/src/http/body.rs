//! Bodies of requests: JSON, perhaps packed, never larger than allowed.

use std::io::Read;

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, header};
use flate2::read::MultiGzDecoder;
use http_body_util::BodyExt as _;
use mcp_insights::api::ErrorCode;
use tokio::time::{Duration, timeout};

use super::pairs::decode;
use crate::refusal::Refusal;

/// Bytes of a refused body that are still read, so that a client that sends before it listens gets to see the answer.
const DRAINED: u64 = 64 * 1024 * 1024;
const DRAINING: Duration = Duration::from_secs(2);
/// Whoever sends nothing for so long is not read on.
const DRAINING_PAUSE: Duration = Duration::from_millis(300);

/// What a form may be like.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FormSize {
    bytes: u64,
    within: Duration,
}

impl FormSize {
    /// One of somebody who is known. A note is the longest that it holds.
    pub(crate) const OF_EDITS: Self = Self { bytes: 64 * 1024, within: Duration::MAX };
    /// One of somebody who is not yet known: a key or a token, which are at hand when they are sent.
    pub(crate) const OF_SIGNING: Self = Self { bytes: 4096, within: Duration::from_secs(2) };
}

/// A body as it came.
pub(super) struct Packed {
    bytes: Bytes,
    is_gzip: bool,
    most: u64,
}

/// Reads the JSON body of a request, as it came.
///
/// # Errors
/// 415 where it is not `application/json`, or packed otherwise than by gzip; 413 where it is too large; 400 where it breaks off.
pub(super) async fn json(
    headers: &HeaderMap,
    mut body: Body,
    most: u64,
) -> Result<Packed, Refusal> {
    match read(headers, &mut body, most).await {
        Ok(packed) => Ok(packed),
        Err(refusal) => {
            drain(body).await;
            Err(refusal)
        }
    }
}

async fn read(headers: &HeaderMap, body: &mut Body, most: u64) -> Result<Packed, Refusal> {
    if !has_type(headers, "application/json") {
        return Err(unsupported("the body must be application/json"));
    }
    let is_gzip = is_gzip(headers)?;
    Ok(Packed { bytes: collect(headers, body, most).await?, is_gzip, most })
}

/// Reads the form that a browser posted: its decoded names and values.
///
/// # Errors
/// 415 where it is no form; 413 where it is too large; 400 where it breaks off or is no UTF-8; 503 where it takes too long.
pub(crate) async fn form(
    headers: &HeaderMap,
    mut body: Body,
    size: FormSize,
) -> Result<Vec<(String, String)>, Refusal> {
    let read = if has_type(headers, "application/x-www-form-urlencoded") {
        let read = timeout(size.within, collect(headers, &mut body, size.bytes)).await;
        read.unwrap_or_else(|_| Err(Refusal::unavailable("the form took too long")))
    } else {
        Err(unsupported("the body must be a form"))
    };
    match read {
        Ok(bytes) => {
            let text = std::str::from_utf8(&bytes);
            decode(text.map_err(|_| Refusal::field("body", "must be UTF-8"))?)
        }
        Err(refusal) => {
            drain(body).await;
            Err(refusal)
        }
    }
}

/// All bytes of a body that may have so many.
async fn collect(headers: &HeaderMap, body: &mut Body, most: u64) -> Result<Bytes, Refusal> {
    let announced = headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok());
    if announced.and_then(|length| length.parse::<u64>().ok()).is_some_and(|length| length > most) {
        return Err(too_large(most));
    }
    let mut bytes = Vec::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| Refusal::field("body", "broke off"))?;
        if let Ok(data) = frame.into_data() {
            if (bytes.len() + data.len()) as u64 > most {
                return Err(too_large(most));
            }
            bytes.extend_from_slice(&data);
        }
    }
    Ok(bytes.into())
}

impl Packed {
    /// The body unpacked. Takes time: not for a thread that serves.
    ///
    /// # Errors
    /// 413 where it is too large unpacked, 400 where it cannot be unpacked.
    pub(super) fn unpack(self) -> Result<Bytes, Refusal> {
        if !self.is_gzip {
            return Ok(self.bytes);
        }
        let mut unpacked = Vec::new();
        MultiGzDecoder::new(&*self.bytes)
            .take(self.most.saturating_add(1))
            .read_to_end(&mut unpacked)
            .map_err(|_| Refusal::field("body", "must be gzip, as Content-Encoding says"))?;
        if unpacked.len() as u64 > self.most {
            Err(too_large(self.most))
        } else {
            Ok(unpacked.into())
        }
    }

    /// The body as JSON.
    ///
    /// # Errors
    /// As [`Packed::unpack`]; 400 where it is no JSON.
    pub(super) fn value(self) -> Result<serde_json::Value, Refusal> {
        let bytes = self.unpack()?;
        serde_json::from_slice(&bytes).map_err(|error| {
            // The parser's own message may quote the body.
            let place = format!(
                "must be JSON; it is none at line {}, column {}",
                error.line(),
                error.column()
            );
            Refusal::field("body", &place)
        })
    }
}

/// Reads on what nobody wants, for a while.
pub(super) async fn drain(mut body: Body) {
    let mut left = DRAINED;
    let reading = async {
        while let Ok(Some(Ok(frame))) = timeout(DRAINING_PAUSE, body.frame()).await {
            let read = frame.data_ref().map_or(0, Bytes::len) as u64;
            left = left.saturating_sub(read);
            if left == 0 {
                break;
            }
        }
    };
    // Whoever sends more, or more slowly, may see a broken connection.
    let _ = timeout(DRAINING, reading).await;
}

fn has_type(headers: &HeaderMap, wanted: &str) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let essence = kind.and_then(|kind| kind.split(';').next()).map(str::trim);
    essence.is_some_and(|essence| essence.eq_ignore_ascii_case(wanted))
}

fn is_gzip(headers: &HeaderMap) -> Result<bool, Refusal> {
    let Some(coding) = headers.get(header::CONTENT_ENCODING) else { return Ok(false) };
    match coding.to_str().unwrap_or_default().trim().to_ascii_lowercase().as_str() {
        "gzip" | "x-gzip" => Ok(true),
        "" | "identity" => Ok(false),
        _ => Err(unsupported("the body may be packed by gzip, and by nothing else")),
    }
}

fn unsupported(message: &str) -> Refusal {
    Refusal::new(ErrorCode::UnsupportedMediaType, message)
}

fn too_large(most: u64) -> Refusal {
    Refusal::new(ErrorCode::PayloadTooLarge, format!("the body may have {most} bytes, unpacked"))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use std::io::Write as _;

    use super::*;

    fn gzip(content: &[u8]) -> Vec<u8> {
        let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        packer.write_all(content).unwrap();
        packer.finish().unwrap()
    }

    fn read_body(headers: &[(&str, &str)], content: Vec<u8>) -> Result<Bytes, ErrorCode> {
        let headers = headers
            .iter()
            .map(|(name, value)| {
                (name.parse::<header::HeaderName>().unwrap(), value.parse().unwrap())
            })
            .collect();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let read =
            runtime.block_on(json(&headers, Body::from(content), 1000)).and_then(Packed::unpack);
        read.map_err(|refusal| refusal.body.error.code)
    }

    #[test]
    fn bodies_are_json_perhaps_packed_and_bounded() {
        let plain = ("content-type", "application/json");
        let packed = ("content-encoding", "gzip");
        let (small, large) = (vec![b' '; 1000], vec![b' '; 1001]);
        let mut two_members = gzip(b"[1,");
        two_members.extend(gzip(b"2]"));
        let rows: [(&[(&str, &str)], Vec<u8>, Result<&[u8], ErrorCode>); 12] = [
            (&[plain], b"{}".to_vec(), Ok(b"{}")),
            (&[("content-type", "Application/JSON; charset=utf-8")], b"{}".to_vec(), Ok(b"{}")),
            (&[], b"{}".to_vec(), Err(ErrorCode::UnsupportedMediaType)),
            (
                &[("content-type", "text/plain")],
                b"{}".to_vec(),
                Err(ErrorCode::UnsupportedMediaType),
            ),
            (
                &[plain, ("content-encoding", "br")],
                b"{}".to_vec(),
                Err(ErrorCode::UnsupportedMediaType),
            ),
            (&[plain, ("content-encoding", "identity")], b"{}".to_vec(), Ok(b"{}")),
            (&[plain], small.clone(), Ok(&small)),
            (&[plain], large.clone(), Err(ErrorCode::PayloadTooLarge)),
            (&[plain, packed], gzip(&small), Ok(&small)),
            (&[plain, packed], gzip(&large), Err(ErrorCode::PayloadTooLarge)),
            (&[plain, packed], two_members, Ok(b"[1,2]")),
            (&[plain, packed], b"{}".to_vec(), Err(ErrorCode::ValidationFailed)),
        ];
        for (headers, content, expected) in rows {
            let read = read_body(headers, content);
            assert_eq!(read, expected.map(Bytes::copy_from_slice), "{headers:?}");
        }
    }

    #[test]
    fn what_is_no_json_is_told_without_its_content() {
        let packed =
            Packed { bytes: Bytes::from_static(b"{\"a\": secret}"), is_gzip: false, most: 99 };
        let message = packed.value().unwrap_err().body.error.message;
        assert!(message.contains("line 1, column 7") && !message.contains("secret"), "{message}");
    }
}
