//! The steps `build` and `push`: a service whose sources the registry knows is not built again, and what runs is
//! named by digest.

use std::collections::BTreeMap;

use catalog::Head;

use super::{
    failure::{Done, Failure, Kind},
    programs::Call,
    registry::Registry,
    state::{Built, Pushed},
    world::World,
};
use crate::image;

/// Builds what the registry lacks.
pub(crate) fn build(world: &World<'_>) -> Done<BTreeMap<String, Built>> {
    let mut tags = source_tags(world)?;
    let registry = Registry::enter(world)?;
    let mut images = BTreeMap::new();
    let mut missing = Vec::new();
    for head in Head::ALL {
        let unknown = || Failure::new(Kind::Build, format!("{} has no digest of its sources", head.name()));
        let source = tags.remove(head.name()).ok_or_else(unknown)?;
        let known = registry.digest(head.name(), &source)?;
        if let Some(digest) = &known {
            world.screen.line(&format!("  {}: {digest} is in the registry", head.name()));
        } else {
            missing.push(head);
        }
        let (is_in_registry, digest) = (known.is_some(), known.unwrap_or_default());
        images.insert(head.name().to_owned(), Built { digest, source, is_in_registry });
    }
    drop(registry);
    if !missing.is_empty() {
        let services = missing.iter().map(|head| head.name());
        let quick = world.quick_images.then_some("--quick");
        let call = Call::new("cargo", ["velox", "image"]).with(quick).with(services);
        world.run(Kind::Build, &call.shown())?;
    }
    for head in missing {
        let digest = built(world, head)?;
        world.screen.line(&format!("  {}: {digest} was built", head.name()));
        images.entry(head.name().to_owned()).and_modify(|image| image.digest = digest);
    }
    Ok(images)
}

/// A tag per service that changes with its sources alone (`cargo velox image --source-digest`).
fn source_tags(world: &World<'_>) -> Done<BTreeMap<String, String>> {
    let assumed = Head::ALL.map(|head| format!("{} sha256:(sources)\n", head.name()));
    let call = Call::new("cargo", ["velox", "image", "--source-digest"]).assume(assumed.concat());
    let told = world.run(Kind::Build, &call)?;
    let lines = told.lines().filter_map(|line| line.split_once(" sha256:"));
    Ok(lines.map(|(service, digest)| (service.trim().to_owned(), format!("source-{digest}"))).collect())
}

/// The digest of the image that lies here.
fn built(world: &World<'_>, head: Head) -> Done<String> {
    if world.is_dry {
        return Ok(format!("sha256:{:0<64}", "(digest)"));
    }
    image::digest(world.project, head.name()).map_err(|why| Failure::new(Kind::Build, why))
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
        } else if built(world, head)? == image.digest {
            format!("oci:{}", image::folder(world.project, service).display())
        } else {
            let why = format!("{service} was built differently since: `--only build` first");
            return Err(Failure::new(Kind::Refused, why));
        };
        tag(world, &registry, head, image, &from, &world.sha)?;
        if !image.is_in_registry {
            // Last, because it says that the image is there.
            tag(world, &registry, head, image, &format!("docker://{reference}"), &image.source)?;
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
