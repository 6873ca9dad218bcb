"""What a program said, made fit for a comment on a pull request."""

from hypothesis import given
from hypothesis import strategies as st

from adapters.rendering.problems import complaint


def test_a_complaint_is_a_few_clean_lines() -> None:
    """No colours, no traces of the program's insides, none of our folders, no secret."""
    said = (
        "level=WARN msg=noise\n\x1b[31mError: /renderings/c0ffee/deploy/a.yaml:3: token hunter22\x1b[0m\n"
        "second\n\ngoroutine 1 [running]:\nmain.main()\n"
    )

    assert (
        complaint(said, places=("/renderings/c0ffee/",), secrets=("hunter22",)) == "deploy/a.yaml:3: token ***\nsecond"
    )


def test_what_helm_leaves_open_gets_a_cure() -> None:
    """A chart whose dependencies are not in the repository is told how to have them there."""
    said = "Error: An error occurred: found in Chart.yaml, but missing in charts/ directory: redis"

    assert complaint(said).endswith("run `helm dependency build` and commit the folder charts: nothing is fetched here")


@given(st.text(), st.lists(st.text(max_size=10), max_size=2))
def test_any_output_is_short_and_plain(log: str, secrets: list[str]) -> None:
    """Whatever a chart makes its program say, a comment can hold it."""
    said = complaint(log, secrets=secrets)

    assert 0 < len(said) <= 900
    assert said.count("\n") <= 7
    assert "\x1b" not in said
