"""Several views of one moment: who is who, where they are, and how far rays miss each other."""
