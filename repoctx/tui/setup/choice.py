"""What a person chooses when they configure a model, and what is stored of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from repoctx.config import Settings, key_variable, load_settings
from repoctx.config.store import store_setting


@dataclass(frozen=True, slots=True)
class Vendor:
    """Where models are had."""

    name: str
    base_url: str = ""
    """Empty for the backend's own."""
    backend: str = "openai"
    is_local: bool = False


VENDORS = (
    Vendor("OpenAI"),
    Vendor("Anthropic", backend="anthropic"),
    Vendor("Google Gemini", "https://generativelanguage.googleapis.com/v1beta/openai"),
    Vendor("DeepSeek", "https://api.deepseek.com/v1"),
    Vendor("OpenRouter", "https://openrouter.ai/api/v1"),
    Vendor("Moonshot", "https://api.moonshot.ai/v1"),
    Vendor("Mistral", "https://api.mistral.ai/v1"),
    Vendor("xAI", "https://api.x.ai/v1"),
    Vendor("Groq", "https://api.groq.com/openai/v1"),
    Vendor("a server on this machine", "http://127.0.0.1:8000/v1", is_local=True),
    Vendor("another OpenAI-compatible server", "https://"),
)

_STORED = ("backend", "base_url", "model", "api_key")


@dataclass(frozen=True, slots=True)
class Choice:
    """A model at an endpoint, and its key unless the environment holds it."""

    backend: str
    base_url: str
    model: str
    api_key: str = ""

    def flags(self) -> Mapping[str, str]:
        """Return the settings as if they had been typed."""
        flags = {name: getattr(self, name) for name in _STORED}
        return {**flags, "api_key_env": ""} if self.api_key else flags

    def settings(self) -> Settings:
        """Return the settings with this choice in force; raises UsageError."""
        return load_settings(None, self.flags())

    @property
    def variable(self) -> str:
        """The environment variable that usually holds the endpoint's key; empty for none."""
        return key_variable(self.settings())

    def store(self) -> None:
        """Keep it in the person's own configuration file, which has mode 0600.

        A key that was kept for another endpoint is taken out: it must never reach this one.
        """
        known = load_settings(None)
        stays = (known.backend, known["base_url"]) == (self.backend, self.base_url)
        for name in _STORED:
            if name == "api_key" and stays and not self.api_key:
                continue
            value = getattr(self, name)
            kept = value and not (name == "backend" and value == "openai")
            store_setting(name, value if kept else None)
