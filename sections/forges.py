"""Where pull requests live."""

from typing import Annotated, Literal

from pydantic import Field, SecretStr, model_validator

from sections.shapes import Documented


class GitForgeSettings(Documented):
    """Bare repositories in the data folder: a branch is a pull request."""

    kind: Literal["git"] = "git"
    """What kind of forge this is."""
    repositories: list[str] = ["local/*"]
    """The repositories that this forge serves, `*` matching anything; of two forges, the longer pattern wins."""


class GitHubSettings(Documented):
    """GitHub, by an App (id and private key) or by a token."""

    kind: Literal["github"] = "github"
    """What kind of forge this is."""
    app_id: str = ""
    """The id of the App to act as; give PRIVATE_KEY with it, or TOKEN instead of both."""
    private_key: SecretStr = SecretStr("")
    """The App's private key: the text of the whole PEM file."""
    token: SecretStr = SecretStr("")
    """The token of the person or bot to act as."""
    webhook_secret: SecretStr = SecretStr("")
    """The secret that GitHub signs webhooks with; without one, every webhook is refused."""
    repositories: list[str] = ["*"]
    """The repositories that this forge serves; `*` matches anything for an App, a token needs each by its name."""
    base_url: str = "https://api.github.com"
    """The API; of an Enterprise Server `https://HOST/api/v3`."""
    clone_url: str = "https://github.com"
    """What precedes `/OWNER/NAME.git` where commits are fetched from."""

    @model_validator(mode="after")
    def _one_way_in(self) -> "GitHubSettings":
        by_app = bool(self.app_id) and bool(self.private_key.get_secret_value())
        if by_app == bool(self.token.get_secret_value()):
            raise ValueError("give either APP_ID with PRIVATE_KEY, or TOKEN")
        return self


ForgeSettings = Annotated[GitForgeSettings | GitHubSettings, Field(discriminator="kind")]
