//! Notes the day of the build, and compiles the screens, when there are any in this build.

use std::time::{SystemTime, UNIX_EPOCH};

fn main() {
    println!("cargo::rustc-env=SUARA_BUILT_DAY={}", built_s() / (24 * 60 * 60));
    println!("cargo::rerun-if-env-changed=SOURCE_DATE_EPOCH");
    #[cfg(feature = "screen")]
    compile_screens();
}

/// Now, or what a reproducible build says is now.
fn built_s() -> u64 {
    let given = std::env::var("SOURCE_DATE_EPOCH").ok().and_then(|seconds| seconds.parse().ok());
    let now = || SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    given.unwrap_or_else(now)
}

#[cfg(feature = "screen")]
fn compile_screens() {
    let settings = slint_build::CompilerConfiguration::new()
        .with_style("fluent-light".to_owned())
        // Tests find elements by what is said about them here; a release says nothing.
        .with_debug_info(cfg!(feature = "ui-test"))
        // The device needs no gettext and no message files beside the program.
        .with_bundled_translations("ui/lang")
        .with_default_translation_context(slint_build::DefaultTranslationContext::None);
    if let Err(problem) = slint_build::compile_with_config("ui/app.slint", settings) {
        eprintln!("{problem}");
        std::process::exit(1);
    }
}
