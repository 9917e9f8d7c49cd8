//! The screen as people use it: by finger, by key, by screen reader.
//!
//! One test on one thread, because there is one window system in a process; each case opens a
//! window of its own.

#![allow(clippy::cast_precision_loss, clippy::float_cmp, reason = "pixels are small whole numbers")]

mod cases;
mod pictures;
mod support;

use i_slint_backend_testing::{TestingBackend, TestingBackendOptions};

#[test]
fn the_screen_as_people_use_it() {
    let options = TestingBackendOptions { mock_time: true, threading: true, renderer_name: Some("software".into()) };
    slint::platform::set_platform(Box::new(TestingBackend::new(options))).unwrap();
    for (name, case) in cases::ALL {
        println!("{name}");
        case();
    }
    pictures::write_if_asked_for();
}
