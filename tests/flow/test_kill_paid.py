"""kill -9 at any instant of a paid run, then the same command: no item lost, no settled call paid again, every cent accounted for."""
import os
import random
import signal
import sys
import time

from PIL import Image

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from emulator import Emulator, env  # noqa: E402
from program import Workspace, equal, main, packshot, start  # noqa: E402
from test_api import catalogue  # noqa: E402

KILLS = int(os.environ.get("KILLS", "25"))
ITEMS = int(os.environ.get("KILL_ITEMS", "60"))
IN_FLIGHT = 16  # of each of the two models


def settle(work, server, kills):
    """The book against the bill, after `kills` kills: returns how many calls are unknown."""
    bill = {b["id"]: b["nano"] for b in server.bill()}
    rows = work.sql("SELECT seq, stage, state, settled_nano, reserved_nano, answer_id, error FROM calls")
    settled = [r for r in rows if r[2] == "settled" and r[5]]
    unknown = [r for r in rows if r[2] == "unknown"]
    equal("still open", [r for r in rows if r[2] not in ("settled", "unknown")], [])
    for _, _, _, nano, _, name, _ in settled:
        equal("price of " + name, nano, bill[name])
    bought = [(r[0], r[1]) for r in settled if r[6] is None]  # not what a disk would not keep: its row says so
    equal("settled twice", sorted({b for b in bought if bought.count(b) > 1}), [])
    unseen = set(bill) - {r[5] for r in settled}
    assert len(unseen) <= len(unknown) <= 2 * IN_FLIGHT * kills, (len(unseen), len(unknown), kills)
    accounted = sum(r[3] for r in settled) + sum(r[4] for r in unknown)
    assert sum(bill.values()) <= accounted, (sum(bill.values()), accounted)
    return len(unknown)


def whole(work):
    for path in work.pictures():
        with Image.open(path) as image:
            image.load()
            equal(path, image.size, (800, 800))


def outputs(work):
    return [(r["sku"], r["status"], r["output"]["sha256"], r["copy"]) for r in work.results()]


def test_kills():
    rng = random.Random(int(os.environ.get("SEED", "20261125")))
    kills = lost = runs = 0
    with Workspace() as calm, Emulator() as server:
        packshot("run", catalogue(calm, ITEMS), "--out", calm.out, *server.flags(), env=env())
        wanted = outputs(calm)
        equal("bill of a calm run", len(server.bill()), 2 * ITEMS)
        while kills < KILLS:
            with Emulator("--latency-ms", "40") as model:
                calm.out = calm.path("out-%d" % runs)
                runs += 1
                flags = ["run", calm.path("catalog.jsonl"), "--out", calm.out, "--concurrency", IN_FLIGHT, *model.flags()]
                here = 0
                while kills < KILLS and here < 12:
                    process = start(*flags, env=env())
                    time.sleep(rng.uniform(0.01, 0.35))
                    process.send_signal(signal.SIGKILL)
                    process.communicate()
                    here += process.returncode == -signal.SIGKILL
                    kills += process.returncode == -signal.SIGKILL
                    whole(calm)
                    if process.returncode == 0:
                        break
                packshot(*flags, env=env())
                equal("outputs", outputs(calm), wanted)
                lost += settle(calm, model, here)
                equal("left over", os.listdir(os.path.join(calm.out, "tmp")) if os.path.isdir(os.path.join(calm.out, "tmp")) else [], [])
    print("| %d kills in %d catalogues of %d pictures: none lost, none paid twice, %d calls unknown" % (kills, runs, ITEMS, lost))


if __name__ == "__main__":
    main([test_kills])
