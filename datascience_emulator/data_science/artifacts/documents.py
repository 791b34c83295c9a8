"""What requests to export, import and register model artifacts may hold. Pure.

Field lists: OCI SDK 2.189, `oci/data_science/models`. UNVERIFIED: that bucket, object and namespace are
required to export and import. The SDK requires none of them, but without them nothing could be done.
"""

from dataclasses import replace

from datascience_emulator.wire.schema import record, sequence, tagged, text

_NAME = text(maximum=255)
_REGION = replace(_NAME, unset=("",))
_OBJECT = text(maximum=1024)
export_artifact = record(
    {
        "artifactExportDetails": tagged(
            "artifactSourceType",
            {
                "ORACLE_OBJECT_STORAGE": record(
                    {"namespace": _NAME, "sourceBucket": _NAME, "sourceObjectName": _OBJECT},
                    {"sourceRegion": _REGION},
                )
            },
        )
    },
    {},
)
import_artifact = record(
    {
        "artifactImportDetails": tagged(
            "artifactSourceType",
            {
                "ORACLE_OBJECT_STORAGE": record(
                    {"namespace": _NAME, "destinationBucket": _NAME, "destinationObjectName": _OBJECT},
                    {"destinationRegion": _REGION},
                )
            },
        )
    },
    {},
)
register_reference = record(
    {
        "modelArtifactReferences": sequence(
            tagged(
                "modelArtifactReferenceType",
                {"OSS": record({"namespace": _NAME, "bucketName": _NAME}, {"prefix": _OBJECT})},
            ),
            minimum=1,
        )
    },
    {},
)
