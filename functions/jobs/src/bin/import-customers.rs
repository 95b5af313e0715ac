fn main() -> std::process::ExitCode {
    jobs::HEAD.serve("import-customers")
}
