//! The bundle: all functions of this head in one executable, told apart by the name it is started under.

fn main() -> std::process::ExitCode {
    web::HEAD.serve_bundle()
}
