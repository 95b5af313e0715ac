//! Tools that come as packages of PyPI, each in a virtual environment of its own below `.velox/tools`.

use std::path::{Path, PathBuf};

use super::apt;
use crate::{
    project::Project,
    run::{run, succeeds},
};

/// A program from a package.
pub(super) struct Tool {
    /// The program in the package's `bin`.
    pub(super) program: &'static str,
    /// With its version: a check means the same tomorrow.
    pub(super) package: &'static str,
}

impl Tool {
    /// Where it is when it is installed.
    pub(super) fn path(&self, project: &Project) -> PathBuf {
        self.folder(project).join("bin").join(self.program)
    }

    /// Installs it unless it is there.
    pub(super) fn ensure(&self, project: &Project) -> Result<PathBuf, String> {
        let (folder, path) = (self.folder(project), self.path(project));
        if !path.is_file() {
            if !environment(project, &folder) {
                let purpose = format!("{} needs python3 with its module venv", self.program);
                apt::install(project, &purpose, &["python3-venv"])?;
                if !environment(project, &folder) {
                    return Err(format!("{purpose}, which is installed and does not work"));
                }
            }
            run(project.command(folder.join("bin/pip")).args(["install", "--quiet", self.package]))?;
        }
        Ok(path)
    }

    /// Another version is another folder.
    fn folder(&self, project: &Project) -> PathBuf {
        let name: String = self.package.chars().map(|c| if c.is_alphanumeric() { c } else { '-' }).collect();
        project.path(".velox/tools").join(name)
    }
}

fn environment(project: &Project, folder: &Path) -> bool {
    succeeds(project.command("python3").args(["-m", "venv"]).arg(folder))
}
