fn main() -> std::process::ExitCode {
    jobs::HEAD.serve("send-mail")
}
