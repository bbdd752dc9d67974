#!/usr/bin/env python3
"""Fetches the engines that bench/peers compares with into third_party/peers, once, with Maven and pip, and compiles their jobs.

Nothing but bench/peers/run.py calls this. missing() says what the machine lacks for it.
"""

import fcntl
import pathlib
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
PLACE = ROOT / "third_party" / "peers"
CLASSES = ROOT / "build" / "bench-peers" / "classes"
SOURCES = {"flink": ["Play", "Listen", "WindowCount", "FlinkJob"], "streams": ["Play", "StreamsJob"]}


def missing():
    """Why the engines that need Java can't be set up here; None: they can."""
    absent = [program for program in ("java", "javac", "mvn") if not shutil.which(program)]
    return f"there is no {', '.join(absent)} (Debian: default-jdk-headless, maven)" if absent else None


def run(command, folder=None):
    subprocess.run([str(part) for part in command], cwd=folder, stdin=subprocess.DEVNULL, stdout=sys.stderr, check=True)


def fetch(name, pins, command):
    """Fills third_party/peers/`name` by `command`, in a folder that is swapped in whole; does nothing if it was filled by these pins."""
    folder, text = PLACE / name, pins.read_text(encoding="utf-8")
    stamp = folder / ".pinned"
    if stamp.is_file() and stamp.read_text(encoding="utf-8") == text:
        return
    print(f"peers: fetching {name}", file=sys.stderr, flush=True)
    fresh = PLACE / f"{name}.new"
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    run(command(fresh))
    (fresh / ".pinned").write_text(text, encoding="utf-8")
    shutil.rmtree(folder, ignore_errors=True)
    fresh.rename(folder)


def maven(profile):
    return lambda folder: ["mvn", "-q", "-B", "-f", HERE / "pom.xml", "-P", profile, "dependency:copy-dependencies", "-DincludeScope=runtime", f"-DoutputDirectory={folder}"]


def pip(folder):
    return [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet", "install", "--root-user-action=ignore", "--no-deps", "--require-hashes",
            "--target", folder, "--requirement", HERE / "requirements.txt"]


def classpath(engine):
    return f"{CLASSES / engine}:{PLACE / engine}/*"


def compile_jobs(engine):
    shutil.rmtree(CLASSES / engine, ignore_errors=True)
    (CLASSES / engine).mkdir(parents=True)
    run(["javac", "-nowarn", "-d", CLASSES / engine, "-cp", f"{PLACE / engine}/*", *(HERE / "java" / f"{name}.java" for name in SOURCES[engine])])


def set_up(engines):
    """For those of flink, streams and spark that are among `engines`."""
    PLACE.mkdir(parents=True, exist_ok=True)
    with open(PLACE / ".lock", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for engine in ("flink", "streams", "spark"):
            if engine in engines:
                fetch(engine, HERE / "pom.xml", maven(engine))
        if "spark" in engines:
            fetch("python", HERE / "requirements.txt", pip)
    for engine in SOURCES:
        if engine in engines:
            compile_jobs(engine)


if __name__ == "__main__":
    set_up(sys.argv[1:] or ["flink", "streams", "spark"])
