"""Every shell example of the README, run as it stands (the two set-up commands aside: they run this)."""
import os
import re
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from emulator import Emulator  # noqa: E402
from program import PACKSHOT, ROOT, Workspace, main  # noqa: E402


def examples():
    with open(os.path.join(ROOT, "README.md"), encoding="utf-8") as f:
        blocks = re.findall(r"```sh\n(.*?)```", f.read(), re.DOTALL)
    return [line for block in blocks for line in block.splitlines() if line and not line.startswith("make ")]


def test_every_example():
    lines = examples()
    assert len(lines) >= 10, lines
    with Workspace() as work, Emulator(key="your-key") as model:
        os.symlink(PACKSHOT, work.path("packshot"))
        shutil.copytree(os.path.join(ROOT, "sample_data"), work.path("sample_data"))
        for line in lines:
            # The examples use the default model; the neural network has tests of its own. What is paid for is asked of the emulator.
            env = {**os.environ, "PACKSHOT_IMAGE_MODEL": "local-classical"}
            if "gemini" in line:
                env["PACKSHOT_ENDPOINT"] = model.url
            line = line.replace("https://relay.example", model.url)
            done = subprocess.run(line, shell=True, cwd=work.dir, capture_output=True, text=True, timeout=300, env=env)
            assert done.returncode == 0, "%s: exit status %d\n%s%s" % (line, done.returncode, done.stdout, done.stderr)


if __name__ == "__main__":
    main([test_every_example])
