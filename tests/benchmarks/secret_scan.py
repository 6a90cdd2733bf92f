"""Measure the search for secrets: recall on planted ones, look-alikes, speed and findings.

    python tests/benchmarks/secret_scan.py [--seed 1] [--repo DIR ...] [--list 100]

Eight secrets of each kind, made at random in the form that the vendor gives them, are planted in
code and configuration as people write it. A secret counts as found when no six of its characters in
a row survive. Look-alikes (checksums, public keys, placeholders, names) must not be touched. With
``--repo`` every text file is searched once, cold; ``--list`` shows findings to judge, masked.
(Not named ``secrets``: a script's folder hides the standard library's module of that name.)
"""

from __future__ import annotations

import argparse
import base64
import random
import re
import string
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from repoctx.files import decode, is_binary
from repoctx.packer.secrets import find_secrets, redact
from repoctx.packer.walk import walk

EACH = 8
KEY = b"benchmark"
UPPER, LOWER, DIGITS = string.ascii_uppercase, string.ascii_lowercase, string.digits
ALNUM, HEX, URL64 = UPPER + LOWER + DIGITS, DIGITS + "abcdef", UPPER + LOWER + DIGITS + "-_"
BASE32, BASE64 = UPPER + "234567", UPPER + LOWER + DIGITS + "+/"

Make = Callable[[random.Random], str]


def some(alphabet: str, count: int) -> Make:
    return lambda r: "".join(r.choices(alphabet, k=count))


def joined(*parts: str | Make) -> Make:
    return lambda r: "".join(part if isinstance(part, str) else part(r) for part in parts)


def one_of(*makes: Make) -> Make:
    return lambda r: r.choice(makes)(r)


def uuid() -> Make:
    return joined(*(p for n in (8, 4, 4, 4, 12) for p in ("-", some(HEX, n))))


def password(r: random.Random) -> str:
    """What a password manager or a careful person makes: 10-20 characters of three classes."""
    core = [r.choice(UPPER), r.choice(LOWER), r.choice(DIGITS), r.choice("!#$%^&*?+~")]
    core += r.choices(ALNUM + "!#$%^&*?+~", k=r.randint(6, 16))
    r.shuffle(core)
    return "x" + "".join(core) if core[0] in "#$%&*?!" else "".join(core)


def url_password(r: random.Random) -> str:
    return "".join(r.choices(ALNUM + "!$*-_.", k=r.randint(10, 20)))


def jwt(r: random.Random) -> str:
    claims = f'{{"sub":"{r.randint(10**8, 10**9)}","iat":{r.randint(10**9, 2 * 10**9)}}}'
    parts = [b'{"alg":"HS256","typ":"JWT"}', claims.encode(), r.randbytes(32)]
    return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts)


def bot_number(r: random.Random) -> str:
    return base64.b64encode(str(r.randint(10**17, 10**19 - 1)).encode()).decode().rstrip("=")


def pem(label: str, size: int) -> Make:
    def make(r: random.Random) -> str:
        body = base64.b64encode(r.randbytes(size)).decode()
        lines = [body[n : n + 64] for n in range(0, len(body), 64)]
        return "\n".join([f"-----BEGIN {label}-----", *lines, f"-----END {label}-----"])

    return make


# kind -> what makes one. The context supplies a name that says no more than the vendor's.
TOKENS: dict[str, Make] = {
    "aws-access-key": joined(one_of(some("A", 0)), "AKIA", some(BASE32, 16)),
    "google-api-key": joined("AIza", some(URL64, 35)),
    "google-client-secret": joined("GOCSPX-", some(URL64, 28)),
    "google-oauth-token": joined("ya29.", some(URL64, 68)),
    "github-classic": joined("gh", some("pousr", 1), "_", some(ALNUM, 36)),
    "github-fine-grained": joined("github_pat_", some(ALNUM, 22), "_", some(ALNUM, 59)),
    "gitlab": joined("glpat-", some(URL64, 20)),
    "slack-bot": joined("xoxb-", some(DIGITS, 12), "-", some(DIGITS, 13), "-", some(ALNUM, 24)),
    "slack-webhook": joined(
        "https://hooks.slack.com/services/T",
        some(UPPER + DIGITS, 8),
        "/B",
        some(UPPER + DIGITS, 10),
        "/",
        some(ALNUM, 24),
    ),
    "stripe": joined(one_of(some("s", 1), some("r", 1)), "k_live_", some(ALNUM, 24)),
    "twilio-key": joined("SK", some(HEX, 32)),
    "sendgrid": joined("SG.", some(URL64, 22), ".", some(URL64, 43)),
    "mailgun": joined("key-", some(HEX, 32)),
    "mailchimp": joined(some(HEX, 32), "-us", some("123456789", 1)),
    "npm": joined("npm_", some(ALNUM, 36)),
    "pypi": joined("pypi-AgEIcHlwaS5vcmc", some(URL64, 150)),
    "rubygems": joined("rubygems_", some(HEX, 48)),
    "docker-hub": joined("dckr_pat_", some(URL64, 27)),
    "heroku": joined("HRKU-", one_of(lambda r: uuid()(r)[1:], joined("AA", some(URL64, 58)))),
    "digitalocean": joined("do", some("opr", 1), "_v1_", some(HEX, 64)),
    "openai": joined("sk-proj-", some(URL64, 74), "T3BlbkFJ", some(URL64, 74)),
    "openai-legacy": joined("sk-", some(ALNUM, 20), "T3BlbkFJ", some(ALNUM, 20)),
    "anthropic": joined("sk-ant-api03-", some(URL64, 93), "AA"),
    "huggingface": joined("hf_", some(UPPER + LOWER, 34)),
    "jwt": jwt,
    "telegram": joined(some("123456789", 1), some(DIGITS, 9), ":AA", some(URL64, 33)),
    "discord": joined(bot_number, ".", some(URL64, 6), ".", some(URL64, 38)),
    "new-relic": joined("NRAK-", some(UPPER + DIGITS, 27)),
    "shopify": joined("shp", one_of(joined("at"), joined("ss")), "_", some(HEX, 32)),
    "square": joined("sq0atp-", some(URL64, 22)),
    "terraform": joined(some(ALNUM, 14), ".atlasv1.", some(URL64, 67)),
    "vault": joined("hvs.", some(URL64, 90)),
    "linear": joined("lin_api_", some(ALNUM, 40)),
    "notion": joined("ntn_", some(DIGITS, 11), some(ALNUM, 35)),
    "postman": joined("PMAK-", some(HEX, 24), "-", some(HEX, 34)),
    "grafana": joined("glsa_", some(ALNUM, 32), "_", some(HEX, 8)),
    "databricks": joined("dapi", some(HEX, 32)),
    "azure-client-secret": joined(some(ALNUM, 3), some(DIGITS, 1), "Q~", some(URL64 + "~.", 34)),
    "doppler": joined("dp.pt.", some(ALNUM, 43)),
    "figma": joined("figd_", some(URL64, 40)),
    "age": joined("AGE-SECRET-KEY-1", some(UPPER + DIGITS, 58)),
    "crates": joined("cio", some(ALNUM, 32)),
    "supabase": joined("sbp_", some(HEX, 40)),
    "airtable": joined("pat", some(ALNUM, 14), ".", some(HEX, 64)),
}
# kind -> (names, what makes one): only the name tells what it is.
NAMED: dict[str, tuple[tuple[str, ...], Make]] = {
    "aws-secret": (("aws_secret_access_key", "AwsSecretAccessKey"), some(BASE64, 40)),
    "azure-storage": (("account_key", "AccountKey"), joined(some(BASE64, 86), "==")),
    "datadog": (("dd_api_key", "datadog_api_key"), some(HEX, 32)),
    "twilio-auth": (("twilio_auth_token", "twilioAuthToken"), some(HEX, 32)),
    "fastly": (("fastly_api_token", "fastlyToken"), some(URL64, 32)),
    "heroku-uuid": (("heroku_api_key",), lambda r: uuid()(r)[1:]),
    "cloudflare": (("cloudflare_api_token", "cfApiToken"), some(URL64, 40)),
    "generic-password": (("password", "db_password", "smtpPassword", "DB_PASS", "pwd"), password),
    "generic-secret": (("client_secret", "SECRET_KEY", "jwtSecret"), some(URL64, 40)),
    "generic-token": (("auth_token", "accessToken", "API_TOKEN"), some(ALNUM, 32)),
    "generic-key": (("api_key", "apikey", "ENCRYPTION_KEY", "privateKey"), some(HEX, 40)),
}
PLACED: dict[str, tuple[str, Make]] = {
    "private-key-rsa": ("{}\n", pem("RSA PRIVATE KEY", 1190)),
    "private-key-ec": ('KEY = """{}"""\n', pem("EC PRIVATE KEY", 121)),
    "private-key-openssh": ("{}\n", pem("OPENSSH PRIVATE KEY", 300)),
    "private-key-pgp": ("{}\n", pem("PGP PRIVATE KEY BLOCK", 900)),
    "private-key-pkcs8": ("key: |\n{}\n", pem("PRIVATE KEY", 1190)),
    "gcp-service-account": (
        '{{\n  "type": "service_account",\n  "private_key": "{}\\n",\n  "client_id": "1"\n}}\n',
        lambda r: pem("PRIVATE KEY", 1190)(r).replace("\n", "\\n"),
    ),
    "url-postgres": ('engine = create_engine("postgresql://app:{}@db.internal/x")\n', url_password),
    "url-redis": ("REDIS_URL=redis://:{}@cache:6379/0\n", url_password),
    "url-https": ("git clone https://bot:{}@git.corp.net/x.git\n", url_password),
    "basic-auth": (
        'headers = {{"Authorization": "Basic {}"}}\n',
        lambda r: base64.b64encode(f"svc-deploy:{password(r)}".encode()).decode(),
    ),
    "bearer": ("curl -H 'Authorization: Bearer {}' https://api.x.io/\n", some(URL64, 40)),
    "curl-user": ("curl -u deploy:{} https://ci.corp.net/job\n", url_password),
    "sas-signature": ("https://x.blob.core.windows.net/c?sv=2022&sig={}%3D\n", some(BASE64, 43)),
    "discord-webhook": (
        "https://discord.com/api/webhooks/1098765432101234567/{}\n",
        some(URL64, 68),
    ),
}
FILES: dict[str, tuple[str, str, Make]] = {
    "dotenv": (".env", "DEBUG=1\nDB_PASSWORD={}\nPORT=80\n", some(LOWER, 12)),
    "npmrc": (".npmrc", "//registry.corp.net/:_authToken={}\n", lambda r: uuid()(r)[1:]),
    "npmrc-auth": (".npmrc", "_auth={}\n", some(BASE64, 24)),
    "netrc": (".netrc", "machine api.corp.net login bot password {}\n", some(ALNUM, 10)),
    "pgpass": (".pgpass", "db.corp.net:5432:app:app:{}\n", some(ALNUM, 10)),
    "pypirc": (".pypirc", "[pypi]\nusername: bot\npassword: {}\n", some(ALNUM, 14)),
}
CONTEXTS = (
    ("app.py", '{name} = "{value}"\n'),
    ("config.js", "const config = {{\n  {name}: '{value}',\n}};\n"),
    ("values.yaml", "service:\n  {name}: {value}\n"),
    ("deploy.sh", "export {name}={value}\n"),
    ("settings.json", '{{"{name}": "{value}", "port": 80}}\n'),
    ("Main.java", 'private static final String {name} = "{value}";\n'),
    ("app.ini", "[main]\n{name} = {value}\n"),
    ("main.go", 'client := New(Options{{{name}: "{value}"}})\n'),
)
LOOK_ALIKES = Path(__file__).with_name("look_alikes.txt").read_text().splitlines()


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--repo", type=Path, action="append", default=[])
    parser.add_argument("--list", type=int, default=0, help="show as many findings, masked")
    options = parser.parse_args()
    _report_recall(options.seed)
    _report_look_alikes()
    for repo in options.repo:
        _report_repository(repo, options.list, options.seed)
    return 0


def planted(seed: int) -> Iterator[tuple[str, str, str, str]]:
    """Yield kind, path, text and the secret in it."""
    r = random.Random(seed)
    for kind, make in TOKENS.items():
        for path, template in CONTEXTS[:EACH]:
            value = make(r)
            yield kind, path, template.format(name="value", value=value), value
    for kind, (names, make) in NAMED.items():
        for number, (path, template) in enumerate(CONTEXTS[:EACH]):
            value = make(r)
            text = template.format(name=names[number % len(names)], value=value)
            yield kind, path, text, value
    for kind, (template, make) in PLACED.items():
        for _ in range(EACH):
            value = make(r)
            yield kind, "notes.txt", template.format(value), value
    for kind, (path, template, make) in FILES.items():
        for _ in range(EACH):
            value = make(r)
            yield kind, path, template.format(value), value


def survives(kind: str, value: str, text: str) -> bool:
    """True when six characters in a row of the secret are still in the text."""
    if kind.startswith("private-key") or kind == "gcp-service-account":
        value = "".join(value.replace("\\n", "\n").split("\n")[1:-1])
    elif kind == "slack-webhook":
        value = value.removeprefix("https://hooks.slack.com/services/")
    rest = re.sub(r"\[REDACTED:[^\]]*\]", "", text)  # a placeholder names the vendor
    return any(value[n : n + 6] in rest for n in range(len(value) - 5))


def _report_recall(seed: int) -> None:
    found: dict[str, int] = {}
    missed = []
    for kind, path, text, value in planted(seed):
        left = survives(kind, value, redact(text, find_secrets(path, text), KEY))
        found[kind] = found.get(kind, 0) + (not left)
        if left:
            missed.append(f"  missed {kind}: {path}: {text.strip()[:140]!r}")
    total, hits = EACH * len(found), sum(found.values())
    below = {kind: f"{count}/{EACH}" for kind, count in found.items() if count < EACH}
    _say(f"planted: {hits}/{total} = {hits / total:.3f}, {len(found)} kinds; below 8: {below}")
    _say(*missed)


def _report_look_alikes() -> None:
    wrong = [line for line in LOOK_ALIKES if find_secrets("code.py", line)]
    wrong += [line for line in LOOK_ALIKES if find_secrets("config.yaml", line)]
    _say(f"look-alikes: {len(wrong)} of {2 * len(LOOK_ALIKES)} taken for secrets", *wrong)


def _report_repository(repo: Path, listed: int, seed: int) -> None:
    snapshot = walk(repo)
    texts = [
        (f.path, decode(c).text) for f, c in snapshot.read_all(snapshot.files) if not is_binary(c)
    ]
    find_secrets("warm.py", "up")
    started = time.process_time()
    findings = [(path, text, find_secrets(path, text)) for path, text in texts]
    seconds = time.process_time() - started
    megabytes = sum(len(text) for _, text in texts) / 1e6
    count = sum(len(secrets) for _, _, secrets in findings)
    speed = f"{megabytes:.1f} M characters in {seconds:.2f} CPU-s = {megabytes / seconds:.0f} MB/s"
    _say(f"{repo.name}: {speed}; {count} findings")
    lines = [
        f"{path}:{text.count(chr(10), 0, s.start) + 1} {s.kind}: {_masked(text, s.start, s.end)}"
        for path, text, secrets in findings
        for s in secrets
    ]
    _say(*sorted(random.Random(seed).sample(lines, min(listed, len(lines)))))


def _masked(text: str, start: int, end: int) -> str:
    """The line with most of the value hidden: enough to judge, too little to use."""
    value = text[start:end]
    shown = value if len(value) < 12 else f"{value[:6]}…{len(value)}…{value[-2:]}"
    before = text[max(0, start - 60) : start].rpartition("\n")[2]
    return f"{before}⟦{shown}⟧{text[end : end + 20].partition(chr(10))[0]}"


def _say(*lines: str) -> None:
    for line in lines:
        sys.stdout.write(f"{line}\n")


if __name__ == "__main__":
    sys.exit(main())
