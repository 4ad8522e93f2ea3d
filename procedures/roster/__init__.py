"""The roster document, and its way into the database.

bytes → `strict_json` (a plain tree) → `reading` (the typed entries of `document`, made of `values`)
→ `checks` (what the document alone can tell) → `load`, which writes by `catalog` and `records`
what `directory` resolves.
"""
