"""The scheduler: one owner at a time, from analysed assets to proposals."""
