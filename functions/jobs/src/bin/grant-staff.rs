fn main() -> std::process::ExitCode {
    jobs::HEAD.serve("grant-staff")
}
