"""What Storyroll is about, in the standard library and NumPy: media, consent, people, stories."""
