# ruff: noqa: E501 - long lists of what is tried
"""No manifest can compute on a secret. Whatever hostile manifests and settings try, what a plan prints
and saves is the same, byte for byte, whatever the secret is.

One seed tells all of them: ORACLE_SEED and ORACLE_ROUNDS choose others, and more.
"""

import os
import random
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from reconciler.app import applying, connecting, planning
from reconciler.app.desired import PlanRequest
from reconciler.app.interrupting import Interruption
from reconciler.app.workspace import workspace_at
from reconciler.cli.verb_list import cli
from tests.support.examples import examples
from tests.support.hello import MANIFEST, write_hello
from tests.support.memory import MemoryCloud
from tests.support.reaching import reaches
from tests.support.workspace import SETTINGS, Workspace, make

SEED = int(os.environ.get("ORACLE_SEED", "20261128"))
ROUNDS = int(os.environ.get("ORACLE_ROUNDS", examples(150)))

LIVE = "what-is-live-now"
PAIRS = [
    ("a", "b" * 3000),
    ("hunter2", "12345"),
    ("x-guess", "guess"),
    ("guess-of-a-secret", "some-other-secret"),
    ("guess-of-a-secret", "guess-of-a-secret-x"),
    ("sk-", "xyz"),
    ("{{ values.a }}", "{% if x %}"),
    ("true", "null"),
    ("line\nline", "pässwörd-日本"),
    ("*a", "&a [x"),
    ("0", "-1e9"),
    (" ", "\t"),
    ("${HOME}", "../../etc/passwd"),
]
"""Two secrets each, both other than what is live: nobody may learn which of them it is."""

BASES = [
    "env.SK",
    "env['SK']",
    'env["SK"]',
    "env",
    "env.SK[0]",
    "env.SK.x",
    "values.a",
    "values",
    "'guess'",
    "1",
    "vals.x",
]
FILTERS = [
    "upper", "lower", "int", "float", "string", "default('d')", "default(env.SK)", "default('d', true)", "length", "first",
    "last", "list", "join(env.SK)", "tojson", "replace('g', env.SK)", "trim", "truncate(1)", "hash", "wordcount", "reverse",
    "batch(1)", "map('upper')", "select('equalto', env.SK)", "attr('x')", "format(env.SK)", "md5", "b64encode", "sort",
    "round", "abs", "center(80)", "indent", "urlencode", "e", "safe", "unique", "random", "filesizeformat", "xmlattr",
]  # fmt: skip
OPERATORS = [
    "+",
    "~",
    "-",
    "*",
    "/",
    "//",
    "%",
    "**",
    "==",
    "!=",
    "<",
    ">",
    "<=",
    ">=",
    "in",
    "not in",
    "and",
    "or",
]
TESTS = [
    "is defined",
    "is none",
    "is number",
    "is upper",
    "is sameas(env.SK)",
    "is in ['guess']",
    "is divisibleby(3)",
]
CALLS = [
    ".startswith('g')",
    ".encode()",
    ".__class__",
    ".__len__()",
    "[0:2]",
    "[::-1]",
    "|length",
    ".split('e')[0]",
]


GUESS = "guess-of-a-secret"


class Hostile:
    """Makes expressions, and puts them somewhere."""

    def __init__(self, numbers: random.Random) -> None:
        self.numbers = numbers
        self.pick = numbers.choice

    def expression(self, depth: int = 0) -> str:
        shapes: list[Callable[[], str]] = [
            lambda: self.pick(BASES),
            lambda: f"{self.pick(BASES)} | {self.pick(FILTERS)}",
            lambda: f"{self.pick(BASES)} | {self.pick(FILTERS)} | {self.pick(FILTERS)}",
            lambda: f"{self.pick(BASES)}{self.pick(CALLS)}",
            lambda: f"{self.pick(BASES)} {self.pick(TESTS)}",
        ]
        if depth < 2:
            shapes += [
                lambda: f"{self.expression(depth + 1)} {self.pick(OPERATORS)} {self.expression(depth + 1)}",
                lambda: f"({self.expression(depth + 1)}) if ({self.expression(depth + 1)}) else 'x'",
                lambda: f"[{self.expression(depth + 1)}, env.SK][{self.expression(depth + 1)}]",
                lambda: f"values[{self.expression(depth + 1)}]",
                lambda: f"{{'guess': 1, env.SK: 2}}[{self.expression(depth + 1)}]",
                lambda: f"not ({self.expression(depth + 1)})",
            ]
        return self.pick(shapes)()

    def text(self) -> str:
        inner = self.expression()
        return self.pick([
            f"{{{{ {inner} }}}}", f"{{{{ {inner} }}}}", f"{{{{- {inner} -}}}}", f"a-{{{{ {inner} }}}}", f"{{{{ {inner} }}}} ",
            f"{{{{ env.SK }}}}{{{{ {inner} }}}}", f"{{% if {inner} %}}a{{% else %}}b{{% endif %}}",
            f"{{% for c in env.SK %}}{{{{ {inner} }}}}{{% endfor %}}", f"{{% set x = {inner} %}}{{{{ x }}}}",
            f"{{# {inner} #}}", f"{{{{ {inner}", "{{ env.SK }}", "{{ env.SK | default('guess') }}", "${{ env.SK }}", "$SK", GUESS, GUESS, "sk-",
        ])  # fmt: skip

    def quoted(self) -> str:
        return "'" + self.text().replace("'", "''") + "'"

    def manifest(self) -> str:
        """One that is right but for what is put in, at one place or at several."""
        lines = {
            "metadata": "name: hello",
            "env": "SK: '{{ env.SK }}'",
            "server": "",
            "spec": "",
            "image": 'repository: iad.ocir.io/acme/triton, tag: "1"',
            "models": "modelRepository: hello",
            "targets": "",
        }
        for _ in range(self.numbers.choice([1, 1, 2, 3])):
            key, value = self.place()
            lines[key] = value if value.startswith("=") else f"{lines[key]}, {value}".lstrip(", ")
        lines = {key: value.removeprefix("=") for key, value in lines.items()}
        return (
            "apiVersion: reconciler.oci/v1\nkind: ModelDeployment\n"
            f"metadata: {{{lines['metadata']}}}\nspec:\n  image: {{{lines['image']}}}\n  {lines['models']}\n"
            "  instance: {shape: VM.Standard.E4.Flex, ocpus: 1, memoryGBs: 8}\n"
            f"  server: {{env: {{{lines['env']}}}{lines['server'] and ', '}{lines['server']}}}\n"
            + (f"  {lines['spec']}\n" if lines["spec"] else "")
            + (f"targets: {{{lines['targets']}}}\n" if lines["targets"] else "")
        )

    def place(self) -> tuple[str, str]:
        size, text = self.numbers.randrange(1500, 2100), self.quoted()
        return self.pick([
            ("env", f"AB: {text}"), ("env", f"AB: {text}"), ("env", f"SK: {text}"), ("env", f"{text}: x"),
            ("env", f"S2: '{{{{ env.SK }}}}', FILL: {'x' * size}"), ("env", "GUESS: '{{ env.SK }}', LIVE: guess"),
            ("env", "AB: &a '{{ env.SK }}', BC: *a"), ("env", f"AB: [{text}]"), ("env", f"AB: {{x: {text}}}"),
            ("server", f"command: [tritonserver, {text}]"), ("server", f"entrypoint: {text}"), ("server", f"port: {text}"),
            ("metadata", f"description: {text}"), ("metadata", f"labels: {{a: {text}}}"), ("metadata", f"=name: {text}"),
            ("metadata", f"definedTags: {{A: {{b: {text}}}}}"), ("metadata", f"renamedFrom: {text}"),
            ("image", f'=repository: iad.ocir.io/acme/triton, tag: {text}'), ("image", f"=repository: {text}, tag: '1'"),
            ("image", f"digest: {text}"), ("models", f"=modelRepository: {text}"),
            ("models", f"=models: [{{name: m, backend: python, versions: {{'1': {text}}}}}]"),
            ("models", f"=models: [{{name: {text}, versions: {{'1': hello/m}}, config: {{parameters: {{K: {text}}}}}}}]"),
            ("models", f"=models: [{{name: m, versions: {{'1': {{url: {text}, sha256: {'0' * 64}}}}}}}]"),
            ("models", f"=models: [{{name: m, backend: python, versions: {{'1': {{url: 'https://127.0.0.1/{GUESS}', sha256: {'0' * 64}}}}}}}]"),
            ("spec", f"scaling: {{instances: {text}}}"), ("spec", f"bandwidthMbps: {{min: {text}}}"),
            ("spec", f"policy: {{ignore: [{text}]}}"), ("spec", f"policy: {{paused: {text}}}"),
            ("spec", "policy: {ignore: [/spec/server/env/SK]}"), ("spec", f"state: {text}"),
            ("targets", f"local: {{spec: {{server: {{env: {{SK: {text}}}}}}}}}"), ("targets", f"b: {{metadata: {{description: {text}}}}}"),
            ("targets", f"local: {{spec: {{server: {{env: {{SK: null, S3: {text}}}}}}}}}"), ("targets", f"b: {text}"),
            ("spec", f"rollout: {{probes: [{{model: m, input: {text}}}]}}"), ("spec", f"network: {{access: {text}}}"),
        ])  # fmt: skip

    def settings(self) -> str:
        text = self.quoted()
        extra = self.pick([
            "", "", "", f"secrets: [{text}]\n", "secrets: [SK]\n", "secrets: [OTHER]\n", f"safety: {{maxDeletes: {text}}}\n",
        ])  # fmt: skip
        return self.pick([
            SETTINGS + extra, SETTINGS + extra, SETTINGS + extra,
            SETTINGS.replace("owner: tests", f"owner: {text}"), SETTINGS.replace("project: tests", f"project: {text}"),
            SETTINGS.replace("emulator: {}", f"emulator: {{home: {text}}}"),
            SETTINGS + f"    values: {{a: {text}}}\n", SETTINGS + "    values: {a: guess, b: [1, 2]}\n",
            SETTINGS + self.tenancy(), SETTINGS + self.tenancy(), SETTINGS + self.tenancy(),
        ])  # fmt: skip

    def tenancy(self) -> str:
        """A target that cannot be reached, which is told in words that quote it."""
        fields = {"region": "us-ashburn-1", "compartment": "ocid1.compartment.oc1..a", "project": "ml"}
        fields |= {"auth": self.pick(["api-key", "session"]), "profile": "DEFAULT"}
        fields[self.pick(["region", "compartment", "project", "profile", "profile", "auth"])] = self.quoted()
        return f"  b: {{{', '.join(f'{key}: {value}' for key, value in fields.items())}}}\n"


VERBS = [
    ("validate",),
    ("validate", "--format", "json"),
    ("plan",),
    ("plan", "--format", "json", "--out", "plan.json"),
    ("plan", "--format", "markdown", "--detailed-exitcode"),
    ("explain", "hello"),
    ("explain", "hello", "--format", "json"),
    ("drift",),
    ("drift", "hello", "--format", "json"),
    ("history", "hello"),
    ("status",),
    ("apply",),
    ("plan", "-t", "b"),
    ("status", "-t", "b"),
    ("build", "--out", "built"),
    ("render",),
    ("render", "--format", "json"),
    ("plan", "-t", "all"),
    ("plan", "-t", "all", "--format", "json"),
]


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """A deployment whose variable SK is LIVE."""
    cloud, real = MemoryCloud(), connecting.connect
    reaches(monkeypatch, cloud)
    local = connecting.connect
    monkeypatch.setattr(
        connecting, "connect", lambda target, say: (local if target.name == "local" else real)(target, say)
    )
    monkeypatch.setenv("OCI_CONFIG_FILE", "oci-config")
    workspace = make(tmp_path)
    workspace.write("oci-config", "[DEFAULT]\nuser=x\n")
    write_hello(workspace)
    workspace.write("manifests/hello.yaml", MANIFEST + '  server: {env: {SK: "{{ env.SK }}", LIVE: guess}}\n')
    there, target = workspace_at(workspace.root, "local", {"SK": LIVE})
    plan = planning.plan(there, target, PlanRequest(), lambda message: None)
    ready = applying.ReadyPlan(plan.plan, there.root, plan.reached)
    applying.apply(ready, lambda event: None, Interruption(lambda: None, lambda: None))
    monkeypatch.chdir(workspace.root)
    return workspace


def outputs(workspace: Workspace, secret: str, verbs: list[tuple[str, ...]]) -> Iterator[str]:
    """All that somebody can see."""
    saved = workspace.root / "plan.json"
    for verb in verbs:
        saved.unlink(missing_ok=True)
        done = CliRunner().invoke(
            cli, list(verb), env={"SK": secret, "GITHUB_ACTIONS": "true"}, standalone_mode=False
        )
        yield f"{verb}: {done.exit_code} {done.output} {done.return_value!r}\n{done.exception!r} {done.exception}"
        if saved.exists():
            yield saved.read_text()


@pytest.mark.rounds
def test_no_output_depends_on_a_secret(made: Workspace) -> None:
    print(f"ORACLE_SEED={SEED} ORACLE_ROUNDS={ROUNDS}")
    numbers = random.Random(SEED)
    planned = 0
    for number in range(ROUNDS):
        hostile = Hostile(numbers)
        made.write("reconciler.yaml", hostile.settings())
        made.write("manifests/hello.yaml", hostile.manifest())
        one, other = numbers.choice(PAIRS)
        verbs = [VERBS[number % len(VERBS)], VERBS[3]]
        first, second = list(outputs(made, one, verbs)), list(outputs(made, other, verbs))
        assert first == second, f"round {number} of seed {SEED} tells {one!r} from {other!r}"
        planned += any(text.startswith("{") and '"deployments"' in text for text in first)
    assert planned > ROUNDS / 50, "too few of them were good enough to be planned"


def test_a_plan_tells_only_whether_the_secret_is_the_live_one(made: Workspace) -> None:
    """The one thing that a plan may tell; and that the comparison above could fail."""
    verbs = [("plan",)]
    assert list(outputs(made, LIVE, verbs)) != list(outputs(made, "another", verbs))
    assert list(outputs(made, "another", verbs)) == list(outputs(made, "others", verbs))
