"""The forms that vendors give their keys and tokens: data, one line a form.

Nearly all of them begin with a text of their own, which ``find`` searches for; four have theirs
inside (``1234567890:AA…``). The rest of the form is matched only there.

The forms follow what the vendors publish about their own credentials: lengths where these are
fixed, else a lower bound. Public identifiers (``pk_live_``, ``AC…`` of Twilio, client ids) are not
secrets and not here.
"""

from __future__ import annotations

import re
import string
from dataclasses import dataclass
from functools import cache
from itertools import product

_END = r"(?![A-Za-z0-9_-])"
_WORD = "[A-Za-z0-9_-]"  # the alphabet of base64url
_ALNUM = "[A-Za-z0-9]"
_HEX = "[0-9a-f]"
_UUID = f"{_HEX}{{8}}-{_HEX}{{4}}-{_HEX}{{4}}-{_HEX}{{4}}-{_HEX}{{12}}"
# A bot's token begins with its number of 17 to 19 digits in base64, which leaves few letters each.
_DISCORD = " ".join(map("".join, product("MNO", "DTjz", "AEIMQUYcgk")))
_AFTER_A = string.ascii_lowercase + string.ascii_uppercase[1:] + string.digits
# The letter after the As is in it, so that a long run of As holds it once.
_TWITTER = " ".join(20 * "A" + after for after in _AFTER_A)


@dataclass(frozen=True, slots=True)
class Form:
    """What a vendor's secret looks like."""

    kind: str
    """Goes into the placeholder: lower case, words joined by ``-``."""
    pattern: re.Pattern[str]
    """Matched where the token begins; every repetition is bounded by the token's alphabet."""
    before: tuple[int, ...]
    """How many characters before its literal the token may begin: (0,) for nearly all."""


_FORMS = (
    # kind, the texts that a token begins with or holds (by space), pattern
    ("age-secret-key", "AGE-SECRET-KEY-1", r"AGE-SECRET-KEY-1[0-9A-Z]{58}"),
    ("adafruit-key", "aio_", f"aio_{_ALNUM}{{28}}{_END}"),
    ("airtable-token", "pat", rf"pat{_ALNUM}{{14}}\.{_HEX}{{64}}{_END}"),
    ("anthropic-key", "sk-ant-", rf"sk-ant-[a-z]{{2,8}}\d\d-{_WORD}{{60,}}"),
    ("artifactory-token", "AKC", f"AKC{_ALNUM}{{69,}}{_END}"),
    ("atlassian-token", "ATATT3 ATCTT3", f"AT(?:ATT3|CTT3){_WORD}{{60,}}=?"),
    ("aws-access-key", "AKIA ASIA ABIA ACCA", rf"(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{{16}}{_END}"),
    ("bitbucket-password", "ATBB", f"ATBB{_ALNUM}{{32}}{_END}"),
    ("clojars-token", "CLOJARS_", r"CLOJARS_[0-9a-f]{60}" + _END),
    ("cloudflare-key", "v1.0-", rf"v1\.0-{_HEX}{{24}}-{_HEX}{{146}}{_END}"),
    ("contentful-token", "CFPAT-", f"CFPAT-{_WORD}{{43}}{_END}"),
    ("crates-token", "cio", f"cio{_ALNUM}{{32}}{_END}"),
    ("databricks-token", "dapi", rf"dapi{_HEX}{{32}}(?:-\d)?{_END}"),
    ("digitalocean-token", "dop_v1_ doo_v1_ dor_v1_", rf"do[opr]_v1_{_HEX}{{64}}{_END}"),
    (
        "discord-token",
        _DISCORD,
        rf"[MNO]{_WORD}{{23,27}}\.{_WORD}{{6}}\.{_WORD}{{27,38}}{_END}",
    ),
    ("docker-token", "dckr_", f"dckr_(?:pat|oat)_{_WORD}{{27,}}"),
    (
        "doppler-token",
        "dp.",
        rf"dp\.(?:pt|st|ct|sa|scim|audit)\.(?:[a-z0-9_-]{{2,35}}\.)?{_ALNUM}{{40,44}}",
    ),
    ("dropbox-token", "sl.", rf"sl\.{_WORD}{{60,}}"),
    ("dynatrace-token", "dt0", r"dt0[a-z]\d\d\.[A-Z0-9]{24}\.[A-Z0-9]{64}"),
    ("easypost-key", "EZAK EZTK", f"EZ[AT]K{_ALNUM}{{54}}{_END}"),
    ("figma-token", "figd_ figo_ figu_", f"fig[dou]_{_WORD}{{40,}}"),
    ("fly-token", "fo1_", f"fo1_{_WORD}{{43}}{_END}"),
    ("google-api-key", "AIza", f"AIza{_WORD}{{35}}{_END}"),
    ("google-client-secret", "GOCSPX-", f"GOCSPX-{_WORD}{{28}}{_END}"),
    ("google-oauth-token", "ya29.", rf"ya29\.{_WORD}{{20,}}"),
    ("github-token", "ghp_ gho_ ghu_ ghs_ ghr_", f"gh[pousr]_{_ALNUM}{{36,255}}{_END}"),
    (
        "github-token",
        "ghs_",
        rf"ghs_\d{{1,20}}_eyJ{_WORD}{{10,}}\.eyJ{_WORD}{{10,}}\.{_WORD}{{16,}}",
    ),
    ("github-token", "github_pat_", f"github_pat_{_ALNUM}{{22}}_{_ALNUM}{{59}}{_END}"),
    (
        "gitlab-token",
        "glpat- glptt- gldt- glrt- glrtr- glcbt- glsoat- glft- glagent- gloas- glimt- glffct- "
        "glwt-",
        rf"gl(?:pat|ptt|dt|rt|rtr|cbt|soat|ft|agent|oas|imt|ffct|wt)-{_WORD}{{20,}}(?:\.[0-9a-z]{{2}}\.{_WORD}{{7,9}})?",
    ),
    ("grafana-token", "glc_", "glc_[A-Za-z0-9+/]{32,}={0,2}"),
    ("grafana-token", "glsa_", f"glsa_{_ALNUM}{{32}}_{_HEX}{{8}}{_END}"),
    ("groq-key", "gsk_", f"gsk_{_ALNUM}{{52}}{_END}"),
    ("heroku-key", "HRKU-", f"HRKU-(?:{_UUID}|{_WORD}{{60}}){_END}"),
    ("huggingface-token", "hf_", f"hf_[A-Za-z]{{34}}{_END}"),
    ("huggingface-token", "api_org_", f"api_org_[A-Za-z]{{34}}{_END}"),
    ("google-refresh-token", "1//0", f"1//0{_WORD}{{40,}}"),
    ("azure-devops-token", "JQQJ99", f"{_ALNUM}{{52}}JQQJ99{_ALNUM}{{26}}{_END}"),
    ("aws-bedrock-key", "bedrock-api-key-", f"bedrock-api-key-{_WORD}{{30,}}={{0,2}}"),
    (
        "braintree-token",
        "access_token$",
        rf"access_token\$(?:production|sandbox)\${_ALNUM}{{8,32}}\${_HEX}{{32}}{_END}",
    ),
    ("defined-networking-key", "dnkey-", f"dnkey-[A-Z0-9]{{26}}-[A-Z0-9]{{52}}{_END}"),
    ("gitlab-session", "_gitlab_session=", f"_gitlab_session={_HEX}{{32}}{_END}"),
    ("grafana-token", "eyJrIjoi", f"eyJrIjoi{_ALNUM}{{60,}}={{0,2}}"),
    ("instagram-token", "IGQV", f"IGQV{_WORD}{{100,}}"),
    ("ntlm-message", "TlRMTVNTUAAD", r"TlRMTVNTUAAD[A-Za-z0-9+/]{80,}={0,2}"),
    ("together-key", "tgp_v1_", f"tgp_v1_{_WORD}{{43}}{_END}"),
    ("wundergraph-key", "cosmo_", f"cosmo_{_HEX}{{32}}{_END}"),
    ("jwt", "eyJ", rf"eyJ{_WORD}{{10,}}\.eyJ{_WORD}{{10,}}\.{_WORD}{{16,}}"),
    ("launchdarkly-key", "sdk- api-", f"(?:sdk|api)-{_UUID}{_END}"),
    ("linear-key", "lin_api_ lin_oauth_", f"lin_(?:api|oauth)_{_ALNUM}{{40,64}}{_END}"),
    ("mailchimp-key", "-us", rf"{_HEX}{{32}}-us\d\d?{_END}"),
    ("mailgun-key", "key-", f"key-{_HEX}{{32}}{_END}"),
    ("mapbox-token", "sk.eyJ", rf"sk\.eyJ{_WORD}{{40,}}\.{_WORD}{{20,}}"),
    ("microsoft-client-secret", "Q~", r"[A-Za-z0-9_~.-]{3}\dQ~[A-Za-z0-9_~.-]{31,34}"),
    ("netlify-token", "nfp_", f"nfp_{_ALNUM}{{36,}}{_END}"),
    ("new-relic-key", "NRAK-", f"NRAK-[A-Z0-9]{{27}}{_END}"),
    (
        "new-relic-key",
        "NRII- NRIQ- NRAA- NRBR- NRJS- NRRA-",
        f"NR(?:II|IQ|AA|BR|JS|RA)-{_WORD}{{19,45}}{_END}",
    ),
    ("notion-token", "secret_", f"secret_{_ALNUM}{{43}}{_END}"),
    ("notion-token", "ntn_", f"ntn_{_ALNUM}{{40,}}{_END}"),
    ("npm-token", "npm_", f"npm_{_ALNUM}{{36}}{_END}"),
    ("nuget-key", "oy2", f"oy2[a-z0-9]{{43}}{_END}"),
    ("onepassword-token", "ops_eyJ", rf"ops_eyJ{_WORD}{{100,}}={{0,2}}"),
    ("openai-key", "sk-", f"sk-(?:proj|svcacct|admin|None)-{_WORD}{{40,}}"),
    ("openai-key", "sk-", f"sk-{_ALNUM}{{48}}{_END}"),
    ("perplexity-key", "pplx-", f"pplx-{_ALNUM}{{40,}}{_END}"),
    ("plaid-token", "access-", f"access-(?:sandbox|development|production)-{_UUID}{_END}"),
    ("planetscale-token", "pscale_", r"pscale_(?:tkn|oauth|pw)_[A-Za-z0-9_.=-]{32,}"),
    ("postman-key", "PMAK-", f"PMAK-{_HEX}{{24}}-{_HEX}{{34}}{_END}"),
    ("postman-token", "PMAT-", f"PMAT-[0-9A-Z]{{26}}{_END}"),
    ("prefect-key", "pnu_ pnb_", f"pn[ub]_{_ALNUM}{{36}}{_END}"),
    ("pulumi-token", "pul-", f"pul-{_HEX}{{40}}{_END}"),
    ("pypi-token", "pypi-AgE", f"pypi-AgE{_WORD}{{50,}}"),
    ("readme-key", "rdme_", f"rdme_[a-z0-9]{{70}}{_END}"),
    ("replicate-token", "r8_", f"r8_{_ALNUM}{{37}}{_END}"),
    ("rubygems-key", "rubygems_", f"rubygems_{_HEX}{{48}}{_END}"),
    ("sendgrid-key", "SG.", rf"SG\.{_WORD}{{22}}\.{_WORD}{{43}}{_END}"),
    (
        "sentry-token",
        "sntrys_ sntryu_",
        rf"sntr(?:ys_eyJ{_WORD}{{60,}}={{0,2}}{_WORD}*|yu_{_HEX}{{64}})",
    ),
    ("shopify-token", "shpat_ shpca_ shppa_ shpss_", f"shp(?:at|ca|pa|ss)_[0-9a-fA-F]{{32}}{_END}"),
    (
        "slack-token",
        "xoxa- xoxb- xoxc- xoxe- xoxo- xoxp- xoxr- xoxs-",
        rf"xox[abceoprs]-(?:\d-)?{_WORD}{{20,}}",
    ),
    ("slack-token", "xapp-", rf"xapp-\d-[A-Z0-9]{{8,}}-\d{{8,}}-[a-z0-9]{{32,}}{_END}"),
    ("sourcegraph-token", "sgp_", rf"sgp_(?:{_HEX}{{16}}_|local_)?{_HEX}{{40}}{_END}"),
    ("square-token", "sq0atp- sq0csp- sq0idp-", f"sq0(?:atp|csp|idp)-{_WORD}{{22,43}}{_END}"),
    ("square-token", "EAAA", f"EAAA{_WORD}{{60}}{_END}"),
    (
        "stripe-key",
        "sk_live_ sk_test_ sk_prod_ rk_live_ rk_test_ rk_prod_",
        f"[sr]k_(?:live|test|prod)_{_ALNUM}{{16,}}{_END}",
    ),
    ("stripe-webhook-secret", "whsec_", "whsec_[A-Za-z0-9+/]{32,}={0,2}"),
    (
        "supabase-key",
        "sbp_ sb_secret_",
        f"sb(?:p_(?:v0_)?{_HEX}{{40}}|_secret_{_WORD}{{20,}}){_END}",
    ),
    ("tailscale-key", "tskey-", f"tskey-[a-z]{{3,10}}-{_ALNUM}{{8,}}-{_ALNUM}{{20,}}{_END}"),
    ("telegram-token", ":AA", rf"\d{{8,10}}:AA{_WORD}{{33}}{_END}"),
    ("terraform-token", ".atlasv1.", rf"{_ALNUM}{{14}}\.atlasv1\.{_WORD}{{60,}}"),
    ("twilio-key", "SK", f"SK[0-9a-fA-F]{{32}}{_END}"),
    ("vault-token", "hvs. hvb. hvr.", rf"hv[sbr]\.{_WORD}{{24,}}"),
    ("xai-key", "xai-", f"xai-{_ALNUM}{{80}}{_END}"),
    ("akamai-token", "akab- akaa-", f"ak[a-z]{{2}}-{_ALNUM}{{16}}-{_ALNUM}{{16}}{_END}"),
    ("alibaba-access-key", "LTAI", f"LTAI{_ALNUM}{{12,20}}{_END}"),
    ("aws-bedrock-key", "ABSK", r"ABSK[A-Za-z0-9+/]{80,}={0,2}"),
    ("aws-mws-token", "amzn.mws.", rf"amzn\.mws\.{_UUID}"),
    ("bitbucket-token", "BBDC-", r"BBDC-[A-Za-z0-9+/]{40,}={0,2}"),
    ("brevo-key", "xkeysib-", f"xkeysib-{_HEX}{{64}}-{_ALNUM}{{16}}{_END}"),
    ("cloudflare-token", "cfut_ cfat_ cfk_", f"cf(?:[ua]t|k)_{_ALNUM}{{40,}}{_END}"),
    ("deepseek-key", "sk-", f"sk-{_HEX}{{32}}{_END}"),
    ("docker-swarm-token", "SWMTKN-1- SWMKEY-1-", rf"SWM(?:TKN|KEY)-1-{_WORD}{{40,}}"),
    ("facebook-token", "EAA", f"EAA[A-Z]{_ALNUM}{{80,}}{_END}"),
    ("gitlab-token", "GR1348941", f"GR1348941{_WORD}{{20}}{_END}"),
    ("llama-key", "llx-", f"llx-{_WORD}{{40,}}"),
    ("nats-seed", "SUA SAA SNA SCA SOA SXA", f"S[UACNOX][A-Z2-7]{{56}}{_END}"),
    ("posthog-key", "phs_ phx_ phr_ pha_", f"ph[sxra]_{_ALNUM}{{40,}}{_END}"),
    ("sonarqube-token", "sqa_ sqp_ squ_", f"sq[apu]_{_HEX}{{40}}{_END}"),
    ("tavily-key", "tvly-", f"tvly-(?:dev-|prod-)?{_WORD}{{30,}}"),
    ("twitter-token", _TWITTER, r"(?<![A-Za-z0-9_-])A{20,22}[A-Za-z0-9%]{60,}"),
    ("vercel-token", "vcp_ vci_ vca_ vcr_ vck_", f"vc[a-z]_{_WORD}{{40,}}"),
)


_BEFORE = {
    "azure-devops-token": (52,),
    "mailchimp-key": (32,),
    "microsoft-client-secret": (4,),
    "telegram-token": (10, 9, 8),
    "terraform-token": (14,),
    "twitter-token": (2, 1, 0),
}
"""How many characters of a token may stand before its literal, where it does not begin with it."""


@cache
def forms_by_literal() -> dict[str, tuple[Form, ...]]:
    """Return the forms by a text that every token of theirs holds, most often at its beginning."""
    found: dict[str, tuple[Form, ...]] = {}
    for kind, literals, pattern in _FORMS:
        form = Form(kind, re.compile(pattern), _BEFORE.get(kind, (0,)))
        for literal in literals.split():
            found[literal] = (*found.get(literal, ()), form)
    return found


def public_beginning(kind: str, value: str) -> str:
    """Return what a secret of this kind begins with as the vendor published; "" when nothing."""
    return max(
        (
            literal
            for literal, forms in forms_by_literal().items()
            if value.startswith(literal) and any(form.kind == kind for form in forms)
        ),
        key=len,
        default="",
    )
