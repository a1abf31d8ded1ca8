#!/usr/bin/python3
"""packshot's verdict on each line of tests/unit/manifest_lines.tsv, held against that of an
independent validator with schemas/manifest.schema.json, and both against what the table expects. Exit status 1 where they differ.
The program asked is $B/tests/flow/manifest_verdict.

What the schema cannot say is asked of the JSON reader below, strictly: no key twice, no NaN, no half surrogate pairs. "maxBytes"
is a keyword of ours, which other validators pass over."""
import json
import os
import pathlib
import subprocess
import sys
import tempfile

import jsonschema

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = ROOT / os.environ.get("B", "build/plain") / "tests/flow/manifest_verdict"


def once(pairs):
    if len({key for key, _ in pairs}) < len(pairs):
        raise ValueError("a key stands twice")
    return dict(pairs)


def no_constant(name):
    raise ValueError(name)


def parse(text):
    value = json.loads(text, object_pairs_hook=once, parse_constant=no_constant)
    again = json.dumps(value, ensure_ascii=False)
    again.encode("utf-8")  # half a surrogate pair raises a ValueError here
    if "\\u0000" in again.replace("\\\\", ""):
        raise ValueError("a zero character")
    return value


def max_bytes(validator, limit, instance, schema):
    if isinstance(instance, str) and len(instance.encode()) > limit:
        yield jsonschema.ValidationError(f"more than {limit} bytes")


def schema_verdict(validator, text):
    try:
        validator.validate(parse(text))
    except (ValueError, jsonschema.ValidationError) as error:
        return "bad", str(error).splitlines()[0]
    return "good", ""


def our_verdicts(program, texts):
    # A good first line, or the format would be told by a line that is not JSON.
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl", encoding="utf-8") as file:
        file.write('{"image_url":"first.jpg"}\n' + "".join(text + "\n" for text in texts))
        file.flush()
        out = subprocess.run([program, file.name], stdout=subprocess.PIPE, encoding="utf-8", check=True).stdout
    verdicts = [line.split("\t")[:3] for line in out.split("\n")[:-1]][1:]
    assert [int(line) for line, _, _ in verdicts] == list(range(2, len(texts) + 2)), "one verdict a line, in order"
    return [(verdict, why) for _, verdict, why in verdicts]


def main():
    schema = json.loads((ROOT / "schemas/manifest.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft7Validator.check_schema(schema)
    validator = jsonschema.validators.extend(jsonschema.Draft7Validator, {"maxBytes": max_bytes})(schema)
    table = (ROOT / "tests/unit/manifest_lines.tsv").read_text(encoding="utf-8").split("\n")[:-1]
    rows = [line.split("\t") for line in table]
    ours = our_verdicts(PROGRAM, [text for _, _, text in rows])
    differ = 0
    for (expected, name, text), (mine, why) in zip(rows, ours):
        theirs, reason = schema_verdict(validator, text)
        if not expected == mine == theirs:
            differ += 1
            print(f"{name}: expected {expected}, packshot {mine} ({why}), schema {theirs} ({reason})\n  {text[:200]}")
    good = sum(expected == "good" for expected, _, _ in rows)
    print(f"| manifest lines: {len(rows)}, {good} good and {len(rows) - good} bad, {differ} verdicts differ")
    return 1 if differ or not rows else 0


if __name__ == "__main__":
    sys.exit(main())
