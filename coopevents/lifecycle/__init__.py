"""Acts that change several rooms, each told once. No query and no rule of its own."""
