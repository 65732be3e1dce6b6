"""What a person does here: one room for each kind of work. Features know `app`, never each other."""
