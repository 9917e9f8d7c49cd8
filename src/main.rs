//! The program: everything is in the library.

fn main() -> std::process::ExitCode {
    suara_loket::cli::run()
}
