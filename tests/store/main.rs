//! One suite for every store: what the rest of the server may rely on.

mod devices;
mod fixture;
mod ingest;
mod laws;
mod office;
