//! An image as a folder that every tool of the trade reads: the OCI Image Layout (OCI Image Format Specification 1.1).

use std::{fs, io, path::Path};

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::layer::{Layer, USER};

/// What an image is, besides its files.
pub(super) struct About {
    /// As container engines name processors: `amd64`, `arm64`.
    pub(super) architecture: &'static str,
    /// When its source was committed, RFC 3339.
    pub(super) created: String,
    /// The keys are those of the specification's "Annotations".
    pub(super) labels: Value,
    /// Run at the start.
    pub(super) entrypoint: Vec<String>,
    /// Ports that it listens on.
    pub(super) ports: Vec<u16>,
}

/// Writes an image into a folder, in place of what is there. Returns its digest: `sha256:…`.
pub(super) fn write(folder: &Path, about: &About, layers: &[Layer]) -> io::Result<String> {
    let blobs = folder.join("blobs/sha256");
    fs::remove_dir_all(folder).or_else(|error| match error.kind() {
        io::ErrorKind::NotFound => Ok(()),
        _ => Err(error),
    })?;
    fs::create_dir_all(&blobs)?;
    let mut descriptors = Vec::new();
    for layer in layers {
        descriptors.push(store(&blobs, "application/vnd.oci.image.layer.v1.tar+gzip", &layer.compressed)?);
    }
    let configuration = configuration(about, layers).to_string();
    let configuration = store(&blobs, "application/vnd.oci.image.config.v1+json", configuration.as_bytes())?;
    let kind = "application/vnd.oci.image.manifest.v1+json";
    let manifest = json!({
        "schemaVersion": 2, "mediaType": kind, "config": configuration, "layers": descriptors,
        "annotations": about.labels,
    });
    let mut manifest = store(&blobs, kind, manifest.to_string().as_bytes())?;
    let digest = manifest["digest"].as_str().unwrap_or_default().to_owned();
    manifest["platform"] = json!({ "architecture": about.architecture, "os": "linux" });
    let kind = "application/vnd.oci.image.index.v1+json";
    let index = json!({ "schemaVersion": 2, "mediaType": kind, "manifests": [manifest] });
    fs::write(folder.join("oci-layout"), json!({ "imageLayoutVersion": "1.0.0" }).to_string())?;
    fs::write(folder.join("index.json"), index.to_string())?;
    Ok(digest)
}

fn configuration(about: &About, layers: &[Layer]) -> Value {
    let ports: serde_json::Map<_, _> = about.ports.iter().map(|p| (format!("{p}/tcp"), json!({}))).collect();
    json!({
        "created": about.created,
        "architecture": about.architecture,
        "os": "linux",
        "config": {
            "User": format!("{USER}:{USER}"),
            "Entrypoint": about.entrypoint,
            "ExposedPorts": ports,
            "Labels": about.labels,
            "StopSignal": "SIGTERM",
            "WorkingDir": "/",
        },
        "rootfs": { "type": "layers", "diff_ids": layers.iter().map(|l| digest(&l.archive)).collect::<Vec<_>>() },
    })
}

/// A descriptor of what is stored now ("OCI Content Descriptors").
fn store(blobs: &Path, kind: &str, bytes: &[u8]) -> io::Result<Value> {
    let digest = digest(bytes);
    fs::write(blobs.join(digest.trim_start_matches("sha256:")), bytes)?;
    Ok(json!({ "mediaType": kind, "digest": digest, "size": bytes.len() }))
}

/// As OCI writes it.
pub(super) fn digest(bytes: &[u8]) -> String {
    let hash = Sha256::digest(bytes);
    hash.iter().fold("sha256:".to_owned(), |text, byte| format!("{text}{byte:02x}"))
}

#[cfg(test)]
mod tests {
    use super::{
        super::layer::{Content, Entry},
        *,
    };

    #[test]
    fn every_descriptor_leads_to_a_blob_of_its_size_and_digest() {
        let folder = std::env::temp_dir().join(format!("velox-layout-{}", std::process::id()));
        let about = About {
            architecture: "amd64",
            created: "2026-11-23T00:00:00Z".to_owned(),
            labels: json!({ "org.opencontainers.image.title": "velox-web" }),
            entrypoint: vec!["/adapter".to_owned()],
            ports: vec![8080],
        };
        let layer = || Layer::of(vec![Entry::new("a", Content::Data(b"a".to_vec()))]).unwrap();
        let first = write(&folder, &about, &[layer()]).unwrap();
        fs::write(folder.join("blobs/sha256/left-over"), "").unwrap();
        assert_eq!(write(&folder, &about, &[layer()]).unwrap(), first);
        let read = |digest: &Value| {
            let name = digest.as_str().unwrap().trim_start_matches("sha256:");
            fs::read(folder.join("blobs/sha256").join(name)).unwrap()
        };
        let json = |bytes: &[u8]| serde_json::from_slice::<Value>(bytes).unwrap();
        let index = json(&fs::read(folder.join("index.json")).unwrap());
        assert_eq!(index["manifests"][0]["digest"], first);
        let manifest = json(&read(&index["manifests"][0]["digest"]));
        for descriptor in [&index["manifests"][0], &manifest["config"], &manifest["layers"][0]] {
            let bytes = read(&descriptor["digest"]);
            assert_eq!(descriptor["size"], bytes.len());
            assert_eq!(descriptor["digest"], digest(&bytes));
        }
        let configuration = json(&read(&manifest["config"]["digest"]));
        assert_eq!(configuration["config"]["User"], "65534:65534");
        assert_eq!(configuration["rootfs"]["diff_ids"][0], digest(&layer().archive));
        assert_eq!(fs::read_dir(folder.join("blobs/sha256")).unwrap().count(), 3, "nothing is left over");
        fs::remove_dir_all(&folder).unwrap();
    }
}
