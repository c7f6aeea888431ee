"""Executes a notebook top to bottom, writes it back with its outputs, and prints what happened as one JSON object.

    run_notebook.py NOTEBOOK WORKING_FOLDER PLOTS_FOLDER

Its plots are written as PNG files as well, each with the heading that it stands under.
"""

from __future__ import annotations

import base64
import json
import sys
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError


def main() -> int:
    path, folder, plots = Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3])
    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(notebook, timeout=120, kernel_name="python3", resources={"metadata": {"path": folder}})
    error = ""
    try:
        client.execute()
    except CellExecutionError as problem:
        error = str(problem)[-2000:]
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    for cell in code:
        cell.metadata.pop("execution", None)  # times would make every run another file
    figures = write_figures(notebook.cells, plots)
    notebook.metadata.pop("language_info", None)
    nbformat.write(notebook, path)
    executed = sum(1 for cell in code if cell.get("execution_count"))
    json.dump({"cells": len(code), "executed": executed, "figures": figures, "error": error}, sys.stdout)
    return 1 if error else 0


def write_figures(cells: list[Any], folder: Path) -> list[dict[str, str]]:
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.png"):
        old.unlink()
    figures: list[dict[str, str]] = []
    heading = ""
    for cell in cells:
        if cell.cell_type == "markdown":
            lines = [line for line in cell.source.splitlines() if line.strip()]
            heading = lines[0].lstrip("# ").strip() if lines else heading
        for output in cell.get("outputs", []):
            image = output.get("data", {}).get("image/png")
            if image is not None:
                file = folder / f"{len(figures) + 1:02d}.png"
                file.write_bytes(base64.b64decode(image))
                figures.append({"file": file.name, "heading": heading})
    return figures


if __name__ == "__main__":
    sys.exit(main())
