fn main() -> std::process::ExitCode {
    api::HEAD.serve("api-list-customers")
}
