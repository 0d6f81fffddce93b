"""What this room registers with lower ones: the road's stage that says a text's language."""

from rundblick.core import registry
from rundblick.understanding.language import language_of

registry.understanding.append(language_of)
