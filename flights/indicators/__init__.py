"""The analysts' questions: one file each, pure functions over what one slot said."""
