//! The fault laboratory: what a thanked rating survives, with figures anyone can run again.
//!
//! Each file proves one thing against real parts, with a control that is seen to fail. A quick part
//! runs with every test; `make faults` runs the full counts and ends with a table. What cannot run
//! on a machine, because it needs root or mounts, says `SKIPPED`.
//!
//! `SUARA_FAULTS=full` asks for the full counts, `SUARA_FAULTS_COUNT=N` for others, and
//! `SUARA_FAULTS_SEED=N` for a run that was seen before.

#[path = "../support/mod.rs"]
mod support;

mod lab;

mod chaos;
mod chaos_program;
mod clock_program;
mod clocks;
mod clones;
mod damage;
mod disk_full;
mod fuzz;
mod kill;
mod kill_migration;
mod model;
mod power;
mod power_kiosk;
mod power_server;
mod releases;
mod restore;
mod simulation;
mod tails;
mod tampering;
mod tickets;
