"""Find values given to names like ``password`` and ``api_key``, in code and in configuration.

Where one of seven words stands, one regular expression reads on to a value. The name's other words
then say whether it holds a secret at all (``password_field`` does not), and the value's looks
decide.
"""

from __future__ import annotations

import re
from functools import lru_cache

from repoctx.packer.secrets.files import CODE, CREDENTIALS
from repoctx.packer.secrets.values import Span, is_filled, is_password, is_random, is_uuid
from repoctx.packer.words import spaced

KEYWORDS = ("pass", "pasw", "psw", "pssw", "pw", "secret", "token", "key", "cred", "auth")
"""One of them is in every name that is looked at."""
_MOST_NAME = 40
_NAME_CHARACTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-"

# From the keyword on: the rest of the name, closing quotes, a type, a sign of assignment, a value.
# What can follow a name is not part of a bare value, so names in a row are each read once.
_REST = re.compile(
    r"""(?P<name>[A-Za-z0-9_-]{0,40}+)
    (?P<closed>\\?["'`][\])]?|["'`]?\])?
    (?:[ \t]*+:[ \t]*+[A-Za-z_&?'][\w.&<>\[\]|?']{0,30}+(?=[ \t]*+=[^=>]))?
    (?:(?<=["'])[ \t]++value(?==))?
    [ \t]*+
    (?P<sign>=>|:=|\?=|!={1,2}|={1,3}(?![=~>])|:(?![:=])|,|\(|>|%3[Dd]
     |\)?[ \t]*+(?:or\b|\|\||\?\?)(?=[ \t]*+["'`])|(?<=[ \t]))
    [ \t]*+
    (?:[bBuUrRfF@$]{1,2}(?=["'`]))?
    (?:(?P<quote>\\?["'`])(?P<quoted>[^"'`\\\s]{4,1000}+)(?=(?P=quote))
     |(?P<bare>(?:[^\s"'`<>,;:(){}\[\]=\\&%]|%(?!26|3[Dd])|&(?![\w.-]{1,40}=)){6,1000}+={0,2}))
    """,
    re.VERBOSE,
)
_NOT_THE_VALUE = frozenset(
    re.findall(
        r"\w+",
        "hash hashed hashes hasher field fields type types name names length len regex pattern "
        "label placeholder path paths file files filename url uri endpoint expiry expires expired "
        "expiration ttl timeout class reset policy count limit limits size index column prompt "
        "hint text message msg error errors header headers param params prefix suffix format "
        "algorithm alg version manager provider providers service services store storage input "
        "validator validators validation strength min max kind id ids identifier fingerprint "
        "confirmation confirm required enabled scheme method methods env var variable location "
        "title description help usage doc docs list set map dict arg args position offset span "
        "stream checksum digest template example public request response signature signatures "
        "verifier cryptogram challenge nonce startswith endswith contains",
    )
)
_PLACES = frozenset(
    re.findall(
        r"\w+",
        "next previous prev page paging pagination continuation lock change idempotency update "
        "sync resume cursor starting",
    )
)
"""Tokens of these names say where to go on, or which request it is; they open nothing."""
_REQUESTS = frozenset(("client", "request", "action"))
"""With these in the name, a UUID tells one request from another."""
_QUALIFIERS = frozenset(
    re.findall(
        r"\w+",
        "access account admin aes api app application auth client consumer cookie crypto dd "
        "deploy encrypt encryption hmac ingest jwt license licence master private root secret "
        "service session shared sign signing storage subscription webhook write",
    )
)
_PASSWORD = re.compile(
    r"\w*(?:pa?ss?w(?:o?r)?d|passphrase|passcode|pwd)|pw|(?!bypass|compass|surpass|trespass)\w{0,8}pass"
)
_VENDORS = frozenset(
    re.findall(
        r"\w+",
        "algolia auth0 aws azure bitbucket bitly braintree bugsnag circleci clearbit cloudflare "
        "codecov cohere coveralls databricks datadog deepgram discord docker dockerhub dropbox "
        "elastic facebook fastly firebase flickr gitea gitlab github google heroku honeycomb "
        "hubspot intercom jenkins jira kraken linkedin mailchimp mailgun mailjet mapbox "
        "mattermost microsoft mistral mongodb netlify newrelic nexmo okta openai opsgenie "
        "pagerduty paypal pinecone plaid postgres rabbitmq redis rollbar salesforce segment "
        "sendgrid sentry slack snyk sonar sonarqube spotify square stripe sumologic telegram "
        "travis trello twilio twitch twitter vercel vonage wakatime yandex zendesk zoom",
    )
)
_MOST_WORDS_AFTER = 2


def assigned_secret(text: str, start: int, end: int, rules: str) -> Span | None:
    """Return the value of the name whose keyword stands from ``start`` to ``end``.

    ``rules`` is what ``rules_key`` says of the path: in code a value needs quotes or strong looks,
    in credentials none of them.
    """
    match = _REST.match(text, end)
    return _secret(text, start, match, rules) if match else None


def _secret(text: str, position: int, match: re.Match[str], rules: str) -> Span | None:
    left = text[max(0, position - _MOST_NAME) : position]
    group = "bare" if match["quoted"] is None else "quoted"
    if not match["sign"] and group == "bare" and "-" not in left:  # words in a row, mostly
        return None
    before = left.rstrip(_NAME_CHARACTERS)
    name = left[len(before) :] + text[position : match.end("name")]
    if name in ("key", "Key", "KEY") and before.endswith(" "):  # Secret key: ...
        name = f"{before.rstrip().rpartition(' ')[2]} {name}"
    if before.endswith("//"):  # a URL's user and password
        return None
    if (match["closed"] and before.endswith("::")) or not _is_assigned(text, name, match):
        return None  # in quotes, A::B is the name of a type
    kind = _verdict(name, match[group], group == "quoted", rules)
    return Span(match.start(group), match.end(group), kind) if kind else None


@lru_cache(maxsize=1024)  # a name and its value stand in many places of a repository
def _verdict(name: str, value: str, quoted: bool, rules: str) -> str | None:
    """Return the kind of secret that a value of this name is; None when it is none."""
    words = re.split(r"[\s_-]+", spaced(name).lower().strip("_- "))
    if not _REQUESTS.isdisjoint(words) and is_uuid(value):
        return None
    kind = _kind(words)
    return kind if kind and _looks_secret(value, kind, quoted, rules) else None


def _is_assigned(text: str, name: str, match: re.Match[str]) -> bool:
    """True when what stands between name and value, and after it, fits to an assignment."""
    sign, quoted = match["sign"], match["quoted"] is not None
    following = text[match.end() : match.end() + 2]
    if sign == ",":  # ("password", "value"), (CURLOPT_PASSWORD, "value")
        return quoted and (match["closed"] is not None or name.isupper())
    if sign == "(" or sign.startswith(("==", "!")):  # .password("value"), password != "value"
        return quoted
    if sign == ">":  # <password>value</password>
        return following == "</"
    if not sign:  # --password value, PASSWORD 'value'; in prose: pass `value`
        return name.startswith("-") or (quoted and not match["quote"].endswith("`"))
    return quoted or following[:1] not in ("(", "[", "{", "<")


def _kind(words: list[str]) -> str | None:
    """Return the kind of secret that a name of these words holds; None when it holds none."""
    for index in range(len(words) - 1, -1, -1):
        kind = _kind_of_word(words[index], words[index - 1] if index else "")
        after = words[index + 1 :]
        if kind:
            if (
                "public" in words
                or len(after) > _MOST_WORDS_AFTER
                or not _NOT_THE_VALUE.isdisjoint(after)
            ):
                return None
            if {"secret", "access", "key"} <= set(words):
                return "aws-secret-key"
            vendor = next((word for word in words if word in _VENDORS), "")
            return f"{vendor}-{kind.rpartition('-')[2]}" if vendor else kind
    return None


def _kind_of_word(word: str, before: str) -> str | None:
    if _PASSWORD.fullmatch(word):
        return "password"
    if word.endswith("key"):
        qualifier = word[:-3] or before
        return f"{qualifier}-key" if qualifier in _QUALIFIERS else None
    if word in ("auth", "oauth", "authorization"):
        return "auth"
    if word in ("cred", "creds", "credential", "credentials"):
        return "credential"
    if word == "token" and before in _PLACES:
        return None
    return next((kind for kind in ("secret", "token") if word.endswith(kind)), None)


def _looks_secret(value: str, kind: str, quoted: bool, rules: str) -> bool:
    if rules == CREDENTIALS:
        return is_filled(value)
    if kind.endswith("password"):
        if quoted or rules != CODE:
            return is_password(value, 6 if quoted else 8)
        return is_random(value, 12)
    return is_random(value, 12 if quoted or rules != CODE else 16)
