"""A program of its own: typesets one template with the JSON it reads, and writes the PDF.

The typesetter must not be used in a process that forks afterwards, as servers and workers do. So
each paper is set in a process that ends with it; it knows nothing of the application.
"""

import sys
from pathlib import Path

import typst


def main(template: str, fonts: str) -> None:
    """Read the data from standard input, and write the PDF to standard output."""
    pdf = typst.compile(
        template,
        root=str(Path(template).parent),
        font_paths=[fonts],
        ignore_system_fonts=True,
        sys_inputs={"data": sys.stdin.read()},
    )
    sys.stdout.buffer.write(pdf)


if __name__ == "__main__":
    main(*sys.argv[1:])
