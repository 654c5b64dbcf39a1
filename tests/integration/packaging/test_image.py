"""The image without a container engine: the Dockerfile is linted, and its steps are carried out in a directory of their own."""

import json
import re
import shutil
import socket
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
LIMIT_SECONDS = 120
TEST_KEYS = {
    "CARDLINE_TOKEN_KEY": "11" * 32,
    "CARDLINE_KEYS__CVK": "22" * 16,
    "CARDLINE_KEYS__PVK": "33" * 16,
    "CARDLINE_KEYS__PIN_KEY": "44" * 16,
}


@dataclass(frozen=True, slots=True)
class Step:
    word: str
    rest: str


@dataclass(frozen=True, slots=True)
class Image:
    """`root` holds what the build stage made at /usr/local/cardline."""

    root: Path
    steps: list[Step]

    def words(self, word: str) -> list[str]:
        """The command of an ENTRYPOINT or CMD in its list form."""
        text = next(step.rest for step in reversed(self.steps) if step.word == word)
        return list(json.loads(text.partition("CMD ")[2] or text))

    def environment(self, **more: str) -> dict[str, str]:
        path = f"{self.root}/usr/local/cardline/bin:/usr/bin:/bin"
        return {"PATH": path, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONUNBUFFERED": "1"} | TEST_KEYS | more


def steps() -> list[Step]:
    text = re.sub(r"\\\n\s*", " ", (ROOT / "Dockerfile").read_text(encoding="utf-8"))
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return [Step(*line.split(" ", 1)) for line in lines]


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Image:
    """The build stage, step by step. Dependencies are those of this environment: a registry has no part in what is tested."""
    root = tmp_path_factory.mktemp("root")
    build = root / "build"
    build.mkdir()
    found = steps()
    first_stage = found[: [step.word for step in found].index("FROM", 1)]
    for step in first_stage:
        if step.word == "COPY":
            *sources, target = step.rest.split()
            for source in sources:
                copy(ROOT / source, build / target if target != "./" else build / source)
        elif step.word == "RUN":
            command = step.rest.replace("/usr/local/cardline", f"{root}/usr/local/cardline")
            environment = {"PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin", "PIP_NO_DEPS": "1", "PIP_NO_INDEX": "1"}
            run = subprocess.run(
                ["/bin/sh", "-ec", command],
                cwd=build,
                env=environment,
                capture_output=True,
                text=True,
                timeout=LIMIT_SECONDS,
                check=False,
            )
            assert run.returncode == 0, f"{step.rest}: {run.stderr}"
            borrow_dependencies(root / "usr" / "local" / "cardline")
    shutil.rmtree(build)
    return Image(root, found)


def copy(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
    else:
        shutil.copy2(source, target)


def borrow_dependencies(venv: Path) -> None:
    """Those installed here, setuptools included, instead of a download."""
    for packages in venv.glob("lib/python*/site-packages"):
        for own in (*packages.glob("setuptools*"), *packages.glob("pkg_resources")):
            shutil.rmtree(own)
        (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")


@pytest.fixture
def metrics_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


@pytest.fixture
def serving(
    image: Image, metrics_port: int, postgres_dsn: str, redis_url: str, tmp_path: Path
) -> Iterator["subprocess.Popen[str]"]:
    """The image's own command, after its `migrate`."""
    stores = {"CARDLINE_POSTGRES_DSN": postgres_dsn, "CARDLINE_REDIS_URL": redis_url}
    entry = image.words("ENTRYPOINT")
    migrated = subprocess.run(
        [*entry, "migrate"],
        env=image.environment(**stores),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=LIMIT_SECONDS,
        check=False,
    )
    assert migrated.returncode == 0, migrated.stderr
    config = tmp_path / "cardline.toml"
    shipped = (ROOT / "configs" / "compose" / "cardline.toml").read_text(encoding="utf-8")
    config.write_text(shipped.replace("0.0.0.0:8583", "127.0.0.1:0"), encoding="utf-8")
    words = [str(config) if word == "/etc/cardline/cardline.toml" else word for word in (*entry, *image.words("CMD"))]
    process = subprocess.Popen(
        words,
        env=image.environment(**stores, CARDLINE_METRICS_LISTEN=f"127.0.0.1:{metrics_port}"),
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        text=True,
    )
    yield process
    process.kill()
    process.wait(LIMIT_SECONDS)


def test_the_dockerfile_has_no_fault_that_hadolint_knows() -> None:
    run = subprocess.run(
        [Path(sys.executable).with_name("hadolint"), "--failure-threshold", "info", ROOT / "Dockerfile"],
        capture_output=True, text=True, timeout=LIMIT_SECONDS, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stdout


def test_it_runs_as_a_plain_user() -> None:
    last_stage = steps()[[step.word for step in steps()].index("FROM", 1) :]
    assert [step.rest for step in last_stage if step.word == "USER"] == ["10001"]


def test_what_was_built_serves_is_healthy_drains_and_writes_nothing(
    image: Image, metrics_port: int, serving: "subprocess.Popen[str]"
) -> None:
    before = written(image.root)
    health = [word.replace(":9583/", f":{metrics_port}/") for word in image.words("HEALTHCHECK")]
    assert serving.stdout is not None
    for line in serving.stdout:
        if json.loads(line)["event"] == "ready":
            break
    checked = subprocess.run(health, env=image.environment(), capture_output=True, text=True, timeout=LIMIT_SECONDS, check=False)
    assert checked.returncode == 0, checked.stderr
    serving.terminate()
    assert serving.wait(LIMIT_SECONDS) == 0
    assert written(image.root) == before
    checked = subprocess.run(health, env=image.environment(), capture_output=True, text=True, timeout=LIMIT_SECONDS, check=False)
    assert checked.returncode != 0


def written(root: Path) -> dict[str, int]:
    return {str(path): path.stat().st_mtime_ns for path in root.rglob("*")}
