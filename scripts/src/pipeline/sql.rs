//! Just enough of PostgreSQL's lexical structure to tell a migration's statements apart: words, and the comments that
//! stand before or in them (PostgreSQL: "Lexical Structure").

/// A statement without its literals.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Statement {
    /// Of its first word, from 1.
    pub(crate) line: usize,
    /// Lower-case words and single symbols; quoted names keep their case; a literal is `'`.
    pub(crate) words: Vec<String>,
    /// Comments before and within it, without their marks.
    pub(crate) comments: Vec<String>,
}

impl Statement {
    /// Where a `DO` block's text begins at a line: without the words of PL/pgSQL before a command (`BEGIN`, `THEN`).
    fn in_block(mut self, line: usize) -> Self {
        const COMMANDS: [&str; 5] = ["alter", "create", "drop", "revoke", "truncate"];
        self.line += line - 1;
        let command = self.words.iter().position(|word| COMMANDS.contains(&word.as_str()));
        self.words.drain(..command.unwrap_or_default());
        self
    }

    /// A qualified name is one word, and one in the schema `public` is not qualified.
    fn take(&mut self, word: String) {
        match self.words.last_mut() {
            Some(last) if word == "." || last.ends_with('.') => {
                last.push_str(&word);
                if let Some(name) = last.strip_prefix("public.").filter(|name| !name.is_empty()) {
                    *last = name.to_owned();
                }
            }
            _ => self.words.push(word),
        }
    }
}

/// The statements of a file. What a `DO` block executes is taken apart too; bodies of functions are not, because
/// nothing runs them yet.
pub(crate) fn statements(text: &str) -> Vec<Statement> {
    let mut found = Vec::new();
    let mut reader = Reader { rest: text, line: 1 };
    let mut statement = Statement::default();
    while let Some(token) = reader.next() {
        match token {
            Token::Comment(comment) => statement.comments.push(comment.trim().to_owned()),
            Token::Word(word) if word == ";" => {
                if !statement.words.is_empty() {
                    found.push(std::mem::take(&mut statement));
                }
            }
            Token::Body(body) if statement.words.first().is_some_and(|word| word == "do") => {
                let line = reader.line - body.matches('\n').count();
                found.extend(statements(body).into_iter().map(|inner| inner.in_block(line)));
            }
            Token::Body(_) => statement.words.push("'".to_owned()),
            Token::Word(word) => {
                if statement.words.is_empty() {
                    statement.line = reader.line;
                }
                statement.take(word);
            }
        }
    }
    if !statement.words.is_empty() {
        found.push(statement);
    }
    found
}

enum Token<'t> {
    Word(String),
    Comment(&'t str),
    /// Between dollar quotes.
    Body(&'t str),
}

struct Reader<'t> {
    rest: &'t str,
    line: usize,
}

impl<'t> Reader<'t> {
    fn next(&mut self) -> Option<Token<'t>> {
        let blank = self.rest.len() - self.rest.trim_start().len();
        self.take(blank);
        let first = self.rest.chars().next()?;
        if self.rest.starts_with("--") {
            let end = self.rest.find('\n').unwrap_or(self.rest.len());
            return Some(Token::Comment(self.take(end).trim_start_matches('-')));
        }
        if self.rest.starts_with("/*") {
            let end = self.rest.find("*/").map_or(self.rest.len(), |end| end + 2);
            return Some(Token::Comment(self.take(end).trim_matches(['/', '*'])));
        }
        match first {
            '\'' => {
                self.quoted('\'');
                Some(Token::Word("'".to_owned()))
            }
            '"' => Some(Token::Word(self.quoted('"').trim_matches('"').to_owned())),
            '$' => Some(self.dollar()),
            c if c.is_alphanumeric() || c == '_' => {
                let is_word = |c: char| c.is_alphanumeric() || c == '_' || c == '$';
                let end = self.rest.find(|c| !is_word(c)).unwrap_or(self.rest.len());
                Some(Token::Word(self.take(end).to_lowercase()))
            }
            c => Some(Token::Word(self.take(c.len_utf8()).to_owned())),
        }
    }

    fn take(&mut self, bytes: usize) -> &'t str {
        let (taken, rest) = self.rest.split_at(bytes);
        self.line += taken.matches('\n').count();
        self.rest = rest;
        taken
    }

    /// Two quotes within stand for one, so they are taken as an end and a beginning.
    fn quoted(&mut self, quote: char) -> &'t str {
        let mut end = self.rest[1..].find(quote).map_or(self.rest.len(), |end| end + 2);
        while self.rest[end..].starts_with(quote) {
            end += self.rest[end + 1..].find(quote).map_or(self.rest.len() - end, |next| next + 2);
        }
        self.take(end)
    }

    /// `$tag$ … $tag$`, or a lone `$` as in `$1`.
    fn dollar(&mut self) -> Token<'t> {
        let tag_end = self.rest[1..].find(|c: char| !(c.is_alphanumeric() || c == '_')).map(|end| end + 1);
        let Some(tag_end) = tag_end.filter(|end| self.rest[*end..].starts_with('$')) else {
            return Token::Word(self.take(1).to_owned());
        };
        let tag = self.take(tag_end + 1);
        let length = self.rest.find(tag).unwrap_or(self.rest.len());
        let body = self.take(length);
        self.take(tag.len().min(self.rest.len()));
        Token::Body(body)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        statements(text).iter().map(|statement| statement.words.join(" ")).collect()
    }

    #[test]
    fn statements_end_where_postgres_ends_them() {
        let text = "SELECT 'a;''b', \"Odd;\"; -- no; end\nALTER TABLE x /* ; */ DROP y;\nSELECT $1";
        assert_eq!(words(text), ["select ' , Odd;", "alter table x drop y", "select $ 1"]);
    }

    #[test]
    fn a_do_block_is_taken_apart_and_a_function_is_not() {
        let text = "CREATE FUNCTION f() AS $$ DROP TABLE a; $$;\n\nDO $x$\nDROP TABLE b; $x$;";
        assert_eq!(words(text), ["create function f ( ) as '", "drop table b", "do"]);
        assert_eq!(statements(text)[1].line, 4);
    }

    #[test]
    fn a_qualified_name_is_one_word() {
        assert_eq!(words("DROP TABLE public.a, other . b"), ["drop table a , other.b"]);
    }

    #[test]
    fn a_comment_belongs_to_the_statement_it_stands_before_or_in() {
        let found = statements("-- first\nSELECT 1;\n-- second\nSELECT -- within\n 2;");
        assert_eq!(found[0].comments, ["first"]);
        assert_eq!((found[1].comments.clone(), found[1].line), (vec!["second".into(), "within".into()], 4));
    }
}
