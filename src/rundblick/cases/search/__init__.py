"""Search over everything: what is kept of each text, the words of all of them, what somebody asks, what is found."""
