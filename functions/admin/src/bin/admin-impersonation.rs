fn main() -> std::process::ExitCode {
    admin::HEAD.serve("admin-impersonation")
}
