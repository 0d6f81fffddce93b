"""The words of what somebody attached, so that it is found by them.

``sweeping`` takes attachments whose words are not known yet, ``reading`` hands each file to a child process with
limits, ``child`` finds out what the file is and reads it: ``office``, ``pdf``, ``plain``, and ``pictures`` by OCR.
Files are a stranger's: whatever they hold costs one child and is written down with a code.
"""
