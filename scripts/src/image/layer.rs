//! A layer of an image: the same entries make the same bytes, whenever and wherever ("Image Layer Filesystem Changeset"
//! of the OCI Image Format Specification).

use std::{collections::BTreeSet, io, path::Path};

use flate2::{Compression, GzBuilder, write::GzEncoder};
use tar::{Builder, EntryType, Header};

/// `nobody`, who owns nothing in the image but runs it.
pub(super) const USER: u32 = 65_534;

/// One file of an image.
pub(super) struct Entry {
    /// Without a slash at the beginning.
    pub(super) path: String,
    pub(super) content: Content,
}

pub(super) enum Content {
    Program(Vec<u8>),
    Data(Vec<u8>),
    /// A symbolic link to this.
    Link(String),
}

impl Entry {
    pub(super) fn new(path: impl Into<String>, content: Content) -> Self {
        Self { path: path.into(), content }
    }
}

/// Both forms of a layer: the archive, which is what the image's configuration names, and what is stored of it.
#[derive(Clone)]
pub(super) struct Layer {
    pub(super) archive: Vec<u8>,
    pub(super) compressed: Vec<u8>,
}

impl Layer {
    /// Sorted by path; folders come before what is in them.
    pub(super) fn of(mut entries: Vec<Entry>) -> io::Result<Self> {
        entries.sort_by(|a, b| a.path.cmp(&b.path));
        let mut archive = Builder::new(Vec::new());
        let mut folders = BTreeSet::new();
        for entry in &entries {
            let parents: Vec<_> = Path::new(&entry.path).ancestors().skip(1).collect();
            for parent in parents.into_iter().rev().filter_map(Path::to_str).filter(|path| !path.is_empty()) {
                if folders.insert(parent.to_owned()) {
                    let path = format!("{parent}/");
                    archive.append_data(&mut header(EntryType::Directory, 0o755, 0), path, io::empty())?;
                }
            }
            match &entry.content {
                Content::Program(bytes) => append(&mut archive, &entry.path, 0o755, bytes)?,
                Content::Data(bytes) => append(&mut archive, &entry.path, 0o644, bytes)?,
                Content::Link(target) => {
                    archive.append_link(&mut header(EntryType::Symlink, 0o777, 0), &entry.path, target)?;
                }
            }
        }
        let archive = archive.into_inner()?;
        // The name of the operating system and the time of day would be in the head of the stream.
        let mut compressed =
            GzBuilder::new().mtime(0).operating_system(255).write(Vec::new(), Compression::best());
        io::Write::write_all(&mut compressed, &archive)?;
        let compressed = GzEncoder::finish(compressed)?;
        Ok(Self { archive, compressed })
    }
}

fn append(archive: &mut Builder<Vec<u8>>, path: &str, mode: u32, bytes: &[u8]) -> io::Result<()> {
    archive.append_data(&mut header(EntryType::Regular, mode, bytes.len() as u64), path, bytes)
}

fn header(kind: EntryType, mode: u32, size: u64) -> Header {
    let mut header = Header::new_gnu();
    header.set_entry_type(kind);
    header.set_mode(mode);
    header.set_size(size);
    header.set_mtime(0);
    header.set_uid(0);
    header.set_gid(0);
    header
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeMap, io::Read};

    use super::*;

    fn entries() -> Vec<Entry> {
        vec![
            Entry::new("functions/web-home", Content::Link("web".to_owned())),
            Entry::new("functions/web", Content::Program(b"program".to_vec())),
            Entry::new("manifest.json", Content::Data(b"{}".to_vec())),
            Entry::new("etc/ssl/certs/a.pem", Content::Data(b"pem".to_vec())),
        ]
    }

    #[test]
    fn the_same_entries_in_any_order_are_the_same_bytes() {
        let mut other = entries();
        other.reverse();
        let (one, other) = (Layer::of(entries()).unwrap(), Layer::of(other).unwrap());
        assert_eq!((&one.archive, &one.compressed), (&other.archive, &other.compressed));
        let mut again = Vec::new();
        flate2::read::GzDecoder::new(&one.compressed[..]).read_to_end(&mut again).unwrap();
        assert_eq!(again, one.archive);
    }

    #[test]
    fn programs_can_be_run_by_anybody_and_written_by_nobody_else() {
        let layer = Layer::of(entries()).unwrap();
        let mut archive = tar::Archive::new(&layer.archive[..]);
        let found: BTreeMap<_, _> = archive
            .entries()
            .unwrap()
            .map(|entry| {
                let entry = entry.unwrap();
                let header = entry.header();
                assert_eq!((header.uid().unwrap(), header.gid().unwrap()), (0, 0));
                let link = entry.link_name().unwrap().map(|target| target.display().to_string());
                (entry.path().unwrap().display().to_string(), (header.mode().unwrap(), link))
            })
            .collect();
        let of = |path: &str| found[path].clone();
        assert_eq!(of("functions/web"), (0o755, None));
        assert_eq!(of("functions/web-home").1.as_deref(), Some("web"));
        assert_eq!(of("manifest.json"), (0o644, None));
        assert_eq!(of("etc/ssl/certs/"), (0o755, None));
        assert_eq!(found.len(), 4 + ["etc/", "etc/ssl/", "etc/ssl/certs/", "functions/"].len());
    }
}
