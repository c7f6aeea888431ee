"""Executes a notebook top to bottom, writes it back with its outputs, and prints what happened as one JSON object.

    run_notebook.py NOTEBOOK WORKING_FOLDER
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError


def main() -> int:
    path, folder = Path(sys.argv[1]), sys.argv[2]
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
    outputs = [output for cell in code for output in cell.get("outputs", [])]
    plots = sum(1 for output in outputs if "image/png" in output.get("data", {}))
    notebook.metadata.pop("language_info", None)
    nbformat.write(notebook, path)
    executed = sum(1 for cell in code if cell.get("execution_count"))
    json.dump({"cells": len(code), "executed": executed, "plots": plots, "error": error}, sys.stdout)
    return 1 if error else 0


if __name__ == "__main__":
    sys.exit(main())
