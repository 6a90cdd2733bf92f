"""Secrets: found where people leave them, replaced in place, and put back exactly."""

from __future__ import annotations

import base64
import random
import string
import sys
import time
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from repoctx.packer.secrets import Secret, find_secrets, redact, restore, rules_key

KEY = b"a person's own key"
ALNUM = string.ascii_letters + string.digits
_made = random.Random(7)


def some(alphabet: str, count: int) -> str:
    """A string made at random, so that no real token stands in the repository."""
    return "".join(_made.choices(alphabet, k=count))


def hexadecimal(count: int) -> str:
    return some("0123456789abcdef", count)


def pem(label: str) -> str:
    body = base64.encodebytes(_made.randbytes(300)).decode().strip()
    return f"-----BEGIN {label}-----\n{body}\n-----END {label}-----\n"


def found(text: str, path: str = "code.py") -> list[tuple[str, str]]:
    return [(secret.kind, text[secret.start : secret.end]) for secret in find_secrets(path, text)]


TOKENS = {
    "aws-access-key": "AKIA" + some(string.ascii_uppercase, 16),
    "anthropic-key": "sk-ant-api03-" + some(ALNUM, 95),
    "azure": some(ALNUM, 3) + "8Q~" + some(ALNUM, 34),
    "databricks-token": "dapi" + hexadecimal(32),
    "digitalocean-token": "dop_v1_" + hexadecimal(64),
    "discord-token": base64.b64encode(some("123456789", 18).encode()).decode()
    + "."
    + some(ALNUM, 6)
    + "."
    + some(ALNUM, 38),
    "docker-token": "dckr_pat_" + some(ALNUM, 27),
    "github-token": "ghp_" + some(ALNUM, 36),
    "gitlab-token": "glpat-" + some(ALNUM, 20),
    "google-api-key": "AIza" + some(ALNUM, 35),
    "grafana-token": "glsa_" + some(ALNUM, 32) + "_" + hexadecimal(8),
    "heroku-key": "HRKU-AA" + some(ALNUM, 58),
    "huggingface-token": "hf_" + some(string.ascii_letters, 34),
    "linear-key": "lin_api_" + some(ALNUM, 40),
    "mailchimp-key": hexadecimal(32) + "-us12",
    "mailgun-key": "key-" + hexadecimal(32),
    "new-relic-key": "NRAK-" + some(string.ascii_uppercase, 27),
    "notion-token": "ntn_" + some(ALNUM, 46),
    "npm-token": "npm_" + some(ALNUM, 36),
    "openai-key": "sk-proj-" + some(ALNUM, 150),
    "postman-key": "PMAK-" + hexadecimal(24) + "-" + hexadecimal(34),
    "pypi-token": "pypi-AgEIcHlwaS5vcmc" + some(ALNUM, 140),
    "rubygems-key": "rubygems_" + hexadecimal(48),
    "sendgrid-key": "SG." + some(ALNUM, 22) + "." + some(ALNUM, 43),
    "shopify-token": "shpat_" + hexadecimal(32),
    "slack-token": f"xoxb-{some('123456789', 12)}-{some('123456789', 12)}-{some(ALNUM, 24)}",
    "square-token": "sq0atp-" + some(ALNUM, 22),
    "stripe-key": "sk_live_" + some(ALNUM, 24),
    "telegram-token": some("123456789", 10) + ":AA" + some(ALNUM, 33),
    "terraform-token": some(ALNUM, 14) + ".atlasv1." + some(ALNUM, 67),
    "twilio-key": "SK" + hexadecimal(32),
    "vault-token": "hvs." + some(ALNUM, 90),
}


@pytest.mark.parametrize("kind", TOKENS)
@pytest.mark.parametrize("template", ['x = "{}"', "x: {}", "X={}\n", "(see {}).", '"a\\n{}\\n"'])
def test_a_vendors_token_is_found_by_its_form_alone(kind: str, template: str) -> None:
    text = template.format(TOKENS[kind])
    ((_, value),) = found(text)
    assert TOKENS[kind] in (value, value.rstrip(".")) or value in TOKENS[kind] + "\\."
    assert redact(text, find_secrets("code.py", text), KEY).find(TOKENS[kind][-12:]) < 0


HEX, RANDOM, PASSWORD = hexadecimal(32), some(ALNUM, 32), "Tr0ub4dor&3x"


@pytest.mark.parametrize(
    ("line", "kind", "value"),
    [
        (f'aws_secret_access_key = "{some(ALNUM, 40)}"', "aws-secret-key", None),
        (f'DD_API_KEY = "{HEX}"', "api-key", HEX),
        (f'twilio_auth_token: "{HEX}"', "twilio-token", HEX),
        (f'const apiKey: string = "{RANDOM}";', "api-key", RANDOM),
        (f'{{"client_secret": "{RANDOM}"}}', "secret", RANDOM),
        (f"token='{RANDOM}'", "token", RANDOM),
        (f'os.environ["API_TOKEN"] = "{RANDOM}"', "token", RANDOM),
        (f'password = "{PASSWORD}"', "password", PASSWORD),
        (f'"db_password" => "{PASSWORD}",', "password", PASSWORD),
        (f"define('DB_PASSWORD', '{PASSWORD}');", "password", PASSWORD),
        (f'.setPassword("{PASSWORD}")', "password", PASSWORD),
        (f"<password>{PASSWORD.replace('&', '!')}</password>", "password", None),
        (f"https://x.io/?api_key={RANDOM}&page=1", "api-key", RANDOM),
        (f"deploy --token {RANDOM} --verbose", "token", RANDOM),
        (f"AccountName=x;AccountKey={some(ALNUM, 86)}==;Suffix=y", "account-key", None),
        (f"postgresql://app:{PASSWORD}@db/x", "url-password", PASSWORD),
        (f"redis://:{RANDOM}@cache:6379", "url-password", RANDOM),
        (f"Authorization: Bearer {RANDOM}", "bearer-token", RANDOM),
        ("Authorization: Basic c3ZjOlRyMHViNGRvciYz", "basic-auth", "c3ZjOlRyMHViNGRvciYz"),
        (f"curl -u deploy:{PASSWORD} https://x.io", "basic-auth", PASSWORD),
        (
            f"https://hooks.slack.com/services/T0A1B2C3D/B0A1B2C3D/{some(ALNUM, 24)}",
            "slack-webhook",
            None,
        ),
        ("ALTER USER u IDENTIFIED WITH sha2 BY 'Tr0ub4dor&3x';", "password", PASSWORD),
        (f'password = os.environ.get("PASSWORD") or "{PASSWORD}"', "password", PASSWORD),
        (f'if (password !== "{PASSWORD}") {{', "password", PASSWORD),
        ("DB_PSWD=Kx9mQ2vbT7#w", "password", "Kx9mQ2vbT7#w"),
        (f"next=%2Fx%26token%3D{RANDOM}%26page%3D1", "token", RANDOM),
        (f"\x1b[31mghp_{some(ALNUM, 36)}\x1b[0m", "github-token", None),
        (f'{{"kty":"EC","crv":"P-256","d":"{some(ALNUM, 43)}"}}', "private-key", None),
        (
            "client-key-data: " + base64.b64encode(pem("RSA PRIVATE KEY").encode() * 9).decode(),
            "private-key",
            None,
        ),
        (f"?sv=2022&sig={some(ALNUM, 43)}%3D", "azure-signature", None),
    ],
)
def test_a_value_is_found_by_its_name_or_place(line: str, kind: str, value: str | None) -> None:
    ((got_kind, got),) = found(line)
    assert got_kind == kind
    assert value is None or got == value


@pytest.mark.parametrize(
    "label",
    [
        "RSA PRIVATE KEY",
        "EC PRIVATE KEY",
        "OPENSSH PRIVATE KEY",
        "PGP PRIVATE KEY BLOCK",
        "PRIVATE KEY",
        "ENCRYPTED PRIVATE KEY",
        "DSA PRIVATE KEY",
    ],
)
@pytest.mark.parametrize("escaped", [False, True])
def test_a_private_key_loses_its_body_and_keeps_its_frame(label: str, escaped: bool) -> None:
    block = pem(label)
    text = '{"private_key": "' + block.replace("\n", "\\n") + '"}' if escaped else block
    hidden = redact(text, find_secrets("key.json", text), KEY)
    assert f"-----BEGIN {label}-----" in hidden
    assert f"-----END {label}-----" in hidden
    assert not any(line in hidden for line in block.split("\n")[1:-2])


@pytest.mark.parametrize(
    ("path", "text", "value"),
    [
        (".env", "DB_PASSWORD=sesame\n", "sesame"),
        ("deploy/.env.production", "TOKEN='opensesame'\n", "opensesame"),
        (".npmrc", "//npm.corp.net/:_authToken=opensesame\n", "opensesame"),
        (".netrc", "machine x login y\n  password sesame\n", "sesame"),
        (".pgpass", "host:5432:db:user:sesame\n", "sesame"),
        (".pypirc", "[pypi]\npassword: sesame\n", "sesame"),
        (".htpasswd", "bot:$apr1$Xw3kq$abcdefghijklmnop\n", "$apr1$Xw3kq$abcdefghijklmnop"),
        (".git-credentials", "https://bot:sesame@git.corp.net\n", "sesame"),
        (".envrc", "export API_TOKEN=opensesame\n", "opensesame"),
        ("secrets.yml", "smtp_password: sesame\n", "sesame"),
        ("prod.tfvars", 'db_password = "sesame"\n', "sesame"),
        ("credentials", "aws_secret_access_key = opensesame\n", "opensesame"),
        ("ci.kubeconfig", "    token: opensesame\n", "opensesame"),
        (".my.cnf", "[client]\npassword = sesame\n", "sesame"),
        (".dockercfg", '{"auth": "opensesame"}', "opensesame"),
    ],
)
def test_in_a_file_of_credentials_a_plain_value_is_a_secret(
    path: str, text: str, value: str
) -> None:
    assert [got for _, got in found(text, path)] == [value]
    assert found(text, "notes.txt") == []


@pytest.mark.parametrize(
    "line",
    [
        'password = "changeme"',
        'password = os.environ["DB_PASSWORD"]',
        "password: ${DB_PASSWORD}",
        'api_key = "<your key>"',
        'API_KEY = "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"',
        'token = "ghp_' + "x" * 36 + '"',
        "aws_access_key_id = AKIAIOSFODNN7EXAMPLE",
        'sha = "3f786850e387550fdab836ed7e6dc881de23001b"',
        "token = self.lexer.next_token2(position1)",
        "TransportCreds: transportCredsForS2A,",
        'secret_name = "production/database/v2-replica1"',
        'password_hash = "5f4dcc3b5aa765d61d8327deb882cf99"',
        'token_url = "https://auth.corp.net/oauth2/v1/token"',
        "postgresql://scott:tiger@localhost/test",
        "http://${USER}:${PASSWORD}@host/",
        "https://user:pass@example.com/",
        "Authorization: Bearer <token>",
        "Authorization: Basic dGVzdDp0ZXN0",
        "-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQ\n-----END PUBLIC KEY-----",
        'if line == "-----BEGIN RSA PRIVATE KEY-----":',
        "bypass = 'a1b2c3d4e5f6a7b8c9d0'",
        "authors = 'a1b2c3d4e5f6a7b8c9d0'",
        "--password-file /run/secrets/db_password",
        f'"NextToken": "{HEX}"',
        f"--starting-token {HEX}",
        '"ClientRequestToken": "a8ca07e4-61ec-4399-99f4-19853801bcd5"',
        '"AWS::SecretsManager::Secret": "c85175a4ebcce361"',
        "pass `check_0d=True`, which",
        "Authorization: Bearer dGhpcyBpcyBhIGZha2UgYmVhcmVyIHRva2VuIQ==",
        '{"crv": "P-256", "d": "' + HEX + '"}',
    ],
)
@pytest.mark.parametrize("path", ["code.py", "config.yaml"])
def test_placeholders_names_and_checksums_are_left_alone(line: str, path: str) -> None:
    assert found(line, path) == []


def test_only_the_base_name_decides_the_rules() -> None:
    assert rules_key("a/b/.env") == rules_key(".ENV") == "credentials"
    assert rules_key("credentials/code.py") == "code"
    assert rules_key("a/values.yaml") == rules_key(".env.example") == ""


def test_a_placeholder_names_the_kind_and_depends_on_value_and_key_only() -> None:
    text = f'a = "{TOKENS["github-token"]}"\nb = "{TOKENS["github-token"]}"\n'
    secrets = find_secrets("code.py", text)
    first, second = redact(text, secrets, KEY).split()[2::3]
    assert first == second
    assert first.startswith('"[REDACTED:github-token:')
    assert redact(text, secrets, b"another key") != redact(text, secrets, KEY)


def test_restore_leaves_what_it_does_not_know() -> None:
    text = f'a = "{RANDOM}"; api_key = "{HEX}"\n'
    secrets = find_secrets("code.py", text)
    hidden = redact(text, secrets, KEY)
    reply = hidden.replace("a =", "b =") + "[REDACTED:token:00000000]"
    assert restore(reply, text, secrets, KEY) == text.replace("a =", "b =") + (
        "[REDACTED:token:00000000]"
    )
    assert restore(hidden, "", [], KEY) == hidden


def test_overlapping_finds_become_one_secret() -> None:
    token = TOKENS["github-token"]
    text = f'auth = "https://x-access-token:{token}@github.com/x.git"'
    assert found(text) == [("github-token", token)]


FRAGMENTS = st.sampled_from(
    [
        *TOKENS.values(),
        *(f'{name} = "{value}"' for name in ("password", "api_key") for value in (HEX, PASSWORD)),
        f"postgres://app:{PASSWORD}@db/x",
        pem("PRIVATE KEY"),
        "-----BEGIN PRIVATE KEY-----\nMIIE",
        "[REDACTED:api-key:0123abcd]",
        base64.b64encode(pem("PRIVATE KEY").encode()).decode(),
        "LS0tLS1CRUdJTi" + "A" * 41,
        "LS0tLS1CRUdJTi" + "A" * 42 + "==",
        f'{{"kty":"oct","k":"{RANDOM}"}}',
        "eyJrIjoi",
        "token%3D",
        "é文🐍\udcff",
        "password: '",
    ]
) | st.text(alphabet=" \n\r=:'\"@/-_.,\\x", max_size=6)


@settings(suppress_health_check=[HealthCheck.too_slow])  # a busy machine draws slowly
@given(
    text=st.lists(FRAGMENTS, max_size=8).map("\n".join),
    path=st.sampled_from(["code.py", "a.yaml", ".env", ".npmrc", ".netrc"]),
    key=st.binary(min_size=1, max_size=8),
)
def test_redaction_can_be_undone_and_done_again(text: str, path: str, key: bytes) -> None:
    secrets = find_secrets(path, text)
    hidden = redact(text, secrets, key)
    assert restore(hidden, text, secrets, key) == text
    assert redact(hidden, find_secrets(path, hidden), key) == hidden
    assert_in_order(secrets, text)


@given(st.text())
def test_any_text_is_searched_and_comes_back(text: str) -> None:
    secrets = find_secrets(".env", text)
    assert restore(redact(text, secrets, KEY), text, secrets, KEY) == text


def assert_in_order(secrets: list[Secret], text: str) -> None:
    ends = [0] + [secret.end for secret in secrets]
    assert all(end <= secret.start for end, secret in zip(ends, secrets, strict=False))
    assert all(secret.start < secret.end <= len(text) for secret in secrets)


def calls_in(work: Callable[[], object]) -> int:
    """How many functions, of Python and of C, are called meanwhile."""
    count = 0

    def note(frame: object, event: str, argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(note)
    try:
        work()
    finally:
        sys.setprofile(None)
    return count


NEAR_MISSES = pytest.mark.parametrize(
    "unit",
    [
        "a",
        "A",
        "key",
        "SK",
        '"d":"aaaaaaaaaaaaaaaaaaaaaaaa"',
        "identified by a",
        "pass%3D",
        "pass||",
        "password=",
        "secret secret ",
        "token:",
        '"key":"',
        "-----BEGIN PRIVATE KEY-----",
        "://a:b@",
        "basic AAAA",
        "eyJaaaaaaaaaaaaaaaaaaaa.",
        "Q~",
        "ghp_",
        "\\n",
        "auth('",
        "._-:",
    ],
)


@NEAR_MISSES
def test_twice_the_near_misses_make_twice_the_work(unit: str) -> None:
    once, twice = (unit * (n // len(unit)) for n in (10_000, 20_000))
    find_secrets("x.py", unit)  # the automaton is built
    work = calls_in(lambda: find_secrets("x.py", once))
    assert calls_in(lambda: find_secrets("x.py", twice)) <= 2.1 * work + 100
    assert work <= 40 * len(once)


@NEAR_MISSES
def test_a_long_line_of_near_misses_takes_linear_time(unit: str) -> None:
    text = unit * (300_000 // len(unit))
    started = time.process_time()
    find_secrets(".env", text)
    assert time.process_time() - started < 5  # quadratic time would take a minute
