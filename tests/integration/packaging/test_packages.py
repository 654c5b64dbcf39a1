"""Wheel and sdist hold the product, all of it and nothing else, and work where no sources are."""

import subprocess
import tarfile
import tomllib
import zipfile
from pathlib import Path

import pytest

from switch.iso8583 import Codec, Message

ROOT = Path(__file__).parents[3]
PACKAGES = ("cardline", "simulator", "clearing", "switch", "authorizer", "ledger", "configs")
LOADS_ITS_DATA = """
from importlib.resources import files
from cardline.hold_validity import load_validity
from cardline.metrics import Metrics
from cardline.policies import load_policy, mcc_groups
from cardline.schema import packaged_chart
from cardline.settling.tolerances import load_tolerances
from ledger.migrate import LATEST
from ledger.statements import statement
from switch.profile import load_profile
load_validity(None), load_tolerances(None), load_policy("default"), mcc_groups(), packaged_chart(), statement("write"), LATEST
load_profile("mastercard"), load_profile("mastercard-ascii"), Metrics()
print(files("switch"))
"""
ECHO = Codec("ascii").encode(Message("0800", {7: "1121101112", 11: "000001", 33: "012345", 70: "270"}))


def test_the_wheel_holds_every_file_of_the_product_and_no_other(installed) -> None:
    names = {name for name in zipfile.ZipFile(installed.wheel).namelist() if ".dist-info/" not in name}
    assert names == {name for name in tracked() if name.split("/")[0] in PACKAGES}


def test_the_sdist_holds_no_tests_and_no_benches(installed) -> None:
    with tarfile.open(installed.sdist) as archive:
        roots = {name.split("/")[1] for name in archive.getnames() if "/" in name}
    assert set(PACKAGES) <= roots
    assert roots.isdisjoint({"tests", "bench", "docs", ".ci"})


def test_the_installed_program_tells_its_version(installed) -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    said = installed.run("cardline", "--version")
    assert (said.returncode, said.stdout) == (0, f"cardline {version}\n")


def test_the_installed_program_decodes_a_message(installed) -> None:
    said = installed.run("cardline", "decode", "--profile", "mastercard-ascii", ECHO.hex())
    assert said.returncode == 0, said.stderr
    assert "0800" in said.stdout


def test_the_installed_program_finds_its_tables_profiles_and_statements(installed) -> None:
    said = installed.run("python", "-c", LOADS_ITS_DATA)
    assert said.returncode == 0, said.stderr
    assert str(ROOT) not in said.stdout


@pytest.mark.parametrize("words", [("migrate",), ("serve",)])
def test_the_installed_program_says_what_it_lacks(installed, words: tuple[str, ...]) -> None:
    said = installed.run("cardline", *words)
    assert said.returncode == 2
    assert len(said.stderr.splitlines()) == 1


def tracked() -> list[str]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True).stdout
    return [name for name in listed.split("\0") if name and (ROOT / name).exists()]
