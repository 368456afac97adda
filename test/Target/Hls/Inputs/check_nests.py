# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Checks the text of C for high-level synthesis.

usage: check_nests.py [--strict] FILE...    exit status 1, with the mistakes, if there is one

Every loop has a label, unlike others of its function, and constant bounds; a loop's body is one loop or has none; nothing is
a pointer, indices have no division and no modulo, and types are those of tally_hls.h; with --strict, nothing is multiplied. Unless
there are loops, there is a mistake.
"""
import re
import sys

strict = "--strict" in sys.argv
TOKEN = re.compile(r"\s+|/\*.*?\*/|\"(?:[^\"\\]|\\.)*\"|#[^\n]*|[A-Za-z_]\w*|\d\w*|\+\+|--|<<|>>|<=|>=|==|!=|&&|\|\||.", re.S)
BEFORE = ("TALLY_BEFORE_PIPELINE", "TALLY_BEFORE_UNROLL")
WITHIN = ("TALLY_PIPELINE", "TALLY_UNROLL")
TYPES = re.compile(r"(tally_[iu]\d+|int|int64_t|uint64_t|void)$")


class Text:
    def __init__(self, name):
        self.name, self.at, self.loops, self.mistakes = name, 0, 0, []
        text = open(name).read()
        self.tokens, line = [], 1
        for match in TOKEN.finditer(text):
            token = match.group()
            if not token.isspace() and not token.startswith(("/*", "#", '"')):
                self.tokens.append((token, line))
            line += token.count("\n")

    def see(self, ahead=0):
        return self.tokens[self.at + ahead][0] if self.at + ahead < len(self.tokens) else ""

    def next(self):
        self.at += 1
        return self.tokens[self.at - 1][0]

    def fail(self, what):
        line = self.tokens[min(self.at, len(self.tokens) - 1)][1]
        self.mistakes.append(f"{self.name}:{line}: {what}")

    def skip(self, opening, closing):
        """From an opening bracket to behind its closing one."""
        depth = 0
        while True:
            token = self.next()
            depth += (token == opening) - (token == closing)
            if depth == 0:
                return

    def loop(self, labels):
        """At its label, or at `for`."""
        self.loops += 1
        if self.see() == "for":
            self.fail("a loop without a label")
        else:
            label = self.next()
            self.next()
            if label in labels:
                self.fail(f"two loops called {label}")
            labels.add(label)
        head = " ".join(token for token, _ in self.tokens[self.at:self.at + 15])
        if not re.match(r"for \( int (\w+) = 0 ; \1 < \d+ ; \+\+ \1 \) \{", head):
            self.fail(f"a loop with other bounds: {head}")
        while self.see() != "{":
            self.next()
        self.next()
        inner = statements = 0
        while self.see() != "}":
            if self.see() in WITHIN + BEFORE:
                self.next()
            elif self.see() == "for" or (self.see(1) == ":" and self.see(2) == "for"):
                self.loop(labels)
                inner += 1
            else:
                statements += 1
                while self.next() not in ";{":
                    pass
        if inner > 1 or (inner and statements):
            self.fail("a nest that is not perfect")
        self.next()

    def function(self):
        """Within braces."""
        labels, nests = set(), 0
        self.next()
        while self.see() != "}":
            if self.see() == "for" or (self.see(1) == ":" and self.see(2) == "for"):
                self.loop(labels)
                nests += 1
            elif self.see() == "{":
                self.skip("{", "}")
            else:
                self.next()
        if nests > 1:
            self.fail("two nests in one function")
        self.next()

    def check(self):
        words = [token for token, _ in self.tokens]
        for i, (token, line) in enumerate(self.tokens):
            self.at = i
            before, after = words[i - 1] if i else "", words[i + 1] if i + 1 < len(words) else ""
            if token in "/%":
                self.fail("a division")
            if token == "*" and (strict or TYPES.match(before) or after in ("*", ")", "const")):
                self.fail("a multiplication" if strict else "a pointer")
            if token == "&" and (before in ("(", ",", "=", "return") or before == ")" and words[i - 2] == "*"):
                self.fail("an address")
            if token in ("while", "do", "goto", "long", "short", "char", "unsigned", "float", "double", "malloc"):
                self.fail(f"'{token}'")
        self.at = 0
        while self.at < len(self.tokens):
            if self.see() == ")" and self.see(1) == "{":
                self.next()
                self.function()
            else:
                self.next()
        if self.loops == 0:
            self.fail("no loop")


mistakes, loops = [], 0
for name in (name for name in sys.argv[1:] if name != "--strict"):
    text = Text(name)
    text.check()
    mistakes += text.mistakes
    loops += text.loops
print("\n".join(mistakes) if mistakes else f"{loops} loops, all in perfect nests")
sys.exit(bool(mistakes))
