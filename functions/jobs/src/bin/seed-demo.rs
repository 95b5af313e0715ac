fn main() -> std::process::ExitCode {
    jobs::HEAD.serve("seed-demo")
}
