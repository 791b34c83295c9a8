"""Folders and files of a model repository: which the server takes for models and versions, which it ignores,
and which it cannot stand.
"""

from collections.abc import Mapping

from tests.corpus.case import PYTHON_MODEL, Case, one_model, repository

IO = """input [ { name: "x" data_type: TYPE_FP32 dims: [ 1 ] } ]
output [ { name: "y" data_type: TYPE_FP32 dims: [ 1 ] } ]
"""
CONFIG = f'backend: "python"\n{IO}'
ONNX = f'backend: "onnxruntime"\n{IO}'
NO_MODEL = b"no model"
ALL = f"{CONFIG}version_policy {{ all {{ }} }}\n"
GOOD = {"m/config.pbtxt": CONFIG, "m/1/model.py": PYTHON_MODEL}


def beside(name: str, files: Mapping[str, str | bytes]) -> Case:
    """A repository with one good model `m`, and more."""
    return repository(f"layout_{name}", GOOD | files)


def inside(name: str, files: Mapping[str, str | bytes], config: str | None = CONFIG) -> Case:
    """One model with a good version 1, and more in its folder."""
    return one_model(f"layout_{name}", config, {"1/model.py": PYTHON_MODEL} | files)


def instead(name: str, files: Mapping[str, str | bytes], config: str | None = CONFIG) -> Case:
    """One model with these files alone."""
    return one_model(f"layout_{name}", config, files)


CASES = (
    # Beside the models.
    beside("file_beside_models", {"README.md": "x"}),
    beside("config_beside_models", {"config.pbtxt": CONFIG}),
    beside("hidden_file_beside_models", {".hidden": "x"}),
    beside("empty_folder_beside_models", {"docs/": ""}),
    beside("folder_beside_models", {"docs/readme.md": "x"}),
    beside("hidden_folder_beside_models", {".ipynb_checkpoints/x.ipynb": "x"}),
    beside("macosx_beside_models", {"__MACOSX/m/._config.pbtxt": "x"}),
    beside("lost_and_found", {"lost+found/": ""}),
    beside("folder_with_one_dot", {"notes.v2/readme.md": "x"}),
    repository("layout_one_folder_too_deep", {f"models/{path}": GOOD[path] for path in GOOD}),
    repository("layout_two_too_deep", {f"a/b/{path}": GOOD[path] for path in GOOD}),
    repository("layout_one_folder_too_shallow", {path.removeprefix("m/"): GOOD[path] for path in GOOD}),
    repository("layout_shallow_without_config", {"1/model.py": PYTHON_MODEL}),
    repository(
        "layout_models_named_by_numbers", {f"{n}/{path[2:]}": GOOD[path] for n in "12" for path in GOOD}
    ),
    repository("layout_deep_beside_good", GOOD | {f"group/n/{path[2:]}": GOOD[path] for path in GOOD}),
    # Versions.
    inside("version_v2", {"v2/model.py": PYTHON_MODEL}),
    inside("version_02", {"02/model.py": PYTHON_MODEL}),
    inside("version_0", {"0/model.py": PYTHON_MODEL}, ALL),
    instead("version_0_alone", {"0/model.onnx": NO_MODEL}, ONNX),
    instead("version_v1_alone", {"v1/model.onnx": NO_MODEL}, ONNX),
    instead("version_01_alone", {"01/model.onnx": NO_MODEL}, ONNX),
    inside("version_1_old", {"1-old/model.py": PYTHON_MODEL}),
    inside("version_1_old_served_all", {"1-old/model.py": PYTHON_MODEL}, ALL),
    instead("version_2_old", {"1/model.onnx": NO_MODEL, "2-old/model.onnx": NO_MODEL}, ONNX),
    inside(
        "version_2_old_not_served",
        {"2-old/model.py": PYTHON_MODEL},
        f"{CONFIG}version_policy {{ specific {{ versions: 1 }} }}",
    ),
    instead("version_1_old_alone", {"1-old/model.onnx": NO_MODEL}, ONNX),
    instead("version_with_dot", {"1/model.onnx": NO_MODEL, "2.0/model.onnx": NO_MODEL}, ONNX),
    inside("version_1_dot_0", {"1.0/model.py": PYTHON_MODEL}),
    instead("version_with_plus", {"1/model.onnx": NO_MODEL, "+2/model.onnx": NO_MODEL}, ONNX),
    inside("version_minus", {"-2/model.py": PYTHON_MODEL}),
    instead("version_minus_served_all", {"-2/model.onnx": NO_MODEL}, f"{ONNX}version_policy {{ all {{ }} }}"),
    instead("version_with_blank", {"1/model.onnx": NO_MODEL, " 2/model.onnx": NO_MODEL}, ONNX),
    instead("version_exponent", {"1/model.onnx": NO_MODEL, "2e3/model.onnx": NO_MODEL}, ONNX),
    inside("version_hexadecimal", {"0x2/model.py": PYTHON_MODEL}),
    inside("version_hexadecimal_one", {"1x/model.py": PYTHON_MODEL}),
    inside("version_largest", {f"{2**63 - 1}/model.py": PYTHON_MODEL}),
    inside("version_too_large", {f"{2**63}/model.py": PYTHON_MODEL}),
    inside("version_word_and_number", {"version2/model.py": PYTHON_MODEL}),
    instead("version_word_behind", {"1/model.onnx": NO_MODEL, "2backup/model.onnx": NO_MODEL}, ONNX),
    inside("version_a_file", {"2": "x"}),
    instead("version_empty", {"1/model.onnx": NO_MODEL, "2/": ""}, ONNX),
    inside("lower_version_empty", {"0/": ""}),
    instead("version_empty_alone", {"1/": ""}, ONNX),
    instead("version_with_notes", {"1/notes.txt": "x"}, ONNX),
    instead("no_version", {"model.onnx": NO_MODEL}, ONNX),
    instead("nothing_but_config", {}),
    instead("version_hidden_file_alone", {"1/.gitkeep": ""}, ONNX),
    # Inside a model.
    inside("file_beside_versions", {"README.md": "x"}),
    inside("hidden_beside_versions", {".gitkeep": "", ".ipynb_checkpoints/x": "x"}),
    inside("hidden_beside_versions_without_config_backend", {".ipynb_checkpoints/x": "x"}, IO),
    inside("folder_beside_versions", {"assets/x.txt": "x", "configs/a.txt": "x"}),
    inside("folder_before_versions", {"0assets/x.txt": "x"}, IO),
    inside("folder_before_versions_with_backend", {"0assets/x.txt": "x"}),
    inside("folder_after_versions_without_backend", {"assets/x.txt": "x"}, IO),
    inside("warmup_and_initial_state", {"warmup/x": "x", "initial_state/y": "y"}),
    inside("config_in_version", {"1/config.pbtxt": 'backend: "onnxruntime"'}),
    inside("config_txt", {"config.pbtxt.txt": CONFIG}, IO),
    instead("config_capital", {"Config.pbtxt": CONFIG, "1/model.py": PYTHON_MODEL}, None),
    instead("config_pbtx", {"config.pbtx": CONFIG, "1/model.py": PYTHON_MODEL}, None),
    instead("config_prototxt", {"config.prototxt": CONFIG, "1/model.py": PYTHON_MODEL}, None),
    instead("config_backup", {"config.pbtxt.bak": CONFIG, "1/model.py": PYTHON_MODEL}),
    instead("config_a_folder", {"config.pbtxt/x": "x", "1/model.py": PYTHON_MODEL}, None),
    instead("model_file_a_folder", {"1/model.onnx/x": "x"}, ONNX),
    instead("model_file_in_capitals", {"1/Model.onnx": NO_MODEL}, ONNX),
    instead("model_file_one_too_deep", {"1/m/model.onnx": NO_MODEL}, ONNX),
    instead("model_file_beside_version", {"1/": "", "model.onnx": NO_MODEL}, ONNX),
    # What a policy leaves of the versions.
    inside("policy_of_absent_version", {}, f"{CONFIG}version_policy {{ specific {{ versions: [ 1, 7 ] }} }}"),
    inside("policy_of_absent_version_alone", {}, f"{CONFIG}version_policy {{ specific {{ versions: 7 }} }}"),
    inside("policy_of_no_version", {}, f"{CONFIG}version_policy {{ latest {{ num_versions: 0 }} }}"),
    inside("policy_empty", {"2/model.py": PYTHON_MODEL}, f"{CONFIG}version_policy {{ }}"),
    inside(
        "policy_latest_two",
        {"2/model.py": PYTHON_MODEL, "9/model.py": PYTHON_MODEL, "10/model.py": PYTHON_MODEL},
        f"{CONFIG}version_policy {{ latest {{ num_versions: 2 }} }}",
    ),
    inside("placeholder", {}, f'{CONFIG}parameters {{ key: "a" value {{ string_value: "${{x}}" }} }}'),
    # Names.
    instead("name_of_folder", {"1/model.py": PYTHON_MODEL}, f'name: "other"\n{CONFIG}'),
    instead("name_same", {"1/model.py": PYTHON_MODEL}, f'name: "layout_name_same"\n{CONFIG}'),
    instead("name_case", {"1/model.py": PYTHON_MODEL}, f'name: "Layout_name_case"\n{CONFIG}'),
    repository("layout_two_by_case", {f"{name}/{path[2:]}": GOOD[path] for name in "mM" for path in GOOD}),
    repository(
        "layout_two_of_one_name",
        {f"{name}/config.pbtxt": f'name: "a"\n{CONFIG}' for name in "ab"}
        | {f"{name}/1/model.py": PYTHON_MODEL for name in "ab"},
    ),
)
