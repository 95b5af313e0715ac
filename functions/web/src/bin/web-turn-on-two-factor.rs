fn main() -> std::process::ExitCode {
    web::HEAD.serve("web-turn-on-two-factor")
}
