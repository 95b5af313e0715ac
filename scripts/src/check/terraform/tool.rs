//! Terraform and its provider, wherever they are on this machine.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use super::quietly;
use crate::{project::Project, run::on_path};

/// The provider below a mirror ("CLI Configuration File", "Provider Installation"), in the version that all roots name.
const PROVIDER: &str = "registry.terraform.io/hashicorp/aws/5.100.0";

/// Folders in which a mirror usually is, or folders with one in them.
const PLACES: [&str; 6] = ["/opt", "/srv", "/usr/local/share", "/usr/local/lib", "/usr/share", "/var/lib"];

/// A program that can be run, and how it finds its provider.
pub(super) struct Terraform {
    program: PathBuf,
    /// Configuration of the command line, which is ours alone.
    configuration: PathBuf,
    /// Where each root's downloads are.
    data: PathBuf,
}

impl Terraform {
    /// On the PATH, with the provider from a mirror on the disk where there is one, else from the registry.
    pub(super) fn find(project: &Project) -> Result<Self, String> {
        let program = on_path(&["terraform"]);
        let program =
            program.ok_or("terraform is not on the PATH (developer.hashicorp.com/terraform/install)")?;
        let folder = project.path(".velox/terraform");
        let cache = folder.join("plugins");
        fs::create_dir_all(&cache).map_err(|error| format!("{}: {error}", cache.display()))?;
        let configuration = folder.join("cli.tfrc");
        let text = match mirror() {
            Some(mirror) => mirrored(&mirror),
            None => format!("plugin_cache_dir = {:?}\n", cache.display().to_string()),
        };
        // Another Terraform may be reading it.
        if fs::read_to_string(&configuration).ok().as_ref() != Some(&text) {
            fs::write(&configuration, text)
                .map_err(|error| format!("{}: {error}", configuration.display()))?;
        }
        Ok(Self { program, configuration, data: folder.join("data") })
    }

    /// Terraform in a folder, which asks nothing and reads no configuration but ours.
    pub(super) fn command(&self, project: &Project, folder: &Path) -> Command {
        let mut command = project.command(&self.program);
        self.environment(&mut command, folder);
        command.current_dir(folder);
        command
    }

    /// What a command needs that starts Terraform in a folder.
    pub(super) fn environment(&self, command: &mut Command, folder: &Path) {
        command.env("TF_CLI_CONFIG_FILE", &self.configuration);
        command.env("TF_DATA_DIR", self.data.join(name(folder))).env("TF_IN_AUTOMATION", "1");
        command.env("TF_INPUT", "0").env("CHECKPOINT_DISABLE", "1").env_remove("TF_PLUGIN_CACHE_DIR");
    }

    /// Brings provider and modules along, and neither a state nor another version than the lock file says.
    pub(super) fn initialize(&self, project: &Project, folder: &Path) -> Result<(), String> {
        let mut init = self.command(project, folder);
        init.args(["init", "-backend=false", "-lockfile=readonly", "-no-color"]);
        quietly(&mut init, &format!("terraform init in {}", folder.display()))
    }
}

/// A folder's whole path in one name: two copies of a root have two.
fn name(folder: &Path) -> String {
    folder.display().to_string().replace(['/', '\\'], "-")
}

fn mirrored(mirror: &Path) -> String {
    format!(
        "provider_installation {{\n  filesystem_mirror {{\n    path    = {:?}\n    include = [\"registry.terraform.io/hashicorp/aws\"]\n  }}\n  direct {{\n    exclude = [\"registry.terraform.io/hashicorp/aws\"]\n  }}\n}}\n",
        mirror.display().to_string()
    )
}

/// A mirror with our provider, in one of the usual places or two folders below.
fn mirror() -> Option<PathBuf> {
    let home = env::var_os("HOME").map(PathBuf::from);
    let own = [".terraform.d", ".local/share/terraform", ".cache"];
    let own = own.iter().filter_map(|folder| home.as_ref().map(|home| home.join(folder)));
    own.chain(PLACES.map(PathBuf::from)).find_map(|place| below(&place, 2))
}

fn below(folder: &Path, depth: u8) -> Option<PathBuf> {
    if folder.join(PROVIDER).is_dir() {
        return Some(folder.to_owned());
    }
    let folders = fs::read_dir(folder).ok().filter(|_| depth > 0)?.flatten();
    let mut folders = folders.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()));
    folders.find_map(|entry| below(&entry.path(), depth - 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mirror_is_found_below_a_usual_place_and_not_where_the_version_is_another() {
        let place = env::temp_dir().join(format!("velox-mirror-{}", std::process::id()));
        let other = "registry.terraform.io/hashicorp/aws/5.99.0";
        fs::create_dir_all(place.join("other").join(other)).unwrap();
        assert_eq!(below(&place, 2), None);
        fs::create_dir_all(place.join("terraform/plugins").join(PROVIDER)).unwrap();
        assert_eq!(below(&place, 2), Some(place.join("terraform/plugins")));
        fs::remove_dir_all(place).unwrap();
    }
}
