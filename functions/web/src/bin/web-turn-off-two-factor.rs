fn main() -> std::process::ExitCode {
    web::HEAD.serve("web-turn-off-two-factor")
}
