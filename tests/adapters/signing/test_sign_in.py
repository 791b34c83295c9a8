"""Signing in: with real keys, and for GitHub end to end against stand-ins.

GitHub's token endpoint and OCI's identity domain cannot run here: one loopback HTTP server plays both, and
the control plane that is then asked. The SDK's exchange, the key pair and the signatures are real.
"""

import base64
import re
import time
import traceback
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from reconciler.adapters.http.fetch import fetcher
from reconciler.adapters.oci.client import ServiceAccess
from reconciler.adapters.oci.cloud import OciCloud
from reconciler.adapters.prediction.predict import Predictor
from reconciler.adapters.signing.sign_in import sign_in
from reconciler.core.model.errors import CloudError, NotAllowed, SetupError, Transient
from reconciler.core.model.target import Auth, OciTarget
from tests.support.http_service import COMPARTMENT, Asked, Reply, Service


def target(auth: Auth) -> OciTarget:
    return OciTarget("prod", "eu-frankfurt-1", COMPARTMENT, "serving", auth, profile="CI")


@pytest.fixture
def config_file(tmp_path: Path, key_file: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "config"
    monkeypatch.setenv("OCI_CONFIG_FILE", str(path))
    return path


def write(path: Path, **values: object) -> None:
    path.write_text("[CI]\n" + "".join(f"{key}={value}\n" for key, value in values.items()))


def ask(service: Service, access: tuple[dict[str, Any], Any]) -> Asked:
    """List deployments at the service; the request as it arrived."""
    config, signer = access
    cloud = OciCloud(ServiceAccess(config, signer, service.url), COMPARTMENT, "serving", False, fetcher())
    cloud.deployment_states()
    return service.asked[-1]


def signature(asked: Asked) -> dict[str, str]:
    return dict(re.findall(r'(\w+)="([^"]*)"', asked.headers["authorization"]))


def verify(asked: Asked, public: rsa.RSAPublicKey) -> None:
    parts = signature(asked)
    values = {**asked.headers, "(request-target)": f"{asked.method.lower()} {asked.path}"}
    text = "\n".join(f"{name}: {values[name]}" for name in parts["headers"].split())
    public.verify(base64.b64decode(parts["signature"]), text.encode(), padding.PKCS1v15(), hashes.SHA256())


def session_token(lives: float) -> str:
    now = time.time()
    return jwt.encode({"iat": now, "exp": now + lives}, "k" * 32)


def test_an_api_key(
    service: Service, config_file: Path, key_file: Path, private_key: rsa.RSAPrivateKey
) -> None:
    mark = ":".join(["ab"] * 16)
    write(
        config_file,
        tenancy="ocid1.tenancy.oc1..t",
        user="ocid1.user.oc1..u",
        fingerprint=mark,
        key_file=key_file,
        region="us-ashburn-1",
    )
    config, signer = sign_in(target(Auth.API_KEY))
    assert config["region"] == "eu-frankfurt-1", "the target's region, not the profile's"
    asked = ask(service, (config, signer))
    assert signature(asked)["keyId"] == f"ocid1.tenancy.oc1..t/ocid1.user.oc1..u/{mark}"
    verify(asked, private_key.public_key())


def test_a_session(
    service: Service, config_file: Path, key_file: Path, private_key: rsa.RSAPrivateKey, tmp_path: Path
) -> None:
    token = session_token(3600)
    (tmp_path / "token").write_text(token + "\n")
    write(config_file, security_token_file=tmp_path / "token", key_file=key_file, region="us-ashburn-1")
    asked = ask(service, sign_in(target(Auth.SESSION)))
    assert signature(asked)["keyId"] == f"ST${token}"
    verify(asked, private_key.public_key())


@pytest.mark.parametrize(("text", "said"), [(session_token(-5), "has expired"), ("junk", "no session token")])
def test_a_session_that_is_no_good_says_how_to_renew_it(
    config_file: Path, key_file: Path, tmp_path: Path, text: str, said: str
) -> None:
    (tmp_path / "token").write_text(text)
    write(config_file, security_token_file=tmp_path / "token", key_file=key_file)
    with pytest.raises(SetupError, match=said) as caught:
        sign_in(target(Auth.SESSION))
    assert "oci session authenticate --profile-name CI --region eu-frankfurt-1" in str(caught.value)


def test_what_a_profile_lacks_is_named(config_file: Path) -> None:
    write(config_file, user="ocid1.user.oc1..u")
    with pytest.raises(SetupError, match="lacks tenancy, fingerprint, key_file"):
        sign_in(target(Auth.API_KEY))
    with pytest.raises(SetupError, match="lacks security_token_file, key_file"):
        sign_in(target(Auth.SESSION))


def test_a_missing_profile_or_file_is_named(config_file: Path) -> None:
    with pytest.raises(SetupError, match=re.escape(str(config_file))):
        sign_in(target(Auth.API_KEY))
    config_file.write_text("[OTHER]\n")
    with pytest.raises(SetupError, match="CI"):
        sign_in(target(Auth.API_KEY))


DAMAGED = {
    "no profile": ("pass_phrase=hunter2\n[CI]\n", 1, "a setting stands before any [PROFILE]"),
    "a profile twice": ("[CI]\nuser=u\n[CI]\n", 3, "a profile is there twice"),
    "a key twice": ("[CI]\npass_phrase=a\npass_phrase=hunter2\n", 3, "a key is there twice in one profile"),
    "no key": ("[CI]\nuser=u\nhunter2\n", 3, "a line is neither [PROFILE] nor key=value"),
    "no header": ("[CI\nuser=hunter2\n", 1, "a setting stands before any [PROFILE]"),
}


@pytest.mark.parametrize("name", DAMAGED)
@pytest.mark.parametrize("auth", [Auth.API_KEY, Auth.SESSION])
def test_a_damaged_config_file_is_named_and_not_quoted(config_file: Path, name: str, auth: Auth) -> None:
    text, line, what = DAMAGED[name]
    config_file.write_text(text)
    with pytest.raises(SetupError) as caught:
        sign_in(target(auth))
    assert str(caught.value).startswith(f"{config_file}:{line}: no OCI config file: {what}")
    assert "hunter2" not in "".join(traceback.format_exception(caught.value)).replace(text, "")


def test_a_key_that_is_no_key(config_file: Path, tmp_path: Path) -> None:
    (tmp_path / "key.pem").write_text("not a key")
    write(config_file, tenancy="t", user="u", fingerprint="f", key_file=tmp_path / "key.pem")
    with pytest.raises(SetupError, match=r"key\.pem cannot be used"):
        sign_in(target(Auth.API_KEY))


@pytest.mark.parametrize("auth", [Auth.RESOURCE_PRINCIPAL, Auth.WORKLOAD_IDENTITY])
def test_a_principal_outside_of_oci_says_where_it_works(auth: Auth, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OCI_RESOURCE_PRINCIPAL_VERSION", raising=False)
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)
    with pytest.raises(SetupError, match="it works only"):
        sign_in(target(auth))


class Domain:
    """Plays GitHub's token endpoint, the identity domain and the control plane. Tokens are numbered."""

    def __init__(self, lives: float) -> None:
        self.lives = lives
        self.tokens: list[str] = []
        self.keys: list[rsa.RSAPublicKey] = []

    def __call__(self, asked: Asked) -> Reply:
        json_type = {"content-type": "application/json"}
        if asked.path.startswith("/github"):
            assert asked.headers["authorization"] == "bearer request-token"
            assert parse_qs(urlsplit(asked.path).query)["audience"] == ["https://cloud.oracle.com"]
            return 200, json_type, f'{{"value": "github-{len(self.tokens)}"}}'.encode()
        if asked.path == "/oauth2/v1/token":
            return 200, json_type, f'{{"token": "{self._exchange(asked)}"}}'.encode()
        return 200, json_type, b"[]"

    def _exchange(self, asked: Asked) -> str:
        form = {key: value[0] for key, value in parse_qs(asked.body.decode()).items()}
        assert asked.headers["authorization"] == "Basic " + base64.b64encode(b"client:s3cret").decode()
        assert form["grant_type"] == "urn:ietf:params:oauth:grant-type:token-exchange"
        assert form["requested_token_type"] == "urn:oci:token-type:oci-upst"
        assert form["subject_token"] == f"github-{len(self.tokens)}", "a fresh token of GitHub's each time"
        key = serialization.load_der_public_key(base64.b64decode(form["public_key"]))
        assert isinstance(key, rsa.RSAPublicKey)
        self.keys.append(key)
        self.tokens.append(session_token(self.lives))
        return self.tokens[-1]


@pytest.fixture
def github(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    values = {
        "OCI_DOMAIN_URL": service.url,
        "OCI_CLIENT_ID": "client",
        "OCI_CLIENT_SECRET": "s3cret",
        "GITHUB_ACTIONS": "true",
        "ACTIONS_ID_TOKEN_REQUEST_URL": f"{service.url}/github?api-version=2.0",
        "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "request-token",
    }
    for name, value in values.items():
        monkeypatch.setenv(name, value)


@pytest.mark.usefixtures("github")
def test_github_oidc_end_to_end(service: Service) -> None:
    domain = Domain(lives=3600)
    service.answer = domain
    asked = ask(service, sign_in(target(Auth.GITHUB_OIDC)))
    assert signature(asked)["keyId"] == f"ST${domain.tokens[0]}"
    verify(asked, domain.keys[0])
    assert len(domain.tokens) == 1


@pytest.mark.usefixtures("github")
def test_github_oidc_asks_with_its_own_credentials_alone(
    service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "netrc").write_text("default login me password secret\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    service.answer = Domain(lives=3600)
    ask(service, sign_in(target(Auth.GITHUB_OIDC)))
    github, domain, *_ = [asked.headers["authorization"] for asked in service.asked]
    assert github == "bearer request-token"
    assert domain == "Basic " + base64.b64encode(b"client:s3cret").decode()


@pytest.mark.usefixtures("github")
def test_github_oidc_renews_with_a_fresh_token(service: Service) -> None:
    domain = Domain(lives=-5)
    service.answer = domain
    access = sign_in(target(Auth.GITHUB_OIDC))
    domain.lives = 3600
    asked = ask(service, access)
    assert len(domain.tokens) == 2
    assert signature(asked)["keyId"] == f"ST${domain.tokens[1]}"
    verify(asked, domain.keys[1])


@pytest.mark.usefixtures("github")
def test_a_domain_that_refuses_is_named_and_no_secret_is_told(service: Service) -> None:
    def answer(asked: Asked) -> Reply:
        if asked.path.startswith("/github"):
            return 200, {}, b'{"value": "github-token-text"}'
        return 401, {}, b'{"error": "invalid_client"}'

    service.answer = answer
    with pytest.raises(SetupError, match="did not exchange GitHub's token: 401") as caught:
        sign_in(target(Auth.GITHUB_OIDC))
    assert "s3cret" not in str(caught.value)
    assert "github-token-text" not in str(caught.value)


GITHUB, OAUTH = "/github", "/oauth2"


@pytest.mark.usefixtures("github")
@pytest.mark.parametrize(
    ("place", "status", "kind"),
    [
        (OAUTH, 400, NotAllowed),
        (OAUTH, 401, NotAllowed),
        (OAUTH, 429, Transient),
        (OAUTH, 503, Transient),
        (OAUTH, 200, NotAllowed),  # no token in it
        (GITHUB, 403, NotAllowed),
        (GITHUB, 500, Transient),
    ],
)
def test_a_token_that_cannot_be_renewed_is_one_of_our_errors(
    service: Service, place: str, status: int, kind: type[CloudError]
) -> None:
    domain = Domain(lives=-5)
    service.answer = domain
    config, signer = sign_in(target(Auth.GITHUB_OIDC))
    service.answer = lambda asked: (status, {}, b"{}") if asked.path.startswith(place) else domain(asked)
    cloud = OciCloud(ServiceAccess(config, signer, service.url), COMPARTMENT, "serving", False, fetcher())
    for ask_it in (
        cloud.deployment_states,
        lambda: Predictor(ServiceAccess(config, signer, service.url))(service.url, "m", None, b"{}"),
    ):
        with pytest.raises(CloudError, match="signing a request") as caught:
            ask_it()
        assert type(caught.value) is kind
        assert "s3cret" not in str(caught.value)


@pytest.mark.usefixtures("github")
def test_nobody_who_renews_a_token_may_be_there_later(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    service.answer = Domain(lives=-5)
    access = sign_in(target(Auth.GITHUB_OIDC))
    monkeypatch.setenv("ACTIONS_ID_TOKEN_REQUEST_URL", "http://127.0.0.1:1/github")
    with pytest.raises(Transient, match="signing a request"):
        ask(service, access)


@pytest.fixture
def resource(key_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The token of a job that runs inside OCI, in a file that somebody else writes anew."""
    token = tmp_path / "rpst"
    token.write_text(session_token(3600))
    values = {
        "OCI_RESOURCE_PRINCIPAL_VERSION": "2.2",
        "OCI_RESOURCE_PRINCIPAL_RPST": str(token),
        "OCI_RESOURCE_PRINCIPAL_PRIVATE_PEM": str(key_file),
        "OCI_RESOURCE_PRINCIPAL_REGION": "eu-frankfurt-1",
    }
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    return token


def test_a_resource_principal_reads_its_token_again_after_a_401(service: Service, resource: Path) -> None:
    first, second = resource.read_text(), session_token(7200)
    access = sign_in(target(Auth.RESOURCE_PRINCIPAL))
    resource.write_text(second)

    def answer(asked: Asked) -> Reply:
        known = second in asked.headers["authorization"]
        return 200 if known else 401, {"content-type": "application/json"}, b"[]" if known else b"{}"

    service.answer = answer
    assert signature(ask(service, access))["keyId"] == f"ST${second}"
    assert [signature(asked)["keyId"] for asked in service.asked] == [f"ST${first}", f"ST${second}"]


@pytest.mark.parametrize("text", [None, "junk"])
def test_a_resource_principal_without_a_new_token_is_not_allowed(
    service: Service, resource: Path, text: str | None
) -> None:
    access = sign_in(target(Auth.RESOURCE_PRINCIPAL))
    resource.unlink()
    if text:
        resource.write_text(text)
    service.say(401, {"code": "NotAuthenticated", "message": "expired"})
    with pytest.raises(NotAllowed, match="signing a request"):
        ask(service, access)


@pytest.mark.usefixtures("github")
def test_a_job_without_the_permission_says_what_to_write(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ACTIONS_ID_TOKEN_REQUEST_URL")
    with pytest.raises(SetupError, match="id-token: write"):
        sign_in(target(Auth.GITHUB_OIDC))
    monkeypatch.delenv("OCI_CLIENT_SECRET")
    monkeypatch.delenv("OCI_DOMAIN_URL")
    with pytest.raises(SetupError, match="needs OCI_DOMAIN_URL, OCI_CLIENT_SECRET"):
        sign_in(target(Auth.GITHUB_OIDC))
    monkeypatch.delenv("GITHUB_ACTIONS")
    with pytest.raises(SetupError, match="elsewhere set RECONCILER_AUTH"):
        sign_in(target(Auth.GITHUB_OIDC))
