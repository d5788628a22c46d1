//! Who a key belongs to.

use serde::{Deserialize, Serialize};

/// Who am I.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Org {
    /// The organisation.
    pub organization: Organization,
    /// Who asks.
    pub actor: Actor,
}

/// An organisation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Organization {
    /// Its id.
    pub id: String,
    /// Its name in addresses.
    pub slug: String,
    /// Its name.
    pub name: String,
}

/// Who asks, by the key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Actor {
    /// The key's id.
    pub api_key_id: String,
    /// The key's name.
    pub api_key_name: String,
    /// The user behind it, where there is one.
    pub user_profile_id: Option<String>,
    /// What the key may do.
    pub role: Role,
    /// The user's address, where it is known.
    pub email: Option<String>,
}

/// What a key may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Read.
    Viewer,
    /// Read and edit.
    Editor,
    /// Run the organisation.
    Admin,
    /// Own it.
    Owner,
}
