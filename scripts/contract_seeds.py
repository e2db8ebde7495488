"""Makes seeds for the fuzz targets of payloads that others recorded: contract_seeds.py CONTRACT OUT

Payloads go to the targets that read webhooks, the texts in them to those that read texts. The
recordings are not ours, so their seeds are made anew and never kept in the repository.
"""

import json
import pathlib
import sys

FIELD = b"\xff"
TEXTS = {"description", "note", "body", "title", "message"}
EVENTS = {"issue": "Issue Hook", "work_item": "Issue Hook", "note": "Note Hook"}


def texts(value, key=""):
    """Every text of the JSON that a person wrote, from its depth."""
    if isinstance(value, dict):
        for key, one in value.items():
            yield from texts(one, key)
    elif isinstance(value, list):
        for one in value:
            yield from texts(one, key)
    elif isinstance(value, str) and key in TEXTS and value:
        yield value


def write(out, target, name, *fields):
    folder = out / target
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(FIELD.join(fields))


def main(contract, out):
    told = set()
    payloads = sorted((contract / "payloads").rglob("*.json"))
    for path in payloads:
        name = "-".join(path.relative_to(contract / "payloads").with_suffix("").parts)
        body = path.read_bytes()
        value = json.loads(body)
        kind = value.get("object_kind", "") if isinstance(value, dict) else ""
        event = EVENTS.get(kind, "")
        write(out, "payload", name, event.encode() + b"\n" + body)
        head = (
            "s\nwebhook-id: {name}\nwebhook-timestamp: {{now}}\nwebhook-signature: {{new}}\n"
            "Content-Type: application/json\nX-Gitlab-Event: {event}\n\n"
        ).format(name=name, event=event)
        write(out, "door", name, head.encode() + body)
        told.update(texts(value))
    vectors = json.loads((contract / "signature-vectors.json").read_text())
    for index, vector in enumerate(vectors):
        names = ["webhook-id", "webhook-timestamp", "webhook-signature"]
        lines = "".join(f"{name}: {vector[name]}\n" for name in names)
        head = f"s\nnow: {vector['webhook-timestamp']}\n{lines}\n{vector['body']}"
        write(out, "head_and_signature", f"vector-{index}", head.encode())
    for index, text in enumerate(sorted(told)):
        text = text.encode()
        write(out, "commands", f"text-{index}", text + b"\n@bot done 1\n")
        write(out, "safe_text", f"text-{index}", text, text, text)
        write(out, "tracker_text", f"text-{index}", text, text, b"1")
    print(f"seeds made of {len(payloads)} payloads, {len(vectors)} signatures, {len(told)} texts")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]))
