"""A sample of the containers that the service offers. Data only.

Names as in oracle-ads 2.16 (`ads/aqua/common/enums.py`), fields as in the SDK's ContainerSummary. Tags and
ports are made up.
"""

from datascience_emulator.wire.json_values import Json


def _container(
    name: str,
    title: str,
    tag: str,
    usages: list[str],
    workload: str = "MODEL_DEPLOYMENT",
    *,
    latest: bool = True,
) -> Json:
    serving = {
        "workloadType": "MODEL_DEPLOYMENT",
        "cmd": "",
        "serverPort": 8080,
        "healthCheckPort": 8080,
        "additionalConfigurations": {},
    }
    return {
        "containerName": name,
        "displayName": title,
        "familyName": name,
        "description": title,
        "isLatest": latest,
        "targetWorkloads": [workload],
        "usages": usages,
        "tag": tag,
        "lifecycleState": "ACTIVE",
        "workloadConfigurationDetailsList": [
            serving if workload == "MODEL_DEPLOYMENT" else {"workloadType": workload}
        ],
        "tagConfigurationList": [],
        "freeformTags": {},
        "definedTags": {},
    }


CONTAINERS: tuple[Json, ...] = (
    _container("odsc-vllm-serving", "vLLM", "1.1.0", ["INFERENCE", "BATCH_INFERENCE"]),
    _container("odsc-vllm-serving", "vLLM", "1.0.0", ["INFERENCE", "BATCH_INFERENCE"], latest=False),
    _container("odsc-tgi-serving", "Text Generation Inference", "1.0.0", ["INFERENCE"]),
    _container("odsc-llm-fine-tuning", "Fine-tuning", "1.0.0", ["FINE_TUNE"], "JOB_RUN"),
    _container("odsc-llm-evaluate", "Evaluation", "1.0.0", ["EVALUATION"], "JOB_RUN"),
)
