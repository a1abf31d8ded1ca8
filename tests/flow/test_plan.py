"""packshot plan: what it says comes true, and it touches nothing."""
import json
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from emulator import Emulator, env  # noqa: E402
from program import Workspace, equal, main, packshot  # noqa: E402
from test_api import catalogue, photo  # noqa: E402


def planned(work, *flags):
    plan = json.loads(packshot("plan", work.path("catalog.jsonl"), "--out", work.out, "--json", *flags).stdout)
    return {k: v for k, v in plan["reasons"].items() if v}, plan


def mtimes(folder):
    return {os.path.join(d, n): os.stat(os.path.join(d, n)).st_mtime_ns for d, _, names in os.walk(folder) for n in names}


def test_what_it_says_comes_true():
    with Workspace() as work, Emulator("--latency-ms", "20") as server:
        manifest = catalogue(work, 10, {3: "no_image"})
        flags = server.flags()
        reasons, plan = planned(work, *flags)  # without a key, and before there is a workspace
        equal("before the first run", (reasons, os.path.exists(work.out)), ({"new": 10}, False))
        equal("calls", (plan["image_calls"], plan["text_calls"]), (10, 10))
        packshot("run", manifest, "--out", work.out, *flags, env=env(), status=1)
        spent = sum(b["nano"] for b in server.bill()) / 1e9
        assert plan["low_usd"] * 0.8 <= spent <= plan["high_usd"], (plan["low_usd"], spent, plan["high_usd"])

        cases = [("nothing has changed", [], {"unchanged": 9, "failed, rejected or skipped before": 1}),
                 ("another size", ["--size", "400x400"], {"settings changed": 9, "failed, rejected or skipped before": 1}),
                 ("another language", ["--locale", "zh-CN"], {"copy to be written": 9, "failed, rejected or skipped before": 1}),
                 ("another style", ["--style", "Warm light."], {"model or prompt changed, or expired": 9, "failed, rejected or skipped before": 1}),
                 ("forced", ["--force"], {"forced": 10})]
        before = mtimes(work.dir)
        plans = {}
        for name, more, reasons in cases:
            equal(name, planned(work, *flags, *more)[0], reasons)
            plans[name] = planned(work, *flags, *more)[1]
        equal("nothing was touched", {k: v for k, v in mtimes(work.dir).items() if not k.endswith(("-shm", "-wal"))},
              {k: v for k, v in before.items() if not k.endswith(("-shm", "-wal"))})
        work.write("photo-1.jpg", photo(77))
        os.unlink(os.path.join(work.out, "images/A0002/1.jpg"))
        equal("a photo and an output", planned(work, *flags)[0],
              {"unchanged": 7, "failed, rejected or skipped before": 1, "source changed": 1, "delivered file missing or changed": 1})
        # The failed one asks three times in vain each time.
        for name, more, _ in cases[2:4]:
            calls = server.stats()["requests"]
            plan = planned(work, *flags, *more)[1]
            packshot("run", manifest, "--out", work.out, *flags, *more, env=env(), status=1)
            equal(name, server.stats()["requests"] - calls, plan["image_calls"] + plan["text_calls"] + 1)
        text = packshot("plan", manifest, "--out", work.out, "--rpm", "60", "--force", *flags).stdout
        assert "10 s" in text and "as its last answers here" in text, text


if __name__ == "__main__":
    main([v for k, v in list(globals().items()) if k.startswith("test_")])
