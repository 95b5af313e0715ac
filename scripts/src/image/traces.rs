//! What nobody else would build to the byte: files that tell where or when they were built.

use std::io::{self, Read};

use super::layer::Layer;

/// Files of the layers with one of these paths in them, or with a time on them, each with what is wrong.
pub(super) fn traces(layers: &[Layer], paths: &[String]) -> io::Result<Vec<String>> {
    let mut found = Vec::new();
    for layer in layers {
        // "GZIP file format specification", RFC 1952, 2.3: MTIME.
        if layer.compressed.get(4..8) != Some(&[0; 4]) {
            found.push("a layer tells when it was compressed".to_owned());
        }
        for entry in tar::Archive::new(&layer.archive[..]).entries()? {
            let mut entry = entry?;
            let name = entry.path()?.display().to_string();
            if entry.header().mtime()? != 0 {
                found.push(format!("{name} has a time"));
            }
            let mut content = Vec::new();
            entry.read_to_end(&mut content)?;
            let named = paths.iter().filter(|path| holds(&content, path.as_bytes()));
            found.extend(named.map(|path| format!("{name} names {path}")));
        }
    }
    Ok(found)
}

fn holds(content: &[u8], path: &[u8]) -> bool {
    let Some(first) = path.first() else { return false };
    let mut starts = content.iter().enumerate().filter(|(_, byte)| *byte == first);
    starts.any(|(start, _)| content[start..].starts_with(path))
}

#[cfg(test)]
mod tests {
    use super::{
        super::layer::{Content, Entry},
        *,
    };

    #[test]
    fn a_program_that_names_the_folder_it_was_built_in_is_found() {
        let layer = |text: &str| {
            let program = Content::Program(text.as_bytes().to_vec());
            [Layer::of(vec![Entry::new("functions/web", program)]).unwrap()]
        };
        let paths = ["/home/me/velox".to_owned(), "/home/me/.cargo".to_owned()];
        let none = traces(&layer("\0panicked at /source/domain/src/lib.rs\0/home/me\0"), &paths).unwrap();
        assert_eq!(none, [""; 0]);
        let found = traces(&layer("//home/me/.cargo/registry/src/a.rs"), &paths).unwrap();
        assert_eq!(found, ["functions/web names /home/me/.cargo"]);
        let mut late = layer("");
        late[0].compressed[4] = 1;
        assert_eq!(traces(&late, &paths).unwrap().len(), 1);
    }
}
