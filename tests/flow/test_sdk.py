"""A stranger's client agrees that the emulator is Gemini: the vendor's own JavaScript SDK, at a pinned version with pinned packages."""
import json
import os
import shutil
import subprocess
import sys

from PIL import Image

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from emulator import IMAGE_MODEL, KEY, TEXT_MODEL, Emulator  # noqa: E402
from program import ROOT, SAMPLE, Workspace, equal, main  # noqa: E402

NODE_LEAST = 20
SOURCE = os.path.join(ROOT, "tests/flow/sdk")
CACHE = os.path.join(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "packshot-tests/genai-3.1.0")


def skip(why):
    print("skipped: " + why)
    sys.exit(77)


def installed():
    """The folder with the client and its packages; from the second time on without a network."""
    node = shutil.which("node")
    if not node or not shutil.which("npm"):
        skip("no node and npm")
    version = subprocess.run([node, "--version"], stdout=subprocess.PIPE, text=True, check=True).stdout
    if int(version.lstrip("v").split(".")[0]) < NODE_LEAST:
        skip("the SDK needs Node %d, this is %s" % (NODE_LEAST, version.strip()))
    os.makedirs(CACHE, exist_ok=True)
    for name in os.listdir(SOURCE):
        shutil.copy(os.path.join(SOURCE, name), CACHE)
    if not os.path.exists(os.path.join(CACHE, "node_modules/.package-lock.json")):
        done = subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=CACHE, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True)
        if done.returncode:
            skip("the SDK could not be fetched: " + done.stdout[-300:])
    return CACHE


def test_sdk():
    client = os.path.join(installed(), "client.mjs")
    with Workspace() as work, Emulator() as server:
        out = work.path("edited.jpg")
        done = subprocess.run(["node", client, server.url, KEY, os.path.join(SAMPLE, "photos/mug-1.jpg"), out], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True)
        equal("exit status, " + done.stderr[-1000:], done.returncode, 0)
        seen = json.loads(done.stdout)
        picture, text, bill = seen["picture"], seen["text"], server.bill()
        equal("picture", (picture["mime"], picture["finish"], picture["model"]), ("image/jpeg", "STOP", IMAGE_MODEL))
        equal("tokens", (picture["out"], picture["details"]), (1120, [{"modality": "IMAGE", "tokenCount": 1120}]))
        with Image.open(out) as image:
            equal("size", image.size, (1024, 1024))
        equal("text", (text["finish"], text["json"]["en"]["title"]), ("STOP", "Umber jug"))
        assert {"models/" + IMAGE_MODEL, "models/" + TEXT_MODEL} <= set(seen["models"]), seen["models"]
        equal("billed", [(b["id"] == picture["id"], b["kind"]) for b in bill], [(True, "image"), (False, "text")])
        for name, status, says in ("wrongKey", 400, "API_KEY_INVALID"), ("noModel", 404, "NOT_FOUND"), ("candidateCount", 400, "INVALID_ARGUMENT"):
            equal(name, (seen[name]["api"], seen[name]["status"], says in seen[name]["says"]), (True, status, True))


if __name__ == "__main__":
    main([test_sdk])
