# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The table, the plot and the page of compare_methods.py."""
import html
import statistics

COLOURS = ["#1b6ca8", "#c8553d", "#4f7d3a", "#7a4fa3"]


def find(results, method, bits, seeds):
    keys = [f"{method} {bits} {seed}" for seed in seeds]
    return [results[key] for key in keys if key in results]


def percents(runs):
    return [100 * run["accuracy"] for run in runs]


def spread(values):
    middle = statistics.mean(values)
    return f"{middle:.2f}" if len(values) == 1 else f"{middle:.2f} ({min(values):.2f}..{max(values):.2f})"


def make_table(results, bits, seeds, methods):
    floats = percents([results[f"float {seed}"] for seed in seeds if f"float {seed}" in results])
    least = min(bits)
    lines = [f"In floats: {spread(floats)} %.", "",
             "| top-1 in percent, mean (lowest..highest) | " + " | ".join(f"{b} bits" for b in bits) +
             f" | bytes | nJ an image | seconds |", "|---" * (len(bits) + 4) + "|"]
    for method in methods:
        runs = {b: find(results, method, b, seeds) for b in bits}
        with_runs = [b for b in bits if runs[b]]
        if not with_runs:
            continue
        last = runs[with_runs[-1]]
        cells = [spread(percents(runs[b])) if runs[b] else "" for b in bits]
        lines.append(f"| {method} | " + " | ".join(cells) + f" | {last[0]['bytes']:,} | {last[0]['picojoules'] / 1000:.1f} | "
                     f"{statistics.median(run['seconds'] for run in last):.0f} |")
    lines += ["", f"Bytes of constants at the width of their codes, estimated energy and seconds of a run are those of the fewest bits of a row, {least} where it has them."]
    return "\n".join(lines)


def make_plot(results, bits, seeds, methods):
    """A row for each method, a mark for each number of bits, with the range of seeds."""
    rows = [m for m in methods if any(find(results, m, b, seeds) for b in bits)]
    values = [v for m in rows for b in bits for v in percents(find(results, m, b, seeds))]
    values += percents([results[f"float {seed}"] for seed in seeds if f"float {seed}" in results])
    middle = statistics.median(values)
    low = max(min(values), middle - 12) - 0.5
    high = max(values) + 0.5
    left, width, step = 270, 460, 22
    height = step * len(rows) + 70

    def at(value):
        return left + width * (max(value, low) - low) / (high - low)

    out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + width + 30}" height="{height}" font-family="sans-serif" font-size="12">',
           f'<rect width="100%" height="100%" fill="white"/>']
    for tick in range(int(low) + 1, int(high) + 1):
        out.append(f'<line x1="{at(tick):.1f}" y1="30" x2="{at(tick):.1f}" y2="{height - 30}" stroke="#e4e4e4"/>')
        out.append(f'<text x="{at(tick):.1f}" y="{height - 14}" text-anchor="middle">{tick}</text>')
    for i, b in enumerate(bits):
        out.append(f'<circle cx="{left + 90 * i + 8}" cy="14" r="4" fill="{COLOURS[i % 4]}"/><text x="{left + 90 * i + 18}" y="18">{b} bits</text>')
    for row, method in enumerate(rows):
        y = 44 + step * row
        out.append(f'<text x="{left - 12}" y="{y + 4}" text-anchor="end">{html.escape(method)}</text>')
        for i, b in enumerate(bits):
            found = percents(find(results, method, b, seeds))
            if found:
                out.append(f'<line x1="{at(min(found)):.1f}" y1="{y}" x2="{at(max(found)):.1f}" y2="{y}" stroke="{COLOURS[i % 4]}" stroke-width="2"/>'
                           f'<circle cx="{at(statistics.mean(found)):.1f}" cy="{y}" r="4" fill="{COLOURS[i % 4]}"/>')
    out.append("</svg>")
    return "\n".join(out) + "\n"


def marks(table):
    return f"<!-- begin: bench/methods {table} -->", f"<!-- end: bench/methods {table} -->"


def has_marks(page, table):
    return page.exists() and all(mark in page.read_text() for mark in marks(table))


def write_page(page, table, plot, options):
    text = page.read_text()
    begin, end = marks(options.table)
    picture = page.with_name(f"{page.stem}-{options.table}.svg")
    of_float = "as it was given" if options.net else f"which had {options.float_epochs}"
    said = (f"\n\n{options.epochs} epochs of `{options.data}` from the float network, {of_float}; "
            f"{options.seeds} seed{'s' if options.seeds > 1 else ''}.\n\n{table}\n\n![accuracy by method and bits]({picture.name})\n\n")
    picture.write_text(plot)
    page.write_text(text[:text.index(begin) + len(begin)] + said + text[text.index(end):])
