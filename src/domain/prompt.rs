//! When the stars of a counter are open.

use serde::Deserialize;

/// When the stars are open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Prompt {
    /// Always.
    Always,
    /// For one rating, after a visitor was called.
    Visit,
}
