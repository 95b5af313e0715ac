//! `cargo velox image`: one image per service, made without a container engine: the adapter, the service's functions,
//! whom they trust, and nothing else.

mod bill;
mod certificates;
mod layer;
mod layout;
mod programs;
mod source;
mod traces;

use std::{
    fs, io,
    path::{Path, PathBuf},
    process::ExitCode,
};

use catalog::{Head, deployment, manifest};
use clap::Args;
use serde_json::{Value, json};

pub(crate) use self::programs::How;
use self::{
    layer::{Content, Entry, Layer},
    layout::About,
    source::Source,
};
use crate::project::Project;

#[derive(Args)]
pub(crate) struct Arguments {
    /// Services (web, api, admin, jobs); all if none is named.
    #[arg(value_parser = head)]
    services: Vec<Head>,
    #[command(flatten)]
    how: How,
    /// Builds nothing and prints the digest of each service's source: the same source makes the same programs.
    #[arg(long)]
    source_digest: bool,
    /// Unpacks the files of the one service into this folder as well, for a build tool of yours.
    #[arg(long)]
    root: Option<PathBuf>,
}

/// An image that was built.
pub(crate) struct Image {
    pub(crate) service: &'static str,
    /// Its OCI layout.
    pub(crate) folder: PathBuf,
    /// `sha256:…` of its manifest, by which it is deployed.
    pub(crate) digest: String,
    /// Of its compressed layers.
    pub(crate) bytes: usize,
    layers: [Layer; 2],
}

impl Image {
    /// What in it tells where or when it was built; nothing, or another checkout would build another image.
    pub(crate) fn traces(&self, project: &Project) -> Result<Vec<String>, String> {
        let elsewhere = programs::remapped(project).into_iter().filter(|(path, name)| path != name);
        let paths: Vec<_> = elsewhere.map(|(path, _)| path).collect();
        traces::traces(&self.layers, &paths).map_err(|error| format!("{}: {error}", self.folder.display()))
    }

    fn unpack(&self, root: &Path) -> io::Result<()> {
        self.layers.iter().try_for_each(|layer| tar::Archive::new(&layer.archive[..]).unpack(root))
    }
}

pub(crate) fn run(project: &Project, arguments: &Arguments) -> Result<ExitCode, String> {
    let heads = if arguments.services.is_empty() { Head::ALL.to_vec() } else { arguments.services.clone() };
    if arguments.source_digest {
        let source = Source::read(project)?;
        for head in heads {
            println!("{:<6} {}", head.name(), source.digest(head)?);
        }
        return Ok(ExitCode::SUCCESS);
    }
    let images = build(project, &heads, &arguments.how)?;
    if let Some(root) = &arguments.root {
        let [image] = &images[..] else {
            return Err("--root takes the files of one service: name it".to_owned());
        };
        image.unpack(root).map_err(|error| format!("{}: {error}", root.display()))?;
    }
    for image in images {
        let mebibytes = image.bytes as f64 / 1_048_576.0;
        println!("{:<6} {} {mebibytes:.1} MiB  {}", image.service, image.digest, image.folder.display());
    }
    Ok(ExitCode::SUCCESS)
}

/// Builds the images of these heads into `target/images/<service>`.
pub(crate) fn build(project: &Project, heads: &[Head], how: &How) -> Result<Vec<Image>, String> {
    let source = Source::read(project)?;
    let programs = programs::build(project, heads, how)?;
    let base = base(&programs)?;
    heads.iter().map(|head| assemble(project, *head, how, &source, &programs, &base)).collect()
}

/// What changes seldom and all services share, so that registries and machines keep it once.
fn base(programs: &Path) -> Result<Layer, String> {
    let mut entries = certificates::files();
    entries.push(Entry::new("adapter", Content::Program(read(programs, "adapter")?)));
    Layer::of(entries).map_err(|error| format!("the layer that all services share: {error}"))
}

fn read(programs: &Path, name: &str) -> Result<Vec<u8>, String> {
    let path = programs.join(name);
    fs::read(&path).map_err(|error| format!("{}: {error}", path.display()))
}

/// The digest of the image that was built last: of the one manifest in its layout (OCI Image Layout Specification,
/// "index.json file").
pub(crate) fn digest(project: &Project, service: &str) -> Result<String, String> {
    let file = folder(project, service).join("index.json");
    let unclear = |why: String| format!("{}: {why}", file.display());
    let text = fs::read_to_string(&file).map_err(|error| unclear(error.to_string()))?;
    let index: Value = serde_json::from_str(&text).map_err(|error| unclear(error.to_string()))?;
    let manifest = match index["manifests"].as_array().map(Vec::as_slice) {
        Some([manifest]) => manifest["digest"].as_str(),
        _ => None,
    };
    manifest.map(str::to_owned).ok_or_else(|| unclear("it does not name one manifest".to_owned()))
}

/// Where an image's layout is or will be.
pub(crate) fn folder(project: &Project, service: &str) -> PathBuf {
    project.executables("images").join(service)
}

/// The shared layer, and the service's own above it.
fn assemble(
    project: &Project,
    head: Head,
    how: &How,
    source: &Source,
    programs: &Path,
    base: &Layer,
) -> Result<Image, String> {
    let service = head.name();
    let mut own = functions(head, read(programs, service)?);
    own.push(Entry::new("sbom.cdx.json", Content::Data(source.bill(head).to_string().into_bytes())));
    let about = About {
        architecture: how.architecture(),
        created: source.committed.clone(),
        labels: json!({
            "org.opencontainers.image.title": format!("velox-{service}"),
            "org.opencontainers.image.created": source.committed,
            "org.opencontainers.image.revision": source.revision,
            "org.opencontainers.image.version": env!("CARGO_PKG_VERSION"),
        }),
        entrypoint: ["/adapter", "--manifest", "/manifest.json"].map(str::to_owned).to_vec(),
        ports: vec![deployment::HTTP_PORT, deployment::HEALTH_PORT],
    };
    let folder = folder(project, service);
    let made = || {
        let layers = [base.clone(), Layer::of(own)?];
        let digest = layout::write(&folder, &about, &layers)?;
        io::Result::Ok((digest, layers))
    };
    let (digest, layers) = made().map_err(|error| format!("{}: {error}", folder.display()))?;
    let bytes = layers.iter().map(|layer| layer.compressed.len()).sum();
    Ok(Image { service, folder, digest, bytes, layers })
}

/// The bundle, a name for it per function, and the manifest that says what invokes each.
fn functions(head: Head, bundle: Vec<u8>) -> Vec<Entry> {
    const FOLDER: &str = "functions";
    let mut entries = vec![Entry::new(format!("{FOLDER}/{}", head.name()), Content::Program(bundle))];
    for function in deployment::hosted(head).filter(|function| function.name != head.name()) {
        let link = Content::Link(head.name().to_owned());
        entries.push(Entry::new(format!("{FOLDER}/{}", function.name), link));
    }
    let manifest = manifest::of_image(head, Path::new("/").join(FOLDER).as_path());
    entries.push(Entry::new("manifest.json", Content::Data(format!("{manifest:#}\n").into_bytes())));
    entries
}

fn head(name: &str) -> Result<Head, String> {
    let names = || Head::ALL.map(Head::name).join(", ");
    Head::ALL.into_iter().find(|head| head.name() == name).ok_or_else(|| format!("services are {}", names()))
}
