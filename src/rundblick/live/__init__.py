"""The live process: tells open pages which cases changed, over server-sent events. It shows nothing of what is in them.

``application`` is the ASGI application, ``stream`` what it tells whom, ``changes`` where it hears of it.
"""
