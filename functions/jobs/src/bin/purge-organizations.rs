fn main() -> std::process::ExitCode {
    jobs::HEAD.serve("purge-organizations")
}
