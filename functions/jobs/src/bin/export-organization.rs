fn main() -> std::process::ExitCode {
    jobs::HEAD.serve("export-organization")
}
