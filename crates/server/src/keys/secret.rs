//! Secrets: random bytes, and their hashes.

use std::fmt;

use scrypt::Params;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use subtle::ConstantTimeEq;

/// Cost of a hash: 2^14 blocks of 1 KiB, 16 MiB and some 30 ms. A secret has 256 random bits, so that no cost is what protects it.
const LOG_N: u8 = 14;
const BLOCK: u32 = 8;
const LANES: u32 = 1;
const SALT_BYTES: usize = 16;
const HASH_BYTES: usize = 32;

/// Why there is no secret, or no hash of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SecretError {
    /// The system's random source gives nothing.
    #[error("the system gives no random bytes: {0}")]
    Random(getrandom::Error),
    /// The hash function refused its parameters.
    #[error("scrypt cannot be computed")]
    Hash,
}

/// Bytes from the system's random source.
pub(crate) fn random<const N: usize>() -> Result<[u8; N], SecretError> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(SecretError::Random)?;
    Ok(bytes)
}

/// A text of 256 random bits, which nobody guesses.
pub(crate) fn random_word() -> Result<String, SecretError> {
    Ok(hex(&random::<32>()?))
}

/// What is kept of a secret: its scrypt hash, salted.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SecretHash {
    salt: Hex<SALT_BYTES>,
    scrypt: Hex<HASH_BYTES>,
}

/// Bytes that are written as hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Hex<const N: usize>([u8; N]);

impl SecretHash {
    pub(crate) fn of(secret: &str) -> Result<Self, SecretError> {
        let salt = random()?;
        Ok(Self { salt: Hex(salt), scrypt: Hex(hash(secret, &salt)?) })
    }

    /// Stands in for the hash of a key that there is not, so that looking for it takes as long. Nothing is known to hash to it.
    pub(crate) fn of_nothing() -> Self {
        Self { salt: Hex([0; SALT_BYTES]), scrypt: Hex([0; HASH_BYTES]) }
    }

    /// Whether it is the hash of a secret. Takes as long as a hash takes, and as long whether it is or not.
    pub(crate) fn is_of(&self, secret: &str) -> bool {
        hash(secret, &self.salt.0).is_ok_and(|hash| hash.ct_eq(&self.scrypt.0).into())
    }
}

fn hash(secret: &str, salt: &[u8]) -> Result<[u8; HASH_BYTES], SecretError> {
    let params = Params::new(LOG_N, BLOCK, LANES).map_err(|_| SecretError::Hash)?;
    let mut output = [0; HASH_BYTES];
    scrypt::scrypt(secret.as_bytes(), salt, &params, &mut output).map_err(|_| SecretError::Hash)?;
    Ok(output)
}

/// Says that there is one, and nothing of it.
impl fmt::Debug for SecretHash {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("SecretHash")
    }
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

impl<const N: usize> Serialize for Hex<N> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&hex(&self.0))
    }
}

impl<'de, const N: usize> Deserialize<'de> for Hex<N> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let wrong = || de::Error::custom(format!("must be {} hexadecimal digits", 2 * N));
        if text.len() != 2 * N || !text.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return Err(wrong());
        }
        let mut bytes = [0; N];
        for (index, byte) in bytes.iter_mut().enumerate() {
            let digits = text.get(2 * index..2 * index + 2).ok_or_else(wrong)?;
            *byte = u8::from_str_radix(digits, 16).map_err(|_| wrong())?;
        }
        Ok(Self(bytes))
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn a_hash_is_that_of_scrypt() {
        // RFC 7914, section 12: the first 32 of the 64 bytes of the third vector, whose parameters are these.
        let expected = "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2";
        assert_eq!(hex(&hash("pleaseletmein", b"SodiumChloride").unwrap()), expected);
    }

    #[test]
    fn nothing_is_the_secret_of_no_key() {
        assert!(!SecretHash::of_nothing().is_of(""));
        assert_ne!(random::<32>().unwrap(), random::<32>().unwrap());
    }

    #[test]
    fn hexadecimal_digits_are_read_as_written() {
        let bytes = Hex([0, 15, 160, 255]);
        let json = serde_json::to_string(&bytes).unwrap();
        assert_eq!(json, "\"000fa0ff\"");
        assert_eq!(serde_json::from_str::<Hex<4>>(&json).unwrap().0, bytes.0);
        for wrong in ["\"000fa0f\"", "\"000fa0fg\"", "\"000fa0ff00\"", "\"+00fa0ff\"", "7"] {
            assert!(serde_json::from_str::<Hex<4>>(wrong).is_err(), "{wrong}");
        }
    }
}
