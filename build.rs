//! Compiles the screens, when there are any in this build.

fn main() {
    #[cfg(feature = "kiosk")]
    compile_screens();
}

#[cfg(feature = "kiosk")]
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
