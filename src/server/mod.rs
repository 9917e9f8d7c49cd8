//! The central evaluation server: `http -> service -> store (trait) <- sqlite`.

pub mod app;
mod http;
mod jobs;
pub mod sample;
pub mod service;
pub mod settings;
pub mod store;
