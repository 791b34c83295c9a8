"""The values of templates, that templates cannot compute, and that a secret is only a name."""

import time
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from reconciler.core.model.configuration import Secret
from reconciler.manifests.templates.expressions import LONGEST_RESULT, TemplateError
from reconciler.manifests.templates.literals import literal
from reconciler.manifests.templates.templates import Templates
from reconciler.manifests.yaml.tree import holds_template

VALUES: dict[str, Any] = {
    "replicas": 3,
    "ratio": 0.5,
    "on": True,
    "name": "vision",
    "items": 7,
    "deep": {"list": [1, 2]},
    "none": None,
}
TEMPLATES = Templates(VALUES)
VARIABLE = ("spec", "server", "env", "TOKEN")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("{{ values.replicas }}", 3),
        ("{{values['replicas']}}", 3),
        ("{{ values.ratio }}", 0.5),
        ("{{ values.on }}", True),
        ("{{ values.none }}", None),
        ("{{ values.items }}", 7),
        ("{{ values.deep.list[1] }}", 2),
        ("{{ values.deep['list'][0] }}", 1),
        ("a-{{ values.replicas }}-{{ values.on }}", "a-3-true"),
        (" {{ values.replicas }}", " 3"),
        ("{{ values.name }}\n", "vision\n"),
        ("{{ values.replicas | string }}", "3"),
        ("{{ values.name | upper | lower }}", "vision"),
        ("{{ values.absent | default(1) }}", 1),
        ("{{ values.absent | default(-1.5) }}", -1.5),
        ("{{ values.absent.deeper | default('x') | upper }}", "X"),
        ("{{ values.name | default('x') }}", "vision"),
        ("{{ '7' | int }}", 7),
        ("{{ '0.5' | float }}", 0.5),
        ("{{ values.on | string }}", "true"),
        ("{# not a comment #} {{ 1 }}", "{# not a comment #} 1"),
        ("{{ '{{' }}", "{{"),
    ],
)
def test_values(text: str, value: Any) -> None:
    filled = TEMPLATES.fill(text)
    assert (filled.value, filled.secret) == (value, None)


@given(st.text(st.sampled_from("{}%#-' \n\r\\\"ab\u2028"), max_size=12))
@example("{\r{%")
def test_every_text_can_be_written(text: str) -> None:
    written = literal(text)
    assert (TEMPLATES.fill(written).value if holds_template(written) else written) == text


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("{{ env.TOKEN }}", Secret("env.TOKEN")),
        ("{{env.TOKEN}}", Secret("env.TOKEN")),
        ("{{ env['TOKEN'] }}", Secret("env.TOKEN")),
        ("{{ env.TOKEN | default('none') }}", Secret("env.TOKEN", None, "none")),
        ('{{ env.TOKEN | default("") }}', Secret("env.TOKEN", None, "")),
    ],
)
def test_a_secret_is_a_name(text: str, secret: Secret) -> None:
    filled = TEMPLATES.fill(text, VARIABLE)
    assert filled.secret == secret
    assert filled.value == text, "there is no value: messages can only show the template"


WITH_A_SECRET = [
    "{{ env.TOKEN }} ",
    "Bearer {{ env.TOKEN }}",
    "{{ env.TOKEN }}{{ env.TOKEN }}",
    "{{ values.name }}:{{ env.TOKEN }}",
    "{{ env.TOKEN | upper }}",
    "{{ env.TOKEN | int }}",
    "{{ env.TOKEN | string }}",
    "{{ env.TOKEN | default(1) }}",
    "{{ env.TOKEN | default('a') | lower }}",
    "{{ env.TOKEN | lower | default('a') }}",
    "{{ env.TOKEN.a }}",
    "{{ env.TOKEN[0] }}",
    "{{ env[0] }}",
    "{{ env }}",
    "{{ env | upper }}",
]


@pytest.mark.parametrize("text", WITH_A_SECRET)
def test_nothing_can_be_done_with_a_secret(text: str) -> None:
    with pytest.raises(TemplateError, match=r"spec\.server\.env\.TOKEN changes a secret, or adds to it"):
        TEMPLATES.fill(text, VARIABLE)


@pytest.mark.parametrize(
    "trail",
    [
        ("metadata", "name"),
        ("spec", "image", "tag"),
        ("spec", "server", "command", 1),
        ("spec", "server", "port"),
        ("spec", "models", 0, "versions", "1"),
        ("spec", "server", "env"),
        ("spec", "server", "env", "TOKEN", "deeper"),
        ("server", "env", "TOKEN"),
    ],
)
def test_a_secret_stands_nowhere_else(trail: tuple[str | int, ...]) -> None:
    with pytest.raises(TemplateError, match="cannot come from the environment"):
        TEMPLATES.fill("{{ env.TOKEN }}", trail)


@pytest.mark.parametrize(
    "name",
    ["GITHUB_TOKEN", "ACTIONS_ID_TOKEN_REQUEST_TOKEN", "RUNNER_TEMP", "OCI_CLIENT_SECRET",
     "oci_cli_key_content", "GH_TOKEN", "CI_JOB_TOKEN", "INPUT_TOKEN",
     "SSH_AUTH_SOCK", "GIT_ASKPASS", "DOCKER_AUTH_CONFIG"],
)  # fmt: skip
def test_what_the_runner_signs_in_with_is_no_secret_of_a_deployment(name: str) -> None:
    for allowed in (None, {name}):
        with pytest.raises(TemplateError, match=f"cannot come from {name}: it belongs to the runner"):
            Templates(VALUES, allowed).fill(f"{{{{ env.{name} }}}}", VARIABLE)


def test_the_list_of_secrets_is_the_whole_list() -> None:
    templates = Templates(VALUES, {"HF_TOKEN"})
    assert templates.fill("{{ env.HF_TOKEN }}", VARIABLE).secret == Secret("env.HF_TOKEN")
    with pytest.raises(TemplateError, match=r"cannot come from TOKEN: reconciler\.yaml does not have it"):
        templates.fill("{{ env.TOKEN }}", VARIABLE)


HOSTILE = [
    "{{ 'a' * 1000000000 }}",
    "{{ 9 ** 9 ** 9 }}",
    "{{ 999999999999999999999 }}",
    "{{ values.absent | default(1e400) }}",
    "{{ range(1000000000) }}",
    "{{ 'x'.join(values.deep.list) }}",
    "{{ '%1000000000d' % 1 }}",
    "{{ '{0.__class__}'.format(1) }}",
    "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "{{ values.__class__ }}",
    "{{ values.keys }}",
    "{{ values.name.upper }}",
    "{{ values.name | attr('__class__') }}",
    "{{ values.name | replace('a', 'b') }}",
    "{{ values.deep.list | join('-') }}",
    "{{ values.deep | tojson }}",
    "{{ values.absent | default(values.name) }}",
    "{{ values.absent | default(env.TOKEN) }}",
    "{{ values.absent | default('a', true) }}",
    "{{ values.absent | default }}",
    "{{ values.name | default(*values.deep.list) }}",
    "{{ values.name | upper(1) }}",
    "{{ values }}",
    "{{ env[values.name] }}",
    "{{ values[env] }}",
    "{{ values[env.TOKEN] }}",
    "{{ values.deep.list[env.TOKEN] }}",
    "{{ env['TO' ~ 'KEN'] }}",
    "{{ [env] }}",
    "{{ (env.TOKEN, 1) }}",
    "{{ 'x' in env.TOKEN }}",
    "{{ env.TOKEN == 'x' }}",
    "{{ env.TOKEN ~ 'x' }}",
    "{{ env.TOKEN + 'x' }}",
    "{{ -env.TOKEN }}",
    "{{ not env.TOKEN }}",
    "{{ env.TOKEN is defined }}",
    "{{ 'a' if env.TOKEN else 'b' }}",
    "{{ values.name if env.TOKEN == 'x' else values.on }}",
    "{{ env.TOKEN and 1 }}",
    "{{ env.TOKEN[0:2] }}",
    "{{ env.TOKEN.encode() }}",
    "{{ values.replicas * 2 + 1 }}",
    "{{ 1 if values.on else 2 }}",
    "{{ values.name ~ '-' }}",
    "{{ '\\x00' }}",
    "{{ '\\ud800' }}",
    "{{ self }}",
    "{{ cycler }}",
    "{{ lipsum.__globals__ }}",
    "{% set x = 1 %}{{ x }}",
    "{% include '/etc/passwd' %}",
    "{{ {'a': 1} }}",
    "{{ 'abc'[0:2] }}",
    "{{ values.deep }}",
    "{{ 1 / 0 }}",
    "{{ 'a' | int }}",
    "{{ 'inf' | float }}",
    "{{ 'nan' | float }}",
    "{{ 1 < 'a' }}",
    "{{ (1 if false) }}",
    "{{ values.deep.list | map('upper') }}",
    "{{ " + "(" * 900 + "1" + ")" * 900 + " }}",
    "{{ " + "-" * 900 + "1 }}",
    "{{ " + "not " * 400 + "1 }}",
    "{{ values" + ".a" * 900 + " }}",
    "{{ 'a'" + " | upper" * 300 + " }}",
    "{{",
    "{{ }}",
    "{{ 1 }",
    "{{ a b }}",
    "{{ x }}" * 400,
]


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("trail", [VARIABLE, ("metadata", "description")])
def test_a_template_is_no_language(text: str, trail: tuple[str, ...]) -> None:
    started = time.thread_time()
    with pytest.raises(TemplateError) as caught:
        TEMPLATES.fill(text, trail)
    assert time.thread_time() - started < 2
    assert len(caught.value.what + caught.value.advice) < 600


def test_results_are_bounded() -> None:
    long = Templates({"x": "x" * LONGEST_RESULT})
    with pytest.raises(TemplateError, match="more than"):
        long.fill("{{ values.x }}{{ values.x }}")


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("{{ values.replcas }}", "Did you mean 'replicas'?"),
        ("{{ vals.x }}", "Did you mean 'values'?"),
        ("{{ values.name | uper }}", "Did you mean 'upper'?"),
        ("{{ values.deep.lst }}", "Did you mean 'list'?"),
    ],
)
def test_the_nearest_name_is_offered(text: str, advice: str) -> None:
    with pytest.raises(TemplateError) as caught:
        TEMPLATES.fill(text)
    assert caught.value.advice == advice


@given(st.text(alphabet="{}%#'\"()[]|.~+-*/<>=!, \nabvluesn019_", max_size=50))
def test_any_template_gives_a_value_or_an_error(inner: str) -> None:
    try:
        filled = TEMPLATES.fill("{{" + inner + "}}")
    except TemplateError as error:
        assert error.what  # noqa: PT017 - both ways are right
    else:
        assert filled.value is None or isinstance(filled.value, str | int | float)


@pytest.mark.parametrize(
    ("value", "whole", "number"),
    [
        (7, 7, 7.0),
        (-7, -7, -7.0),
        (2.0, 2, 2.0),
        ("7", 7, 7.0),
        ("-7", -7, -7.0),
        ("007", 7, 7.0),
        ("2.0", 2, 2.0),
        ("123456789012345678", 123456789012345678, 123456789012345678.0),
        (2.7, None, 2.7),
        ("2.7", None, 2.7),
        ("1e-4", None, 1e-4),
        ("1.5E+3", 1500, 1500.0),
        (True, None, None),
        (False, None, None),
        (None, None, None),
        ("", None, None),
        (" 7", None, None),
        ("7\n", None, None),
        ("1_000", None, None),
        ("+7", None, None),
        (".5", None, None),
        ("5.", None, None),
        ("0x10", None, None),
        ("\u0667", None, None),
        ("nan", None, None),
        ("inf", None, None),
        (float("inf"), None, None),
        (float("nan"), None, None),
        (10**18, None, None),
        ("9" * 5000, None, None),
        ("1e400", None, None),
    ],
)
def test_a_number_is_never_guessed(value: Any, whole: int | None, number: float | None) -> None:
    templates = Templates({"x": value})
    for name, expected in (("int", whole), ("float", number)):
        text = f"{{{{ values.x | {name} }}}}"
        if expected is None:
            with pytest.raises(TemplateError):
                templates.fill(text)
        else:
            filled = templates.fill(text).value
            assert (filled, type(filled)) == (expected, type(expected))
