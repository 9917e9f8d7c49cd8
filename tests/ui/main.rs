//! The screen as people use it: by finger, by key, by screen reader.
//!
//! One test on one thread, because there is one window system in a process; each case opens a
//! window of its own.

#![allow(clippy::cast_precision_loss, clippy::float_cmp, reason = "pixels are small whole numbers")]
#![allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "pixels are small whole numbers")]

mod cases;
mod contrast;
mod fits;
mod glass;
mod looks;
mod photographs;
mod pictures;
mod references;
mod support;
mod walk;
mod words;

use i_slint_backend_testing::{TestingBackend, TestingBackendOptions};

fn fails(name: &str, case: fn()) -> bool {
    println!("{name}");
    std::panic::catch_unwind(case).is_err()
}

/// `SUARA_CASE=words` tries those cases only whose names contain the words.
#[test]
fn the_screen_as_people_use_it() {
    let options = TestingBackendOptions { mock_time: true, threading: true, renderer_name: Some("software".into()) };
    slint::platform::set_platform(Box::new(TestingBackend::new(options))).unwrap();
    let wanted = std::env::var("SUARA_CASE").unwrap_or_default();
    let cases = [cases::ALL, looks::ALL, contrast::ALL, fits::ALL, references::ALL, photographs::ALL].concat();
    // Every case is tried, so that one run names all that fail.
    let failed: Vec<_> = cases.iter().filter(|(name, case)| name.contains(&wanted) && fails(name, *case)).collect();
    assert!(failed.is_empty(), "{} of {} failed: {failed:#?}", failed.len(), cases.len());
    pictures::write_if_asked_for();
}
