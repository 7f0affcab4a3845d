"""Try an image as a locked-down pod runs it: `tried.py ROOT IMAGE`, in namespaces that .ci/image has made.

ROOT is the image's file system, mounted read-only but for /tmp and the data; IMAGE is what buildah says of it.
"""

import json
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(sys.argv[1])
SAYS = json.loads(Path(sys.argv[2]).read_text())["Docker"]["config"]
DATA = Path("/var/lib/credwatch")
INSIDE = Path(__file__).with_name("inside.py")
SETTINGS = '[daemon]\ndata = "/var/lib/credwatch/data"\nephemeral = true\n'
PATIENCE = 30.0


def arguments(*command: str, **environment: str) -> list[str]:
    """What runs a command as the image would: its user, its environment, and no other."""
    named = [*SAYS["Env"], *(f"{name}={value}" for name, value in environment.items())]
    user = SAYS["User"]
    group = user.partition(":")[2]
    return ["env", "-i", *named, "/usr/sbin/chroot", f"--userspec={user}", f"--groups={group}", str(ROOT), *command]


def said(*command: str, stdin: str = "", code: int = 0) -> str:
    """What a command prints, when it ends as it should."""
    done = subprocess.run(arguments(*command), input=stdin, capture_output=True, text=True, timeout=120, check=False)  # noqa: S603  the image's own
    expect(done.returncode == code, f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout


def expect(truth: object, complaint: str) -> None:
    """End with the complaint when it is not so."""
    if not truth:
        sys.exit(f"the image: {complaint}")


def tell(line: str) -> None:
    """One thing that was seen."""
    sys.stdout.write(f"   {line}\n")


def says() -> None:
    """What the image says of itself."""
    expect(SAYS["User"] == "10001:10001", f"runs as {SAYS['User']!r}")
    expect(SAYS["WorkingDir"] == str(DATA), f"works in {SAYS['WorkingDir']}")
    expect(list(SAYS["Volumes"]) == [str(DATA)], f"has volumes {SAYS['Volumes']}")
    expect(SAYS["Healthcheck"]["Test"][0] == "CMD", "its health check wants a shell")
    expect(SAYS["Entrypoint"][0].startswith("/opt/"), f"starts with {SAYS['Entrypoint']}")


def holds() -> None:
    """What lies in it."""
    pips = [path for pattern in ("**/pip/__main__.py", "**/bin/pip*", "**/ensurepip") for path in ROOT.glob(pattern)]
    pips = [path for path in pips if not path.is_relative_to(ROOT / "usr/lib")]  # Debian's own, of the stand-in
    expect(not pips, f"holds pip: {', '.join(map(str, pips))}")
    own = [path for path in (ROOT / "opt").rglob("*") if path.lstat().st_uid == 10001]
    expect(not own, f"its user owns {own[:3]}")
    size = sum(path.lstat().st_size for path in (ROOT / "opt").rglob("*"))
    tell(f"no pip, nothing of its user's but the data; {size / 1e6:.0f} MB beside the base image")


def commands() -> None:
    """What it does by itself."""
    tell(said(*SAYS["Entrypoint"], "--version").strip())
    tell(said("/opt/credwatch/bin/python", "-", stdin=INSIDE.read_text()).strip())
    told = said(*SAYS["Entrypoint"], "demo", "--fast").splitlines()
    tell(f"`demo` tells its story in {len(told)} lines")


def daemon() -> None:
    """It starts, is healthy by its own check and ready soon after, and ends when it is asked to."""
    (ROOT / "tmp/credwatch.toml").write_text(SETTINGS)
    start = time.monotonic()
    command = arguments(*SAYS["Entrypoint"], *SAYS["Cmd"], CREDWATCH_CONFIG="/tmp/credwatch.toml")  # noqa: S108  the image's own
    running = subprocess.Popen(command)  # noqa: S603  the image's own
    for path in ("/livez", "/readyz"):
        asked = arguments(*(word.replace("/livez", path) for word in SAYS["Healthcheck"]["Test"][1:]))
        while subprocess.run(asked, capture_output=True, check=False).returncode:  # noqa: S603  the image's own
            expect(running.poll() is None, f"`run` ended with {running.returncode}")
            expect(time.monotonic() - start < PATIENCE, f"{path} is not 200 after {PATIENCE:.0f} s")
        tell(f"`run` answers {path} after {time.monotonic() - start:.1f} s")
    running.terminate()
    expect(running.wait(PATIENCE) == 0, f"asked to stop, it ended with {running.returncode}")


if __name__ == "__main__":
    says()
    holds()
    commands()
    daemon()
