//! One suite for every store: what the rest of the server may rely on.

mod config;
mod counting;
mod devices;
mod fixture;
mod ingest;
mod laws;
mod ledger;
mod load;
mod office;
mod order;
mod review;
mod surveys;
mod tamper;
mod themes;
