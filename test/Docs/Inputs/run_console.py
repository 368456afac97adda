# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs the commands of a Markdown page and compares what they print with what the page says.

usage: run_console.py [--update] PAGE.md SOURCE_DIR WORK_DIR

* In ```console blocks, lines that start with "$ " are commands (a trailing backslash continues
  one); the lines behind a command are its output, both streams.
* `<!-- $ COMMAND -->` above any other block: the block is the output of COMMAND.
* `<!-- file NAME -->` above a block: the block is written to NAME before anything runs.

All commands of a page run in one shell in WORK_DIR, where `bench`, `energy`, `examples` and `test` lead to the source's, and
`build` to the build that the `tally` in PATH comes from.
Times are not compared, progress is left out. --update writes what was printed into the page.
"""
import os
import pathlib
import re
import shutil
import subprocess
import sys

MARK = "@@command@@"
TIMES = re.compile(r"[0-9.]+( s  )[0-9.]+( ms/image)")
RATES = re.compile(r"[0-9]+( images/s  )[0-9:]+")
BLOCK = re.compile(r"(?:<!-- (?P<kind>file|\$) (?P<what>[^\n]+) -->\n)?```(?P<lang>\w*)\n(?P<body>.*?)```", re.S)
PROGRESS = re.compile(r"^[a-z ]+(?:[0-9]+/[0-9]+)?:? +[0-9]+(/[0-9]+)? (images|layers|networks) .*/s.*\n", re.M)
IMAGES = "/usr/share/datasets/fashion-mnist"


def normalise(text):
    return RATES.sub(r"?\1?", TIMES.sub(r"?\1?\2", text)).strip()


def split_console(body):
    """[command, expected output] of each command of a console block."""
    steps = []
    for line in body.splitlines(keepends=True):
        if line.startswith("$ "):
            steps.append([line[2:], ""])
        elif steps and steps[-1][0].endswith("\\\n") and not steps[-1][1]:
            steps[-1][0] += line
        else:
            steps[-1][1] += line
    return steps


def get_steps(match):
    if match["kind"] == "$":
        return [[match["what"] + "\n", match["body"]]]
    return split_console(match["body"]) if match["lang"] == "console" else []


def main():
    update = sys.argv[1] == "--update"
    page, source, work = (pathlib.Path(arg).resolve() for arg in sys.argv[-3:])
    text = page.read_text()
    if IMAGES in text and not os.path.isdir(IMAGES):
        print("skipped: dataset-fashion-mnist is not installed")
        return 0
    blocks = list(BLOCK.finditer(text))
    steps = [step for match in blocks for step in get_steps(match)]
    assert steps, f"{page} has no commands"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    for name in ("bench", "energy", "examples", "test"):
        (work / name).symlink_to(source / name)
    if tally := shutil.which("tally"):
        (work / "build").symlink_to(pathlib.Path(tally).resolve().parent.parent)
    script = "".join(f"{command}printf '\\n{MARK}\\n'\n" for command, _ in steps)
    for match in blocks:
        if match["kind"] == "file":
            (work / match["what"]).write_text(match["body"])
    run = subprocess.run(["sh"], input=script, cwd=work, text=True, stdout=subprocess.PIPE,
                         stderr=subprocess.STDOUT, check=False)
    outputs = [part.strip("\n") for part in PROGRESS.sub("", run.stdout).split("\n" + MARK + "\n")]
    if len(outputs) <= len(steps):
        print(f"{page.name}: the shell stopped after {len(outputs) - 1} of {len(steps)} commands\n{run.stdout[-2000:]}")
        return 1

    if update:
        printed = iter(outputs)

        def rewrite(match):
            head, body = match[0][:match.start("body") - match.start()], match["body"]
            if match["kind"] == "$":
                body = next(printed) + "\n"
            elif match["lang"] == "console":
                body = "".join(f"$ {command}" + (got + "\n" if got else "")
                               for (command, _), got in zip(split_console(match["body"]), printed))
            return head + body + "```"

        page.write_text(BLOCK.sub(rewrite, text))
        return 0
    wrong = 0
    for (command, expected), got in zip(steps, outputs):
        if normalise(expected) != normalise(got):
            wrong += 1
            print(f"$ {command}expected:\n{expected.rstrip()}\ngot:\n{got}\n")
    print(f"{page.name}: {len(steps)} commands, {wrong} differ")
    return 1 if wrong else 0


sys.exit(main())
