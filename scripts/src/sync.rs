//! `cargo velox sync`: what Terraform has to know of the catalogue and of `terraform/settings.json`, written into the
//! folder of each root, so that no name and no number stands twice.

mod catalogue;
#[cfg(test)]
mod privileges;
mod roots;
mod settings;

use std::{fs, path::PathBuf, process::ExitCode};

use clap::Args;

use crate::project::Project;

#[derive(Args)]
pub(crate) struct Arguments {
    /// Writes nothing, and fails when a file differs.
    #[arg(long)]
    check: bool,
}

/// A file as it should be.
struct File {
    /// Below `terraform/`.
    path: String,
    text: String,
}

pub(crate) fn run(project: &Project, arguments: &Arguments) -> Result<ExitCode, String> {
    if arguments.check {
        compare(project)?;
        println!("terraform/ has what the catalogue says");
        return Ok(ExitCode::SUCCESS);
    }
    for (path, text) in differing(project)? {
        fs::write(&path, text).map_err(|error| format!("{}: {error}", path.display()))?;
        println!("wrote {}", path.display());
    }
    Ok(ExitCode::SUCCESS)
}

/// Fails when a file differs, and says which.
pub(crate) fn compare(project: &Project) -> Result<(), String> {
    let differing = differing(project)?;
    if differing.is_empty() {
        return Ok(());
    }
    let paths: Vec<_> = differing.iter().map(|(path, _)| path.display().to_string()).collect();
    Err(format!(
        "not what the catalogue and terraform/settings.json say; run `cargo velox sync` and commit: {}",
        paths.join(", ")
    ))
}

/// The files that are not as they should be, and how they should be.
fn differing(project: &Project) -> Result<Vec<(PathBuf, String)>, String> {
    let settings = settings::read(&project.path("terraform/settings.json"))?;
    let files = roots::files(&settings).into_iter();
    let files = files.map(|file| (project.path("terraform").join(file.path), file.text));
    Ok(files.filter(|(path, text)| fs::read_to_string(path).ok().as_ref() != Some(text)).collect())
}
