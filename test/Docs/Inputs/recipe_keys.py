# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Holds the tables of docs/Recipes.md to the keys that the code reads: recipe_keys.py Recipes.md < `tally recipes --keys`

A table of keys has the head `| key of ... | values | default | what |`. A row has a range or words with the default, or a key
has a row for each word, `yes` in that of the default and no key in the rows after the first. Fails where the page and the code
differ in a key, its values or its default.
"""
import re
import sys


def find_section(head):
    return next((word for word in ("network", "train") if word in head), "rule")


def read_page(path):
    keys, section = {}, None
    for line in open(path):
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        if cells and cells[0].startswith("key of"):
            section, name = find_section(cells[0]), None
        elif not cells:
            section = None
        elif section and not cells[0].startswith("---"):
            name = cells[0].strip("`") or name
            values, default = keys.setdefault((section, name), ([], set()))
            words = re.findall(r"`([^`]+)`", cells[1]) or [cells[1].replace(" to ", "..")]
            values[:] = sorted({*values, *", ".join(words).split(", ")})
            default |= {words[0] if cells[2] == "yes" else cells[2].replace("`", "")} - {""}
    return keys


def read_code(file):
    keys, section = {}, None
    for line in file:
        if line.startswith("keys of"):
            section = find_section(line)
        else:
            name, values, default = re.fullmatch(r"  ([\w.]+): (.+) \(default (.+?)\)  \S.*\n", line).groups()
            keys[section, name] = sorted(values.split(", ")), {default}
    return keys


page, code = read_page(sys.argv[1]), read_code(sys.stdin)
wrong = [f"{section}: {name}: the page has {page.get((section, name))}, the code {code.get((section, name))}"
         for section, name in sorted(page.keys() | code.keys()) if page.get((section, name)) != code.get((section, name))]
print("\n".join(wrong) or f"{len(code)} keys")
sys.exit(bool(wrong))
