#!/usr/bin/env python3
"""tools/pictures.py REPORT FOLDER: the pictures of docs/simulator.md, cut out of the page that `playhead simulate --report` draws.

  playhead simulate --nusers 10000 --start-time 2026-03-01T00:00:00Z --end-time 2026-03-15T00:00:00Z --report report.html output
  tools/pictures.py report.html docs/pictures
"""
import pathlib
import re
import sys

NAMES = {"hours": "own hours", "skips": "skip", "popularity": "opular"}  # a picture's file, and words of its caption
STYLE = """<style>text { font: 12px sans-serif; fill: #6a6a75; } .grid { stroke: #dcdce2; } .line { fill: none; stroke-width: 2; }
.line1 { stroke: #1f5fbf; } .line2 { stroke: #c2571a; stroke-dasharray: 6 4; }</style><rect width="100%" height="100%" fill="#ffffff"/>"""


def main():
    report, folder = (pathlib.Path(argument) for argument in sys.argv[1:3])
    figures = re.findall(r"<figcaption>(.*?)</figcaption><svg (.*?)>(.*?)</svg>", report.read_text(encoding="utf-8"), re.DOTALL)
    for name, words in NAMES.items():
        attributes, drawing = next((found[1], found[2]) for found in figures if words in found[0])
        (folder / f"{name}.svg").write_text(f'<svg xmlns="http://www.w3.org/2000/svg" {attributes}>{STYLE}{drawing}</svg>\n', encoding="utf-8")


main()
