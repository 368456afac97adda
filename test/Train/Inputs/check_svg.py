# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Says what a figure of panels of curves shows: check_svg.py FILE.svg

Fails where the file is no XML, where anything lies outside of the figure, a curve outside of its panel, or a text on another,
where a curve has no name or two curves of a panel that has no more than 35 look alike.
"""
import sys
import xml.etree.ElementTree as xml

SVG = "{http://www.w3.org/2000/svg}"
root = xml.parse(sys.argv[1]).getroot()
assert root.tag == SVG + "svg", root.tag
width, height = float(root.get("width")), float(root.get("height"))
assert root.get("viewBox") == f"0 0 {root.get('width')} {root.get('height')}", root.get("viewBox")
ground = root.find(SVG + "rect")
assert (ground.get("width"), ground.get("height"), ground.get("fill")) == ("100%", "100%", "#ffffff"), "a white ground"


def numbers(element, *names):
    return [float(element.get(name)) for name in names]


def points(curve):
    for element in curve:
        if element.tag == SVG + "polyline":
            line = [tuple(map(float, point.split(","))) for point in element.get("points").split()]
            assert len(line) > 1, "a line of one point"
            yield line
        elif element.tag == SVG + "circle":
            yield [tuple(numbers(element, "cx", "cy"))]


boxes = []
for text in root.iter(SVG + "text"):
    x, y = numbers(text, "x", "y")
    size = float(text.get("font-size", root.get("font-size")))
    length = len(text.text) * size * 0.55
    left = x - {"start": 0, "middle": length / 2, "end": length}[text.get("text-anchor")]
    boxes.append((left, y - 0.8 * size, left + length, y + 0.1 * size, text.text))
for box in boxes:
    assert box[0] >= 0 and box[1] >= 0 and box[2] <= width and box[3] <= height, f"outside of the figure: {box}"
    for other in boxes:
        apart = box[2] <= other[0] or other[2] <= box[0] or box[3] <= other[1] or other[3] <= box[1]
        assert box is other or apart, f"one on the other: {box} {other}"

print(f"title: {root.find(SVG + 'title').text}")
for panel in root.findall(SVG + "g"):
    texts = [text.text for text in panel.findall(SVG + "text")]
    curves = panel.findall(SVG + "g")
    lines = [numbers(line, "x1", "y1", "x2", "y2") for line in panel.findall(SVG + "line")]
    left, top, _, bottom = next(line for line in lines if line[0] == line[2] and line[3] - line[1] > 100)
    right = next(line[2] for line in lines if line[:2] == [left, bottom] and line[3] == bottom and line[2] > left)
    strokes = [(curve.get("stroke"), curve.get("stroke-dasharray")) for curve in curves]
    assert len(curves) > 35 or len(set(strokes)) == len(curves), f"alike: {strokes}"
    print(f"panel: {texts[0]}")
    print(f"  ticks: {' '.join(text for text in texts[1:] if text[0] in '-0123456789')}")
    names = [text for text in texts[1:] if text[0] not in "-0123456789"]
    assert len(names) - names.count("epoch") == len(curves), "each curve has its name"
    for curve, name in zip(curves, names):
        shown = list(points(curve))
        for x, y in (point for line in shown for point in line):
            assert left <= x <= right and top <= y <= bottom, f"outside of its panel: {x}, {y}"
        title = curve.find(SVG + "title").text
        head, _, tail = name.partition("...")
        assert title.startswith(head) and title.endswith(tail), f"{title} is not {name}"
        if len(curves) <= 35:
            print(f"  curve: {name}: {' '.join(str(len(line)) for line in shown)} points, {curve.get('stroke')}")
    print(f"  {len(curves)} curves, places are {'epochs' if 'epoch' in names else 'those below'}")
