//! The central evaluation server: `http -> service -> store (trait) <- sqlite`.

pub mod store;
