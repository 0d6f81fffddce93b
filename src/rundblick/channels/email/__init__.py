"""E-mail: how a received mail is read (``reading``), how archives of mail are opened (``archives``), how a mail is
written (``writing``) and sent (``sending``).

What reads needs neither Django nor the database nor the network, so that it can run in a child process with limits.
"""
