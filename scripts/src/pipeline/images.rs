//! The steps `build` and `push`: a service whose sources the registry knows is not built again, and what runs is
//! named by digest.

use std::{collections::BTreeMap, fs};

use catalog::Head;
use serde_json::Value;

use super::{
    failure::{Done, Failure, Kind},
    programs::Call,
    registry::Registry,
    state::{Built, Pushed},
    world::World,
};

/// Whatever an image of any service is made of. The heads add their own folder.
const SOURCES: [&str; 11] = [
    ".cargo",
    "Cargo.lock",
    "Cargo.toml",
    "adapter",
    "domain",
    "functions/bootstrap",
    "functions/catalog",
    "functions/look",
    "rust-toolchain.toml",
    "scripts/src/image",
    "scripts/src/image.rs",
];

/// Builds what the registry lacks.
pub(crate) fn build(world: &World<'_>) -> Done<BTreeMap<String, Built>> {
    let registry = Registry::enter(world)?;
    let mut images = BTreeMap::new();
    let mut missing = Vec::new();
    for head in Head::ALL {
        let content = content(world, head)?;
        let known = registry.digest(head.name(), &content)?;
        if let Some(digest) = &known {
            world.screen.line(&format!("  {}: {digest} is in the registry", head.name()));
        } else {
            missing.push(head);
        }
        let (is_in_registry, digest) = (known.is_some(), known.unwrap_or_default());
        images.insert(head.name().to_owned(), Built { digest, content, is_in_registry });
    }
    drop(registry);
    if !missing.is_empty() {
        let services = missing.iter().map(|head| head.name());
        world.run(Kind::Build, &Call::new("cargo", ["velox", "image"]).with(services).shown())?;
    }
    for head in missing {
        let digest = digest_of_layout(world, head)?;
        world.screen.line(&format!("  {}: {digest} was built", head.name()));
        images.entry(head.name().to_owned()).and_modify(|image| image.digest = digest);
    }
    Ok(images)
}

/// A tag that changes with the sources alone: git's own hashes of their trees, hashed by git.
fn content(world: &World<'_>, head: Head) -> Done<String> {
    let own = format!("functions/{}", head.name());
    let call = Call::new("git", ["ls-tree", "HEAD", "--"]).with(SOURCES).with([own]).local();
    let trees = world.run(Kind::Build, &call)?;
    let call = Call::new("git", ["hash-object", "--stdin"]).input(trees).local();
    Ok(format!("content-{}", world.run(Kind::Build, &call)?.trim()))
}

fn layout(head: Head) -> String {
    format!("target/images/{}", head.name())
}

/// The digest of the one manifest in an OCI image layout (OCI Image Layout Specification, "index.json file").
fn digest_of_layout(world: &World<'_>, head: Head) -> Done<String> {
    if world.is_dry {
        return Ok(format!("sha256:{:0<64}", "(digest)"));
    }
    let file = world.project.path(layout(head)).join("index.json");
    let unclear = |why: String| Failure::new(Kind::Build, format!("{}: {why}", file.display()));
    let text = fs::read_to_string(&file).map_err(|error| unclear(error.to_string()))?;
    let index: Value = serde_json::from_str(&text).map_err(|error| unclear(error.to_string()))?;
    match index["manifests"].as_array().map(Vec::as_slice) {
        Some([manifest]) => manifest["digest"].as_str().map(str::to_owned),
        _ => None,
    }
    .ok_or_else(|| unclear("it does not name one manifest".to_owned()))
}

/// Tags every image with the commit, and with its sources' tag where it is new.
pub(crate) fn push(world: &World<'_>, images: &BTreeMap<String, Built>) -> Done<Pushed> {
    let registry = Registry::enter(world)?;
    let mut pushed = Pushed::default();
    for head in Head::ALL {
        let service = head.name();
        let image =
            images.get(service).ok_or_else(|| Failure::refused(format!("{service} was not built")))?;
        let reference = format!("{}@{}", registry.repository(service), image.digest);
        let from = if image.is_in_registry {
            format!("docker://{reference}")
        } else {
            format!("oci:{}", layout(head))
        };
        tag(world, &registry, head, image, &from, &world.sha)?;
        if !image.is_in_registry {
            // Last, because it says that the image is there.
            tag(world, &registry, head, image, &format!("docker://{reference}"), &image.content)?;
        }
        pushed.images.insert(service.to_owned(), reference);
    }
    Ok(pushed)
}

/// Tags never move: who finds another digest under one has built the same commit differently.
fn tag(
    world: &World<'_>,
    registry: &Registry<'_>,
    head: Head,
    image: &Built,
    from: &str,
    tag: &str,
) -> Done<()> {
    let service = head.name();
    match registry.digest(service, tag)? {
        Some(digest) if digest == image.digest => {
            world.screen.line(&format!("  {service}:{tag} is in the registry"));
            return Ok(());
        }
        Some(other) => {
            let message = format!("{service}:{tag} is {other} in the registry, and {} here", image.digest);
            return Err(Failure::new(Kind::Push, message));
        }
        None => {}
    }
    registry.copy(from, service, tag)?;
    let found = if world.is_dry { Some(image.digest.clone()) } else { registry.digest(service, tag)? };
    if found.as_ref() == Some(&image.digest) {
        world.screen.line(&format!("  {service}:{tag} pushed"));
        return Ok(());
    }
    let found = found.unwrap_or_else(|| "nothing".to_owned());
    Err(Failure::new(
        Kind::Push,
        format!("the registry holds {found} as {service}:{tag}, not {}", image.digest),
    ))
}
