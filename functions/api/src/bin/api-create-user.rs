fn main() -> std::process::ExitCode {
    api::HEAD.serve("api-create-user")
}
