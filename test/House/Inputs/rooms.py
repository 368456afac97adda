# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Holds the folders of a checkout to the order in which rooms stand on each other.

usage: rooms.py ROOT    prints each violation; exit status 1 if there is one

The order is that of lib/CMakeLists.txt. Files of a room include only what belongs to it or to a
room above it in that list; headers, sources and the map in README.md have the same rooms. Tools
include of Tally only what a program around it does: the last room, the driver, and `Support`.
"""
import pathlib
import re
import sys

root = pathlib.Path(sys.argv[1])
rooms = re.findall(r"add_subdirectory\((\w+)\)", (root / "lib/CMakeLists.txt").read_text())
DOORS = ("Driver", "Support")
problems = []


def room_of(include):
    """The room that an include names, or None for other people's headers."""
    words = include.split("/")
    if words[0] == "tally":
        return words[1]
    return words[0] if words[0] in rooms and len(words) > 1 else None


def check_includes(folder, room):
    for path in sorted(folder.rglob("*")):
        if path.suffix not in (".h", ".cpp", ".td"):
            continue
        for number, line in enumerate(path.read_text().splitlines(), 1):
            match = re.match(r'#?include "([^"]+)"', line)
            other = room_of(match.group(1)) if match else None
            where = f"{path.relative_to(root)}:{number}"
            if other and other not in rooms:
                problems.append(f"{where}: includes '{match.group(1)}', but there is no room '{other}'")
            elif other and rooms.index(other) > rooms.index(room):
                problems.append(f"{where}: '{room}' includes '{match.group(1)}', but '{other}' stands on it")
            elif match and ".." in match.group(1):
                problems.append(f"{where}: includes '{match.group(1)}' by a path that hides the room")


def check_tool(path):
    """One door: MLIR, LLVM, the tool's own headers, and of Tally the rooms in DOORS."""
    for number, line in enumerate(path.read_text().splitlines(), 1):
        match = re.match(r'#include "([^"]+)"', line)
        if match and (".." in match.group(1) or room_of(match.group(1)) not in (None, *DOORS)):
            problems.append(f"{path.relative_to(root)}:{number}: includes '{match.group(1)}', "
                            f"but tools include only {' and '.join(DOORS)}")


for base in (root / "lib", root / "include/tally"):
    for folder in sorted(path for path in base.iterdir() if path.is_dir()):
        if folder.name in rooms:
            check_includes(folder, folder.name)
        else:
            problems.append(f"{folder.relative_to(root)}: is not in lib/CMakeLists.txt")

for path in sorted((root / "tools").rglob("*")):
    if path.suffix in (".h", ".cpp"):
        check_tool(path)

table = re.search(r"^## Map\n(.*?)(?=^## |\Z)", (root / "README.md").read_text(), re.M | re.S).group(1)
listed = re.findall(r"^\| `(\w+)(?:/\{[\w, ]+\})?` \|", table, re.M)
if listed != rooms:
    problems.append(f"README.md: the map lists {' '.join(listed)}, but lib/ has {' '.join(rooms)}")
for folder in (root / "test", root / "test/Unit"):
    for path in sorted(path for path in folder.iterdir() if path.is_dir()):
        if path.name not in rooms + ["Unit", "Docs", "House", "Embedding", "Mutation", "Hardware"] and any(path.iterdir()):
            problems.append(f"{path.relative_to(root)}: tests a room that is not there")

print("\n".join(problems) if problems else f"{len(rooms)} rooms in order")
sys.exit(bool(problems))
