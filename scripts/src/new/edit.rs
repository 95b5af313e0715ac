//! Insertions into files that people keep in order.

/// `line` in front of the first line that starts with `anchor`, as far in as that one.
pub(super) fn before_line(text: &str, anchor: &str, line: &str) -> Option<String> {
    let found = text.lines().find(|candidate| candidate.trim_start().starts_with(anchor))?;
    let indent: String = found.chars().take_while(|c| *c == ' ').collect();
    let indented: Vec<_> = line.lines().map(|line| format!("{indent}{line}\n")).collect();
    // The line's own start, not a place further up that looks alike.
    let at =
        text.match_indices(found).map(|(at, _)| at).find(|at| *at == 0 || text[..*at].ends_with('\n'))?;
    Some(format!("{}{}{}", &text[..at], indented.concat(), &text[at..]))
}

/// `mod name;` in its place among the modules, which are sorted.
pub(super) fn module(text: &str, name: &str) -> Option<String> {
    let declaration = format!("mod {name};");
    let modules: Vec<_> = text.lines().filter(|line| line.starts_with("mod ")).collect();
    match modules.iter().find(|line| **line > declaration.as_str()) {
        Some(next) => before_line(text, next, &declaration),
        None => {
            let last = modules.last()?;
            Some(text.replacen(&format!("{last}\n"), &format!("{last}\n{declaration}\n"), 1))
        }
    }
}

/// The manifest with one more binary, which has no test harness of its own.
pub(super) fn binary_table(manifest: &str, name: &str) -> String {
    let manifest = manifest.trim_end();
    format!(
        "{manifest}\n\n[[bin]]\nname = \"{name}\"\npath = \"src/bin/{name}.rs\"\ntest = false\ndoc = false\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIBRARY: &str =
        "//! Doc.\n\nmod alpha;\nmod gamma;\n\nstatic T: &[X] = &[\n    (\"a\", 1),\n    (\"z\", 2),\n];\n";

    #[test]
    fn a_module_takes_its_place_in_the_alphabet() {
        assert!(module(LIBRARY, "beta").unwrap().contains("mod alpha;\nmod beta;\nmod gamma;\n"));
        assert!(module(LIBRARY, "omega").unwrap().contains("mod gamma;\nmod omega;\n\n"));
        assert!(module(LIBRARY, "aaa").unwrap().contains("\n\nmod aaa;\nmod alpha;"));
    }

    #[test]
    fn a_line_is_put_in_front_of_its_anchor_and_as_far_in() {
        let text = before_line(LIBRARY, "(\"z\"", "(\"m\", 3),").unwrap();
        assert!(text.contains("    (\"a\", 1),\n    (\"m\", 3),\n    (\"z\", 2),\n"), "{text}");
        assert_eq!(before_line(LIBRARY, "(\"q\"", "x"), None);
    }
}
