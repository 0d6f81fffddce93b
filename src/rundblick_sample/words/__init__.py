"""What people write and say: grammars of sentences in German and English (see ``rundblick_sample.grammar``)."""
