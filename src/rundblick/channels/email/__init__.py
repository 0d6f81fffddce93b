"""E-mail: how a received mail is read (``reading``), and how archives of mail are opened (``archives``).

Nothing in here needs Django, the database or the network, so that mails can be read in a child process with limits.
"""
