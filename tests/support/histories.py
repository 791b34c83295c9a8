"""Random histories of a repository: people add, edit, rename and remove manifests, and the files that these
name. After every change the whole repository is valid.
"""

import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from tests.support.hello import CONFIG
from tests.support.manifests import REQUEST
from tests.support.model_contents import PYTHON, tiny_onnx

SETTINGS = """apiVersion: reconciler.oci/v1
kind: Repository
owner: OWNER
targets:
  local: {emulator: {}, project: tests, values: {text: TEXT, unused: UNUSED}}
  other: {emulator: {}, project: tests, values: {text: other}}
safety: {maxDeletes: DELETES}
"""
MOST = 9


@dataclass
class Deployment:
    """One manifest, by what is random about it."""

    name: str
    model: str
    file: str
    words: str = "one"
    templated: bool = False
    comment: str = ""
    probe: str = ""
    here: int = 0
    elsewhere: int = 0
    shared: bool = False
    url: str = ""
    secret: str = ""
    build: str = ""
    was: str = ""

    def text(self) -> str:
        """The manifest."""
        up = "../" * self.file.count("/")
        description = f"{self.words} {{{{ values.text }}}}" if self.templated else self.words
        renamed = f", renamedFrom: {self.was}" if self.was else ""
        lines = [
            f"# {self.comment}",
            "apiVersion: reconciler.oci/v1",
            "kind: ModelDeployment",
            f"metadata: {{name: {self.name}, description: '{description}'{renamed}}}",
            "spec:",
            f"  image: {{repository: iad.ocir.io/acme/triton, tag: '1'{self.build}}}",
            "  instance: {shape: VM.Standard.E4.Flex, ocpus: 1, memoryGBs: 8}",
        ]
        if self.shared or self.url:
            remote = f"{{url: 'https://example.com/{self.url}', sha256: '{'0' * 64}'}}"
            one = f"'{up}shared/the model.onnx'" if self.shared else remote
            lines.append(f"  models: [{{name: m, backend: onnxruntime, versions: {{'1': {one}}}}}]")
        else:
            lines.append(f"  modelRepository: '{up}{self.model}'")
        if self.secret:
            lines.append(f"  server: {{env: {{TOKEN: \"{{{{ env.{self.secret} | default('') }}}}\"}}}}")
        if self.probe:
            lines.append(f"  rollout: {{probes: [{{model: m, input: '{up}probes/{self.probe}'}}]}}")
        patches = {"local": self.here, "other": self.elsewhere}
        if any(patches.values()):
            lines.append("targets:")
            lines += [
                f"  {name}: {{spec: {{scaling: {{instances: {n}}}}}}}" for name, n in patches.items() if n
            ]
        return "\n".join(lines) + "\n"


@dataclass
class History:
    """A repository below `root`, with what a random generator does to it."""

    root: Path
    random: Random
    made: int = 0
    settings: dict[str, str] = field(
        default_factory=lambda: {"OWNER": "tests", "TEXT": "a", "UNUSED": "a", "DELETES": "1"}
    )
    deployments: list[Deployment] = field(default_factory=list)

    def begin(self) -> None:
        """Settings, shared files, and a few deployments."""
        self.write("shared/the model.onnx", tiny_onnx("onnx"))
        for name in ("a.json", "b.json"):
            self.write(f"probes/{name}", REQUEST)
        for _ in range(4):
            self.add()
        self.save()

    def step(self) -> str:
        """Change one or two things, and write them; what was done."""
        done = []
        for _ in range(self.random.choice((1, 1, 2))):
            change = self.random.choice(CHANGES)
            change(self)
            done.append(change.__name__)
        self.save()
        return ", ".join(done)

    def save(self) -> None:
        """Write all manifests and the settings."""
        text = SETTINGS
        for word, value in self.settings.items():
            text = text.replace(word, value)
        self.write("reconciler.yaml", text)
        shutil.rmtree(self.root / "manifests", ignore_errors=True)
        texts: dict[str, list[str]] = {}
        for one in self.deployments:
            texts.setdefault(one.file, []).append(one.text())
        for file, documents in texts.items():
            self.write(file, "---\n".join(documents))

    def write(self, path: str, text: str) -> None:
        """Write one file."""
        place = self.root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)

    def any(self) -> Deployment:
        """One of the deployments."""
        return self.random.choice(self.deployments)

    def laid_out(self) -> Deployment:
        """One that has a model repository of its own, if there is one."""
        return self.random.choice(
            [one for one in self.deployments if not one.shared and not one.url] or [self.any()]
        )

    def word(self) -> str:
        """A word that was never used."""
        self.made += 1
        return f"w{self.made}"

    # -- what people do

    def add(self) -> None:
        if len(self.deployments) >= MOST:
            return
        name = f"d{self.word()}"
        folder = self.random.choice(("manifests", "manifests", "manifests/a team", "manifests/.hidden/../b"))
        folder = folder.replace(".hidden/../", "")
        one = Deployment(name, f"models/{name}", f"{folder}/{name}.yaml")
        one.templated = self.random.random() < 0.3
        one.shared = self.random.random() < 0.3
        one.url = "" if one.shared or self.random.random() < 0.8 else "one"
        one.probe = self.random.choice(("", "a.json", "b.json"))
        self.write(f"{one.model}/m/config.pbtxt", CONFIG)
        self.write(f"{one.model}/m/1/model.py", f"{PYTHON}# {self.word()}\n")
        self.deployments.append(one)

    def remove(self) -> None:
        if len(self.deployments) > 2:
            one = self.any()
            self.deployments.remove(one)
            used = {self.real(other) for other in self.deployments}
            if self.random.random() < 0.5 and self.real(one) not in used:
                self.take_away(one.model)

    def take_away(self, model: str) -> None:
        place = self.root / model
        place.unlink() if place.is_symlink() else shutil.rmtree(place, ignore_errors=True)

    def edit(self) -> None:
        self.any().words = self.random.choice(("one", "two", self.word()))

    def comment(self) -> None:
        self.any().comment = self.word()

    def rename_file(self) -> None:
        one = self.any()
        one.file = f"manifests/{self.word()}.yml"

    def change_letters_of_file(self) -> None:
        one = self.any()
        one.file = f"{one.file.rpartition('/')[0]}/{one.file.rpartition('/')[2].swapcase()}"

    def join_files(self) -> None:
        self.any().file = self.any().file

    def rename_deployment(self) -> None:
        one = self.any()
        one.was = one.name if self.random.random() < 0.5 else ""
        one.name = f"d{self.word()}"

    def change_model(self) -> None:
        self.write(
            f"{self.real(self.laid_out())}/m/1/model.py",
            f"{PYTHON}# {self.random.choice(('one', self.word()))}\n",
        )

    def real(self, one: Deployment) -> str:
        place = (self.root / one.model).resolve()
        if not place.is_dir():
            self.write(f"{one.model}/m/config.pbtxt", CONFIG)
            self.write(f"{one.model}/m/1/model.py", f"{PYTHON}# {self.word()}\n")
        return str((self.root / one.model).resolve().relative_to(self.root.resolve()))

    def touch_model(self) -> None:
        place = self.root / self.real(self.laid_out()) / "m/1/model.py"
        place.write_bytes(place.read_bytes())

    def change_version(self) -> None:
        folder = self.root / self.real(self.laid_out()) / "m"
        if (folder / "2").is_dir():
            shutil.rmtree(folder / "2")
        else:
            self.write(str((folder / "2/model.py").relative_to(self.root)), f"{PYTHON}# two\n")

    def move_model(self) -> None:
        one = self.laid_out()
        before = self.real(one)
        others = [other for other in self.deployments if other is not one]
        if one.model != before or any(
            other.model == before or self.real(other) == before for other in others
        ):
            return
        one.model = f"models/{self.word()} moved"
        (self.root / before).rename(self.root / one.model)

    def link_model(self) -> None:
        one, other = self.laid_out(), self.any()
        if one is not other and self.real(one) != self.real(other):
            link = f"models/link {self.word()}"
            (self.root / link).symlink_to(Path(self.real(other)).relative_to("models"))
            one.model = link

    def change_link(self) -> None:
        links = [one for one in self.deployments if (self.root / one.model).is_symlink()]
        if links:
            one, end = self.random.choice(links), self.real(self.any())
            (self.root / one.model).unlink()
            (self.root / one.model).symlink_to(Path(end).relative_to("models"))

    def change_probe(self) -> None:
        number = self.random.choice(("1.0", "2.0", "3.0"))
        self.write(f"probes/{self.random.choice('ab')}.json", REQUEST.replace("1.0", number))

    def use_probe(self) -> None:
        self.any().probe = self.random.choice(("", "a.json", "b.json"))

    def change_value(self) -> None:
        self.settings["TEXT"] = self.random.choice("abc")

    def change_unused_value(self) -> None:
        self.settings["UNUSED"] = self.word()

    def change_limit(self) -> None:
        self.settings["DELETES"] = self.random.choice("123")

    def change_owner(self) -> None:
        if self.random.random() < 0.2:
            self.settings["OWNER"] = self.random.choice(("tests", "others"))

    def use_value(self) -> None:
        one = self.any()
        one.templated = not one.templated

    def patch_here(self) -> None:
        self.any().here = self.random.choice((0, 1, 2))

    def patch_elsewhere(self) -> None:
        self.any().elsewhere = self.random.choice((0, 1, 2))

    def change_shared(self) -> None:
        note = self.random.choice(("onnx", "other", self.word()))
        self.write("shared/the model.onnx", tiny_onnx(note))

    def use_shared(self) -> None:
        one = self.any()
        one.shared = not one.shared

    def change_url(self) -> None:
        self.any().url = self.random.choice(("", "one", "two"))

    def change_secret(self) -> None:
        self.any().secret = self.random.choice(("", "TOKEN_A", "TOKEN_B"))

    def change_build(self) -> None:
        builds = ("", ", build: {triton: 2.51.0, backends: [python, onnxruntime]}")
        self.any().build = self.random.choice(builds)

    def hidden_files(self) -> None:
        self.write(f"{self.real(self.laid_out())}/m/1/.gitignore", f"{self.word()}\n")
        self.write(f"manifests-{self.random.choice('ab')}/.hidden", self.word())

    def files_that_nobody_names(self) -> None:
        self.write("README.md", self.word())
        self.write("shared/other.onnx", self.word())
        self.write("models/unused/m/1/model.py", self.word())


CHANGES: tuple[Callable[[History], None], ...] = tuple(
    getattr(History, name)
    for name in (
        *("add", "remove", "edit", "edit", "comment", "comment", "rename_file", "change_letters_of_file"),
        *("join_files", "rename_deployment", "change_model", "change_model", "touch_model", "change_version"),
        *("move_model", "move_model", "link_model", "change_link", "change_probe", "use_probe"),
        *("change_value", "change_unused_value", "change_limit", "change_owner", "use_value"),
        *("patch_here", "patch_elsewhere", "change_shared", "use_shared", "change_url", "change_secret"),
        *("change_build", "hidden_files", "files_that_nobody_names"),
    )
)
