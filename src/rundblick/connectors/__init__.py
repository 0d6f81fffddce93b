"""Exports of legacy systems: files become typed messages by a small mapping file (docs/mapping.md).

``mapping`` reads and checks rundblick.toml, ``propose`` writes one from names and contents, ``reading`` plans a folder
and reads its files in a child process, ``texts`` says in words what they remark. Child processes import this room, so
its door imports nothing.
"""
