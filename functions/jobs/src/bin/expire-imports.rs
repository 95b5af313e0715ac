fn main() -> std::process::ExitCode {
    jobs::HEAD.serve("expire-imports")
}
