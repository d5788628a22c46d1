//! Secrets: random bytes, and their hashes.

use std::fmt;

use scrypt::Params;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// Cost of a hash: 2^14 blocks of 1 KiB, 16 MiB and some 30 ms. A secret has 256 random bits, so that no cost is what protects it.
const LOG_N: u8 = 14;
const BLOCK: u32 = 8;
const LANES: u32 = 1;
const SALT_BYTES: usize = 16;
const HASH_BYTES: usize = 32;
const CHECKSUM_BYTES: usize = 2;

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
    /// The beginning of a digest that costs nothing: of 65,536 wrong secrets it tells all but one. It gives away 16 of the secret's
    /// 256 bits. Keys of earlier versions have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    checksum: Option<Hex<CHECKSUM_BYTES>>,
}

/// Bytes that are written as hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Hex<const N: usize>([u8; N]);

impl SecretHash {
    pub(crate) fn of(secret: &str) -> Result<Self, SecretError> {
        let salt = random()?;
        let scrypt = Hex(hash(secret, &salt)?);
        Ok(Self { salt: Hex(salt), scrypt, checksum: Some(Hex(checksum(secret, &salt))) })
    }

    /// Whether it is known, without the cost of a hash, not to be that of a secret.
    pub(crate) fn rules_out(&self, secret: &str) -> bool {
        let own = checksum(secret, &self.salt.0);
        self.checksum.is_some_and(|checksum| !bool::from(checksum.0.ct_eq(&own)))
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

fn checksum(secret: &str, salt: &[u8]) -> [u8; CHECKSUM_BYTES] {
    let digest = Sha256::new().chain_update(salt).chain_update(secret).finalize();
    let [first, second, ..]: [u8; 32] = digest.into();
    [first, second]
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
    fn a_checksum_tells_wrong_secrets_and_never_the_right_one() {
        let right = random_word().unwrap();
        let hash = SecretHash::of(&right).unwrap();
        assert!(!hash.rules_out(&right));
        let told = (0..1000).filter(|number| hash.rules_out(&number.to_string())).count();
        assert!(told >= 990, "{told}");
    }

    #[test]
    fn a_hash_without_a_checksum_is_read_and_rules_out_nothing() {
        let hash = SecretHash::of("right").unwrap();
        let mut json = serde_json::to_value(&hash).unwrap();
        json.as_object_mut().unwrap().remove("checksum").unwrap();
        let earlier: SecretHash = serde_json::from_value(json).unwrap();
        assert!(!earlier.rules_out("wrong"));
        assert!(earlier.is_of("right") && !earlier.is_of("wrong"));
    }

    #[test]
    fn random_bytes_are_not_the_same_twice() {
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
