fn main() -> std::process::ExitCode {
    jobs::HEAD.serve("relay-outbox")
}
