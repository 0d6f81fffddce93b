"""Reading a mailbox by IMAP: ``connecting``, ``fetching`` one folder, ``watching`` an account, ``counting``,
``looking`` (the test button)."""
