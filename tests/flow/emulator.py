"""The server that speaks the model APIs (tests/emulator), as the flow tests use it: start it, steer it, read its bill."""
import json
import os
import subprocess
import tempfile
import urllib.request

from program import BUILD, ROOT

KEY = "test-key-5f0c91"
IMAGE_MODEL = "gemini-nano-banana-2.1"
TEXT_MODEL = "gemini-3.5-flash-lite"

# What may pass: after a wait, with another try, with a firmer prompt.
PASSING = ["rate", "rate_bare", "spend", "internal", "unavailable", "proxy_html", "proxy_524", "hang", "cut", "truncated", "bad_base64", "half_jpeg",
           "small", "off_white", "at_frame", "no_image", "apology", "max_tokens", "lost", "bad_copy", "not_json"]


class Emulator:
    def __init__(self, *args, port=0, key=KEY):
        handle, self.bill_path = tempfile.mkstemp(prefix="packshot-bill-")
        os.close(handle)
        command = [os.path.join(ROOT, BUILD, "tests/flow/emulator"), "--listen", port, "--key", key, "--bill", self.bill_path, *args]
        self.process = subprocess.Popen([str(a) for a in command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        word, self.port = self.process.stdout.readline().split()
        assert word == "port", word
        self.url = "http://127.0.0.1:" + self.port

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.kill()
        os.unlink(self.bill_path)

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()

    def stats(self):
        with urllib.request.urlopen(self.url + "/_stats") as reply:
            return json.load(reply)

    def control(self, *lines):
        urllib.request.urlopen(self.url + "/_control", data="\n".join(lines).encode()).close()

    def bill(self):
        with open(self.bill_path, encoding="utf-8") as f:
            return [json.loads(line) for line in f]

    def flags(self, text=True):
        """What makes packshot work with this server."""
        flags = ["--endpoint", self.url, "--image-model", IMAGE_MODEL]
        return flags + (["--text-model", TEXT_MODEL] if text else ["--no-copy"])


def env(**more):
    return {"GEMINI_API_KEY": KEY, **more}
