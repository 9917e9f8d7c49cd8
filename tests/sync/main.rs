//! Kiosk and server talking for real, over a socket.

#[path = "../support/mod.rs"]
mod support;

mod journeys;
mod outages;
