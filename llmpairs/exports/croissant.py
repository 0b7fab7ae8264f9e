"""Croissant 1.1 description of a data package: a schema.org Dataset with files, tables and keys.

References between tables are in `datapackage.json` only: mlcroissant 1.1.1 joins every referenced table to read one,
and fails where that table is a record set itself. The context is the specification's own
(docs.mlcommons.org/croissant, version 1.1); `bench/check_packages.py` validates a description with mlcroissant.
"""

from collections.abc import Iterator

import pyarrow as pa

from llmpairs.exports.descriptor import Descriptor, Resource
from llmpairs.exports.tabular import is_text_in_files
from llmpairs.warehouse.contract import Column, Table
from llmpairs.warehouse.contracts import TABLES

CROISSANT = "croissant.json"
CONFORMS_TO = "http://mlcommons.org/croissant/1.1"
PREFIXED = (
    "arrayShape", "citeAs", "column", "containedIn", "equivalentProperty", "extract", "field", "fileObject",
    "fileProperty", "fileSet", "format", "includes", "isArray", "isLiveDataset", "jsonPath", "key", "md5",
    "parentField", "path", "recordSet", "references", "regex", "repeated", "replace", "samplingRate", "separator",
    "source", "subField", "transform",
)  # fmt: skip
"""Terms of the context that are plain names of Croissant's own vocabulary."""
CONTEXT: dict[str, object] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "cr": "http://mlcommons.org/croissant/",
    "dct": "http://purl.org/dc/terms/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "sc": "https://schema.org/",
    "conformsTo": "dct:conformsTo",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "description": {"@container": "@language"},
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "name": {"@container": "@language"},
    **{name: f"cr:{name}" for name in PREFIXED},
}
MEDIA_TYPES = {"parquet": "application/x-parquet", "csv": "text/csv"}
TYPES = {
    pa.bool_(): "sc:Boolean", pa.int8(): "cr:Int8", pa.int16(): "cr:Int16", pa.int32(): "cr:Int32",
    pa.int64(): "cr:Int64", pa.float32(): "cr:Float32", pa.float64(): "cr:Float64", pa.date32(): "sc:Date",
}  # fmt: skip


def describe_croissant(descriptor: Descriptor) -> dict[str, object]:
    """The description of the package that a descriptor describes."""
    resources = [resource for resource in descriptor["resources"] if "parts" in resource]
    return {
        "@context": CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": CONFORMS_TO,
        "name": descriptor["name"],
        "description": descriptor["title"],
        "license": [licence["path"] for licence in descriptor["licenses"]],
        "url": "README.md",
        # A semantic version, as the specification asks: the contracts', with the release as build.
        "version": f"{descriptor['contracts_version']}.0.0+{descriptor['version']}",
        "datePublished": descriptor["created"],
        "citeAs": f"{descriptor['title']}. {', '.join(source['title'] for source in descriptor['sources'])}.",
        "distribution": [item for resource in resources for item in _list_files(resource)],
        "recordSet": [_describe_records(resource) for resource in resources],
    }


def _list_files(resource: Resource) -> Iterator[dict[str, object]]:
    """Each file, and the set of them where a table has several."""
    type_ = MEDIA_TYPES[resource["format"]]
    for part in resource["parts"]:
        yield {
            "@type": "cr:FileObject",
            "@id": part["path"],
            "name": part["path"],
            "contentUrl": part["path"],
            "contentSize": f"{part['bytes']} B",
            "encodingFormat": type_,
            "sha256": part["hash"].removeprefix("sha256:"),
        }
    if len(resource["parts"]) > 1:
        yield {
            "@type": "cr:FileSet",
            "@id": f"{resource['table']}-files",
            "name": f"{resource['table']}-files",
            "encodingFormat": type_,
            "includes": f"{resource['table']}/*.{resource['format']}",
        }


def _describe_records(resource: Resource) -> dict[str, object]:
    table = TABLES[resource["table"]]
    parts = resource["parts"]
    source = (
        {"fileObject": {"@id": parts[0]["path"]}} if len(parts) == 1 else {"fileSet": {"@id": f"{table.name}-files"}}
    )
    return {
        "@type": "cr:RecordSet",
        "@id": table.name,
        "name": table.name,
        "description": resource["description"],
        "key": [{"@id": f"{table.name}/{name}"} for name in table.key],
        "field": [
            {
                **_describe_field(table, column, resource["format"]),
                "source": {**source, "extract": {"column": column.name}},
            }
            for column in table.columns
            if resource["format"] != "parquet" or not is_list_of_structs(column)
        ],
    }


def is_list_of_structs(column: Column) -> bool:
    """Whether a column has no Croissant type: mlcroissant reads no list of structs, so Parquet files leave it out."""
    return bool(pa.types.is_list(column.type) and pa.types.is_struct(column.type.value_type))


def _describe_field(table: Table, column: Column, format_: str) -> dict[str, object]:
    type_ = "sc:DateTime" if pa.types.is_timestamp(column.type) else TYPES.get(column.type, "sc:Text")
    is_list = pa.types.is_list(column.type) and format_ == "parquet"
    notes = [
        column.about,
        f"Unit: {column.unit}." if column.unit else "",
        f"Null: {column.null_means}." if column.null_means else "",
    ]
    return {
        "@type": "cr:Field",
        "@id": f"{table.name}/{column.name}",
        "name": f"{table.name}/{column.name}",
        "description": " ".join(note for note in notes if note),
        "dataType": "sc:Text" if format_ == "csv" and is_text_in_files(column) else type_,
        **({"isArray": True, "arrayShape": "-1"} if is_list else {}),
    }
