"""Where drivers are looked for: one option of all commands that load drivers here."""

from pathlib import Path

import click

from qdm_sidecar import plugins

plugins_option = click.option(
    "--plugins",
    "plugins_dir",
    metavar="DIR",
    envvar="QDM_PLUGINS_DIR",
    show_envvar=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path, resolve_path=True),
    help="Folder with further drivers, each a file *_driver.py.",
)


def plugin_folders(plugins_dir: Path | None) -> tuple[Path, ...]:
    """Returns the built-in folder and the one that the option names."""
    built_in = tuple(Path(folder) for folder in plugins.__path__)
    return built_in if plugins_dir is None else (*built_in, plugins_dir)
