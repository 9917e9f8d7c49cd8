//! The server's HTTP side as strangers, phones and browsers meet it.

#[path = "../support/mod.rs"]
mod support;

mod api;
mod pages;
mod survey;
