//! What the end-to-end tests share: the contract, as schemas to check answers against.
//!
//! ```
//! use mcp_insights_tests::contract;
//!
//! let error = serde_json::json!({"error": {"code": "not_found", "message": "no such topic"}});
//! assert!(contract::violations("Error", &error).is_empty());
//!
//! let renamed = serde_json::json!({"error": {"kind": "not_found", "message": "no such topic"}});
//! assert_eq!(contract::violations("Error", &renamed).len(), 2); // `code` is missing, `kind` is unknown
//! ```

pub mod answers;
pub mod contract;
pub mod durable;
pub mod fixtures;
pub mod storage;
