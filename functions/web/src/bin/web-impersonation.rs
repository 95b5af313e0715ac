fn main() -> std::process::ExitCode {
    web::HEAD.serve("web-impersonation")
}
