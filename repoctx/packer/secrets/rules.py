"""The forms that vendors give their keys and tokens: data, one line a form.

Nearly all of them are a long run of letters, digits, ``_`` and ``-`` with a prefix of its own, so
``tokens`` looks up each such run by its first two characters. When a run of a token follows
a short part and one of ``. : ~`` (``SG.…``, ``1234567890:AA…``), it is looked up by these.

The forms follow what the vendors publish about their own credentials: lengths where these are
fixed, else a lower bound. Public identifiers (``pk_live_``, ``AC…`` of Twilio, client ids) are not
secrets and not here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

_END = r"(?![A-Za-z0-9_-])"
_WORD = "[A-Za-z0-9_-]"  # the alphabet of base64url
_ALNUM = "[A-Za-z0-9]"
_HEX = "[0-9a-f]"
_CHARACTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"
_UUID = f"{_HEX}{{8}}-{_HEX}{{4}}-{_HEX}{{4}}-{_HEX}{{4}}-{_HEX}{{12}}"


@dataclass(frozen=True, slots=True)
class Form:
    """What a vendor's secret looks like."""

    kind: str
    """Goes into the placeholder: lower case, words joined by ``-``."""
    pattern: re.Pattern[str]
    """Matched where the token begins; every repetition is bounded by the token's alphabet."""


_FORMS = (
    # kind, the two characters that the token begins with (several by space), pattern
    ("age-secret-key", "AG", r"AGE-SECRET-KEY-1[0-9A-Z]{58}"),
    ("adafruit-key", "ai", f"aio_{_ALNUM}{{28}}{_END}"),
    ("airtable-token", "pa", rf"pat{_ALNUM}{{14}}\.{_HEX}{{64}}{_END}"),
    ("anthropic-key", "sk", rf"sk-ant-[a-z]{{2,8}}\d\d-{_WORD}{{60,}}"),
    ("artifactory-token", "AK", f"AKC{_ALNUM}{{69,}}{_END}"),
    ("atlassian-token", "AT", f"AT(?:ATT3|CTT3){_WORD}{{60,}}=?"),
    ("aws-access-key", "AK AS AB AC", rf"(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{{16}}{_END}"),
    ("bitbucket-password", "AT", f"ATBB{_ALNUM}{{32}}{_END}"),
    ("clojars-token", "CL", r"CLOJARS_[0-9a-f]{60}" + _END),
    ("cloudflare-key", "v1", rf"v1\.0-{_HEX}{{24}}-{_HEX}{{146}}{_END}"),
    ("contentful-token", "CF", f"CFPAT-{_WORD}{{43}}{_END}"),
    ("crates-token", "ci", f"cio{_ALNUM}{{32}}{_END}"),
    ("databricks-token", "da", rf"dapi{_HEX}{{32}}(?:-\d)?{_END}"),
    ("digitalocean-token", "do", rf"do[opr]_v1_{_HEX}{{64}}{_END}"),
    (
        "discord-token",
        "M* N* O*",
        rf"[MNO]{_WORD}{{23,27}}\.{_WORD}{{6}}\.{_WORD}{{27,38}}{_END}",
    ),
    ("docker-token", "dc", f"dckr_(?:pat|oat)_{_WORD}{{27,}}"),
    (
        "doppler-token",
        "dp",
        rf"dp\.(?:pt|st|ct|sa|scim|audit)\.(?:[a-z0-9_-]{{2,35}}\.)?{_ALNUM}{{40,44}}",
    ),
    ("dropbox-token", "sl", rf"sl\.{_WORD}{{60,}}"),
    ("dynatrace-token", "dt", r"dt0[a-z]\d\d\.[A-Z0-9]{24}\.[A-Z0-9]{64}"),
    ("easypost-key", "EZ", f"EZ[AT]K{_ALNUM}{{54}}{_END}"),
    ("figma-token", "fi", f"fig[dou]_{_WORD}{{40,}}"),
    ("fly-token", "fo", f"fo1_{_WORD}{{43}}{_END}"),
    ("google-api-key", "AI", f"AIza{_WORD}{{35}}{_END}"),
    ("google-client-secret", "GO", f"GOCSPX-{_WORD}{{28}}{_END}"),
    ("google-oauth-token", "ya", rf"ya29\.{_WORD}{{20,}}"),
    ("github-token", "gh", f"gh[pousr]_{_ALNUM}{{36,255}}{_END}"),
    ("github-token", "gi", f"github_pat_{_ALNUM}{{22}}_{_ALNUM}{{59}}{_END}"),
    (
        "gitlab-token",
        "gl",
        rf"gl(?:pat|ptt|dt|rt|rtr|cbt|soat|ft|agent|oas|imt|ffct|wt)-{_WORD}{{20,}}",
    ),
    ("grafana-token", "gl", "glc_[A-Za-z0-9+/]{32,}={0,2}"),
    ("grafana-token", "gl", f"glsa_{_ALNUM}{{32}}_{_HEX}{{8}}{_END}"),
    ("groq-key", "gs", f"gsk_{_ALNUM}{{52}}{_END}"),
    ("heroku-key", "HR", f"HRKU-(?:{_UUID}|AA{_WORD}{{58}}){_END}"),
    ("huggingface-token", "hf", f"hf_[A-Za-z]{{34}}{_END}"),
    ("huggingface-token", "ap", f"api_org_[A-Za-z]{{34}}{_END}"),
    ("jwt", "ey", rf"eyJ{_WORD}{{10,}}\.eyJ{_WORD}{{10,}}\.{_WORD}{{16,}}"),
    ("launchdarkly-key", "sd ap", f"(?:sdk|api)-{_UUID}{_END}"),
    ("linear-key", "li", f"lin_(?:api|oauth)_{_ALNUM}{{40,64}}{_END}"),
    ("mailchimp-key", "-u", rf"{_HEX}{{32}}-us\d\d?{_END}"),
    ("mailgun-key", "ke", f"key-{_HEX}{{32}}{_END}"),
    ("mapbox-token", "sk", rf"sk\.eyJ{_WORD}{{40,}}\.{_WORD}{{20,}}"),
    ("microsoft-client-secret", "Q~", r"[A-Za-z0-9_~.-]{3}\dQ~[A-Za-z0-9_~.-]{31,34}"),
    ("netlify-token", "nf", f"nfp_{_ALNUM}{{36,}}{_END}"),
    ("new-relic-key", "NR", f"NRAK-[A-Z0-9]{{27}}{_END}"),
    ("new-relic-key", "NR", f"NR(?:II|IQ|AA|BR|JS|RA)-{_WORD}{{19,45}}{_END}"),
    ("notion-token", "se", f"secret_{_ALNUM}{{43}}{_END}"),
    ("notion-token", "nt", f"ntn_{_ALNUM}{{40,}}{_END}"),
    ("npm-token", "np", f"npm_{_ALNUM}{{36}}{_END}"),
    ("nuget-key", "oy", f"oy2[a-z0-9]{{43}}{_END}"),
    ("onepassword-token", "op", rf"ops_eyJ{_WORD}{{100,}}={{0,2}}"),
    ("openai-key", "sk", f"sk-(?:proj|svcacct|admin|None)-{_WORD}{{40,}}"),
    ("openai-key", "sk", f"sk-{_ALNUM}{{48}}{_END}"),
    ("perplexity-key", "pp", f"pplx-{_ALNUM}{{40,}}{_END}"),
    ("plaid-token", "ac", f"access-(?:sandbox|development|production)-{_UUID}{_END}"),
    ("planetscale-token", "ps", r"pscale_(?:tkn|oauth|pw)_[A-Za-z0-9_.=-]{32,}"),
    ("postman-key", "PM", f"PMAK-{_HEX}{{24}}-{_HEX}{{34}}{_END}"),
    ("prefect-key", "pn", f"pn[ub]_{_ALNUM}{{36}}{_END}"),
    ("pulumi-token", "pu", f"pul-{_HEX}{{40}}{_END}"),
    ("pypi-token", "py", f"pypi-AgE{_WORD}{{50,}}"),
    ("readme-key", "rd", f"rdme_[a-z0-9]{{70}}{_END}"),
    ("replicate-token", "r8", f"r8_{_ALNUM}{{37}}{_END}"),
    ("rubygems-key", "ru", f"rubygems_{_HEX}{{48}}{_END}"),
    ("sendgrid-key", "SG", rf"SG\.{_WORD}{{22}}\.{_WORD}{{43}}{_END}"),
    ("sentry-token", "sn", rf"sntr(?:ys_eyJ{_WORD}{{60,}}={{0,2}}{_WORD}*|yu_{_HEX}{{64}})"),
    ("shopify-token", "sh", f"shp(?:at|ca|pa|ss)_[0-9a-fA-F]{{32}}{_END}"),
    ("slack-token", "xo", rf"xox[abceoprs]-(?:\d-)?{_WORD}{{20,}}"),
    ("slack-token", "xa", rf"xapp-\d-[A-Z0-9]{{8,}}-\d{{8,}}-[a-z0-9]{{32,}}{_END}"),
    ("sourcegraph-token", "sg", rf"sgp_(?:{_HEX}{{16}}_|local_)?{_HEX}{{40}}{_END}"),
    ("square-token", "sq", f"sq0(?:atp|csp|idp)-{_WORD}{{22,43}}{_END}"),
    ("square-token", "EA", f"EAAA{_WORD}{{60}}{_END}"),
    ("stripe-key", "sk rk", f"[sr]k_(?:live|test|prod)_{_ALNUM}{{16,}}{_END}"),
    ("stripe-webhook-secret", "wh", "whsec_[A-Za-z0-9+/]{32,}={0,2}"),
    ("supabase-key", "sb", f"sb(?:p_(?:v0_)?{_HEX}{{40}}|_secret_{_WORD}{{20,}}){_END}"),
    ("tailscale-key", "ts", f"tskey-[a-z]{{3,10}}-{_ALNUM}{{8,}}-{_ALNUM}{{20,}}{_END}"),
    ("telegram-token", ":A", rf"\d{{8,10}}:AA{_WORD}{{33}}{_END}"),
    ("terraform-token", "1.", rf"{_ALNUM}{{14}}\.atlasv1\.{_WORD}{{60,}}"),
    ("twilio-key", "SK", f"SK[0-9a-fA-F]{{32}}{_END}"),
    ("vault-token", "hv", rf"hv[sbr]\.{_WORD}{{24,}}"),
    ("xai-key", "xa", f"xai-{_ALNUM}{{80}}{_END}"),
    ("akamai-token", "ak", f"ak[a-z]{{2}}-{_ALNUM}{{16}}-{_ALNUM}{{16}}{_END}"),
    ("alibaba-access-key", "LT", f"LTAI{_ALNUM}{{16,20}}{_END}"),
    ("aws-bedrock-key", "AB", r"ABSK[A-Za-z0-9+/]{80,}={0,2}"),
    ("aws-mws-token", "am", rf"amzn\.mws\.{_UUID}"),
    ("bitbucket-token", "BB", r"BBDC-[A-Za-z0-9+/]{40,}={0,2}"),
    ("brevo-key", "xk", f"xkeysib-{_HEX}{{64}}-{_ALNUM}{{16}}{_END}"),
    ("cloudflare-token", "cf", f"cf[ua]t_{_ALNUM}{{40,}}{_END}"),
    ("deepseek-key", "sk", f"sk-{_HEX}{{32}}{_END}"),
    ("docker-swarm-token", "SW", rf"SWM(?:TKN|KEY)-1-{_WORD}{{40,}}"),
    ("facebook-token", "EA", f"EAA[A-Z]{_ALNUM}{{80,}}{_END}"),
    ("gitlab-token", "GR", f"GR1348941{_WORD}{{20}}{_END}"),
    ("llama-key", "ll", f"llx-{_WORD}{{40,}}"),
    ("nats-seed", "S*", f"S[UACNOX][A-Z2-7]{{56}}{_END}"),
    ("posthog-key", "ph", f"ph[sx]_{_ALNUM}{{40,}}{_END}"),
    ("sonarqube-token", "sq", f"sq[apu]_{_HEX}{{40}}{_END}"),
    ("tavily-key", "tv", f"tvly-(?:dev-|prod-)?{_WORD}{{30,}}"),
    ("twitter-token", "AA", r"A{20,22}[A-Za-z0-9%]{60,}"),
    ("vercel-token", "vc", f"vc[a-z]_{_WORD}{{40,}}"),
)


@cache
def forms_by_beginning() -> dict[str, tuple[Form, ...]]:
    """Return the forms by the two characters that a token of them begins with.

    ``M*`` stands for an M and any other character. Four forms have no beginning of their own:
    these stand under ``1.``, ``:A``, ``Q~`` and ``-u``, which ``tokens`` knows.
    """
    found: dict[str, list[Form]] = {}
    for kind, beginnings, pattern in _FORMS:
        form = Form(kind, re.compile(pattern))
        for beginning in beginnings.split():
            for second in _CHARACTERS if beginning[1] == "*" else beginning[1]:
                found.setdefault(beginning[0] + second, []).append(form)
    return {beginning: tuple(forms) for beginning, forms in found.items()}
