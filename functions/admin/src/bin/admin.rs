//! The bundle: all functions of this head in one executable, told apart by the name it is started under.

fn main() -> std::process::ExitCode {
    admin::HEAD.serve_bundle()
}
